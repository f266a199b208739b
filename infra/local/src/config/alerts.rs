//! The `[alerts]` table: who is told when something is wrong.

use std::fs;
use std::path::{Path, PathBuf};

use domain::alerts::digest::DigestTime;
use domain::time::Zones;

use super::document::Section;
use super::secret::Secret;

/// The keys that hold secrets, each with the one that names a file instead.
const SECRETS: [(&str, &str); 3] = [
    ("pagerduty_routing_key", "pagerduty_routing_key_file"),
    ("slack_webhook_url", "slack_webhook_url_file"),
    ("smtp_url", "smtp_url_file"),
];

/// Who is told, and how. Without a channel, alerts are shown by the API and told by the log.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertTable {
    /// Whether real people wait for texts, so that somebody is woken. None: if texts go to Twilio.
    pub is_production: Option<bool>,
    /// What this system calls itself in alerts.
    pub deployment: Option<String>,
    /// The page with the runbooks, if it can be reached by an address.
    pub runbooks_url: Option<String>,
    /// The integration key of PagerDuty's service.
    pub pagerduty_routing_key: Option<Secret>,
    /// Where PagerDuty's Events API is, if not at its own address.
    pub pagerduty_base_url: Option<String>,
    /// The address of Slack's webhook.
    pub slack_webhook_url: Option<Secret>,
    /// The mail server with user and password.
    pub smtp_url: Option<Secret>,
    /// Who mail comes from.
    pub email_from: Option<String>,
    /// Who gets mail.
    pub email_to: Vec<String>,
    /// When the summary of a day is told.
    pub digest: DigestTime,
}

/// Reads the table. What is wrong with it is noted.
pub(super) fn read(table: &Section<'_>, folder: &Path) -> AlertTable {
    let address = |key| table.parsed(key, super::http_url).map(plain);
    let [pagerduty_routing_key, slack_webhook_url, smtp_url] =
        SECRETS.map(|(key, file)| secret(table, key, file, folder));
    let email_to = table.texts("email_to").unwrap_or_default();
    if smtp_url.is_some() && email_to.is_empty() {
        table.problem("email_to", "is missing: somebody must get the mail of `alerts.smtp_url`");
    }
    AlertTable {
        is_production: table.parsed("environment", is_production),
        deployment: table.text("deployment"),
        runbooks_url: address("runbooks_url"),
        pagerduty_routing_key,
        pagerduty_base_url: address("pagerduty_base_url"),
        slack_webhook_url,
        smtp_url,
        email_from: table.text("email_from"),
        email_to,
        digest: digest(table),
    }
}

fn digest(table: &Section<'_>) -> DigestTime {
    let default = DigestTime::default();
    let hour = table.integer("digest_hour", 0..=23).and_then(|hour| i8::try_from(hour).ok());
    let zone = table.parsed("digest_zone", |given| {
        let unknown = || format!("{given:?} is no time zone; write it like \"America/New_York\"");
        Zones::bundled().find(given).map(|zone| (given.to_owned(), zone)).ok_or_else(unknown)
    });
    let (zone_name, zone) = zone.unwrap_or((default.zone_name, default.zone));
    DigestTime { hour: hour.unwrap_or(default.hour), zone, zone_name }
}

/// Whether the table itself holds a secret.
pub(super) fn holds_secret(table: &Section<'_>) -> bool {
    SECRETS.iter().any(|(key, _)| table.has(key))
}

/// The files with secrets that the table names.
pub(super) fn secret_files(table: &Section<'_>, folder: &Path) -> Vec<PathBuf> {
    SECRETS.iter().filter_map(|(_, file)| Some(folder.join(table.text(file)?))).collect()
}

fn secret(
    table: &Section<'_>,
    key: &'static str,
    file_key: &'static str,
    folder: &Path,
) -> Option<Secret> {
    let (written, file) = (table.text(key), table.text(file_key));
    let Some(file) = file else { return written.map(Secret::new) };
    if table.has(key) {
        table.problem(file_key, format!("stands beside `alerts.{key}`; keep one of them"));
        return None;
    }
    let path = folder.join(file);
    match fs::read_to_string(&path) {
        Ok(text) if text.trim().is_empty() => table.problem(file_key, "names an empty file"),
        Ok(text) => return Some(Secret::new(text.trim())),
        Err(error) => {
            let what = format!("names {}, which cannot be read: {error}", path.display());
            table.problem(file_key, what);
        }
    }
    None
}

fn is_production(word: &str) -> Result<bool, &'static str> {
    match word {
        "production" => Ok(true),
        "development" => Ok(false),
        _ => Err("must be \"production\" or \"development\""),
    }
}

/// An address without a slash at its end.
fn plain(url: url::Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}
