//! What goes over the wire.

use app::ports::{MODEL_TEMPERATURE, ModelAnswer, ModelRequest, structured_text};
use serde::{Deserialize, Serialize};

/// Bytes of an answer that are read: a text of ours and everything around it are a few hundred.
const ANSWER_BYTES_MAX: usize = 64 * 1024;

#[derive(Serialize)]
pub(super) struct Question<'a> {
    model: &'a str,
    messages: Vec<Part<'a>>,
    max_tokens: u32,
    temperature: f32,
    response_format: Format,
}

#[derive(Serialize)]
struct Part<'a> {
    role: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct Format {
    r#type: &'static str,
}

impl<'a> Question<'a> {
    /// Our words are the system's part; what strangers wrote is in the user's, as JSON.
    pub(super) fn of(model: &'a str, request: &'a ModelRequest) -> Self {
        let mut messages = vec![Part { role: "system", content: &request.instructions }];
        for example in &request.examples {
            messages.push(Part { role: "user", content: &example.data });
            messages.push(Part { role: "assistant", content: &example.answer });
        }
        messages.push(Part { role: "user", content: &request.data });
        Self {
            model,
            messages,
            max_tokens: request.output_tokens_max,
            temperature: MODEL_TEMPERATURE,
            response_format: Format { r#type: "json_object" },
        }
    }
}

#[derive(Deserialize)]
struct Answer {
    model: Option<String>,
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Said,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Said {
    content: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage {
    prompt_tokens: u32,
    completion_tokens: u32,
}

/// The text in an answer; none where it is cut off, or is not what was asked for.
pub(super) fn answer(body: &[u8], asked: &str) -> Option<ModelAnswer> {
    if body.len() > ANSWER_BYTES_MAX {
        return None;
    }
    let answer: Answer = serde_json::from_slice(body).ok()?;
    let choice = answer.choices.into_iter().next()?;
    if choice.finish_reason.as_deref().is_some_and(|reason| reason != "stop") {
        return None;
    }
    let text = structured_text(&choice.message.content?)?;
    let usage = answer.usage.unwrap_or_default();
    Some(ModelAnswer {
        text,
        model: answer.model.unwrap_or_else(|| asked.to_owned()),
        input_tokens: usage.prompt_tokens,
        output_tokens: usage.completion_tokens,
    })
}
