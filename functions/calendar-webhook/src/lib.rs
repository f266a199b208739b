//! What calendars' keepers push: that something changed. The token comes first: nothing is read
//! from the store, and nothing believed, before it is known to be ours. Bodies are not read at all.

use std::sync::Arc;

use app::causes::in_full;
use app::ports::Clock;
use app::sync::{Heard, PushPorts, hear, recognise};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use tracing::{error, info, warn};

/// Where Google pushes to, below the public base URL.
pub const GOOGLE_PATH: &str = "/webhooks/google";

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
    Router::new().route(GOOGLE_PATH, post(google)).with_state(Arc::new(ports))
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
    match hear(&ports.pushes, &pushed, GOOGLE, ports.clock.now()).await {
        Ok(Heard::Asked | Heard::Coalesced) => StatusCode::NO_CONTENT,
        Ok(Heard::UnknownChannel) => {
            info!("Refused a push of a channel that is not, or no longer, a calendar's");
            StatusCode::NOT_FOUND
        }
        Err(failed) => {
            error!("Could not take a push: {}", in_full(&failed));
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
