//! Twilio's webhooks: delivery callbacks and inbound texts. The signature comes first: nothing is
//! read from the store, and nothing believed, before it is checked against the configured address.

pub mod signature;

mod request;

use std::sync::Arc;

use app::causes::in_full;
use app::inbound::{InboundPorts, InboundText, receive};
use app::ports::{Clock, TextIds};
use app::receipt::{DeliveryReceipt, ReceiptPorts, record_receipt};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, OriginalUri, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use domain::ids::{MessageSid, ReminderId, UserId};
use domain::keywords::Inbound;
use domain::phone::PhoneNumber;
use domain::reminder::DeliveryStatus;
use tracing::{error, info, warn};

use crate::request::Parameters;

/// Where status callbacks arrive, below the public base URL.
pub const STATUS_PATH: &str = "/webhooks/twilio/status";

/// Where inbound texts arrive, below the public base URL.
pub const INBOUND_PATH: &str = "/webhooks/twilio/inbound";

/// The largest body that is looked at. Twilio's own stay below a few kilobytes.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// What an empty answer says to Twilio: nothing to send.
const NO_REPLY: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response></Response>";

/// What the webhooks need.
#[derive(Clone)]
pub struct WebhookPorts {
    /// Receipts.
    pub receipts: ReceiptPorts,
    /// Inbound texts.
    pub inbound: InboundPorts,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What requests are checked against.
#[derive(Clone)]
pub struct WebhookSettings {
    /// The address that Twilio calls, scheme and host and perhaps a path, without a slash at its
    /// end. Signatures are checked against it, never against a Host header.
    pub public_base_url: String,
    /// The auth token, and a second one while it is being rotated.
    pub auth_tokens: Vec<String>,
}

/// The routes.
pub fn router(ports: WebhookPorts, settings: WebhookSettings) -> Router {
    let state = Arc::new(Webhook { ports, settings });
    Router::new()
        .route(STATUS_PATH, post(status))
        .route(INBOUND_PATH, post(inbound))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(state)
}

struct Webhook {
    ports: WebhookPorts,
    settings: WebhookSettings,
}

impl Webhook {
    /// The parameters of a signed request; the status to answer any other with.
    fn verify(
        &self,
        uri: &OriginalUri,
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Parameters, StatusCode> {
        let target = uri.path_and_query().map_or(uri.path(), |target| target.as_str());
        let url = format!("{}{target}", self.settings.public_base_url);
        let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let signed = request::signed_body(content_type, body);
        let given = headers.get(signature::SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
        let tokens: Vec<_> = self.settings.auth_tokens.iter().map(String::as_str).collect();
        match given {
            Some(given) if signature::is_signed(&tokens, &url, signed, given) => {
                Ok(Parameters::read(uri.query().unwrap_or_default(), signed))
            }
            _ => {
                warn!("Refused a webhook without a valid signature");
                Err(StatusCode::FORBIDDEN)
            }
        }
    }
}

async fn status(
    State(webhook): State<Arc<Webhook>>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = match webhook.verify(&uri, &headers, &body) {
        Ok(parameters) => parameters,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(receipt) = receipt_from(&parameters) else {
        // Signed, but not about a text of ours, or in words of a later day: nothing to retry.
        info!("Ignored a status callback that names no reminder or status of ours");
        return StatusCode::NO_CONTENT.into_response();
    };
    let now = webhook.ports.clock.now();
    match record_receipt(&webhook.ports.receipts, &receipt, now).await {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(failed) => {
            let id = receipt.ids.reminder;
            let why = in_full(&failed);
            error!(reminder.id = %id, "Could not record a receipt for {id}: {why}");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn receipt_from(parameters: &Parameters) -> Option<DeliveryReceipt> {
    let ids = TextIds {
        user: UserId::parse(parameters.query("user")?).ok()?,
        reminder: ReminderId::parse(parameters.query("reminder")?).ok()?,
        attempt: parameters.query("attempt")?.parse().ok()?,
    };
    Some(DeliveryReceipt {
        ids,
        sid: MessageSid::parse(parameters.body("MessageSid")?).ok()?,
        status: DeliveryStatus::of_provider(parameters.body("MessageStatus")?)?,
        code: parameters.body("ErrorCode").and_then(|code| code.parse().ok()),
    })
}

async fn inbound(
    State(webhook): State<Arc<Webhook>>,
    uri: OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = match webhook.verify(&uri, &headers, &body) {
        Ok(parameters) => parameters,
        Err(refusal) => return refusal.into_response(),
    };
    let Some(text) = text_from(&parameters) else {
        info!("Ignored an inbound text without a sender's number");
        return twiml(None);
    };
    match receive(&webhook.ports.inbound, &text, webhook.ports.clock.now()).await {
        Ok(reply) => twiml(reply.as_deref()),
        Err(failed) => {
            error!("Could not handle an inbound text: {}", in_full(&failed));
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
    }
}

fn text_from(parameters: &Parameters) -> Option<InboundText> {
    Some(InboundText {
        from: PhoneNumber::parse(parameters.body("From")?, None).ok()?,
        body: parameters.body("Body").unwrap_or_default().to_owned(),
        sid: parameters.body("MessageSid")?.to_owned(),
        taken_for: parameters.body("OptOutType").map(taken_for),
    })
}

/// What Twilio's Advanced Opt-Out took a text for.
fn taken_for(kind: &str) -> Inbound {
    match kind {
        "STOP" => Inbound::Stop,
        "START" => Inbound::Start,
        "HELP" => Inbound::Help,
        _ => Inbound::Other,
    }
}

/// An answer in Twilio's markup; with a text, Twilio sends it back to whoever wrote.
fn twiml(reply: Option<&str>) -> Response {
    let body = match reply {
        None => NO_REPLY.to_owned(),
        Some(text) => NO_REPLY.replace(
            "<Response></Response>",
            &format!("<Response><Message>{}</Message></Response>", escaped(text)),
        ),
    };
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], body).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
