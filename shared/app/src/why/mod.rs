//! Why something was or was not texted: one closing reason for each reminder, and the steps that
//! led there, readable by people.

mod closing;
mod preset;
mod steps;
mod writer;

use std::sync::Arc;

use domain::ids::{ReminderId, UserId};
use domain::reasons::CancelReason;
use domain::reminder::Reminder;
use domain::text_hours::{Preset, PresetHours};
use domain::time::Zones;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::ports::{Reminders, RunRecord, StoreError, Users};

pub use closing::{Closing, closing};
pub use steps::{ExplainedStep, steps};
pub use writer::{tried, written_by};

/// What explanations need. They write nothing.
#[derive(Clone)]
pub struct WhyPorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Their reminders and the records of their plans.
    pub reminders: Arc<dyn Reminders>,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// The zone database.
    pub zones: Zones,
}

/// One reminder, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The reminder as it is.
    pub reminder: Reminder,
    /// The zone whose wall clock the words show.
    pub zone: String,
    /// When the event begins, on the wall.
    pub starts: String,
    /// Why it stands where it stands. Final where the state is.
    pub closing: Closing,
    /// Who wrote the text, and what it cost; and what experiments have to do with it.
    pub written_by: String,
    /// What happened, oldest first.
    pub steps: Vec<ExplainedStep>,
}

/// One local day of a user, explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedDay {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub on: Date,
    /// The zone whose wall clock the words show.
    pub zone: String,
    /// When the day was last planned; none if it was not.
    pub planned_at: Option<Timestamp>,
    /// The reminders that are or were to be texted on that day, by `send_at`.
    pub reminders: Vec<Explanation>,
    /// Events of that day that got no reminder, by start.
    pub left_out: Vec<LeftOutLine>,
    /// Reminders beyond the most rows a day may have; they were not even written down.
    pub over_rows: usize,
}

/// One event that got no reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOutLine {
    /// Its UID.
    pub uid: String,
    /// Which occurrence of its series.
    pub occurrence: String,
    /// When it begins.
    pub start: Timestamp,
    /// The reason's name.
    pub code: String,
    /// The reason as a sentence.
    pub words: String,
}

/// Explains one reminder; none if there is none of that id.
pub async fn why_reminder(
    ports: &WhyPorts,
    id: ReminderId,
) -> Result<Option<Explanation>, StoreError> {
    let Some(reminder) = ports.reminders.find_reminder(id).await? else {
        return Ok(None);
    };
    let clocks = clocks_of(ports, &reminder.user).await?.unwrap_or_else(Clocks::utc);
    Ok(Some(explain(reminder, &clocks)))
}

/// Explains a local day of a user; none if there is no such user.
pub async fn why_day(
    ports: &WhyPorts,
    user: &UserId,
    on: Date,
) -> Result<Option<ExplainedDay>, StoreError> {
    let Some(clocks) = clocks_of(ports, user).await? else {
        return Ok(None);
    };
    let reminders = ports.reminders.reminders_between(user, on, on).await?;
    let records = ports.reminders.run_records(user, on, on).await?;
    // Each plan of a day looks at the whole day, so the last one says it all.
    let last = records.into_iter().max_by_key(|record| record.at);
    let left_out = last.as_ref().map_or_else(Vec::new, |record| left_out(record, &reminders));
    Ok(Some(ExplainedDay {
        user: user.clone(),
        on,
        planned_at: last.as_ref().map(|record| record.at),
        reminders: reminders.into_iter().map(|row| explain(row, &clocks)).collect(),
        left_out,
        over_rows: last.map_or(0, |record| record.over_rows),
        zone: clocks.name,
    }))
}

/// The clocks that a person's texts go by.
#[derive(Debug, Clone)]
pub struct Clocks {
    /// What their zone is called.
    pub name: String,
    /// Its rules.
    pub zone: TimeZone,
    /// What a preset adds to their quiet hours.
    pub preset: PresetHours,
}

impl Clocks {
    /// Of somebody whose zone is not known.
    fn utc() -> Self {
        let preset = PresetHours::NONE.clone();
        Self { name: "UTC".to_owned(), zone: TimeZone::UTC, preset }
    }
}

/// Explains a reminder to somebody who lives by these clocks.
pub fn explain(reminder: Reminder, clocks: &Clocks) -> Explanation {
    let zone = &clocks.zone;
    let mut closing = closing(&reminder, zone);
    if let Some(words) = preset::words(&reminder, clocks) {
        closing.words = format!("{} {words}", closing.words);
    }
    Explanation {
        zone: clocks.name.clone(),
        starts: on_the_wall(reminder.facts.start, zone),
        closing,
        written_by: written_by(&reminder.source) + &tried(&reminder),
        steps: steps(&reminder, zone),
        reminder,
    }
}

/// The clocks of a user, or UTC if the database does not know their zone; none if there is no such
/// user.
async fn clocks_of(ports: &WhyPorts, user: &UserId) -> Result<Option<Clocks>, StoreError> {
    let user = ports.users.user(user).await?;
    Ok(user.map(|user| match ports.zones.rules(&user.zone) {
        Ok(zone) => {
            let preset = PresetHours::of(&user, ports.hours, &ports.zones);
            let preset = preset.unwrap_or_else(|_| PresetHours::NONE.clone());
            Clocks { name: user.zone.as_str().to_owned(), zone, preset }
        }
        Err(_) => Clocks::utc(),
    }))
}

fn left_out(record: &RunRecord, reminders: &[Reminder]) -> Vec<LeftOutLine> {
    // What has a row is explained by the row.
    let has_row = |uid: &str, occurrence: &str| {
        reminders.iter().any(|r| r.uid.as_str() == uid && r.occurrence.as_str() == occurrence)
    };
    let mut lines: Vec<_> = record
        .left_out
        .iter()
        .filter(|event| !has_row(&event.uid, &event.occurrence))
        .map(|event| LeftOutLine {
            uid: event.uid.clone(),
            occurrence: event.occurrence.clone(),
            start: event.start,
            code: event.reason.clone(),
            words: left_out_words(&event.reason),
        })
        .collect();
    lines.sort_by(|a, b| (a.start, &a.uid, &a.occurrence).cmp(&(b.start, &b.uid, &b.occurrence)));
    // With several lead times a plan names an event once for each.
    lines.dedup();
    lines
}

/// The reason for which an event was left out, as a sentence.
pub fn left_out_words(code: &str) -> String {
    let known = CancelReason::ALL.iter().find(|reason| reason.as_str() == code);
    match known {
        Some(reason) => format!("It gets no reminder because {}.", reason.words()),
        None => "It gets no reminder because it had begun before we first saw it.".to_owned(),
    }
}

/// An instant as the wall clock of the zone shows it, to the second.
pub(crate) fn on_the_wall(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned_datetime(zone.clone()).strftime("%a %Y-%m-%d %H:%M:%S %Z").to_string()
}

#[cfg(test)]
pub(crate) mod tests;
