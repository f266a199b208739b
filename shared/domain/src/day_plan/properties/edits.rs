//! Users, calendars, and what people do to them.

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::calendar_event::{EventStatus, EventTime, Response};
use crate::fixtures::{Desk, meeting, timed};
use crate::ids::CalendarId;
use crate::quiet_hours::{QuietHours, QuietPolicy};
use crate::quiet_parse;
use crate::time::{ahead, local_date};
use crate::user::{AllDayTime, Consent, DailyLimit};

const ZONES: [&str; 7] = [
    "America/New_York",
    "America/Havana",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "Pacific/Auckland",
];

/// Instants near which clocks change somewhere, and an ordinary one.
const BASES: [&str; 5] = [
    "2026-03-08T07:00:00Z",
    "2026-03-29T01:00:00Z",
    "2026-10-25T01:00:00Z",
    "2026-11-01T05:00:00Z",
    "2026-06-16T12:00:00Z",
];

const WINDOWS: [&str; 6] = [
    "22:00-08:00",
    "23:30-00:15",
    "12:00-13:00",
    "mon-fri 01:30-02:30",
    "sat,sun 00:00-12:00",
    "18:00-18:30",
];

/// When an event happens, told from a base instant.
#[derive(Debug, Clone, Copy)]
pub(super) enum When {
    Timed { minutes: i64, seconds: i64 },
    Floating { minutes: i64 },
    AllDay { days: i64 },
}

impl When {
    fn time(self, base: Timestamp, desk: &Desk) -> EventTime {
        let later = |minutes| ahead(base, SignedDuration::from_mins(minutes));
        match self {
            Self::Timed { minutes, seconds } => {
                timed(ahead(later(minutes), SignedDuration::from_secs(seconds)))
            }
            Self::Floating { minutes } => {
                let start = desk.zone.to_datetime(later(minutes));
                EventTime::Floating { start, end: start }
            }
            Self::AllDay { days } => {
                let from = local_date(later(days * 24 * 60), &desk.zone);
                EventTime::AllDay { from, until: from.tomorrow().unwrap() }
            }
        }
    }
}

impl Arbitrary for When {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        prop_oneof![
            4 => (-100_i64..300).prop_map(|q| Self::Timed { minutes: q * 15, seconds: 0 }),
            1 => (-30_i64..90, 0_i64..60)
                .prop_map(|(minutes, seconds)| Self::Timed { minutes, seconds }),
            1 => (-100_i64..300).prop_map(|q| Self::Floating { minutes: q * 15 }),
            1 => (-1_i64..4).prop_map(|days| Self::AllDay { days }),
        ]
        .boxed()
    }
}

/// A change to the calendar or the settings.
#[derive(Debug, Clone)]
pub(super) enum Edit {
    /// A new event, first seen now or known before.
    Add(When, bool),
    Move(usize, When),
    Retitle(usize),
    Remove(usize),
    Respond(usize, Response),
    SetStatus(usize, EventStatus),
    /// The same event on a second calendar, or on one only.
    Copy(usize),
    Leads(Vec<u32>),
    Quiet(QuietHours),
    Limit(u32),
    AllDay(Option<AllDayTime>),
    Fly(&'static str),
    Consent(Consent),
    Verify(bool),
}

fn leads() -> impl Strategy<Value = Vec<u32>> {
    subsequence(vec![1_u32, 15, 30, 60, 600, 1440, 2880], 1..=3)
}

fn quiet_hours() -> impl Strategy<Value = QuietHours> {
    let policy = select(vec![QuietPolicy::Defer, QuietPolicy::Advance, QuietPolicy::Skip]);
    (subsequence(WINDOWS.to_vec(), 0..=3), policy, any::<bool>()).prop_map(
        |(windows, policy, allow_after_start)| {
            let windows = windows.iter().map(|window| quiet_parse::window(window).unwrap());
            QuietHours::new(windows.collect(), policy, allow_after_start).unwrap()
        },
    )
}

fn all_day() -> impl Strategy<Value = Option<AllDayTime>> {
    prop::option::of((0_u8..3, 0_i8..24).prop_map(|(days_before, hour)| AllDayTime {
        days_before,
        at: jiff::civil::Time::new(hour, 0, 0, 0).unwrap(),
    }))
}

impl Arbitrary for Edit {
    type Parameters = ();
    type Strategy = BoxedStrategy<Self>;

