//! One text, not several with the same words: what several lead times of one event come to where
//! quiet hours, or news that came late, bring them to the same instant.

use jiff::{SignedDuration, Timestamp};

use crate::calendar_event::CalendarEvent;
use crate::placement::Nominal;
use crate::reasons::CancelReason;
use crate::reminder::{Reminder, State};

/// When texts of an event were sent or will be: from the instant at which it was a text's turn to
/// the one at which it goes out, which is later where it waits on.
pub(super) struct Told(Vec<(Timestamp, Timestamp)>);

impl Told {
    /// What was claimed of an event as it is now, or what somebody asked not to be texted: no
    /// other reminder shall say it in its place.
    pub(super) fn before(event: &CalendarEvent, rows: &[&Reminder]) -> Self {
        let is_settled = |row: &&&Reminder| {
            let is_over =
                !row.is_open_to_plans() || row.state == State::Cancelled(CancelReason::ByRequest);
            is_over && !row.is_moved(event)
        };
        let when = |row: &&Reminder| {
            let claimed_at = row.last_attempt().map(|attempt| attempt.claimed_at);
            let told_at = claimed_at.map_or(row.send_at, |at| at.max(row.send_at));
            // What somebody does not want may have waited for another attempt by then.
            let is_unwanted = row.state == State::Cancelled(CancelReason::ByRequest);
            (if is_unwanted { row.send_at.min(row.wanted_at) } else { row.send_at }, told_at)
        };
        Self(rows.iter().filter(is_settled).map(when).collect())
    }

    /// Whether a reminder for the instant `nominal.at` that goes out at `send_at` says what is
    /// said in between.
    pub(super) fn says(&self, nominal: &Nominal, send_at: Timestamp) -> bool {
        let (from, until) = (nominal.at.min(send_at), nominal.at.max(send_at));
        self.0.iter().any(|(turn_at, told_at)| *turn_at <= until && from <= *told_at)
    }

    /// Notes a text that will be sent.
    pub(super) fn add(&mut self, turn_at: Timestamp, send_at: Timestamp) {
        self.0.push((turn_at, send_at));
    }
}

/// Whether a reminder that is late would say what another of its event says: one that was texted
/// since the instant of this one, or one that is due as well and whose turn comes first.
///
/// The plan keeps such texts apart as far as it can know how late they will be. After an outage all
/// that became due in it goes out at once, and whoever sends has to look.
pub(crate) fn is_said(
    late: &Reminder,
    nominal: &Nominal,
    event: &CalendarEvent,
    rows: &[Reminder],
    now: Timestamp,
) -> bool {
    let is_sibling = |row: &&Reminder| {
        row.id != late.id && row.uid == late.uid && row.occurrence == late.occurrence
    };
    let others: Vec<_> = rows.iter().filter(is_sibling).collect();
    let mut told = Told::before(event, &others);
    let turn = |row: &Reminder| (row.send_at, row.nominal_at.duration_until(nominal.start));
    let waits = |row: &&&Reminder| row.state == State::Scheduled && row.send_at <= now;
    for row in others.iter().filter(waits).filter(|row| turn(row) < turn(late)) {
        told.add(row.send_at, now);
    }
    told.says(nominal, now)
}

/// The order in which reminders of one event are looked at: by whose turn it is first, and then
/// the one that was meant for an instant closest to the event.
pub(super) fn order(nominal: &Nominal, turn_at: Timestamp) -> (Timestamp, SignedDuration) {
    (turn_at, nominal.at.duration_until(nominal.start))
}
