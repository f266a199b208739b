//! What tests of several modules stand on: a user, their calendar, and a planner's desk.

use std::collections::BTreeSet;

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};

use crate::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use crate::countries::Countries;
use crate::day_plan::{DayPlan, PlanInput, plan_day};
use crate::difference::{RowWrite, difference};
use crate::experiment::board::Enrolment;
use crate::ids::{CalendarId, EventUid, MessageSid, Occurrence, UserId};
use crate::lead_time::{LeadTime, LeadTimes};
use crate::limits;
use crate::phone::PhoneNumber;
use crate::pre_send::Surroundings;
use crate::quiet_hours::{QuietHours, QuietPolicy};
use crate::quiet_parse;
use crate::reminder::{Circumstances, DeliveryStatus, Reminder, SendOutcome, State};
use crate::rollout::Rollout;
use crate::states::{Change, Receipt, apply};
use crate::text_hours::PresetHours;
use crate::texts::{HourCycle, Language, Locale};
use crate::time::{Zones, ahead, instant_of, local_date};
use crate::user::{Consent, DailyLimit, Planned, Preferences, User};

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn zone(name: &str) -> TimeZone {
    let zones = Zones::bundled();
    zones.rules(&zones.parse(name).unwrap()).unwrap()
}

pub(crate) fn leads(minutes: &[u32]) -> LeadTimes {
    let leads: Vec<_> = minutes.iter().map(|m| LeadTime::from_minutes(*m).unwrap()).collect();
    LeadTimes::new(&leads).unwrap()
}

pub(crate) fn quiet(windows: &[&str], policy: QuietPolicy) -> QuietHours {
    let windows = windows.iter().map(|window| quiet_parse::window(window).unwrap()).collect();
    QuietHours::new(windows, policy, false).unwrap()
}

/// A user in New York with a verified phone, a lead time of 15 minutes, a limit of 10 and no quiet
/// hours.
pub(crate) fn user() -> User {
    User {
        id: UserId::parse("ada").unwrap(),
        phone: PhoneNumber::parse("+12015550123", None).unwrap(),
        is_phone_verified: true,
        zone: Zones::bundled().parse("America/New_York").unwrap(),
        locale: Locale { language: Language::En, hours: HourCycle::H12 },
        preferences: Preferences { quiet_hours: QuietHours::none(), ..Preferences::default() },
        created_at: at("2026-01-01T00:00:00Z"),
        inputs_version: 1,
        planned: None,
    }
}

/// An hour's meeting on the calendar `home`, known since long ago.
pub(crate) fn meeting(uid: &str, start: Timestamp) -> CalendarEvent {
    CalendarEvent {
        calendar: CalendarId::parse("home").unwrap(),
        uid: EventUid::parse(uid).unwrap(),
        occurrence: Occurrence::single(),
        title: uid.to_owned(),
        when: timed(start),
        location: None,
        meeting_link: None,
        status: EventStatus::Confirmed,
        is_transparent: false,
        response: Response::None,
        kind: EventKind::Meeting,
        first_seen_at: at("2026-01-01T00:00:00Z"),
    }
}

pub(crate) fn timed(start: Timestamp) -> EventTime {
    EventTime::Timed { start, end: ahead(start, SignedDuration::from_hours(1)) }
}

pub(crate) fn all_day(from: &str) -> EventTime {
    let from: Date = from.parse().unwrap();
    EventTime::AllDay { from, until: from.tomorrow().unwrap() }
}

pub(crate) fn floating(start: &str) -> EventTime {
    let start: DateTime = start.parse().unwrap();
    EventTime::Floating { start, end: start.saturating_add(SignedDuration::from_hours(1)) }
}

/// A planner's desk: a user, their events, and the rows as they are after each plan.
#[derive(Debug, Clone)]
pub(crate) struct Desk {
    pub(crate) user: User,
    pub(crate) zone: TimeZone,
    pub(crate) consent: Consent,
    pub(crate) rollout: Rollout,
    pub(crate) countries: Countries,
    pub(crate) preset: PresetHours,
    pub(crate) events: Vec<CalendarEvent>,
    pub(crate) rows: Vec<Reminder>,
    pub(crate) enrolment: Enrolment,
}

impl Desk {
    pub(crate) fn new() -> Self {
        Self::of(user())
    }

