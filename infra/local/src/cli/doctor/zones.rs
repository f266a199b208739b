//! Zones on which the two databases disagree.

use std::collections::BTreeSet;

use chrono::{DateTime, Offset as _, TimeZone as _};
use chrono_tz::{IANA_TZDB_VERSION, Tz};
use domain::time::{ZoneName, Zones, ahead};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::finding::Findings;

const ABOUT: &str = "zones";

/// How far ahead the databases are compared: 18 months.
const AHEAD: SignedDuration = SignedDuration::from_hours(548 * 24);

/// Disagreements that are named; the rest is counted.
const NAMED_MAX: usize = 40;

pub(super) fn check(
    zones: &Zones,
    used: &[ZoneName],
    wants_all: bool,
    now: Timestamp,
    findings: &mut Findings,
) {
    let versions = format!("{} (the second opinion is {IANA_TZDB_VERSION})", zones.version());
    findings.ok(ABOUT, format!("the zone database is {versions}"));
    let used: BTreeSet<String> = used.iter().map(|name| name.as_str().to_owned()).collect();
    for name in used.iter().filter(|name| zones.parse(name).is_err()) {
        let what = format!("users live in {name}, which the database does not know");
        findings.problem(ABOUT, what, "their texts wait; change their zone, or the database");
    }
    let asked: Vec<String> = if wants_all { zones.names() } else { used.into_iter().collect() };
    let differing = asked.iter().filter(|name| differ(zones, name, now));
    let differing: Vec<_> = differing.map(String::as_str).collect();
    if differing.is_empty() {
        if !asked.is_empty() {
            let what = format!("both databases agree on the {} zones looked at", asked.len());
            findings.ok(ABOUT, what);
        }
        return;
    }
    let mut names = differing.iter().take(NAMED_MAX).copied().collect::<Vec<_>>().join(", ");
    if differing.len() > NAMED_MAX {
        names += &format!(" and {} more", differing.len() - NAMED_MAX);
    }
    let what = format!("within 18 months the databases disagree on {names}");
    if zones.version() > IANA_TZDB_VERSION {
        findings.note(ABOUT, format!("{what}; the one in use, {}, is newer", zones.version()));
    } else {
        let remedy = "texts there may be an hour off: use the bundled database (no `zones_dir`), \
                      or a newer folder";
        findings.caution(ABOUT, what, remedy);
    }
}

/// Whether the databases show different times anywhere in the months to come. They are compared
/// day by day, and on both sides of each change of clocks in ours, so that neither a change that
/// only one has, nor one at another hour, is missed.
fn differ(zones: &Zones, name: &str, now: Timestamp) -> bool {
    let Ok(ours) = zones.parse(name).and_then(|name| zones.rules(&name)) else { return false };
    // A name that the older database lacks cannot be compared.
    let Ok(theirs) = name.parse::<Tz>() else { return false };
    let until = ahead(now, AHEAD);
    let changes = ours.following(now).map(|change| change.timestamp());
    let around = changes
        .take_while(|at| *at < until)
        .flat_map(|at| [ahead(at, SignedDuration::from_secs(-1)), at]);
    let days = (0..).map(|day| ahead(now, SignedDuration::from_hours(24 * day)));
    let mut instants = around.chain(days.take_while(|at| *at < until));
    instants.any(|at| Some(our_offset(&ours, at)) != their_offset(theirs, at))
}

fn our_offset(zone: &TimeZone, at: Timestamp) -> i32 {
    zone.to_offset(at).seconds()
}

fn their_offset(zone: Tz, at: Timestamp) -> Option<i32> {
    let utc = DateTime::from_timestamp(at.as_second(), 0)?.naive_utc();
    Some(zone.offset_from_utc_datetime(&utc).fix().local_minus_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_that_changed_their_rules_since_are_named() {
        let zones = Zones::bundled();
        let now: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
        let check = |name: &str, expected: bool| {
            assert_eq!(differ(&zones, name, now), expected, "{name}");
        };
        check("America/Vancouver", true);
        check("Europe/Berlin", false);
        check("UTC", false);
        check("Australia/Lord_Howe", false);
    }

    #[test]
    fn a_database_that_is_older_than_the_second_opinion_is_not_trusted() {
        let now: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
        let severities = |zones: &Zones| {
            let mut findings = Findings::default();
            let used = vec![zones.parse("America/Vancouver").unwrap()];
            check(zones, &used, false, now, &mut findings);
            findings.by_severity().iter().map(|f| f.severity.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(severities(&Zones::bundled()), ["note", "ok"]);
        let old = jiff::tz::TimeZoneDatabase::bundled();
        assert_eq!(severities(&Zones::from_database(old, "2020a".to_owned())), ["caution", "ok"]);
    }
}
