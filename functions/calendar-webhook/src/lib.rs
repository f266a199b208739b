//! What calendars' keepers push: that something changed. The token comes first: nothing is read
//! from the store, and nothing believed, before it is known to be ours. Bodies are read only where
//! the token stands in them, and say nothing but which calendar it is.

mod microsoft;

use std::sync::Arc;

use app::causes::in_full;
use app::ports::Clock;
use app::sync::{Heard, News, PushError, PushPorts, hear, recognise};
use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tracing::{error, info, warn};

/// Where Google pushes to, below the public base URL.
pub const GOOGLE_PATH: &str = "/webhooks/google";

/// Where Microsoft pushes to, below the public base URL.
pub const MICROSOFT_PATH: &str = "/webhooks/microsoft";

/// Bytes of a push; a hundred news of Microsoft's have some 50,000.
const BODY_BYTES_MAX: usize = 256 * 1024;

/// What Google's pushes are called in notes.
const GOOGLE: &str = "google";

/// What the webhook needs.
#[derive(Clone)]
pub struct WebhookPorts {
    /// Pushes.
    pub pushes: PushPorts,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// The routes.
pub fn router(ports: WebhookPorts) -> Router {
    Router::new()
        .route(GOOGLE_PATH, post(google))
        .route(MICROSOFT_PATH, post(microsoft::take))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(Arc::new(ports))
}

/// A push of Google's, which says all it has to say in headers. Google tries again after 5xx, and
/// after nothing else.
async fn google(State(ports): State<Arc<WebhookPorts>>, headers: HeaderMap) -> StatusCode {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let channel = header("x-goog-channel-id").unwrap_or_default();
    let token = header("x-goog-channel-token").unwrap_or_default();
    let Some(pushed) = recognise(&ports.pushes.seals, channel, token) else {
        warn!("Refused a push without a token of ours");
        return StatusCode::FORBIDDEN;
    };
    if header("x-goog-resource-state") == Some("sync") {
        // The handshake of a channel that was just opened: nothing changed.
        return StatusCode::NO_CONTENT;
    }
    match hear(&ports.pushes, &pushed, News::Changed, GOOGLE, ports.clock.now()).await {
        Ok(Heard::Asked | Heard::Coalesced) => StatusCode::NO_CONTENT,
        Ok(Heard::UnknownChannel) => {
            info!("Refused a push of a channel that is not, or no longer, a calendar's");
            StatusCode::NOT_FOUND
        }
        Err(error) => failed(&error),
    }
}

/// A push that must come again.
fn failed(error: &PushError) -> StatusCode {
    error!("Could not take a push: {}", in_full(error));
    StatusCode::SERVICE_UNAVAILABLE
}
