use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use domain::countries::Countries;
use domain::day_plan::{PlanInput, plan_day};
use domain::difference::difference;
use domain::experiment::board::Enrolment;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use domain::lead_time::{LeadTime, LeadTimes};
use domain::phone::PhoneNumber;
use domain::quiet_hours::QuietHours;
use domain::rollout::Rollout;
use domain::text_hours::PresetHours;
use domain::texts::{HourCycle, Language, Locale};
use domain::time::{Zones, ahead, back};
use domain::user::{Consent, DailyLimit, Preferences, User};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn zone() -> TimeZone {
    let zones = Zones::bundled();
    zones.rules(&zones.parse("America/New_York").unwrap()).unwrap()
}

fn user(leads: &[u32], quiet: QuietHours) -> User {
    let leads: Vec<_> = leads.iter().map(|m| LeadTime::from_minutes(*m).unwrap()).collect();
    User {
        id: UserId::parse("ada").unwrap(),
        phone: PhoneNumber::parse("+12025550123", None).unwrap(),
        is_phone_verified: true,
        zone: Zones::bundled().parse("America/New_York").unwrap(),
        locale: Locale { language: Language::En, hours: HourCycle::H12 },
        preferences: Preferences {
            lead_times: LeadTimes::new(&leads).unwrap(),
            quiet_hours: quiet,
            ..Preferences::default()
        },
        created_at: Timestamp::UNIX_EPOCH,
        inputs_version: 1,
        planned: None,
    }
}

fn event(uid: &str, start: &str) -> CalendarEvent {
    let start = at(start);
    CalendarEvent {
        calendar: CalendarId::parse("home").unwrap(),
        uid: EventUid::parse(uid).unwrap(),
        occurrence: Occurrence::single(),
        title: uid.to_owned(),
        when: EventTime::Timed { start, end: ahead(start, SignedDuration::from_mins(30)) },
        location: None,
        meeting_link: None,
        status: EventStatus::Confirmed,
        is_transparent: false,
        response: Response::None,
        kind: EventKind::Meeting,
        first_seen_at: Timestamp::UNIX_EPOCH,
    }
}

fn input<'a>(
    user: &'a User,
    zone: &'a TimeZone,
    rollout: &'a Rollout,
    events: &'a [CalendarEvent],
    existing: &'a [domain::reminder::Reminder],
) -> PlanInput<'a> {
    PlanInput {
        user,
        zone,
        preset: PresetHours::NONE,
        consent: Consent::OptedIn,
        rollout,
        countries: &Countries::ALL,
        events,
        existing,
        enrolment: Enrolment::NONE,
    }
}

fn told(outlook: &Outlook) -> Vec<String> {
    let row = |row: &OutlookRow| {
        let send_at = row.send_at.map_or("-".to_owned(), |at| at.to_string());
        format!("{} {} {send_at} {}", row.uid, row.decision.as_str(), row.reason.unwrap_or("-"))
    };
    outlook.rows.iter().map(row).collect()
}

fn check(user: &User, events: &[CalendarEvent], days: (&str, &str), expected: &[&str]) {
    let (zone, rollout) = (zone(), Rollout::default());
    let input = input(user, &zone, &rollout, events, &[]);
    let outlook = outlook(&input, (date(days.0), date(days.1)), None);
    assert_eq!(told(&outlook), expected);
}

#[test]
fn days_come_one_after_the_other_with_their_own_limits() {
    let mut user = user(&[15], QuietHours::none());
    user.preferences.daily_limit = DailyLimit::new(1).unwrap();
    // Not in order, and the one after midnight is texted on the day before.
    let events = [
        event("late", "2026-11-03T22:00:00Z"),
        event("early", "2026-11-03T15:00:00Z"),
        event("after-midnight", "2026-11-03T05:05:00Z"),
    ];
    check(
        &user,
        &events,
        ("2026-11-02", "2026-11-03"),
        &[
            "after-midnight send 2026-11-03T04:50:00Z -",
            "early send 2026-11-03T14:45:00Z -",
            "late cancel - daily_limit",
        ],
    );
    check(
        &user,
        &events,
        ("2026-11-03", "2026-11-03"),
        &["early send 2026-11-03T14:45:00Z -", "late cancel - daily_limit"],
    );
}

#[test]
fn quiet_hours_move_or_skip_and_say_so() {
    let events = [event("dawn", "2026-11-03T11:00:00Z"), event("nine", "2026-11-03T14:00:00Z")];
    check(
        &user(&[120], QuietHours::default()),
        &events,
        ("2026-11-03", "2026-11-03"),
        &["dawn skip - quiet_until_after_start", "nine send 2026-11-03T13:00:00Z quiet_hours"],
    );
}

#[test]
fn the_first_day_is_like_any_other() {
    // A lead time of a day and a half: the text of the first day's event belongs to days before.
    let events = [event("a", "2026-11-03T19:00:00Z"), event("b", "2026-11-05T03:00:00Z")];
    let user = user(&[36 * 60], QuietHours::none());
    let days = ("2026-11-03", "2026-11-03");
    check(&user, &events, days, &["b send 2026-11-03T15:00:00Z -"]);
    let days = ("2026-11-02", "2026-11-02");
    check(&user, &events, days, &["a send 2026-11-02T07:00:00Z -"]);
}

#[test]
fn what_is_not_reminded_of_is_told_once_with_its_reason() {
    let (zone, rollout) = (zone(), Rollout::default());
    let user = user(&[15, 60], QuietHours::none());
    let mut declined = event("declined", "2026-11-03T15:00:00Z");
    declined.response = Response::Declined;
    let events = [declined, event("kept", "2026-11-03T16:00:00Z")];
    let input = input(&user, &zone, &rollout, &events, &[]);
    let outlook = outlook(&input, (date("2026-11-03"), date("2026-11-03")), None);
    assert_eq!(outlook.rows.len(), 2);
    let left: Vec<_> = outlook.left_out.iter().map(|row| (row.uid.as_str(), row.reason)).collect();
    assert_eq!(left, [("declined", "declined")]);
}

#[test]
fn ops_02_a_planned_day_is_told_as_it_is_stored() {
    let (zone, rollout) = (zone(), Rollout::default());
    let user = user(&[15, 60], QuietHours::default());
    let events = [event("a", "2026-11-03T15:00:00Z"), event("b", "2026-11-03T15:10:00Z")];
    let day = date("2026-11-03");
    let planned_at = back(domain::time::start_of_day(day, &zone), SignedDuration::from_mins(20));
    let fresh = input(&user, &zone, &rollout, &events, &[]);
    let plan = plan_day(&fresh, day, planned_at);
    let stored: Vec<_> =
        difference(&plan, &fresh, planned_at).into_iter().map(|write| write.row).collect();
    let expected = rows_of(&stored, (day, day), &user, (&zone, PresetHours::NONE));
    assert_eq!(expected.len(), 4);
    let known = input(&user, &zone, &rollout, &events, &stored);
    for now in [planned_at, at("2026-11-03T13:30:00Z")] {
        assert_eq!(outlook(&known, (day, day), Some(now)).rows, expected, "as of {now}");
    }
    // The day before, nothing is stored yet, and the outlook is what the planner then does.
    let before = outlook(&fresh, (day, day), Some(at("2026-11-02T12:00:00Z")));
    assert_eq!(before.rows, expected);
}
