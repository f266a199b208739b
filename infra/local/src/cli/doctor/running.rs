//! The running system: does it answer, is it of this version, by which clock?

use domain::time::ZoneName;
use jiff::Timestamp;
use serde::Deserialize;

use super::super::client::Client;
use super::super::users::all_users;
use super::super::{Failure, Session};
use super::finding::Findings;
use crate::config::{Config, Sms};

const ABOUT: &str = "running system";

/// How far two clocks may be apart, in seconds: a request takes its time.
const SKEW_MAX_S: i64 = 5;

/// What is known of a running system.
#[derive(Debug, Default)]
pub(super) struct Running {
    /// The port it is reached at, where it is the one that runs on the data folder.
    pub(super) port: Option<u16>,
    /// The zones its users live in, where it told.
    pub(super) zones: Option<Vec<ZoneName>>,
}

/// The health endpoint's answer.
#[derive(Debug, Deserialize)]
struct Health {
    status: String,
    version: String,
    now: Timestamp,
}

pub(super) fn check(session: &Session<'_>, config: &Config, findings: &mut Findings) -> Running {
    let is_named = session.global.url.is_some();
    let reached = Client::of(session)
        .and_then(|client| client.get::<Health>(&["health"], &[]).map(|health| (client, health)));
    let (client, health) = match reached {
        Ok(reached) => reached,
        Err(failure) if is_named => {
            findings.problem(ABOUT, failure.message, "start it, or correct --url");
            return Running::default();
        }
        Err(_) => {
            findings.note(ABOUT, "none runs on this data folder; it was not looked at");
            return Running::default();
        }
    };
    judge(&health, &client, session, config, findings);
    let zones = match zones(&client) {
        Ok(zones) => Some(zones),
        Err(failure) => {
            let remedy = "look at the token and at the system's log";
            findings.problem(ABOUT, failure.message, remedy);
            None
        }
    };
    let port = client.base().port_or_known_default().filter(|_| !is_named);
    Running { port, zones }
}

fn judge(
    health: &Health,
    client: &Client<'_>,
    session: &Session<'_>,
    config: &Config,
    findings: &mut Findings,
) {
    let base = client.base();
    if health.status == "ok" {
        findings.ok(ABOUT, format!("{base} answers, version {}", health.version));
    } else {
        let what = format!("{base} says that it is {}", health.status);
        findings.problem(ABOUT, what, "look at its log; the store may be out of reach");
    }
    if health.version != env!("CARGO_PKG_VERSION") {
        let what = format!(
            "it is of version {}, this command of {}",
            health.version,
            env!("CARGO_PKG_VERSION")
        );
        findings.caution(ABOUT, what, "use the command of the same version");
    }
    let ahead = health.now.duration_since(session.now).as_secs();
    if ahead.abs() <= SKEW_MAX_S {
        return;
    }
    let what = format!("its clock is {ahead} seconds ahead of this machine's");
    if matches!(config.sms, Sms::Sandbox(_)) {
        findings.note(ABOUT, format!("{what}, as the sandbox's clock control may have set it"));
    } else {
        findings.problem(ABOUT, what, "set both clocks by a time server");
    }
}

fn zones(client: &Client<'_>) -> Result<Vec<ZoneName>, Failure> {
    let mut zones: Vec<_> = all_users(client)?
        .into_iter()
        .filter_map(|user| user.get("zone")?.as_str().map(str::to_owned))
        .collect();
    zones.sort();
    zones.dedup();
    Ok(zones.into_iter().map(ZoneName::from_store).collect())
}
