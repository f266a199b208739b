//! A preset's hours beside a person's own, against an oracle that steps from minute to minute.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::fixtures::{Desk, at, quiet};
use crate::placement::{Placement, place};
use crate::pre_send::{SendDecision, Surroundings, check_before_send};
use crate::quiet_hours::QuietPolicy;
use crate::reasons::{DeferReason, SkipReason};

fn tcpa(digits: &str, zone: &str) -> PresetHours {
    let (zones, phone) = (Zones::bundled(), PhoneNumber::try_from(digits.to_owned()).unwrap());
    let zone = zones.parse(zone).unwrap();
    PresetHours::for_number(Preset::UsTcpa, &phone, &zone, &zones).unwrap()
}

fn rules(zone: &str) -> TimeZone {
    Zones::bundled().find(zone).unwrap()
}

#[test]
fn presets_have_names() {
    for preset in Preset::ALL {
        assert_eq!(preset.to_string().parse(), Ok(preset));
        let stored = serde_json::to_string(&preset).unwrap();
        assert_eq!(stored, format!("\"{preset}\""));
    }
    let refused = "tcpa".parse::<Preset>().unwrap_err().to_string();
    assert_eq!(refused, "\"tcpa\" is no preset of hours; choose none or us-tcpa");
}

#[test]
fn the_hours_are_8_to_21_by_the_stored_zone() {
    let (hours, zone, own) =
        (tcpa("+12025550123", "America/New_York"), rules("America/New_York"), QuietHours::none());
    let hours = hours.beside(&own, &zone);
    let check =
        |time: &str, is_quiet: bool| assert_eq!(hours.is_quiet(at(time)), is_quiet, "{time}");
    // New York is five hours behind UTC.
    check("2026-11-24T12:59:59Z", true);
    check("2026-11-24T13:00:00Z", false);
    check("2026-11-25T01:59:59Z", false);
    check("2026-11-25T02:00:00Z", true);
}

#[test]
fn an_area_code_elsewhere_only_makes_it_stricter() {
    // Lives in New York, with a number of Los Angeles, three hours behind.
    let (hours, zone, own) =
        (tcpa("+12135550123", "America/New_York"), rules("America/New_York"), QuietHours::none());
    let hours = hours.beside(&own, &zone);
    let check =
        |time: &str, is_quiet: bool| assert_eq!(hours.is_quiet(at(time)), is_quiet, "{time}");
    check("2026-11-24T13:00:00Z", true); // 8:00 and 5:00
    check("2026-11-24T15:59:59Z", true); // 10:59 and 7:59
    check("2026-11-24T16:00:00Z", false); // 11:00 and 8:00
    check("2026-11-25T01:59:59Z", false); // 20:59 and 17:59
    check("2026-11-25T02:00:00Z", true); // 21:00 and 18:00
    assert_eq!(hours.first_outside(at("2026-11-24T13:00:00Z")), Some(at("2026-11-24T16:00:00Z")));
    let held = tcpa("+12135550123", "America/New_York");
    let held_at = |time| held.held_by(at(time)).map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    assert_eq!(held_at("2026-11-24T14:00:00Z"), ["America/Los_Angeles"]);
    assert_eq!(held_at("2026-11-25T03:00:00Z"), ["America/New_York"]);
    assert_eq!(held_at("2026-11-24T18:00:00Z"), [""; 0]);
}

#[test]
fn numbers_that_lie_nowhere_are_judged_by_the_stored_zone_alone() {
    for digits in ["+18005550123", "+493012345678", "+12025550123"] {
        assert_eq!(tcpa(digits, "America/New_York").clocks.len(), 1, "{digits}");
    }
    // An area code that lies in two zones is judged by both.
    assert_eq!(tcpa("+18505550123", "Europe/Berlin").clocks.len(), 3);
}

