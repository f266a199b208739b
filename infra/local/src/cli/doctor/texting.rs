//! How texts go out: the Twilio account, and the users file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::time::Zones;
use http::header::AUTHORIZATION;
use http::{Request, StatusCode};
use url::Url;

use super::super::client::Wire;
use super::finding::Findings;
use crate::config::{Config, Sms, TwilioSettings, UserKeys, read_users};

const ABOUT: &str = "texts";

pub(super) fn check(config: &Config, zones: &Zones, findings: &mut Findings) {
    match &config.sms {
        Sms::Sandbox(_) => {
            findings.note(ABOUT, "texts go to the sandbox and reach no phone");
        }
        Sms::Twilio(settings) => {
            let base = &settings.base_url;
            findings.ok(ABOUT, format!("texts go out through {base}; the settings are complete"));
            let pace = settings.lane().rate.map_or_else(
                || "all texts leave as they are due; Twilio spreads them over its senders".into(),
                |rate| format!("up to {} texts leave in a second", rate.get()),
            );
            findings.note(ABOUT, format!("{pace} (`twilio.texts_per_second`)"));
            if settings.auth_token_secondary.as_ref() == Some(&settings.auth_token) {
                findings.caution(
                    ABOUT,
                    "both of Twilio's secrets are the same",
                    "remove `twilio.auth_token_secondary`, or set it to the other secret",
                );
            }
        }
    }
    let Some(path) = &config.users_file else { return };
    let keys = UserKeys { zones, country: &config.default_country, countries: &config.countries };
    match read_users(path, &keys) {
        Ok(users) => {
            findings.ok("users file", format!("{} names {} users", path.display(), users.len()));
        }
        Err(bad) => {
            for line in bad.to_string().lines() {
                findings.problem("users file", line, "correct the file");
            }
        }
    }
}

/// What only the network tells.
pub(super) fn check_online(config: &Config, wire: &Wire<'_>, findings: &mut Findings) {
    match &config.sms {
        Sms::Twilio(settings) => account(settings, wire, findings),
        Sms::Sandbox(_) => {
            findings.note(ABOUT, "there is no Twilio account to ask about");
        }
    }
    if let Some(url) = &config.public_base_url {
        reach(url, wire, findings);
    }
}

fn account(settings: &TwilioSettings, wire: &Wire<'_>, findings: &mut Findings) {
    const ABOUT: &str = "Twilio";
    let TwilioSettings { account_sid, auth_token, base_url, .. } = settings;
    let address = joined(base_url, &["2010-04-01", "Accounts", &format!("{account_sid}.json")]);
    let basic = STANDARD.encode(format!("{account_sid}:{}", auth_token.reveal()));
    let request = Request::get(address.as_str()).header(AUTHORIZATION, format!("Basic {basic}"));
    let Ok(request) = request.body(Bytes::new()) else { return };
    match wire.send(request).map(|answer| answer.status()) {
        Ok(status) if status.is_success() => {
            findings.ok(ABOUT, format!("{base_url} takes the credentials"));
        }
        Ok(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => findings.problem(
            ABOUT,
            format!("{base_url} refuses the credentials"),
            "compare `account_sid` and `auth_token` with Twilio's console",
        ),
        Ok(StatusCode::NOT_FOUND) => findings.problem(
            ABOUT,
            format!("{base_url} does not know the account"),
            "compare `account_sid` with Twilio's console, and look at `base_url`",
        ),
        Ok(status) => findings.caution(
            ABOUT,
            format!("{base_url} answered with status {status}"),
            "try again later; look at Twilio's status page",
        ),
        Err(fault) => findings.problem(
            ABOUT,
            format!("{base_url} cannot be reached: {fault}"),
            "look at the network, a firewall, and `twilio.base_url`",
        ),
    }
}

/// Whether our own public address leads to us.
fn reach(url: &Url, wire: &Wire<'_>, findings: &mut Findings) {
    const ABOUT: &str = "public address";
    let health = joined(url, &["v1", "health"]);
    let Ok(request) = Request::get(health.as_str()).body(Bytes::new()) else { return };
    match wire.send(request).map(|answer| answer.status()) {
        Ok(status) if status.is_success() => {
            findings.ok(ABOUT, format!("{url} leads to a running system"));
        }
        Ok(status) => findings.problem(
            ABOUT,
            format!("{url} answers with status {status}"),
            "let the server in front pass requests on, with their path as it is",
        ),
        Err(fault) => findings.problem(
            ABOUT,
            format!("{url} cannot be reached from here: {fault}"),
            "start the system, and look at the server in front and its certificate",
        ),
    }
}

fn joined(base: &Url, path: &[&str]) -> Url {
    let mut url = base.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.pop_if_empty().extend(path);
    }
    url
}