    pub(crate) fn of(user: User) -> Self {
        Self {
            zone: zone(user.zone.as_str()),
            user,
            consent: Consent::OptedIn,
            rollout: Rollout::default(),
            countries: Countries::ALL,
            preset: PresetHours::NONE.clone(),
            events: Vec::new(),
            rows: Vec::new(),
            enrolment: Enrolment::default(),
        }
    }

    /// What a sender sees of it, of the first event: all rows, and none claimed today.
    pub(crate) fn surroundings(&self) -> Surroundings<'_> {
        Surroundings {
            event: self.events.first(),
            user: &self.user,
            zone: &self.zone,
            preset: &self.preset,
            consent: self.consent,
            rollout: &self.rollout,
            countries: &self.countries,
            rows: &self.rows,
            claimed_today: &[],
        }
    }

    /// The instant at which the user's wall shows this.
    pub(crate) fn wall(&self, text: &str) -> Timestamp {
        instant_of(text.parse().unwrap(), &self.zone)
    }

    /// Adds a meeting that begins when the user's wall shows `start`.
    pub(crate) fn add(&mut self, uid: &str, start: &str) -> &mut CalendarEvent {
        let event = meeting(uid, self.wall(start));
        self.events.push(event);
        self.events.last_mut().unwrap()
    }

    pub(crate) fn event(&mut self, uid: &str) -> &mut CalendarEvent {
        self.events.iter_mut().find(|event| event.uid.as_str() == uid).unwrap()
    }

    pub(crate) fn move_to(&mut self, uid: &str, start: &str) {
        let start = self.wall(start);
        self.event(uid).when = timed(start);
    }

    pub(crate) fn remove(&mut self, uid: &str) {
        self.events.retain(|event| event.uid.as_str() != uid);
    }

    pub(crate) fn fly_to(&mut self, name: &str) {
        self.user.zone = Zones::bundled().parse(name).unwrap();
        self.zone = zone(name);
    }

    pub(crate) fn set_limit(&mut self, texts: u32) {
        self.user.preferences.daily_limit = DailyLimit::new(texts).unwrap();
    }

    pub(crate) fn set_leads(&mut self, minutes: &[u32]) {
        let leads: Vec<_> = minutes.iter().map(|m| LeadTime::from_minutes(*m).unwrap()).collect();
        let changed = self.user.preferences.lead_times.changed_to(&leads).unwrap();
        self.user.preferences.lead_times = changed;
    }

    pub(crate) fn input(&self) -> PlanInput<'_> {
        PlanInput {
            user: &self.user,
            zone: &self.zone,
            preset: &self.preset,
            consent: self.consent,
            rollout: &self.rollout,
            countries: &self.countries,
            events: &self.events,
            existing: &self.rows,
            enrolment: &self.enrolment,
        }
    }

    /// Plans one day and writes the difference.
    pub(crate) fn plan_one(&mut self, day: Date, now: Timestamp) -> (DayPlan, Vec<RowWrite>) {
        let input = self.input();
        let plan = plan_day(&input, day, now);
        let writes = difference(&plan, &input, now);
        for write in &writes {
            self.write(write);
        }
        (plan, writes)
    }

    fn write(&mut self, write: &RowWrite) {
        let stored = self.rows.iter_mut().find(|row| row.id == write.row.id);
        assert_eq!(stored.as_ref().map(|row| row.revision), write.expected, "{:?}", write.row);
        match stored {
            Some(row) => *row = write.row.clone(),
            None => self.rows.push(write.row.clone()),
        }
    }

    /// Plans as the use case does: the days that have no plan yet, today, and every day on which a
    /// row waits or comes to wait. Returns how many writes that took.
    pub(crate) fn plan(&mut self, now: Timestamp) -> usize {
        let (days, last) = self.days_to_plan(now);
        let writes = self.plan_days(days, now);
        let inputs_version = self.user.inputs_version;
        self.user.planned = Some(Planned { on: last, inputs_version });
        writes
    }

    pub(crate) fn plan_days(&mut self, mut days: BTreeSet<Date>, now: Timestamp) -> usize {
        let mut count = 0;
        while let Some(day) = days.pop_first() {
            let (_, writes) = self.plan_one(day, now);
            let moved = writes.iter().map(|write| &write.row).filter(|row| row.day_on != day);
            days.extend(moved.filter(|row| row.state == State::Scheduled).map(|row| row.day_on));
            count += writes.len();
        }
        count
    }

    pub(crate) fn days_to_plan(&self, now: Timestamp) -> (BTreeSet<Date>, Date) {
        let shift = |date: Date, days: i64| date.saturating_add(Span::new().days(days));
        let today = local_date(now, &self.zone);
        let last = local_date(ahead(now, limits::PLAN_AHEAD), &self.zone);
        let missed = self.user.planned.map_or(today, |planned| shift(planned.on, 1));
        let first = missed.clamp(shift(today, -7), today);
        let mut days: BTreeSet<Date> =
            first.series(Span::new().days(1)).take_while(|day| *day <= last).collect();
        let waiting = self.rows.iter().filter(|row| row.state == State::Scheduled);
        days.extend(waiting.map(|row| row.day_on));
        (days, last)
    }

    pub(crate) fn plan_at(&mut self, now: &str) -> usize {
        self.plan(self.wall(now))
    }

    pub(crate) fn rows_of(&self, uid: &str) -> Vec<&Reminder> {
        self.rows.iter().filter(|row| row.uid.as_str() == uid).collect()
    }

    /// The only row of an event.
    #[track_caller]
    pub(crate) fn row(&self, uid: &str) -> &Reminder {
        match self.rows_of(uid)[..] {
            [row] => row,
            ref rows => panic!("{} rows of {uid}", rows.len()),
        }
    }

    /// UIDs and instants, on the wall, of what waits, by instant.
    pub(crate) fn waiting(&self) -> Vec<String> {
        let mut rows: Vec<_> =
            self.rows.iter().filter(|row| row.state == State::Scheduled).collect();
        rows.sort_by_key(|row| (row.send_at, row.uid.clone(), row.slot));
        rows.iter()
            .map(|row| {
                let wall = self.zone.to_datetime(row.send_at);
                format!("{} {}", row.uid.as_str(), wall.strftime("%d %H:%M"))
            })
            .collect()
    }

    #[track_caller]
    pub(crate) fn change(&mut self, uid: &str, change: Change, now: Timestamp) {
        let waits = |row: &&mut Reminder| row.uid.as_str() == uid;
        let row = self.rows.iter_mut().filter(waits).max_by_key(|row| newest(row)).unwrap();
        *row = apply(row, change, now).unwrap();
    }

    /// Claims the event's newest row at `now`.
    pub(crate) fn claim(&mut self, uid: &str, now: Timestamp) {
        let claim = Change::Claim {
            to: self.user.phone.clone(),
            text: "text".to_owned(),
            day_on: local_date(now, &self.zone),
            waited_since: None,
            circumstances: Circumstances::default(),
        };
        self.change(uid, claim, now);
    }

    /// Texts the event's newest row at `now`, and has it delivered.
    pub(crate) fn text(&mut self, uid: &str, now: Timestamp) {
        self.claim(uid, now);
        let row = self.rows_of(uid).into_iter().max_by_key(|row| newest(row)).unwrap();
        let (number, attempt) = (row.last_attempt().unwrap().number, row.last_attempt().unwrap());
        let sid = MessageSid::parse(&format!("SM{uid}{number}-{}", attempt.claimed_at)).unwrap();
        self.change(uid, accepted(number, &sid), now);
        self.change(uid, receipt(number, &sid, DeliveryStatus::Delivered, None), now);
    }
}

/// The order in which rows of an event are meant: those of the last round, and of these first what
/// was not withdrawn.
fn newest(row: &Reminder) -> (u32, bool) {
    (row.round, !matches!(row.state, State::Cancelled(_)))
}

pub(crate) fn accepted(attempt: u32, sid: &MessageSid) -> Change {
    outcome(attempt, SendOutcome::Accepted(sid.clone()))
}

pub(crate) fn outcome(attempt: u32, outcome: SendOutcome) -> Change {
    Change::Outcome { attempt, outcome, wait: SignedDuration::from_secs(4) }
}

pub(crate) fn receipt(
    attempt: u32,
    sid: &MessageSid,
    status: DeliveryStatus,
    code: Option<u32>,
) -> Change {
    Change::Receipt(Receipt { attempt, sid: sid.clone(), status, code })
}
