//! A trail in words.

use domain::provider_codes;
use domain::ratings::{Rating, STARS_MAX};
use domain::reminder::{DeliveryStatus, Reminder};
use domain::trail::{Step, TrailEntry};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::on_the_wall;

/// One thing that happened to a reminder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedStep {
    /// When it last happened.
    pub at: Timestamp,
    /// The same on the wall of the user's zone.
    pub on_the_wall: String,
    /// The step's name, for programs.
    pub step: &'static str,
    /// What happened, as a sentence.
    pub words: String,
    /// How often in a row.
    pub times: u32,
}

/// What happened to a reminder, oldest first.
pub fn steps(reminder: &Reminder, zone: &TimeZone) -> Vec<ExplainedStep> {
    let mut steps: Vec<_> =
        reminder.trail.entries().iter().map(|entry| explain(entry, zone)).collect();
    if reminder.slot.is_snooze()
        && let Some(first) = steps.first_mut()
    {
        first.words = format!("It follows one that its reader put off. {}", first.words);
    }
    // The trail does not hold what readers say. A rating moves nothing, and a later one replaces
    // the first; what was put off moves by itself.
    let rated = reminder.rating.as_ref().map(|rating| of_rating(rating, zone));
    let seen = reminder.acknowledged_at.map(|at| {
        of_reader(at, zone, "acknowledged", "Its reader said that they have seen it.".to_owned())
    });
    let opened = reminder.trial.opened_at.map(|at| {
        of_reader(at, zone, "opened", "Its reader looked at what its link opens.".to_owned())
    });
    let snoozes = reminder.snoozes.iter().map(|snooze| {
        let until = on_the_wall(snooze.until, zone);
        of_reader(snooze.at, zone, "snoozed", format!("Its reader put it off until {until}."))
    });
    for step in rated.into_iter().chain(opened).chain(seen).chain(snoozes) {
        let place = steps.partition_point(|other| other.at <= step.at);
        steps.insert(place, step);
    }
    steps
}

fn of_reader(at: Timestamp, zone: &TimeZone, step: &'static str, words: String) -> ExplainedStep {
    ExplainedStep { at, on_the_wall: on_the_wall(at, zone), step, words, times: 1 }
}

fn of_rating(rating: &Rating, zone: &TimeZone) -> ExplainedStep {
    let stars = format!("Its reader gave it {} of {STARS_MAX} stars", rating.stars);
    ExplainedStep {
        at: rating.at,
        on_the_wall: on_the_wall(rating.at, zone),
        step: "rated",
        words: match &rating.feedback {
            None => format!("{stars}."),
            Some(words) => format!("{stars}: “{words}”"),
        },
        times: 1,
    }
}

fn explain(entry: &TrailEntry, zone: &TimeZone) -> ExplainedStep {
    let (step, words) = of_plan(&entry.step, zone).unwrap_or_else(|| of_send(&entry.step, zone));
    ExplainedStep {
        at: entry.at,
        on_the_wall: on_the_wall(entry.at, zone),
        step,
        words,
        times: entry.times,
    }
}

/// Steps by which a reminder came to wait, or no longer does.
fn of_plan(step: &Step, zone: &TimeZone) -> Option<(&'static str, String)> {
    let wall = |at: &Timestamp| on_the_wall(*at, zone);
    Some(match step {
        Step::Planned { send_at } => ("planned", format!("Planned for {}.", wall(send_at))),
        Step::PlannedLate { send_at } => {
            let words =
                format!("Planned late, when its instant had passed, for {}.", wall(send_at));
            ("planned_late", words)
        }
        Step::Moved { send_at } => {
            let words = format!("The event or the settings changed: moved to {}.", wall(send_at));
            ("moved", words)
        }
        Step::Retexted => {
            ("retexted", "Written anew, by the model or because the event changed.".to_owned())
        }
        Step::Deferred { until, reason } => {
            ("deferred", format!("Put off until {}: {}.", wall(until), reason.words()))
        }
        Step::Cancelled { reason } => {
            ("cancelled", format!("Cancelled because {}.", reason.words()))
        }
        Step::Skipped { reason } => {
            ("skipped", format!("Not to be sent because {}.", reason.words()))
        }
        Step::Restored { send_at } => {
            let words = format!("Nothing stands against it any more: set to {}.", wall(send_at));
            ("restored", words)
        }
        _ => return None,
    })
}

/// Steps of sending and of what came after.
fn of_send(step: &Step, zone: &TimeZone) -> (&'static str, String) {
    let plain = |name, words: &str| (name, words.to_owned());
    match step {
        Step::Claimed { attempt, waited_since } => {
            let waited = waited_since.map_or_else(String::new, |since| {
                let since = on_the_wall(since, zone);
                format!(
                    ", when its turn had come; it waited since {since}, because more texts \
                         were due than may be sent in a second"
                )
            });
            ("claimed", format!("A sender took it: attempt {attempt}{waited}."))
        }
        Step::GivenBack => {
            plain("given_back", "The sender gave it back before sending; nothing went out.")
        }
        Step::NotProcessed => {
            plain("not_processed", "The provider did not process the request; nothing went out.")
        }
        Step::Accepted => plain("accepted", "The provider took the text."),
        Step::Rejected { code } => {
            let words = provider_codes::meaning(*code).words;
            ("rejected", format!("The provider refused the text: {words} (code {code})."))
        }
        Step::OutcomeUnknown => {
            plain("outcome_unknown", "No answer: the provider may or may not have the text.")
        }
        Step::NotListed => plain("not_listed", "The provider's list does not hold the text."),
        Step::FoundInList => plain("found_in_list", "The provider's list holds the text."),
        Step::ProvenAbsent => {
            plain("proven_absent", "A second list does not hold it either: it never arrived.")
        }
        Step::Receipt { status, code } => ("receipt", receipt(*status, *code)),
        Step::Retry { at } => {
            ("retry", format!("Another attempt follows at {}.", on_the_wall(*at, zone)))
        }
        Step::GaveUp => plain("gave_up", "No attempt is left, or no time for one."),
        Step::Unconfirmed => plain("unconfirmed", "No final receipt came within a day."),
        Step::Dropped { entries } => {
            ("dropped", format!("{entries} entries in between are no longer kept."))
        }
        // Told by `of_plan`; named here so that a new step is not forgotten.
        Step::Planned { .. }
        | Step::PlannedLate { .. }
        | Step::Moved { .. }
        | Step::Retexted
        | Step::Deferred { .. }
        | Step::Cancelled { .. }
        | Step::Skipped { .. }
        | Step::Restored { .. } => plain("planned", "Planned."),
    }
}

fn receipt(status: DeliveryStatus, code: Option<u32>) -> String {
    let words = match status {
        DeliveryStatus::Queued => "The text waits at the provider",
        DeliveryStatus::Sending => "The text is on its way to the carrier",
        DeliveryStatus::Sent => "The carrier has the text",
        DeliveryStatus::Delivered => "The phone has the text",
        DeliveryStatus::Undelivered => "The carrier could not deliver the text",
        DeliveryStatus::Failed => "The provider could not send the text",
        DeliveryStatus::Cancelled => "The text was withdrawn at the provider",
    };
    match code {
        Some(code) => {
            format!("{words}: {} (code {code}).", provider_codes::meaning(code).words)
        }
        None => format!("{words}."),
    }
}
