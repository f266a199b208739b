//! API-03 for many: what is tried is what the planner then does, whoever it is and whatever day.

use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use domain::countries::Countries;
use domain::day_plan::PlanInput;
use domain::experiment::board::Enrolment;
use domain::ids::{CalendarId, EventUid, MessageSid, Occurrence, UserId};
use domain::lead_choice::LeadChoice;
use domain::lead_time::{LeadTime, LeadTimes};
use domain::phone::PhoneNumber;
use domain::quiet_hours::{QuietHours, QuietPolicy};
use domain::quiet_parse;
use domain::reminder::{Circumstances, DeliveryStatus, Reminder, SendOutcome, State};
use domain::rollout::Rollout;
use domain::states::{Change, Receipt, apply};
use domain::text_hours::{Preset, PresetHours};
use domain::texts::{HourCycle, Language, Locale};
use domain::time::{Zones, ahead, local_date, start_of_day};
use domain::user::{AllDayTime, Consent, DailyLimit, Preferences, User};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use super::{Decision, outlook, rows_of};
use crate::plan::plan_days;

/// Random users and days; the first that fails names its seed. `PROPTEST_CASES` asks for more.
const CASES: u64 = 1_000;

const ZONES: [&str; 5] =
    ["America/New_York", "Europe/Berlin", "Asia/Tokyo", "Pacific/Apia", "America/Santiago"];
const LEADS: [u32; 8] = [1, 5, 10, 15, 30, 60, 180, 1_440];
const WINDOWS: [&str; 6] = [
    "22:00-08:00",
    "12:00-13:00",
    "mon-fri 09:00-11:30",
    "18:00-18:30",
    "00:00-06:00",
    "sat,sun 00:00-12:00",
];

/// A generator (SplitMix64): the same seed gives the same case for ever.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn minutes(&mut self, below: usize) -> SignedDuration {
        SignedDuration::from_mins(i64::try_from(self.below(below)).unwrap())
    }

    fn preferences(&mut self) -> Preferences {
        let count = 1 + self.below(3);
        let mut minutes: Vec<u32> = (0..count).map(|_| self.pick(&LEADS)).collect();
        minutes.sort_unstable();
        minutes.dedup();
        let leads: Vec<_> = minutes.iter().map(|m| LeadTime::from_minutes(*m).unwrap()).collect();
        let windows = (0..self.below(3)).map(|_| quiet_parse::window(self.pick(&WINDOWS)).unwrap());
        let windows: Vec<_> = windows.collect();
        let policy = self.pick(&[QuietPolicy::Defer, QuietPolicy::Advance, QuietPolicy::Skip]);
        let mut preferences = Preferences {
            reminders_on: self.below(20) > 0,
            lead_times: LeadTimes::new(&leads).unwrap(),
            quiet_hours: QuietHours::new(windows, policy, self.below(4) == 0).unwrap(),
            daily_limit: DailyLimit::new(u32::try_from(self.below(9)).unwrap()).unwrap(),
            ..Preferences::default()
        };
        if self.below(4) == 0 {
            let among = [5, 15, 60].map(|minutes| LeadTime::from_minutes(minutes).unwrap());
            preferences.lead_choice = LeadChoice::new(&among).unwrap();
        }
        let presets = [None, None, Some(Preset::None), Some(Preset::UsTcpa)];
        preferences.quiet_hours.preset = self.pick(&presets);
        preferences.counting.transparent = self.below(2) == 0;
        preferences.counting.all_day = (self.below(3) == 0).then(AllDayTime::default);
        preferences
    }

    fn event(&mut self, number: usize, day: Date, zone: &TimeZone) -> CalendarEvent {
        let from = start_of_day(day.saturating_sub(Span::new().days(1)), zone);
        let start = ahead(from, self.minutes(4 * 24 * 60));
        let on = local_date(start, zone);
        let when = match self.below(10) {
            0 => EventTime::AllDay { from: on, until: on.tomorrow().unwrap() },
            _ => EventTime::Timed { start, end: ahead(start, SignedDuration::from_mins(30)) },
        };
        CalendarEvent {
            calendar: CalendarId::parse("home").unwrap(),
            uid: EventUid::parse(&format!("event-{number:02}")).unwrap(),
            occurrence: Occurrence::single(),
            title: format!("Event {number}"),
            when,
            location: None,
            meeting_link: None,
            status: EventStatus::Confirmed,
            is_transparent: self.below(6) == 0,
            response: Response::None,
            kind: EventKind::Meeting,
            first_seen_at: Timestamp::UNIX_EPOCH,
        }
    }
}

