//! Planning one local day: which reminders it should have, and what becomes of each.

mod limits;
mod planner;
#[cfg(test)]
mod properties;
mod runs;
#[cfg(test)]
mod tests;
mod told;
mod withdrawal;

pub(crate) use self::told::is_said;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::calendar_event::CalendarEvent;
use crate::countries::Countries;
use crate::experiment::board::Enrolment;
use crate::ids::{CalendarId, EventUid, Occurrence, ReminderId};
use crate::placement::Nominal;
use crate::reasons::{CancelReason, SkipReason};
use crate::reminder::Reminder;
use crate::rollout::Rollout;
use crate::text_hours::{PresetHours, TextHours};
use crate::user::{Consent, User};

/// What a plan is made from.
#[derive(Debug, Clone, Copy)]
pub struct PlanInput<'a> {
    /// Whose day.
    pub user: &'a User,
    /// The rules of the user's zone.
    pub zone: &'a TimeZone,
    /// What a preset adds to the user's quiet hours.
    pub preset: &'a PresetHours,
    /// What the owner of the number agreed to.
    pub consent: Consent,
    /// Who gets reminders.
    pub rollout: &'a Rollout,
    /// Where texts may go.
    pub countries: &'a Countries,
    /// The user's events that may matter: a day beyond both ends, and the longest lead time ahead.
    /// An occurrence stands in each calendar once.
    pub events: &'a [CalendarEvent],
    /// The user's reminders so far.
    pub existing: &'a [Reminder],
    /// The arms the user is in. `user` is as those treat them.
    pub enrolment: &'a Enrolment,
}

impl<'a> PlanInput<'a> {
    /// All that keeps the user's texts back by the clock.
    pub fn hours(&self) -> TextHours<'a> {
        self.preset.beside(&self.user.preferences.quiet_hours, self.zone)
    }
}

/// The reminders one local day should have.
#[derive(Debug, Clone, Default)]
pub struct DayPlan {
    /// What should be: first what has its place in the day's limit already, then by `send_at`. Also
    /// rows of this day that belong to another now.
    pub wanted: Vec<Wanted>,
    /// Rows of this day that should no longer be, and why.
    pub withdrawn: Vec<(ReminderId, CancelReason)>,
    /// Events of this day that get no reminder and have no row.
    pub left_out: Vec<LeftOut>,
    /// Reminders beyond the most rows a day may have.
    pub over_rows: usize,
}

/// One reminder as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its name.
    pub id: ReminderId,
    /// The calendar that is part of its name.
    pub calendar: CalendarId,
    /// Where its event stands in [`PlanInput::events`].
    pub event: usize,
    /// How often its event was texted and then moved ahead again.
    pub round: u32,
    /// Slot, lead time, nominal instant and start.
    pub nominal: Nominal,
    /// The instant it is wanted.
    pub wanted_at: Timestamp,
    /// The instant it is due.
    pub send_at: Timestamp,
    /// The first instant at which it may no longer be handed over.
    pub last_at: Timestamp,
    /// The local date of `send_at`.
    pub day_on: Date,
    /// What becomes of it.
    pub fate: Fate,
    /// Of how many meetings without a break its event is the first, where its text says so.
    pub first_of: Option<u32>,
    /// The instant that decides whose turn it is when the day's limit is short: `send_at`, but for
    /// what waits on after its instant, which shall not lose its turn to what came later.
    turn_at: Timestamp,
    /// Whether it was claimed on this day before and so has its place in the day's limit.
    has_place: bool,
    /// Whether a row of it exists.
    exists: bool,
}

/// What a plan does with a reminder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is to be sent.
    Schedule,
    /// It is not to be sent.
    Skip(SkipReason),
    /// It is withdrawn.
    Cancel(CancelReason),
}

/// An event of the day that gets no row, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which event.
    pub uid: EventUid,
    /// Which occurrence.
    pub occurrence: Occurrence,
    /// When it begins.
    pub start: Timestamp,
    /// Why; none where it had begun before it was first seen.
    pub reason: Option<CancelReason>,
}

/// Plans the local day `day` as things stand at `now`. Pure: the same inputs give the same plan.
pub fn plan_day(input: &PlanInput<'_>, day: Date, now: Timestamp) -> DayPlan {
    let (mut plan, visited) = planner::plan(input, day, now);
    limits::apply(&mut plan, input, day);
    withdrawal::withdraw_the_rest(&mut plan, input, day);
    runs::tell(&mut plan.wanted, &visited, input);
    plan
}
