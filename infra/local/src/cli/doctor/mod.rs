//! `doctor`: looks for what is wrong with a system before its users notice.
//!
//! It changes nothing. What it finds has a severity and a remedy; it ends with 1 if any of it
//! should be looked at.

mod accounts;
mod finding;
mod folder;
mod network;
mod running;
#[cfg(test)]
mod tests;
mod texting;
mod zones;

use std::path::PathBuf;

use domain::time::Zones;
use serde_json::json;

use super::args::DoctorArgs;
use super::client::Wire;
use super::{Ended, Exit, Failure, Session};
use crate::config::{self, Config};
use crate::output::{Rows, Tone};

use self::finding::{Finding, Findings, Severity};

pub(super) fn run(session: &mut Session<'_>, args: &DoctorArgs) -> Ended {
    let mut findings = Findings::default();
    let config = configuration(session, &mut findings)?;
    let zones = match config.zones() {
        Ok(zones) => zones,
        Err(bad) => {
            findings.problem(
                "zones",
                bad,
                "mend or remove `zones_dir`; the bundled database is used below",
            );
            Zones::bundled()
        }
    };
    clock(session, &zones, &mut findings);
    let names_another = session.global.url.is_some();
    let mut stored = None;
    if !names_another {
        folder::check(&config, &mut findings);
        stored = folder::database(&config, &mut findings);
        texting::check(&config, &zones, &mut findings);
        accounts::check(&config, &mut findings);
    }
    let running = running::check(session, &config, &mut findings);
    if !names_another {
        network::check(&config, running.port, &mut findings);
    }
    if args.online {
        let wire = Wire::new(session.transport)?;
        texting::check_online(&config, &wire, &mut findings);
        accounts::check_online(&config, &wire, &mut findings);
    }
    let used = running.zones.or(stored).unwrap_or_default();
    zones::check(&zones, &used, args.all_zones, session.now, &mut findings);
    tell(session, findings, &zones)
}

/// The configuration, or the default one where it is broken, so that the rest can be looked at.
fn configuration(session: &Session<'_>, findings: &mut Findings) -> Result<Config, Failure> {
    let broken = match session.config() {
        Ok(config) => {
            match &config.file {
                Some(file) => findings.ok("configuration", format!("{} is valid", file.display())),
                None => findings.ok("configuration", "no file: everything is the default"),
            }
            return Ok(config);
        }
        Err(broken) => broken,
    };
    for line in broken.message.lines() {
        findings.problem("configuration", line, "correct the file; the defaults are used below");
    }
    let data = session.global.data.clone();
    let nowhere = PathBuf::from(config::FILE_NAME);
    let mut config = Config::parse("", &nowhere, session.variables)?;
    config.data_dir = data.unwrap_or(config.data_dir);
    Ok(config)
}

/// Whether the machine's clock can be right.
fn clock(session: &Session<'_>, zones: &Zones, findings: &mut Findings) {
    const YEARS_MAX: i16 = 20;
    let year = jiff::tz::TimeZone::UTC.to_datetime(session.now).year();
    let Some(database) = zones.version().get(..4).and_then(|text| text.parse::<i16>().ok()) else {
        return;
    };
    if (database..database + YEARS_MAX).contains(&year) {
        findings.ok("clock", format!("the machine's clock says {:.0}", session.now));
    } else {
        let what = format!(
            "the machine's clock says {:.0}, but the zone database is of {database}",
            session.now
        );
        findings.problem("clock", what, "set the clock; reminders go out by it");
    }
}

fn tell(session: &mut Session<'_>, findings: Findings, zones: &Zones) -> Ended {
    let findings = findings.by_severity();
    let worst = findings.iter().map(|finding| finding.severity).max();
    if session.out.is_json() {
        let second = chrono_tz::IANA_TZDB_VERSION;
        session.out.json(&json!({
            "findings": findings,
            "zone_databases": { "used": zones.version(), "second_opinion": second },
        }))?;
    } else {
        let mut rows = Rows::new(&["", "about", "finding"]);
        findings.iter().for_each(|finding| rows.add(cells(finding)));
        session.out.table(&rows)?;
    }
    let is_fine = worst.is_none_or(|worst| worst < Severity::Caution);
    Ok(if is_fine { Exit::Ok } else { Exit::Problems })
}

fn cells(finding: &Finding) -> Vec<(Tone, String)> {
    let tone = match finding.severity {
        Severity::Ok => Tone::Good,
        Severity::Note => Tone::Faint,
        Severity::Caution => Tone::Caution,
        Severity::Problem => Tone::Bad,
    };
    let what = match &finding.remedy {
        Some(remedy) => format!("{}\n-> {remedy}", finding.what),
        None => finding.what.clone(),
    };
    vec![
        (tone, finding.severity.as_str().to_owned()),
        (Tone::Plain, finding.about.to_owned()),
        (Tone::Plain, what),
    ]
}
