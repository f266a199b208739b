//! Days as the planner sees them. Walls are New York's; "the midnight tick" is 20 minutes ahead.

mod changes;
mod days;
mod limits;
mod quiet;
mod runs;
mod told;
mod words;

use jiff::SignedDuration;
use jiff::civil::{Date, date};

use super::*;
use crate::calendar_event::{EventKind, EventStatus, Response};
use crate::fixtures::{
    Desk, accepted, all_day, at, floating, leads, outcome, quiet, receipt, timed,
};
use crate::ids::MessageSid;
use crate::limits::ROWS_PER_DAY_MAX;
use crate::quiet_hours::{QuietHours, QuietPolicy};
use crate::reminder::{DeliveryStatus, ModelCall, SendOutcome, State};
use crate::states::Change;
use crate::time::ahead;
use crate::trail::Step;
use crate::user::AllDayTime;

const TODAY: Date = date(2026, 11, 24);
const MIDNIGHT_TICK: &str = "2026-11-23T23:45";
const NOON: &str = "2026-11-24T12:00";

/// What a model was asked for a text.
fn model_call() -> ModelCall {
    ModelCall {
        model: "small".to_owned(),
        prompt_version: "reminder.1".to_owned(),
        input_tokens: 200,
        output_tokens: 20,
        cost_microdollars: 42,
        took_ms: 300,
    }
}

#[track_caller]
fn check_waiting(desk: &Desk, expected: &[&str]) {
    assert_eq!(desk.waiting(), expected);
}

fn states(desk: &Desk, uid: &str) -> Vec<State> {
    desk.rows_of(uid).iter().map(|row| row.state).collect()
}

/// UIDs of what a plan wants, in its order.
fn wanted<'a>(desk: &'a Desk, plan: &DayPlan) -> Vec<&'a str> {
    plan.wanted.iter().map(|one| desk.events[one.event].uid.as_str()).collect()
}

/// Has the event's newest row claimed and taken at `now`, and not delivered.
fn fail_to_deliver(desk: &mut Desk, uid: &str, now: Timestamp) {
    desk.claim(uid, now);
    let sid = MessageSid::parse("SM1").unwrap();
    desk.change(uid, accepted(1, &sid), now);
    desk.change(uid, receipt(1, &sid, DeliveryStatus::Undelivered, Some(30_003)), now);
}

/// Puts the event's newest row off, as its reader does.
fn put_off(desk: &mut Desk, uid: &str, from: &str, until: &str, now: &str) {
    let (from, until) = (desk.wall(from), desk.wall(until));
    let day_on = TODAY;
    desk.change(uid, Change::Snooze { from, until, day_on }, desk.wall(now));
}

/// Ten meetings at 9:00, 10:00 ... 18:00, named by their hour.
fn ten_meetings() -> Desk {
    let mut desk = Desk::new();
    for hour in 9..19 {
        desk.add(&format!("{hour:02}"), &format!("2026-11-24T{hour:02}:00"));
    }
    desk
}
