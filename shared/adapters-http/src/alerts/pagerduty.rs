//! PagerDuty, by its Events API v2.

use std::fmt;
use std::sync::Arc;

use app::ports::{AlertChannel, AlertNotice, ChannelError};
use async_trait::async_trait;
use domain::alerts::{Channel, NoticeKind};
use serde_json::{Value, json};

use super::{fitted, is_web_address, name, panel_address, post, runbook_address};
use transport::Transport;

/// Characters of a summary, by PagerDuty's documentation.
const SUMMARY_MAX: usize = 1024;

/// Characters of a key.
const DEDUP_KEY_MAX: usize = 255;

/// Where alerts go in PagerDuty.
#[derive(Clone)]
pub struct PagerDutySettings {
    /// Where the Events API is.
    pub base_url: String,
    /// The integration key of a service: 32 characters.
    pub routing_key: String,
}

impl PagerDutySettings {
    /// PagerDuty's own address. Accounts in the EU have another.
    pub const BASE_URL: &str = "https://events.pagerduty.com";
}

impl PagerDutySettings {
    /// Of a service, at PagerDuty's own address unless another is given.
    pub fn of_service(routing_key: &str, base_url: Option<&str>) -> Self {
        let base_url = base_url.unwrap_or(Self::BASE_URL).to_owned();
        Self { base_url, routing_key: routing_key.to_owned() }
    }
}

impl fmt::Debug for PagerDutySettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PagerDutySettings")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

/// Settings that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPagerDuty {
    /// The address is none.
    #[error("PagerDuty's address is not an http or https address")]
    Address,
    /// The key is none.
    #[error(
        "PagerDuty's routing key must be 32 letters and digits: an Events API v2 integration's"
    )]
    Key,
}

/// Sends events to one service.
pub struct PagerDuty {
    url: String,
    routing_key: String,
    transport: Arc<dyn Transport>,
}

impl PagerDuty {
    /// A client of the service in `settings`.
    ///
    /// # Errors
    /// [`BadPagerDuty`].
    pub fn new(
        settings: &PagerDutySettings,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, BadPagerDuty> {
        let base = settings.base_url.trim().trim_end_matches('/');
        if !is_web_address(base) {
            return Err(BadPagerDuty::Address);
        }
        let key = settings.routing_key.trim();
        if key.len() != 32 || !key.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(BadPagerDuty::Key);
        }
        Ok(Self { url: format!("{base}/v2/enqueue"), routing_key: key.to_owned(), transport })
    }

    /// The event for a notice.
    pub(super) fn event(&self, notice: &AlertNotice) -> Value {
        let action = match notice.kind {
            NoticeKind::Triggered => "trigger",
            NoticeKind::Acknowledged => "acknowledge",
            NoticeKind::Resolved => "resolve",
        };
        let mut event = json!({
            "routing_key": self.routing_key,
            "event_action": action,
            "dedup_key": fitted(&notice.dedup_key, DEDUP_KEY_MAX),
        });
        if notice.kind == NoticeKind::Triggered {
            let summary = format!("{}: {}", notice.headline, notice.value);
            event["client"] = json!("Beforehand");
            event["payload"] = json!({
                "summary": fitted(&summary, SUMMARY_MAX),
                "source": notice.deployment,
                "severity": notice.severity.name(),
                "timestamp": notice.opened_at.to_string(),
                "component": "beforehand",
                "class": notice.rule,
                "custom_details": {
                    "alert": name(notice),
                    "value": notice.value,
                    "runbook": notice.runbook,
                },
            });
            let links =
                [(runbook_address(notice), "Runbook"), (panel_address(notice), "Dashboard")];
            let links = links.into_iter().filter_map(|(address, text)| {
                address.map(|address| json!({"href": address, "text": text}))
            });
            let links: Vec<_> = links.collect();
            if !links.is_empty() {
                event["links"] = Value::from(links);
            }
        }
        event
    }
}

#[async_trait]
impl AlertChannel for PagerDuty {
    fn channel(&self) -> Channel {
        Channel::Pager
    }

    async fn tell(&self, notice: &AlertNotice) -> Result<(), ChannelError> {
        post(&*self.transport, &self.url, &self.event(notice)).await
    }
}
