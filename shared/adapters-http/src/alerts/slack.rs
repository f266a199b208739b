//! Slack, by an incoming webhook with Block Kit.

use std::fmt;
use std::sync::Arc;

use app::ports::{AlertChannel, AlertNotice, ChannelError};
use async_trait::async_trait;
use domain::alerts::digest::Digest;
use domain::alerts::{Channel, NoticeKind, Severity};
use serde_json::{Value, json};

use super::digest_mail::part;
use super::{fitted, is_web_address, name, panel_address, post, runbook_address};
use transport::Transport;

/// Characters of a header block, by Slack's documentation.
const HEADER_MAX: usize = 150;

/// Characters of a section's text.
const SECTION_MAX: usize = 3_000;

/// Fields of a section.
const FIELDS_MAX: usize = 10;

/// Characters of a field.
const FIELD_MAX: usize = 2_000;

/// The address of the webhook is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Slack's webhook is not an http or https address; create one as \"Incoming Webhook\"")]
pub struct BadSlack;

/// Posts to the channel of one webhook. Its address is a secret.
pub struct Slack {
    webhook_url: String,
    transport: Arc<dyn Transport>,
}

impl fmt::Debug for Slack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slack").finish_non_exhaustive()
    }
}

impl Slack {
    /// A client of the webhook.
    ///
    /// # Errors
    /// [`BadSlack`].
    pub fn new(webhook_url: &str, transport: Arc<dyn Transport>) -> Result<Self, BadSlack> {
        let webhook_url = webhook_url.trim().to_owned();
        if is_web_address(&webhook_url) {
            Ok(Self { webhook_url, transport })
        } else {
            Err(BadSlack)
        }
    }
}

#[async_trait]
impl AlertChannel for Slack {
    fn channel(&self) -> Channel {
        Channel::Chat
    }

    async fn tell(&self, notice: &AlertNotice) -> Result<(), ChannelError> {
        post(&*self.transport, &self.webhook_url, &message(notice)).await
    }

    async fn summarise(&self, digest: &Digest) -> Result<(), ChannelError> {
        post(&*self.transport, &self.webhook_url, &summary(digest)).await
    }
}

/// The message for a notice.
pub(super) fn message(notice: &AlertNotice) -> Value {
    let (sign, happened) = match (notice.kind, notice.severity) {
        (NoticeKind::Triggered, Severity::Critical) => (":rotating_light:", "Critical"),
        (NoticeKind::Triggered, Severity::Warning) => (":warning:", "Warning"),
        (NoticeKind::Acknowledged, _) => (":eyes:", "Acknowledged"),
        (NoticeKind::Resolved, _) => (":white_check_mark:", "Resolved"),
    };
    let title = format!("{sign} {happened}: {}", name(notice));
    let mut fields = vec![
        field("Measured", &notice.value),
        field("Since", &notice.opened_at.to_string()),
        field("Deployment", &notice.deployment),
    ];
    if let Some(by) = &notice.acknowledged_by {
        fields.push(field("Looked after by", by));
    }
    let runbook = match runbook_address(notice) {
        Some(address) => format!("<{address}|Runbook>"),
        None => format!("Runbook: {}", escaped(&notice.runbook)),
    };
    let panel = panel_address(notice).map(|address| format!(" · <{address}|Dashboard>"));
    let links = format!("{runbook}{}", panel.unwrap_or_default());
    json!({
        // For notifications, and for whoever does not see blocks.
        "text": escaped(&format!("{happened}: {}: {}", name(notice), notice.headline)),
        "blocks": [
            {
                "type": "header",
                "text": {"type": "plain_text", "text": fitted(&title, HEADER_MAX), "emoji": true},
            },
            {
                "type": "section",
                "text": {
                    "type": "mrkdwn",
                    "text": fitted(&escaped(&notice.headline), SECTION_MAX),
                },
            },
            {"type": "section", "fields": fields},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": links}]},
        ],
    })
}

/// The message for the summary of a day: first what needs attention.
pub(super) fn summary(digest: &Digest) -> Value {
    let title = format!(":calendar: {} on {}", digest.deployment, digest.on.strftime("%a %F"));
    let lines = |all: &[String], none: &str| match all {
        [] => none.to_owned(),
        all => all.iter().map(|one| format!("• {}", escaped(one))).collect::<Vec<_>>().join("\n"),
    };
    let attention = lines(&digest.attention, "Nothing needs attention.");
    let open = lines(&digest.open, "None.");
    let section = |text: String| {
        json!({"type": "section",
            "text": {"type": "mrkdwn", "text": fitted(&text, SECTION_MAX)}})
    };
    let mut blocks = vec![
        json!({"type": "header",
            "text": {"type": "plain_text", "text": fitted(&title, HEADER_MAX), "emoji": true}}),
        section(format!("*What needs attention*\n{attention}")),
    ];
    for some in digest.lines.chunks(FIELDS_MAX) {
        let fields = some
            .iter()
            .map(|line| field(line.name, &format!("{} (usual: {})", line.day, line.usual)));
        blocks.push(json!({"type": "section", "fields": fields.collect::<Vec<_>>()}));
    }
    if !digest.parts.is_empty() {
        let parts: Vec<_> = digest.parts.iter().map(part).collect();
        blocks.push(section(format!("*By stage and variant*\n{}", lines(&parts, ""))));
    }
    blocks.push(section(format!("*Open alerts*\n{open}")));
    blocks.push(section(format!("*Rollout*\n{}", escaped(&digest.rollout))));
    let mut foot =
        format!("Beside the mean of the week before · days of {}", escaped(&digest.zone));
    if let Some(address) = digest.dashboard.as_deref().filter(|page| is_web_address(page)) {
        foot.push_str(&format!(" · <{address}|Dashboard>"));
    }
    blocks.push(json!({"type": "context", "elements": [{"type": "mrkdwn", "text": foot}]}));
    let first = digest.attention.first().map_or("nothing needs attention", String::as_str);
    let text = format!("Summary of {}: {first}", digest.on);
    json!({"text": escaped(&text), "blocks": blocks})
}

fn field(name: &str, value: &str) -> Value {
    let text = format!("*{name}*\n{}", escaped(value));
    json!({"type": "mrkdwn", "text": fitted(&text, FIELD_MAX)})
}

/// What Slack asks to be escaped, and nothing else.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