    fn arbitrary_with((): ()) -> Self::Strategy {
        let which = any::<usize>;
        let response = select(vec![
            Response::Accepted,
            Response::Declined,
            Response::Tentative,
            Response::None,
        ]);
        let status = select(vec![EventStatus::Confirmed, EventStatus::Cancelled]);
        let consent = select(vec![Consent::OptedIn, Consent::OptedIn, Consent::OptedOut]);
        prop_oneof![
            4 => (any::<When>(), any::<bool>()).prop_map(|(when, new)| Self::Add(when, new)),
            6 => (which(), any::<When>()).prop_map(|(index, when)| Self::Move(index, when)),
            1 => which().prop_map(Self::Retitle),
            2 => which().prop_map(Self::Remove),
            2 => (which(), response).prop_map(|(index, to)| Self::Respond(index, to)),
            1 => (which(), status).prop_map(|(index, to)| Self::SetStatus(index, to)),
            1 => which().prop_map(Self::Copy),
            2 => leads().prop_map(Self::Leads),
            2 => quiet_hours().prop_map(Self::Quiet),
            2 => (0_u32..5).prop_map(Self::Limit),
            1 => all_day().prop_map(Self::AllDay),
            2 => select(&ZONES[..]).prop_map(Self::Fly),
            1 => consent.prop_map(Self::Consent),
            1 => prop::bool::weighted(0.8).prop_map(Self::Verify),
        ]
        .boxed()
    }
}

impl Edit {
    pub(super) fn apply(self, desk: &mut Desk, now: Timestamp) {
        let preferences = &mut desk.user.preferences;
        match self {
            Self::Add(when, is_new) => {
                let mut event = meeting(&format!("e{}", fresh_number(desk)), now);
                event.when = when.time(now, desk);
                if is_new {
                    event.first_seen_at = now;
                }
                desk.events.push(event);
            }
            Self::Move(index, when) => {
                let when = when.time(now, desk);
                each_copy(desk, index, |event| event.when = when);
            }
            Self::Retitle(index) => each_copy(desk, index, |event| event.title.push('!')),
            Self::Remove(index) => {
                if let Some(index) = index.checked_rem(desk.events.len()) {
                    desk.events.remove(index);
                }
            }
            Self::Respond(index, response) => {
                if let Some(index) = index.checked_rem(desk.events.len()) {
                    desk.events[index].response = response;
                }
            }
            Self::SetStatus(index, status) => {
                each_copy(desk, index, |event| event.status = status);
            }
            Self::Copy(index) => copy(desk, index),
            Self::Leads(minutes) => desk.set_leads(&minutes),
            Self::Quiet(quiet) => preferences.quiet_hours = quiet,
            Self::Limit(texts) => preferences.daily_limit = DailyLimit::new(texts).unwrap(),
            Self::AllDay(wish) => preferences.counting.all_day = wish,
            Self::Fly(name) => desk.fly_to(name),
            Self::Consent(consent) => desk.consent = consent,
            Self::Verify(is_verified) => desk.user.is_phone_verified = is_verified,
        }
    }
}

fn fresh_number(desk: &Desk) -> usize {
    let uids = desk.events.iter().map(|event| event.uid.as_str());
    let rows = desk.rows.iter().map(|row| row.uid.as_str());
    let numbers = uids.chain(rows).filter_map(|uid| uid.strip_prefix('e')?.parse().ok());
    numbers.max().map_or(0, |number: usize| number + 1)
}

/// What happens to an event happens in all calendars it stands in.
fn each_copy(
    desk: &mut Desk,
    index: usize,
    change: impl Fn(&mut crate::calendar_event::CalendarEvent),
) {
    if let Some(index) = index.checked_rem(desk.events.len()) {
        let uid = desk.events[index].uid.clone();
        desk.events.iter_mut().filter(|event| event.uid == uid).for_each(change);
    }
}

fn copy(desk: &mut Desk, index: usize) {
    let Some(index) = index.checked_rem(desk.events.len()) else { return };
    let mut event = desk.events[index].clone();
    let name = if event.calendar.as_str() == "home" { "first" } else { "home" };
    event.calendar = CalendarId::parse(name).unwrap();
    let is_there = |other: &&crate::calendar_event::CalendarEvent| {
        other.uid == event.uid && other.calendar == event.calendar
    };
    if desk.events.iter().find(is_there).is_none() {
        desk.events.push(event);
    }
}

prop_compose! {
    /// A user with a calendar, and an instant near which clocks change.
    pub(super) fn desks()(
        name in select(&ZONES[..]),
        base in select(&BASES[..]),
        apart in -2000_i64..2000,
        whens in prop::collection::vec((any::<When>(), any::<bool>()), 0..7),
        leads in leads(),
        quiet in quiet_hours(),
        limit in prop_oneof![Just(10_u32), 0_u32..5],
        all_day in all_day(),
    ) -> (Desk, Timestamp) {
        let base: Timestamp = base.parse().unwrap();
        let now = ahead(base, SignedDuration::from_mins(apart));
        let mut desk = Desk::new();
        let settings = [
            Edit::Fly(name),
            Edit::Leads(leads),
            Edit::Quiet(quiet),
            Edit::Limit(limit),
            Edit::AllDay(all_day),
        ];
        let events = whens.into_iter().map(|(when, is_new)| Edit::Add(when, is_new));
        settings.into_iter().chain(events).for_each(|edit| edit.apply(&mut desk, now));
        (desk, now)
    }
}
