//! A day without faults, on which people still change their minds while plans are being made.

use crate::events::calendar;
use crate::world::user_id;
use app::users::put_ics;
use domain::ids::CalendarId;
use domain::reasons::SkipReason;
use domain::reminder::{Attempt, Reminder, State};
use domain::trail::Step;
use futures::future::BoxFuture;
use jiff::{SignedDuration, Timestamp};

use super::chaos::as_event;
use super::model::{Entry, Person};
use super::{IN_PEACE, Simulation, is_wished};

/// So long before a text is due somebody moves its event, and moves it back.
const BEFORE: SignedDuration = SignedDuration::from_mins(2);

/// Schedules that mend plans fire at the multiples of this.
const QUARTER: SignedDuration = SignedDuration::from_mins(15);

/// How often at most, and how long apart.
const CHANGES_MAX: usize = 12;
const APART: SignedDuration = SignedDuration::from_mins(40);

/// An event that is moved and moved back.
struct Restless {
    user: String,
    uid: String,
    at: Timestamp,
}

impl Simulation {
    /// Lets a day pass on which nothing fails.
    pub(super) async fn pass_in_peace(&mut self, time: SignedDuration) {
        let until = self.now() + time;
        // What was planned in chaos is mended first.
        self.pass(SignedDuration::from_mins(31)).await;
        for _ in 0..CHANGES_MAX {
            let Some(next) = self.next_restless().filter(|next| next.at + APART < until) else {
                break;
            };
            self.pass(next.at.duration_since(self.now())).await;
            self.change_mind(&next).await;
            self.pass(APART).await;
        }
        self.pass(until.duration_since(self.now())).await;
    }

    /// The next event whose text is due soon after, and before plans that got lost are asked for
    /// again: whatever a plan makes of it wrongly shows.
    fn next_restless(&self) -> Option<Restless> {
        let (now, model) = (self.now(), self.watch.model.lock().unwrap());
        let wants = |person: &Person| {
            person.is_on && !person.has_copies && !model.stopped.contains(&person.number)
        };
        let people = model.people.iter().filter(|(_, person)| wants(person));
        let texts = people.flat_map(|(user, person)| {
            let of_event = move |entry: &Entry| {
                let lead = |lead: &u32| entry.start - SignedDuration::from_mins((*lead).into());
                person.leads.iter().map(lead).collect::<Vec<_>>()
            };
            let events = person.events.iter();
            events.flat_map(move |entry| {
                of_event(entry).into_iter().map(move |due| (user, entry, due))
            })
        });
        let quarter = |at: Timestamp| domain::time::aligned(at, QUARTER);
        let is_within = |due: Timestamp| {
            due - BEFORE > now
                && quarter(due - BEFORE) == quarter(due)
                && quarter(due) < due - BEFORE
        };
        let next = texts.filter(|(.., due)| is_within(*due)).min_by_key(|(.., due)| *due)?;
        let (user, entry, due) = next;
        Some(Restless { user: user.clone(), uid: entry.uid.clone(), at: due - BEFORE })
    }

    /// Somebody moves an event, and moves it back while the plan for that is about to be written;
    /// another planner makes the plan of what they want in the end.
    async fn change_mind(&mut self, restless: &Restless) {
        let Restless { user, uid, .. } = restless;
        self.note(format!("{user}: {uid} moved, and back in the middle of the plan"));
        let events = self.with(user, |person| person.events.clone());
        let moved = events.iter().cloned().map(|mut entry| {
            if entry.uid == *uid {
                entry.start += SignedDuration::from_hours(3);
            }
            entry
        });
        let moved: Vec<_> = moved.map(|entry| as_event(&entry)).collect();
        let events: Vec<_> = events.iter().map(as_event).collect();
        let (moved, events) = (calendar(&moved), calendar(&events));
        let put = self.world().try_put(user, "work", &moved).await;
        put.expect("nothing fails in peace");
        let (later, who, text) = (self.world().later(), user_id(user), events.clone());
        let back = move || -> BoxFuture<'static, ()> {
            Box::pin(async move {
                let work = CalendarId::parse("work").expect("a calendar id");
                let put = put_ics(&later.users, &who, &work, &text, later.now()).await;
                put.expect("nothing fails in peace");
                later.system.consume_plans().await;
            })
        };
        self.faults.before("Reminders::write_plan", Box::new(back));
        self.pass(SignedDuration::from_secs(1)).await;
        // If no plan was written nobody moved it back.
        self.faults.stop();
        self.faults.interleave(self.seed, IN_PEACE);
        let put = self.world().try_put(user, "work", &events).await;
        put.expect("nothing fails in peace");
    }
}

/// Whether a row that was closed in chaos stayed so, because its lead time has met another whose
/// row tells of the event, or may not.
pub(super) fn is_told_by_another(row: &Reminder, rows: &[Reminder], person: &Person) -> bool {
    let tells = |other: &Reminder| {
        other.uid == row.uid
            && other.nominal_at != row.nominal_at
            && person.meet(row.nominal_at, other.nominal_at)
            && is_wished(other.state, other, person)
    };
    row.is_open_to_plans() && row.state != State::Scheduled && rows.iter().any(tells)
}

/// Whether a reminder was texted for a lead time that its user has changed since: the one in its
/// place does not text again.
pub(super) fn is_of_old(row: &Reminder, person: &Person) -> bool {
    let is_kept = row.lead.is_some_and(|lead| person.leads.contains(&lead.minutes()));
    !is_kept && row.attempts.iter().any(Attempt::may_have_been_texted)
}

/// Whether a reminder was closed because its number was not verified, and stays so, although it is
/// by now: as many others as its user wants were texted that day.
pub(super) fn is_beyond_limit(row: &Reminder, rows: &[Reminder], person: &Person) -> bool {
    let is_texted = |other: &&Reminder| {
        other.day_on == row.day_on && other.attempts.iter().any(Attempt::may_have_been_texted)
    };
    row.state == State::Skipped(SkipReason::PhoneUnverified)
        && rows.iter().filter(is_texted).count() >= person.limit as usize
}

/// Whether a text of a peaceful day was wanted in time. One that takes the place of another that
/// was withdrawn may be late.
pub(super) fn is_in_time(row: &Reminder) -> bool {
    let is_cancelled = |step: &Step| matches!(step, Step::Cancelled { .. });
    !row.is_late() || row.trail.entries().iter().any(|entry| is_cancelled(&entry.step))
}
