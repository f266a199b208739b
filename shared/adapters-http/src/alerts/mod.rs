//! The channels of alerts: PagerDuty, Slack, e-mail. Behind [`app::ports::AlertChannel`].

mod digest_mail;
mod email;
mod pagerduty;
mod slack;
#[cfg(test)]
mod tests;

use std::fmt::{self, Display};
use std::sync::Arc;

use app::ports::{AlertChannel, AlertNotice, ChannelError};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use serde_json::Value;
use tracing::error;
use url::Url;

pub use self::email::{BadEmail, EmailSettings, SmtpEmail};
pub use self::pagerduty::{BadPagerDuty, PagerDuty, PagerDutySettings};
pub use self::slack::{BadSlack, Slack};

use transport::{Transport, TransportFault};

/// Which channels there are: those whose secret is known.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ChannelSettings {
    /// The integration key of PagerDuty's service.
    pub pagerduty_routing_key: Option<String>,
    /// Where PagerDuty's Events API is, if not at its own address.
    pub pagerduty_base_url: Option<String>,
    /// The address of Slack's webhook. Whoever knows it may post.
    pub slack_webhook_url: Option<String>,
    /// The mail server with user and password.
    pub smtp_url: Option<String>,
    /// Who mail comes from; none: the first who gets it.
    pub email_from: Option<String>,
    /// Who gets mail.
    pub email_to: Vec<String>,
}

impl fmt::Debug for ChannelSettings {
    // Nearly all of it is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelSettings")
            .field("has_pagerduty", &self.pagerduty_routing_key.is_some())
            .field("has_slack", &self.slack_webhook_url.is_some())
            .field("has_email", &self.smtp_url.is_some())
            .finish_non_exhaustive()
    }
}

impl ChannelSettings {
    /// With the secrets of PagerDuty, Slack and the mail server, as far as there are any.
    pub fn of(
        [pagerduty_routing_key, slack_webhook_url, smtp_url]: [Option<String>; 3],
        pagerduty_base_url: Option<String>,
        email_from: Option<String>,
        email_to: Vec<String>,
    ) -> Self {
        Self {
            pagerduty_routing_key,
            pagerduty_base_url,
            slack_webhook_url,
            smtp_url,
            email_from,
            email_to,
        }
    }

    /// The channels that can be used. One whose settings cannot work is told of and left out:
    /// whoever looks after lost texts must start all the same.
    pub fn made(&self, transport: &Arc<dyn Transport>) -> Vec<Arc<dyn AlertChannel>> {
        let pager = self.pagerduty_routing_key.as_ref().map(|key| {
            let service = PagerDutySettings::of_service(key, self.pagerduty_base_url.as_deref());
            usable(PagerDuty::new(&service, transport.clone()))
        });
        let chat = self.slack_webhook_url.as_ref();
        let chat = chat.map(|address| usable(Slack::new(address, transport.clone())));
        let email = self.smtp_url.clone().map(|smtp_url| {
            let to = self.email_to.clone();
            let from = self.email_from.as_ref().or(to.first()).cloned().unwrap_or_default();
            usable(SmtpEmail::new(&EmailSettings { smtp_url, from, to }))
        });
        [pager, chat, email].into_iter().flatten().flatten().collect()
    }
}

fn usable<C: AlertChannel + 'static>(
    made: Result<C, impl Display>,
) -> Option<Arc<dyn AlertChannel>> {
    match made {
        Ok(channel) => Some(Arc::new(channel)),
        Err(bad) => {
            error!("A channel of alerts is left out: {bad}");
            None
        }
    }
}

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

/// The address at which the dashboard shows it, if there is one.
fn panel_address(notice: &AlertNotice) -> Option<&str> {
    notice.panel.as_deref().filter(|panel| is_web_address(panel))
}

fn is_web_address(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The first characters of a text, as far as a field takes them.
fn fitted(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}
