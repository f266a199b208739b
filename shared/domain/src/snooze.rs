//! Putting a reminder off: "again in ten minutes".
//!
//! A reminder that waits moves. One that was texted stays as it is, and another is made that
//! follows it: a row of its own, in a slot of its own, so that each of them is texted once. Its
//! name follows from the first one's, so asking twice makes one.

use std::fmt;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::calendar_event::CalendarEvent;
use crate::ids::ReminderId;
use crate::limits;
use crate::placement::{Nominal, late_from};
use crate::reminder::{Reminder, State, TextSource};
use crate::states::Change;
use crate::text_hours::PresetHours;
use crate::texts::{template_id, write};
use crate::time::{ahead, local_date};
use crate::trail::{Step, Trail};
use crate::user::{Preferences, User};

/// For how long a reminder may be put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnoozeTime(u32);

/// A time for which nothing can be put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a reminder can be put off by 5, 10 or 15 minutes, not by {0}")]
pub struct BadSnoozeTime(u32);

impl SnoozeTime {
    /// What people choose from, in minutes.
    pub const MINUTES: [u32; 3] = [5, 10, 15];

    /// One of [`Self::MINUTES`].
    pub fn from_minutes(minutes: u32) -> Result<Self, BadSnoozeTime> {
        if Self::MINUTES.contains(&minutes) {
            Ok(Self(minutes))
        } else {
            Err(BadSnoozeTime(minutes))
        }
    }

    /// As a span of elapsed time.
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_mins(self.0.into())
    }
}

/// Why a reminder cannot be put off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoSnooze {
    /// It was withdrawn, skipped or never arrived.
    Over,
    /// It is under way right now.
    BeingSent,
    /// The event will have begun by then.
    EventBegins,
    /// Quiet hours.
    QuietHours,
    /// The day has as many texts as it may have.
    DailyLimit,
    /// It was put off as often as it may be.
    TooOften,
}

impl NoSnooze {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Over,
        Self::BeingSent,
        Self::EventBegins,
        Self::QuietHours,
        Self::DailyLimit,
        Self::TooOften,
    ];

    /// The name for programs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Over => "over",
            Self::BeingSent => "being_sent",
            Self::EventBegins => "event_begins",
            Self::QuietHours => "quiet_hours",
            Self::DailyLimit => "daily_limit",
            Self::TooOften => "too_often",
        }
    }
}

impl fmt::Display for NoSnooze {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Over => "it was withdrawn, skipped or could not be delivered",
            Self::BeingSent => "it is being sent right now: try again in a moment",
            Self::EventBegins => "the event will have begun by then: choose a shorter time",
            Self::QuietHours => "it would fall into quiet hours",
            Self::DailyLimit => "the limit of texts for that day is reached",
            Self::TooOften => "it was put off three times already",
        })
    }
}

/// What putting a reminder off comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Snoozing {
    /// It waits, and moves.
    Move(Change),
    /// It was texted, and this one follows; the change notes it on the first one, whose name it
    /// is made from.
    Follow {
        /// The reminder that was put off, which may itself be one that followed another.
        first: ReminderId,
        /// What is noted there.
        note: Change,
        /// The reminder that is to be texted.
        next: Box<Reminder>,
    },
    /// One that follows it waits already.
    Waits(Box<Reminder>),
    /// It is where it should be.
    Already,
}

/// What a reminder is put off by.
#[derive(Debug, Clone, Copy)]
pub struct SnoozeInput<'a> {
    /// Whose it is.
    pub user: &'a User,
    /// The rules of their zone.
    pub zone: &'a TimeZone,
    /// What a preset adds to their quiet hours.
    pub preset: &'a PresetHours,
    /// The event as the mirror has it now; none if it is gone.
    pub event: Option<&'a CalendarEvent>,
    /// Their reminders of these days.
    pub rows: &'a [Reminder],
}

/// The reminder that a snooze asks for, as long as there is its event.
pub fn nominal(
    row: &Reminder,
    event: &CalendarEvent,
    preferences: &Preferences,
    zone: &TimeZone,
) -> Nominal {
    let start = late_from(event, preferences, zone);
    Nominal { slot: row.slot, lead: row.lead, at: row.nominal_at, start }
}

