//! Many users with a day of events each, spread over all zones.

use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use domain::countries::Countries;
use domain::day_plan::{PlanInput, plan_day};
use domain::difference::{RowWrite, difference};
use domain::experiment::board::Enrolment;
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use domain::limits::PLAN_AHEAD;
use domain::phone::PhoneNumber;
use domain::reminder::Reminder;
use domain::rollout::Rollout;
use domain::text_hours::PresetHours;
use domain::texts::{HourCycle, Language, Locale};
use domain::time::{ZoneName, Zones, back, instant_of, start_of_day};
use domain::user::{Consent, Preferences, User};
use jiff::civil::{Date, Time, date};
use jiff::{SignedDuration, Timestamp};

/// The local date that is planned.
pub(crate) const DAY: Date = date(2026, 11, 24);

/// Events of each user.
pub(crate) const EVENTS: usize = 5;

/// A day as calendars hold them: when, title, place, link.
const AGENDA: [(Time, &str, Option<&str>, Option<&str>); EVENTS] = [
    (Time::constant(9, 0, 0, 0), "Stand-up", None, Some("https://meet.example.com/abc-defg-hij")),
    (Time::constant(10, 30, 0, 0), "Q4 Planning", Some("Room 4, Building B"), None),
    (Time::constant(12, 15, 0, 0), "Lunch with Ada", Some("Café Central"), None),
    (Time::constant(14, 0, 0, 0), "1:1 Grace / Alan", None, None),
    (Time::constant(16, 30, 0, 0), "Budget review: what is left and who decides", None, None),
];

/// One user, their events and their rows.
pub(crate) struct Member {
    user: User,
    events: Vec<CalendarEvent>,
    rows: Vec<Reminder>,
}

/// Everything that is the same for all of them.
pub(crate) struct Crowd {
    zones: Zones,
    names: Vec<ZoneName>,
    /// The instants of the agenda in each zone.
    starts: Vec<[Timestamp; EVENTS]>,
    /// When the scheduler plans the day in each zone.
    planned_at: Vec<Timestamp>,
    rollout: Rollout,
    phone: PhoneNumber,
}

impl Crowd {
    /// A crowd in all zones of the bundled database.
    pub(crate) fn new() -> Self {
        let zones = Zones::bundled();
        let names: Vec<_> = zones.names().iter().filter_map(|n| zones.parse(n).ok()).collect();
        let rules: Vec<_> = names.iter().filter_map(|name| zones.rules(name).ok()).collect();
        let starts =
            rules.iter().map(|zone| AGENDA.map(|(at, ..)| instant_of(DAY.to_datetime(at), zone)));
        let planned_at = rules.iter().map(|zone| back(start_of_day(DAY, zone), PLAN_AHEAD));
        Self {
            starts: starts.collect(),
            planned_at: planned_at.collect(),
            rollout: Rollout::default(),
            phone: PhoneNumber::parse("+12015550123", None).unwrap(),
            names,
            zones,
        }
    }

    /// The user with this number.
    pub(crate) fn member(&self, number: usize) -> Member {
        let zone = number % self.names.len();
        let user = User {
            id: UserId::parse(&format!("user-{number:07}")).unwrap(),
            phone: self.phone.clone(),
            is_phone_verified: true,
            zone: self.names[zone].clone(),
            locale: Locale { language: Language::En, hours: HourCycle::H12 },
            preferences: Preferences::default(),
            created_at: Timestamp::UNIX_EPOCH,
            inputs_version: 1,
            planned: None,
        };
        let calendar = CalendarId::parse("primary").unwrap();
        let events = AGENDA.iter().zip(self.starts[zone]).enumerate();
        let events = events.map(|(index, ((_, title, location, link), start))| CalendarEvent {
            calendar: calendar.clone(),
            uid: EventUid::parse(&format!("{number:x}6tq8s{index}b9m2k4@google.com")).unwrap(),
            occurrence: Occurrence::single(),
            title: (*title).to_owned(),
            when: EventTime::Timed { start, end: start },
            location: location.map(str::to_owned),
            meeting_link: link.map(str::to_owned),
            status: EventStatus::Confirmed,
            is_transparent: false,
            response: Response::Accepted,
            kind: EventKind::Meeting,
            first_seen_at: Timestamp::UNIX_EPOCH,
        });
        Member { user, events: events.collect(), rows: Vec::new() }
    }

    /// The same user with as many events on each of ten more days, and the day planned already:
    /// what the planner meets when anything changes during the day.
    #[allow(dead_code, reason = "the example needs it not")]
    pub(crate) fn planned_member(&self, number: usize) -> Member {
        let mut member = self.member(number);
        member.rows = self.plan(number, &member).into_iter().map(|write| write.row).collect();
        let later = |event: &CalendarEvent, days: i64| {
            let EventTime::Timed { start, .. } = event.when else { return event.clone() };
            let start = start + SignedDuration::from_hours(24 * days);
            let uid = EventUid::parse(&format!("{days}{}", event.uid)).unwrap();
            CalendarEvent { uid, when: EventTime::Timed { start, end: start }, ..event.clone() }
        };
        let today = member.events.clone();
        member.events.extend((1..=10).flat_map(|days| today.iter().map(move |e| later(e, days))));
        member
    }

    /// What the planner writes for the user, from the lookup of the zone to the rows.
    pub(crate) fn plan(&self, number: usize, member: &Member) -> Vec<RowWrite> {
        let zone = self.zones.rules(&member.user.zone).unwrap();
        let now = self.planned_at[number % self.planned_at.len()];
        let input = PlanInput {
            user: &member.user,
            zone: &zone,
            preset: PresetHours::NONE,
            consent: Consent::OptedIn,
            rollout: &self.rollout,
            countries: &Countries::ALL,
            events: &member.events,
            existing: &member.rows,
            enrolment: Enrolment::NONE,
        };
        let plan = plan_day(&input, DAY, now);
        difference(&plan, &input, now)
    }
}
