//! The one reason why a reminder stands where it stands.

use domain::limits;
use domain::provider_codes::{self, Retry};
use domain::reminder::{DeliveryStatus, Reminder, State};
use domain::trail::Step;
use jiff::tz::TimeZone;

use super::on_the_wall;

/// Why a reminder stands where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closing {
    /// The reason's name, for programs.
    pub code: &'static str,
    /// The reason as a sentence.
    pub words: String,
    /// Whether the reminder is over: nothing further happens by itself.
    pub is_final: bool,
}

/// The reason. Exactly one, whatever the state.
pub fn closing(row: &Reminder, zone: &TimeZone) -> Closing {
    let (code, words) = match row.state {
        State::Scheduled => waiting(row, zone),
        State::Claimed => ("claimed", "It is being sent right now.".to_owned()),
        State::Accepted => {
            let words = "The provider has the text; no news of its delivery yet.";
            ("accepted", words.to_owned())
        }
        State::Sent => {
            let words = "The carrier has the text; whether the phone has it is not known yet.";
            ("sent", words.to_owned())
        }
        State::Delivered => ("delivered", delivered(row, zone)),
        State::Undelivered | State::Failed => gave_up(row),
        State::Unconfirmed => {
            let words = "It was sent, but no receipt came within a day, so nobody knows whether \
                         the phone has it.";
            ("no_receipt", words.to_owned())
        }
        State::Unknown => ("no_answer", no_answer(row)),
        State::Cancelled(reason) => {
            (reason.as_str(), format!("It was cancelled because {}.", reason.words()))
        }
        State::Skipped(reason) => {
            (reason.as_str(), format!("It was not sent because {}.", reason.words()))
        }
    };
    let is_settling = row.state == State::Unknown && row.due_at().is_some();
    Closing { code, words, is_final: row.state.is_terminal() && !is_settling }
}

fn waiting(row: &Reminder, zone: &TimeZone) -> (&'static str, String) {
    let at = on_the_wall(row.send_at, zone);
    if row.is_snoozed() {
        return ("snoozed", format!("Its reader put it off until {at}."));
    }
    if row.retry_at.is_some() {
        return ("retry", format!("It has not been sent yet; the next attempt is at {at}."));
    }
    let deferred = row.trail.entries().last().and_then(|entry| match entry.step {
        Step::Deferred { reason, .. } => Some(reason),
        _ => None,
    });
    match deferred {
        Some(reason) => (reason.as_str(), format!("It waits until {at}: {}.", reason.words())),
        None => ("scheduled", format!("It is to be sent at {at}.")),
    }
}

fn delivered(row: &Reminder, zone: &TimeZone) -> String {
    let times = row.attempts.iter().rev().flat_map(|attempt| &attempt.delivery_times);
    let at = times.filter(|(status, _)| *status == DeliveryStatus::Delivered).map(|(_, at)| *at);
    match at.max() {
        Some(at) => format!("It was delivered; the phone had it at {}.", on_the_wall(at, zone)),
        None => "It was delivered.".to_owned(),
    }
}

/// Why no attempt followed the one that failed.
fn gave_up(row: &Reminder) -> (&'static str, String) {
    let code = row.last_attempt().and_then(|attempt| attempt.error_code);
    let who = if row.state == State::Undelivered { "carrier" } else { "provider" };
    let cause = code.map_or_else(
        || format!("the {who} named no cause"),
        |code| format!("{} ({who}'s code {code})", provider_codes::meaning(code).words),
    );
    let attempts = match row.counted_attempts() {
        0 | 1 => "One attempt failed".to_owned(),
        limits::ATTEMPTS_MAX => format!("All {} attempts failed", limits::ATTEMPTS_MAX),
        many => format!("Attempts failed: {many}"),
    };
    if provider_codes::meaning(code.unwrap_or(0)).retry == Retry::No {
        let words = format!("{attempts}: {cause}. Another would fail the same way.");
        return ("refused", words);
    }
    if row.counted_attempts() >= limits::ATTEMPTS_MAX {
        return ("attempts_used", format!("{attempts}: {cause}."));
    }
    let words = format!("{attempts}: {cause}. It was too late for another before the event.");
    ("too_late", words)
}

fn no_answer(row: &Reminder) -> String {
    let start = "The provider's answer was lost, so nobody knows whether it took the text";
    if row.due_at().is_some() {
        format!("{start}; its list is being asked. Until then nothing is sent again.")
    } else {
        format!("{start}. At most one text was sent.")
    }
}