/// Decides what putting `row` off comes to.
///
/// # Errors
/// [`NoSnooze`]; nothing is to be written then.
pub fn snooze(
    row: &Reminder,
    time: SnoozeTime,
    input: &SnoozeInput<'_>,
    now: Timestamp,
) -> Result<Snoozing, NoSnooze> {
    let event = input.event.ok_or(NoSnooze::Over)?;
    match row.state {
        State::Scheduled => postpone(row, time, event, input, now),
        State::Claimed | State::Unknown => Err(NoSnooze::BeingSent),
        State::Accepted | State::Sent | State::Delivered | State::Unconfirmed => {
            follow(row, time, event, input, now)
        }
        State::Undelivered | State::Failed | State::Cancelled(_) | State::Skipped(_) => {
            Err(NoSnooze::Over)
        }
    }
}

/// Counts from where the plan had put it: asking twice is the same as once, and another time
/// replaces the first.
fn postpone(
    row: &Reminder,
    time: SnoozeTime,
    event: &CalendarEvent,
    input: &SnoozeInput<'_>,
    now: Timestamp,
) -> Result<Snoozing, NoSnooze> {
    let last = row.snoozes.last().filter(|_| row.is_snoozed());
    let from = last.map_or(row.send_at, |last| last.from);
    let until = ahead(from, time.duration());
    let until = if until > now { until } else { ahead(now, time.duration()) };
    if last.is_some_and(|last| last.until == until) {
        return Ok(Snoozing::Already);
    }
    if row.snoozes.len() >= usize::from(limits::SNOOZES_MAX) {
        return Err(NoSnooze::TooOften);
    }
    check_instant(until, event, input)?;
    let day_on = local_date(until, input.zone);
    Ok(Snoozing::Move(Change::Snooze { from, until, day_on }))
}

fn follow(
    row: &Reminder,
    time: SnoozeTime,
    event: &CalendarEvent,
    input: &SnoozeInput<'_>,
    now: Timestamp,
) -> Result<Snoozing, NoSnooze> {
    let SnoozeInput { user, zone, rows, .. } = *input;
    let is_kin = |other: &&Reminder| {
        other.calendar == row.calendar
            && other.uid == row.uid
            && other.occurrence == row.occurrence
            && other.round == row.round
            && other.slot.base() == row.slot.base()
    };
    let followers: Vec<_> = rows.iter().filter(is_kin).filter(|row| row.slot.is_snooze()).collect();
    let stands = |state: State| followers.iter().find(|follower| follower.state == state);
    if let Some(waits) = stands(State::Scheduled) {
        return Ok(Snoozing::Waits(Box::new((*waits).clone())));
    }
    if stands(State::Claimed).is_some() {
        return Err(NoSnooze::BeingSent);
    }
    let slot = row.slot.snoozed(followers.len()).ok_or(NoSnooze::TooOften)?;
    let until = ahead(now, time.duration());
    check_instant(until, event, input)?;
    let day_on = local_date(until, zone);
    let taken = rows.iter().filter(|row| row.holds_place_on(day_on, zone)).count();
    if taken >= user.preferences.daily_limit.get() as usize {
        return Err(NoSnooze::DailyLimit);
    }
    let of =
        |slot| ReminderId::of(&row.user, &row.calendar, &row.uid, &row.occurrence, slot, row.round);
    let facts = Reminder::facts_of(event, zone);
    // In the words that its reader is used to, until the next plan.
    let style = user.locale.by(row.source.template_version());
    let mut trail = Trail::default();
    trail.push(now, Step::Planned { send_at: until });
    let next = Reminder {
        id: of(slot),
        slot,
        when: event.when,
        body: write(&facts, zone, style, day_on),
        source: TextSource::Template { id: template_id(&facts, style).to_owned() },
        facts,
        state: State::Scheduled,
        revision: 1,
        nominal_at: until,
        wanted_at: until,
        send_at: until,
        last_at: late_from(event, &user.preferences, zone),
        day_on,
        retry_at: None,
        attempts: Vec::new(),
        planned_at: now,
        rating: None,
        acknowledged_at: None,
        snoozes: Vec::new(),
        trail,
        ..row.clone()
    };
    let note = Change::Snooze { from: row.send_at, until, day_on };
    let is_known = rows.iter().any(|other| other.id == of(row.slot.base()));
    let first = if is_known { of(row.slot.base()) } else { row.id };
    Ok(Snoozing::Follow { first, note, next: Box::new(next) })
}

fn check_instant(
    until: Timestamp,
    event: &CalendarEvent,
    input: &SnoozeInput<'_>,
) -> Result<(), NoSnooze> {
    let preferences = &input.user.preferences;
    if ahead(until, limits::VALIDITY_MIN) > late_from(event, preferences, input.zone) {
        Err(NoSnooze::EventBegins)
    } else if input.preset.beside(&preferences.quiet_hours, input.zone).is_quiet(until) {
        Err(NoSnooze::QuietHours)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
