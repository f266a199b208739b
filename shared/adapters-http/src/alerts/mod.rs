//! The channels of alerts: PagerDuty, Slack, e-mail. Behind [`app::ports::AlertChannel`].

mod email;
mod pagerduty;
mod slack;
#[cfg(test)]
mod tests;

use app::ports::{AlertNotice, ChannelError};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use url::Url;

pub use self::email::{BadEmail, EmailSettings, SmtpEmail};
pub use self::pagerduty::{BadPagerDuty, PagerDuty, PagerDutySettings};
pub use self::slack::{BadSlack, Slack};

use crate::transport::{Transport, TransportFault};

/// An answer that is not the one for success.
#[derive(Debug, thiserror::Error)]
#[error("it answered {status}")]
struct Answered {
    status: StatusCode,
}

/// Posts JSON and judges the answer: what asks too often or meets a fault of the other side comes
/// again, everything else that is refused stays refused.
async fn post(transport: &dyn Transport, url: &str, body: &Value) -> Result<(), ChannelError> {
    let request = Request::post(url)
        .header(CONTENT_TYPE, "application/json")
        .body(Bytes::from(body.to_string()))
        .map_err(|bad| ChannelError::Permanent(bad.into()))?;
    let answer = transport.send(request).await;
    judge(answer)
}

fn judge(answer: Result<Response<Bytes>, TransportFault>) -> Result<(), ChannelError> {
    let status = answer.map_err(|fault| ChannelError::Transient(fault.into()))?.status();
    if status.is_success() {
        return Ok(());
    }
    let is_passing = status.is_server_error()
        || matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::REQUEST_TIMEOUT);
    let answered = Box::new(Answered { status });
    Err(if is_passing {
        ChannelError::Transient(answered)
    } else {
        ChannelError::Permanent(answered)
    })
}

/// The rule, and of what it is broken.
fn name(notice: &AlertNotice) -> String {
    match notice.key.as_str() {
        "" => notice.rule.clone(),
        key => format!("{} ({key})", notice.rule),
    }
}

/// The address of the runbook, if it is one that can be followed.
fn runbook_address(notice: &AlertNotice) -> Option<&str> {
    is_web_address(&notice.runbook).then_some(notice.runbook.as_str())
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The first characters of a text, as far as a field takes them.
fn fitted(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
