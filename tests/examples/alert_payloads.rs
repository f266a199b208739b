//! Tells alerts and summaries by the real channels, to whoever listens on loopback. For
//! `tests/judges/run`.
//!
//! `alert_payloads PAGERDUTY_BASE_URL SLACK_WEBHOOK_URL SMTP_URL`

use std::error::Error;
use std::sync::Arc;

use adapters_http::alerts::ChannelSettings;
use app::ports::AlertNotice;
use domain::alerts::digest::{Digest, DigestDay, DigestLine, DigestPart, READERS};
use domain::alerts::{NoticeKind, Severity, rules};
use jiff::Timestamp;
use jiff::civil::date;
use transport::{ReqwestTransport, Transport, TransportSettings};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut asked = std::env::args().skip(1);
    let mut next = || asked.next().ok_or("three addresses are needed");
    let (pager, chat, server) = (next()?, next()?, next()?);
    let secrets = [Some("0123456789abcdef0123456789abcdef".to_owned()), Some(chat), Some(server)];
    let to = ["ops@example.org", "Ann <ann@example.org>"].map(str::to_owned).to_vec();
    let settings = ChannelSettings::of(secrets, Some(pager), None, to);
    let transport: Arc<dyn Transport> =
        Arc::new(ReqwestTransport::new(&TransportSettings::default())?);
    let at: Timestamp = "2026-11-24T10:05:00Z".parse()?;
    let channels = settings.made(&transport);
    for channel in &channels {
        for notice in notices(at) {
            channel.tell(&notice).await?;
        }
        if READERS.contains(&channel.channel()) {
            for digest in digests(at) {
                channel.summarise(&digest).await?;
            }
        }
    }
    println!("{} channels", channels.len());
    Ok(())
}

/// Every rule, in every way it is told; the last longer than any field is.
fn notices(at: Timestamp) -> Vec<AlertNotice> {
    let kinds = [NoticeKind::Triggered, NoticeKind::Acknowledged, NoticeKind::Resolved];
    let notice = |(kind, rule): (NoticeKind, &str)| AlertNotice {
        kind,
        at,
        dedup_key: format!("beforehand/{rule}/plans/3"),
        severity: if rule.len() % 2 == 0 { Severity::Critical } else { Severity::Warning },
        deployment: "beforehand".to_owned(),
        rule: rule.to_owned(),
        key: "plans".to_owned(),
        headline: "Jobs were given up & wait <for> somebody".to_owned(),
        value: "3 (above 0)".to_owned(),
        opened_at: at,
        acknowledged_by: (kind == NoticeKind::Acknowledged).then(|| "ann & <bob>".to_owned()),
        runbook: "https://pages.example/ops#dead-letters-kept".to_owned(),
        panel: Some("https://ops.example/dashboard#dead_letters".to_owned()),
    };
    let every = rules().iter().flat_map(|rule| kinds.map(|kind| (kind, rule.name.as_str())));
    let mut all: Vec<_> = every.map(notice).collect();
    let mut long = notice((NoticeKind::Triggered, "dead_letters"));
    (long.headline, long.dedup_key) = ("ü – 😀 ".repeat(900), "k".repeat(400));
    (long.value, long.acknowledged_by) = ("9".repeat(3_000), Some("w".repeat(3_000)));
    (long.runbook, long.panel) = ("docs/OPERATIONS.md#x".to_owned(), None);
    all.push(long);
    all
}

/// A quiet day, a bad one, and one with more to tell than fits.
fn digests(at: Timestamp) -> Vec<Digest> {
    let line = |name| DigestLine { name, day: "120".to_owned(), usual: "98.4".to_owned() };
    let part = |name: String| DigestPart {
        name,
        sent: 40,
        delivered: "97.5 %".to_owned(),
        usual: "no data".to_owned(),
        cost: "0.4720 USD".to_owned(),
    };
    let days = |sent| {
        let day = move |day| DigestDay { on: date(2026, 11, day), sent, delivered: sent * 3 / 4 };
        (16..=23).map(day).collect()
    };
    let quiet = Digest {
        deployment: "beforehand".to_owned(),
        at,
        on: date(2026, 11, 23),
        zone: "Europe/Paris".to_owned(),
        attention: Vec::new(),
        lines: ["Sent", "Delivered"].map(line).to_vec(),
        parts: Vec::new(),
        days: days(0),
        open: Vec::new(),
        rollout: "Stage everyone; its gate was not looked at".to_owned(),
        dashboard: Some("https://ops.example/dashboard".to_owned()),
    };
    let bad = Digest {
        attention: vec!["Nobody looks after <dead_letters> & more".to_owned(); 3],
        lines: vec![line("Cost of the texts"); 15],
        parts: ["stage beta", "words: short"].map(str::to_owned).map(part).to_vec(),
        days: days(120),
        open: vec!["delivery_rate_low: 82.4 % (below 90.0 %)".to_owned(); 2],
        dashboard: None,
        ..quiet.clone()
    };
    let full = Digest {
        deployment: "d".repeat(400),
        attention: vec!["ü – 😀 ".repeat(40); 60],
        lines: vec![line("Sent"); 40],
        parts: (0..24).map(|n| part(format!("{}: arm-{n}", "x".repeat(60)))).collect(),
        open: vec!["o".repeat(300); 40],
        rollout: "r".repeat(4_000),
        ..bad.clone()
    };
    vec![quiet, bad, full]
}