#[test]
fn a_person_may_choose_otherwise_than_is_usual() {
    let (zones, mut user) = (Zones::bundled(), crate::fixtures::user());
    let mut clocks = |chosen, usual| {
        user.preferences.quiet_hours.preset = chosen;
        PresetHours::of(&user, usual, &zones).unwrap().clocks.len()
    };
    assert_eq!(clocks(None, Preset::None), 0);
    assert_eq!(clocks(None, Preset::UsTcpa), 1);
    assert_eq!(clocks(Some(Preset::None), Preset::UsTcpa), 0);
    assert_eq!(clocks(Some(Preset::UsTcpa), Preset::None), 1);
}

#[test]
fn policies_hold_for_a_preset_as_for_quiet_hours() {
    let (preset, zone) = (tcpa("+12135550123", "America/New_York"), rules("America/New_York"));
    let check = |policy, wanted_at: &str, start: &str, expected: Placement| {
        let own = quiet(&[], policy);
        let hours = preset.beside(&own, &zone);
        let now = at("2026-11-24T00:00:00Z");
        assert_eq!(place(at(wanted_at), at(start), &hours, now), expected, "{policy:?}");
    };
    let (wanted_at, noon) = ("2026-11-24T14:45:00Z", "2026-11-24T17:00:00Z");
    let moved = |send_at: &str, last_at: &str, shift| Placement::At {
        send_at: at(send_at),
        last_at: at(last_at),
        shift: Some(shift),
    };
    let deferred = moved("2026-11-24T16:00:00Z", noon, DeferReason::QuietHours);
    check(QuietPolicy::Defer, wanted_at, noon, deferred);
    check(QuietPolicy::Skip, wanted_at, noon, Placement::Never(SkipReason::QuietHours));
    let ten = "2026-11-24T15:00:00Z";
    let never = Placement::Never(SkipReason::QuietUntilAfterStart);
    check(QuietPolicy::Defer, wanted_at, ten, never);
    let advanced = moved("2026-11-24T01:59:00Z", ten, DeferReason::Advanced);
    let own = quiet(&[], QuietPolicy::Advance);
    let hours = preset.beside(&own, &zone);
    let before = at("2026-11-23T20:00:00Z");
    assert_eq!(place(at(wanted_at), at(ten), &hours, before), advanced);
}

/// One minute a day is left, at 13:30 in Berlin, which is 7:30 in New York: night, but for the
/// weeks in which only one of them has changed its clocks, from 2026-03-08 on.
#[test]
fn an_instant_is_looked_for_on_the_next_fifteen_days() {
    let (preset, zone) = (tcpa("+12025550123", "Europe/Berlin"), rules("Europe/Berlin"));
    let own = quiet(&["13:31-13:30"], QuietPolicy::Defer);
    let hours = preset.beside(&own, &zone);
    let free = at("2026-03-08T12:30:00Z");
    assert_eq!(hours.first_outside(at("2026-02-21T12:30:01Z")), Some(free));
    assert_eq!(hours.first_outside(at("2026-02-21T12:30:00Z")), None);
}

const ZONES: [&str; 8] = [
    "America/New_York",
    "America/Los_Angeles",
    "America/Phoenix",
    "Pacific/Honolulu",
    "America/Adak",
    "Europe/Berlin",
    "Pacific/Guam",
    "Australia/Lord_Howe",
];

const NUMBERS: [&str; 8] = [
    "+12025550123",
    "+12135550123",
    "+19075550123",
    "+18085550123",
    "+16715550123",
    "+18505550123",
    "+17095550123",
    "+493012345678",
];

const OWN: [&[&str]; 4] =
    [&[], &["22:00-08:00"], &["12:00-13:30", "mon-fri 18:00-06:00"], &["sat,sun 00:00-12:00"]];

/// Whether the clocks on the wall show an hour of the preset, by plain numbers.
fn is_within(at: Timestamp, digits: &str, zone: &str) -> bool {
    let phone = PhoneNumber::try_from(digits.to_owned()).unwrap();
    let mut zones: Vec<_> = zones_of(&phone).collect();
    zones.push(zone);
    zones.iter().all(|zone| (8..21).contains(&rules(zone).to_datetime(at).hour()))
}

