//! Who wrote a text, and why not the model.

use domain::reminder::{ModelCall, TextSource};

/// Who wrote the text, as a sentence.
pub fn written_by(source: &TextSource) -> String {
    match source {
        TextSource::Template { id } => format!("Written by the template {id}."),
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
                "Written by the template {id}, because {} (prompt {}).{cost}",
                instead(reason),
                call.prompt_version
            )
        }
    }
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
