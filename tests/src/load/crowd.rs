//! Many users, each with one event and the reminder that the planner makes of it.

use std::sync::Arc;

use app::jobs::PlanJob;
use app::ports::{Calendar, CalendarSource, Clock, MirrorWindow, PlanQueue};
use domain::calendar_event::{CalendarEvent, EventKind, EventStatus, EventTime, Response};
use domain::ids::{CalendarId, EventUid, Occurrence, UserId};
use domain::limits;
use domain::phone::PhoneNumber;
use domain::quiet_hours::QuietHours;
use domain::texts::{HourCycle, Language, Locale};
use domain::time::{Zones, ahead, back};
use domain::user::{Preferences, User};
use jiff::{SignedDuration, Timestamp};

use super::Rig;

/// How long before its event a reminder is due.
pub const LEAD: SignedDuration = SignedDuration::from_mins(15);

/// Zones that the users live in, in turn.
const ZONES: [&str; 8] = [
    "America/New_York",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Sydney",
];

/// Tasks that add users side by side.
const TASKS: usize = 64;

/// Users whose reminders are due one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Crowd {
    /// How many there are, each with one reminder.
    pub users: usize,
    /// When the first reminder is due.
    pub due_at: Timestamp,
    /// How long after it the next one is due.
    pub spacing: SignedDuration,
    /// How many are due at the same instant.
    pub at_once: usize,
}

impl Crowd {
    /// When the reminder of the user of this number is due.
    pub fn due_at(&self, index: usize) -> Timestamp {
        let turn = i32::try_from(index / self.at_once.max(1)).unwrap_or(i32::MAX);
        ahead(self.due_at, self.spacing.saturating_mul(turn))
    }

    /// The number that the user of this number is texted at.
    pub fn phone(index: usize) -> String {
        format!("+1202{index:07}")
    }

    /// The name of the user of this number.
    pub fn user_id(index: usize) -> UserId {
        UserId::parse(&format!("user-{index:07}@example.org")).expect("a user's id")
    }

    /// Adds them, with their events, and has the planner plan them. The clock should stand still.
    pub async fn join(self, rig: &Rig) {
        let running: Vec<_> = (0..TASKS)
            .map(|task| {
                let (stores, keys) = (rig.ports.stores.clone(), rig.settings.phone_keys.clone());
                let now = rig.clock.now();
                tokio::spawn(async move {
                    for index in (task..self.users).step_by(TASKS) {
                        let user = user(index, now);
                        let key = keys.key(&user.phone);
                        let is_added = stores.users.add_user(&user, &key).await;
                        assert!(is_added.expect("the store answers"), "the folder was empty");
                        let events = [event(index, self.due_at(index), now)];
                        let calendar = calendar(&user, now);
                        let written = stores.calendars.write_mirror(&calendar, &events, &[], 1);
                        let written = written.await.expect("the store answers");
                        assert_eq!(written, Some(2), "the user is new");
                    }
                })
            })
            .collect();
        for task in running {
            task.await.expect("users are added");
        }
        self.plan(rig).await;
    }

    async fn plan(self, rig: &Rig) {
        let ids: Vec<_> = (0..self.users).map(Self::user_id).collect();
        let jobs = ids.chunks(limits::PLAN_JOB_USERS_MAX);
        let jobs: Vec<_> = jobs.map(|users| PlanJob { users: users.to_vec() }).collect();
        rig.system.queues().plans.enqueue(&jobs).await.expect("the queue has room");
        let running: Vec<_> = (0..TASKS)
            .map(|_| {
                let system = Arc::clone(&rig.system);
                tokio::spawn(async move { while system.consume_plans().await.taken > 0 {} })
            })
            .collect();
        for task in running {
            task.await.expect("users are planned");
        }
        // As if the promoter had handed these over: the planner has put them into the queue itself.
        let until = ahead(self.due_at, limits::HORIZON);
        let control = &rig.ports.stores.control;
        control.set_promoted_until(until).await.expect("the store answers");
        rig.system.fold().await.expect("the store answers");
    }
}

fn user(index: usize, now: Timestamp) -> User {
    let zone = ZONES[index % ZONES.len()];
    User {
        id: Crowd::user_id(index),
        phone: PhoneNumber::try_from(Crowd::phone(index)).expect("a number"),
        is_phone_verified: true,
        zone: Zones::bundled().parse(zone).expect("a zone"),
        locale: Locale { language: Language::En, hours: HourCycle::H12 },
        preferences: Preferences { quiet_hours: QuietHours::none(), ..Preferences::default() },
        created_at: now,
        inputs_version: 1,
        planned: None,
    }
}

fn calendar(user: &User, now: Timestamp) -> Calendar {
    let around = SignedDuration::from_hours(30 * 24);
    Calendar {
        user: user.id.clone(),
        id: CalendarId::parse("work").expect("a calendar's id"),
        source: CalendarSource::Ics { text: String::new() },
        // Wide enough not to be read anew: the mirror is written directly.
        mirrored: Some(MirrorWindow { from: back(now, around), until: ahead(now, around) }),
        changed_at: now,
    }
}

fn event(index: usize, due_at: Timestamp, now: Timestamp) -> CalendarEvent {
    let start = ahead(due_at, LEAD);
    let uid = format!("040000008200E00074C5B7101A82E008-{index}@calendar.example.org");
    CalendarEvent {
        calendar: CalendarId::parse("work").expect("a calendar's id"),
        uid: EventUid::parse(&uid).expect("a UID"),
        occurrence: Occurrence::single(),
        title: "Weekly sync with design".to_owned(),
        when: EventTime::Timed { start, end: ahead(start, SignedDuration::from_mins(30)) },
        location: Some("Room 4".to_owned()),
        meeting_link: None,
        status: EventStatus::Confirmed,
        is_transparent: false,
        response: Response::None,
        kind: EventKind::Meeting,
        first_seen_at: now,
    }
}
