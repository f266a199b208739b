//! What Microsoft pushes: news of calendars and of subscriptions themselves, many at once. What it
//! wants is an answer within three seconds; an endpoint that is slow is told nothing any more.

use std::collections::BTreeSet;
use std::sync::Arc;

use app::sync::{Heard, News, Pushed, hear, recognise};
use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tracing::{info, warn};

use crate::{WebhookPorts, failed};

/// What Microsoft's pushes are called in notes.
const MICROSOFT: &str = "microsoft";

/// Bytes of a token that is echoed; Microsoft's have some 250.
const VALIDATION_BYTES_MAX: usize = 1_024;

/// News of one push that are read; Microsoft sends some hundred at most.
const NEWS_MAX: usize = 1_000;

/// What stands in the address.
#[derive(Deserialize)]
pub(crate) struct Asked {
    /// Our name for the subscription, which the address was given with.
    #[serde(default)]
    channel: String,
    /// The handshake's token.
    #[serde(rename = "validationToken")]
    validation_token: Option<String>,
}

/// A push.
#[derive(Deserialize)]
struct Push {
    value: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    #[serde(default)]
    client_state: Option<String>,
    /// What became of the subscription; none if a calendar changed.
    #[serde(default)]
    lifecycle_event: Option<String>,
}

impl Item {
    fn news(&self) -> News {
        match self.lifecycle_event.as_deref() {
            Some("reauthorizationRequired") => News::RenewChannel,
            Some("subscriptionRemoved") => News::ChannelClosed,
            // Also `missed`, and whatever they may say one day: a look finds what there is.
            _ => News::Changed,
        }
    }
}

/// Takes a handshake or a push.
pub(crate) async fn take(
    State(ports): State<Arc<WebhookPorts>>,
    Query(asked): Query<Asked>,
    body: Bytes,
) -> Response {
    if let Some(token) = &asked.validation_token {
        return echoed(token);
    }
    let Ok(push) = serde_json::from_slice::<Push>(&body) else {
        warn!("Refused a push that cannot be read");
        return StatusCode::BAD_REQUEST.into_response();
    };
    let seals = &ports.pushes.seals;
    let ours = |item: &Item| -> Option<(Pushed, News)> {
        let token = item.client_state.as_deref().unwrap_or_default();
        Some((recognise(seals, &asked.channel, token)?, item.news()))
    };
    // The same many times is said once.
    let news: BTreeSet<_> = push.value.iter().take(NEWS_MAX).filter_map(ours).collect();
    if news.is_empty() {
        warn!("Refused a push without a token of ours");
        return StatusCode::FORBIDDEN.into_response();
    }
    let now = ports.clock.now();
    for (pushed, news) in &news {
        match hear(&ports.pushes, pushed, *news, MICROSOFT, now).await {
            Ok(Heard::Asked | Heard::Coalesced) => {}
            // Taken all the same: nothing would come of it the next time.
            Ok(Heard::UnknownChannel) => info!("Heard of a channel that is no longer a calendar's"),
            Err(error) => return failed(&error).into_response(),
        }
    }
    StatusCode::ACCEPTED.into_response()
}

/// The answer to a handshake: the token as a text, so that it cannot be anything else to a browser
/// that somebody sends here. Microsoft's own tokens hold nothing that is escaped.
fn echoed(token: &str) -> Response {
    if !(1..=VALIDATION_BYTES_MAX).contains(&token.len()) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut text = String::with_capacity(token.len());
    for letter in token.chars().filter(|letter| !letter.is_control()) {
        match letter {
            '&' => text.push_str("&amp;"),
            '<' => text.push_str("&lt;"),
            '>' => text.push_str("&gt;"),
            '"' => text.push_str("&quot;"),
            '\'' => text.push_str("&#39;"),
            letter => text.push(letter),
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, text).into_response()
}