fn user(zone: &str, preferences: Preferences) -> User {
    User {
        id: UserId::parse("ada").unwrap(),
        // Of an area code that lies in two zones.
        phone: PhoneNumber::parse("+18505550123", None).unwrap(),
        is_phone_verified: true,
        zone: Zones::bundled().parse(zone).unwrap(),
        locale: Locale { language: Language::En, hours: HourCycle::H12 },
        preferences,
        created_at: Timestamp::UNIX_EPOCH,
        inputs_version: 1,
        planned: None,
    }
}

/// What was due by then was texted; one that waits may have been put off.
fn lived(row: &Reminder, now: Timestamp, chance: &mut Chance, zone: &TimeZone) -> Reminder {
    if row.state != State::Scheduled {
        return row.clone();
    }
    if row.send_at > now {
        let until = ahead(row.send_at, SignedDuration::from_mins(5));
        let day_on = local_date(until, zone);
        let snooze = Change::Snooze { from: row.send_at, until, day_on };
        let is_put_off = chance.below(8) == 0 && until < row.last_at;
        return if is_put_off { apply(row, snooze, now).unwrap() } else { row.clone() };
    }
    let sid = MessageSid::parse(&format!("SM{}", row.id)).unwrap();
    let changes = [
        Change::Claim {
            to: PhoneNumber::parse("+12025550123", None).unwrap(),
            text: "text".to_owned(),
            day_on: row.day_on,
            waited_since: None,
            circumstances: Circumstances::default(),
        },
        Change::Outcome {
            attempt: 1,
            outcome: SendOutcome::Accepted(sid.clone()),
            wait: SignedDuration::ZERO,
        },
        Change::Receipt(Receipt { attempt: 1, sid, status: DeliveryStatus::Delivered, code: None }),
    ];
    let step = |row: Reminder, change| apply(&row, change, row.send_at).unwrap();
    changes.into_iter().fold(row.clone(), step)
}

#[test]
fn api_03_a_preview_is_what_the_planner_then_does() {
    let (zones, rollout) = (Zones::bundled(), Rollout::default());
    let mut told = 0;
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(CASES);
    for seed in 0..cases {
        let mut chance = Chance(seed);
        let name = chance.pick(&ZONES);
        let zone = zones.rules(&zones.parse(name).unwrap()).unwrap();
        let first = Date::constant(2026, 1, 1);
        let day = first.saturating_add(Span::new().days(i64::try_from(chance.below(700)).unwrap()));
        let count = chance.below(10);
        let events: Vec<_> = (0..count).map(|n| chance.event(n, day, &zone)).collect();
        let before = user(name, chance.preferences());
        let (mut consent, zone) = (Consent::OptedIn, &zone);
        let (events, rollout, enrolment) = (events.as_slice(), &rollout, Enrolment::NONE);
        let planned_at = start_of_day(day, zone);
        let countries = &Countries::ALL;
        let preset = &PresetHours::of(&before, Preset::None, &zones).unwrap();
        let fresh = PlanInput {
            user: &before,
            zone,
            preset,
            consent,
            rollout,
            countries,
            events,
            enrolment,
            existing: &[],
        };
        let (rows, _) = plan_days(&fresh, [day].into(), planned_at);
        let now = ahead(planned_at, chance.minutes(24 * 60));
        let existing: Vec<_> =
            rows.current().iter().map(|row| lived(row, now, &mut chance, zone)).collect();
        if chance.below(30) == 0 {
            consent = Consent::OptedOut;
        }
        let mut wishes = chance.preferences();
        // As a change of settings does it: what stays keeps its slot.
        let leads: Vec<_> = wishes.lead_times.iter().map(|(_, lead)| lead).collect();
        wishes.lead_times = before.preferences.lead_times.changed_to(&leads).unwrap();
        let after = user(name, wishes);
        let preset = &PresetHours::of(&after, Preset::None, &zones).unwrap();
        let input = PlanInput {
            user: &after,
            zone,
            preset,
            consent,
            rollout,
            countries,
            events,
            enrolment,
            existing: &existing,
        };
        let today = local_date(now, zone);
        let mut preview = outlook(&input, (today, today), Some(now)).rows;
        let (rows, _) = plan_days(&input, [today].into(), now);
        let planned = rows_of(&rows.current(), (today, today), &after, (zone, preset));
        // What is withheld and belongs to a later day now is told until that day is planned, which
        // is sooner where something else moves there.
        preview.retain(|row| row.decision == Decision::Send || planned.contains(row));
        assert_eq!(preview, planned, "seed {seed}: {name} at {now}");
        told += planned.len();
    }
    assert!(told as u64 > 2 * cases, "most days have reminders: {told}");
}