proptest! {
    #[test]
    fn the_layers_are_what_an_oracle_says_minute_by_minute(
        zone in select(&ZONES[..]),
        digits in select(&NUMBERS[..]),
        own in select(&OWN[..]),
        // Three years from 2026 on, with all their changes of clocks.
        minute in 0_i64..3 * 366 * 24 * 60,
    ) {
        let start = at("2026-01-01T00:00:00Z");
        let now = ahead(start, SignedDuration::from_mins(minute));
        let (preset, rules) = (tcpa(digits, zone), rules(zone));
        let own = quiet(own, QuietPolicy::Defer);
        let hours = preset.beside(&own, &rules);
        let is_quiet = |at| own.is_quiet(at, &rules) || !is_within(at, digits, zone);
        prop_assert_eq!(hours.is_quiet(now), is_quiet(now));
        let step = |minutes| ahead(now, SignedDuration::from_mins(minutes));
        let first = (0..5 * 24 * 60).map(step).find(|at| !is_quiet(*at));
        let found = hours.first_outside(now).filter(|found| *found < step(5 * 24 * 60));
        prop_assert_eq!(found, first);
        if !is_quiet(now) {
            let until = step(24 * 60);
            let next = (1..24 * 60).map(step).find(|at| is_quiet(*at));
            prop_assert_eq!(hours.next_quiet(now, until), next);
        } else {
            let opening = (1..=24 * 60).map(|back| step(-back)).find(|at| !is_quiet(*at));
            let opening = opening.map(|last| ahead(last, SignedDuration::from_mins(1)));
            let not_before = step(-24 * 60);
            let opening = opening.filter(|opening| *opening > not_before);
            prop_assert_eq!(hours.opening_before(now), opening);
        }
    }

    /// Whatever is planned and whenever the sender looks, nothing goes out at night, by any clock.
    #[test]
    fn nothing_goes_out_at_night_by_any_clock(
        zone in select(&ZONES[..]),
        digits in select(&NUMBERS[..]),
        own in select(&OWN[..]),
        policy in select(&[QuietPolicy::Defer, QuietPolicy::Advance, QuietPolicy::Skip][..]),
        allow_after_start in any::<bool>(),
        starts in prop::collection::vec(0_u32..24 * 60, 1..6),
        look in 0_i64..30 * 60,
    ) {
        let mut user = crate::fixtures::user();
        user.phone = PhoneNumber::try_from(digits.to_owned()).unwrap();
        user.zone = Zones::bundled().parse(zone).unwrap();
        user.preferences.quiet_hours = quiet(own, policy);
        user.preferences.quiet_hours.allow_after_start = allow_after_start;
        user.preferences.quiet_hours.preset = Some(Preset::UsTcpa);
        let mut desk = Desk::of(user);
        desk.preset = PresetHours::of(&desk.user, Preset::None, &Zones::bundled()).unwrap();
        for (number, minute) in starts.iter().enumerate() {
            let start = format!("2026-11-24T{:02}:{:02}", minute / 60, minute % 60);
            desk.add(&format!("e{number}"), &start);
        }
        desk.plan_at("2026-11-23T12:00");
        desk.plan_at("2026-11-24T00:00");
        for row in &desk.rows {
            if row.state == crate::reminder::State::Scheduled {
                prop_assert!(is_within(row.send_at, digits, zone), "planned for {}", row.send_at);
            }
        }
        let now = ahead(desk.wall("2026-11-23T20:00"), SignedDuration::from_mins(look));
        for row in &desk.rows {
            let event = desk.events.iter().find(|event| event.uid == row.uid);
            let around = Surroundings {
                event,
                ..desk.surroundings()
            };
            match check_before_send(row, &around, now) {
                SendDecision::Send { validity } => {
                    prop_assert!(is_within(now, digits, zone), "sent at {now}");
                    let last = ahead(now, validity - SignedDuration::from_secs(1));
                    prop_assert!(is_within(last, digits, zone), "kept until {last}");
                }
                SendDecision::Defer { until, reason: DeferReason::QuietHours, .. } => {
                    prop_assert!(is_within(until, digits, zone), "put off until {until}");
                }
                _ => {}
            }
        }
    }
}
