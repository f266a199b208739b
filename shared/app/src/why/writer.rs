//! Who wrote a text, and why not the model.

use domain::lead_choice::{Belief, PARTS};
use domain::lead_time::LeadTime;
use domain::reminder::{ModelCall, Reminder, TextSource};

/// Who wrote the text, as a sentence.
pub fn written_by(source: &TextSource) -> String {
    match source {
        TextSource::Template { id } => format!("Written by {}.", template(source, id)),
        TextSource::Model { call, .. } => format!(
            "Written by the model {} with the prompt {}, in {} ms, for {}.",
            call.model,
            call.prompt_version,
            call.took_ms,
            price(call)
        ),
        TextSource::Fallback { id, call, reason } => {
            let cost = if call.cost_microdollars > 0 {
                format!(" That cost {}.", price(call))
            } else {
                String::new()
            };
            format!(
                "Written by {}, because {} (prompt {}).{cost}",
                template(source, id),
                instead(reason),
                call.prompt_version
            )
        }
    }
}

/// The template of this name, and its version.
fn template(source: &TextSource, id: &str) -> String {
    format!("version {} of the template ({id})", source.template_version().number())
}

/// What experiments have to do with a reminder, as sentences; empty if nothing.
pub fn tried(reminder: &Reminder) -> String {
    let mut words = String::new();
    for in_arm in &reminder.trial.arms {
        words += &format!(" In arm {} of experiment {}.", in_arm.arm, in_arm.experiment);
    }
    if let Some(lead) = reminder.lead.filter(|_| reminder.trial.is_lead_given) {
        let minutes = lead.minutes();
        words += &format!(
            " The lead time of {minutes} minutes was given to somebody who has chosen none."
        );
    }
    if let Some(lead) = reminder.lead.filter(|_| !reminder.trial.lead_by.is_empty()) {
        words += &found(lead, &reminder.trial.lead_by);
    }
    if reminder.trial.opted_out_at.is_some() {
        words += " Its reader opted out after it.";
    }
    words
}

/// Why a lead time was found for its user, as a sentence.
fn found(lead: LeadTime, by: &[Belief]) -> String {
    let texts = |parts: u32| f64::from(parts) / f64::from(PARTS);
    let known = by.iter().map(|belief| {
        let (minutes, percent) = (belief.lead.minutes(), belief.expected() * 100.0);
        let (good, bad) = (texts(belief.good), texts(belief.bad));
        format!("{minutes} minutes {percent:.0} % ({good} for, {bad} against)")
    });
    format!(
        " The lead time of {} minutes was found for its user among those that they allow: it was \
         drawn, the likelier the better they like it. Then known of each: {}.",
        lead.minutes(),
        known.collect::<Vec<_>>().join(", ")
    )
}

fn price(call: &ModelCall) -> String {
    let (dollars, rest) = (call.cost_microdollars / 1_000_000, call.cost_microdollars % 1_000_000);
    format!("${dollars}.{rest:06}")
}

/// Why the model's text was not used.
fn instead(reason: &str) -> String {
    match reason {
        "model_timeout" => "the model took too long".to_owned(),
        "model_busy" => "the model was busy".to_owned(),
        "model_refused" => "the model refused the call".to_owned(),
        "model_unreadable" => "the model's answer could not be read".to_owned(),
        "model_unreachable" => "the model could not be reached".to_owned(),
        "model_budget" => "the day's budget for the model is used up".to_owned(),
        refused => format!("the facts checker refused the model's text: {refused}"),
    }
}
