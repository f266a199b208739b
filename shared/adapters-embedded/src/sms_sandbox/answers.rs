//! What the API answers: messages, errors, in Twilio's JSON.

use bytes::Bytes;
use http::{Response, StatusCode, header};
use jiff::Timestamp;
use serde::Serialize;

use super::API_VERSION;
use super::text::SandboxText;

/// A message resource (`api.v2010.account.message`).
#[derive(Debug, Serialize)]
pub(super) struct MessageJson<'a> {
    body: &'a str,
    num_segments: String,
    direction: &'static str,
    from: Option<&'a str>,
    to: &'a str,
    date_updated: String,
    price: Option<&'a str>,
    error_message: Option<&'static str>,
    uri: String,
    account_sid: &'a str,
    num_media: &'static str,
    status: &'static str,
    messaging_service_sid: Option<&'a str>,
    sid: &'a str,
    date_sent: Option<String>,
    date_created: String,
    error_code: Option<u32>,
    price_unit: &'static str,
    api_version: &'static str,
    subresource_uris: Subresources,
}

#[derive(Debug, Serialize)]
struct Subresources {
    media: String,
}

impl<'a> MessageJson<'a> {
    pub(super) fn of(text: &'a SandboxText, account_sid: &'a str) -> Self {
        let path = format!("/{API_VERSION}/Accounts/{account_sid}/Messages/{}", text.sid);
        // A messaging service has not chosen a sender yet, so nobody knows the parts.
        let segments = if text.from.is_some() { text.segments } else { 0 };
        Self {
            body: &text.body,
            num_segments: segments.to_string(),
            direction: text.direction.as_str(),
            from: text.from.as_deref(),
            to: &text.to,
            date_updated: date(text.updated_at),
            price: None,
            error_message: text.error_code.map(message_of),
            uri: format!("{path}.json"),
            account_sid,
            num_media: "0",
            status: text.status.as_str(),
            messaging_service_sid: text.messaging_service_sid.as_deref(),
            sid: &text.sid,
            date_sent: text.sent_at.map(date),
            date_created: date(text.created_at),
            error_code: text.error_code,
            price_unit: "USD",
            api_version: API_VERSION,
            subresource_uris: Subresources { media: format!("{path}/Media.json") },
        }
    }
}

/// An instant in RFC 2822, to the second, as Twilio writes it.
pub(super) fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A request that is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ApiError {
    pub(super) status: u16,
    pub(super) code: u32,
    pub(super) message: String,
}

impl ApiError {
    pub(super) fn new(status: u16, code: u32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into() }
    }

    /// A refusal in Twilio's usual words.
    pub(super) fn of_code(status: u16, code: u32) -> Self {
        Self::new(status, code, message_of(code))
    }

    pub(super) fn into_response(self) -> Response<Bytes> {
        let body = serde_json::json!({
            "code": self.code,
            "message": self.message,
            "more_info": format!("https://www.twilio.com/docs/errors/{}", self.code),
            "status": self.status,
        });
        json(self.status, body.to_string().into())
    }
}

/// An answer with a JSON body.
pub(super) fn json(status: u16, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let content_type = header::HeaderValue::from_static("application/json; charset=utf-8");
    response.headers_mut().insert(header::CONTENT_TYPE, content_type);
    response
}

/// Twilio's words for a code, as far as the sandbox needs them.
pub(super) fn message_of(code: u32) -> &'static str {
    match code {
        20001 => "Invalid parameter",
        20003 => "Authenticate",
        20004 => "Method not allowed",
        20404 => "The requested resource was not found",
        20429 => "Too Many Requests",
        20500 => "Internal server error",
        21211 => "Invalid 'To' Phone Number",
        21266 => "'To' and 'From' number cannot be the same",
        21602 => "Message body is required.",
        21603 => "A 'From' phone number is required.",
        21604 => "A 'To' phone number is required.",
        21606 => "The 'From' phone number is not a valid, SMS-capable number for your account.",
        21609 => "Invalid 'StatusCallback' URL",
        21610 => "Attempt to send to unsubscribed recipient",
        21611 => "This 'From' number has exceeded the maximum number of queued messages",
        60200 => "Invalid parameter",
        60202 => "Max check attempts reached",
        60203 => "Max send attempts reached",
        21614 => "'To' number is not a valid mobile number",
        21617 => "The concatenated message body exceeds the 1600 character limit",
        21701 => "The Messaging Service resource does not exist",
        30001 => "Queue overflow",
        30003 => "Unreachable destination handset",
        30004 => "Message blocked",
        30005 => "Unknown destination handset",
        30006 => "Landline or unreachable carrier",
        30007 => "Message filtered",
        30034 => "US A2P 10DLC - Message from an Unregistered Number",
        30036 => "Validity Period Expired",
        _ => "Unknown error",
    }
}
