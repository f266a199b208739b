//! The rows that measurements are made with, and how they are told.

use std::time::Instant;

use domain::calendar_event::EventTime;
use domain::ids::{CalendarId, EventUid, Occurrence, ReminderId, UserId};
use domain::lead_time::{LeadSlot, LeadTime};
use domain::phone::PhoneNumber;
use domain::reminder::{Reminder, State, TextSource};
use domain::texts::{Body, EventFacts};
use domain::time::ahead;
use domain::trail::{Step, Trail};
use jiff::{SignedDuration, Timestamp};

/// An instant by the clock on the wall, and by the processors' work for this process.
pub(crate) struct Began(Instant, f64);

impl Began {
    pub(crate) fn now() -> Self {
        Self(Instant::now(), processor_seconds())
    }
}

/// Seconds that processors have worked for this process, where the system says so: unlike the time
/// on the wall it hardly depends on what else the machine does.
fn processor_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return f64::NAN };
    // After the name in brackets; `utime` and `stime` are fields 14 and 15, in hundredths.
    let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// Tells how long so many took.
pub(crate) fn report(what: &str, count: usize, began: &Began) {
    let (took, worked) = (began.0.elapsed().as_secs_f64(), processor_seconds() - began.1);
    let each = worked * 1e6 / count as f64;
    let rate = count as f64 / took;
    println!("{what}: {count} in {took:.2} s, {rate:.0} a second, {each:.0} us of processor each");
}

/// The number of a user.
pub(crate) fn number(user: &UserId) -> PhoneNumber {
    let digits: String = user.as_str().chars().filter(char::is_ascii_digit).collect();
    PhoneNumber::try_from(format!("+1202{digits:0>7}")).unwrap()
}

/// When all of it begins.
pub(crate) fn start() -> Timestamp {
    "2026-03-02T14:00:00Z".parse().unwrap()
}

/// A reminder as it was planned.
pub(crate) fn reminder(user: &UserId, index: usize, each: usize) -> Reminder {
    let calendar = CalendarId::parse("work").unwrap();
    let uid = format!("0400000082-{index}-{each}@calendar.example.org");
    let uid = EventUid::parse(&uid).unwrap();
    let (occurrence, slot) = (Occurrence::single(), LeadSlot::new(0));
    let minutes = i64::try_from(each * 60 + index % 4 * 15).unwrap();
    let send_at = ahead(start(), SignedDuration::from_mins(minutes));
    let begins = ahead(send_at, SignedDuration::from_mins(15));
    let ends = ahead(begins, SignedDuration::from_mins(30));
    let mut trail = Trail::default();
    trail.push(start(), Step::Planned { send_at });
    Reminder {
        user: user.clone(),
        id: ReminderId::of(user, &calendar, &uid, &occurrence, slot, 0),
        calendar,
        uid,
        occurrence,
        slot,
        round: 0,
        lead: Some(LeadTime::from_minutes(15).unwrap()),
        when: EventTime::Timed { start: begins, end: ends },
        facts: EventFacts {
            title: "Weekly sync with design".to_owned(),
            start: begins,
            end: ends,
            all_day_on: None,
            location: Some("Room 4".to_owned()),
            meeting_link: None,
            first_of: None,
        },
        state: State::Scheduled,
        revision: 1,
        nominal_at: send_at,
        wanted_at: send_at,
        send_at,
        last_at: begins,
        day_on: "2026-03-02".parse().unwrap(),
        retry_at: None,
        body: Body {
            before: "Weekly sync with design ".to_owned(),
            after: ", 10:00 AM, Room 4".to_owned(),
        },
        source: TextSource::Template { id: "reminder.en.1".to_owned() },
        attempts: Vec::new(),
        planned_at: start(),
        rating: None,
        trial: domain::experiment::board::Trial::default(),
        acknowledged_at: None,
        snoozes: Vec::new(),
        trail,
    }
}
