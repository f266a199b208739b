//! A language model that writes short texts.

use async_trait::async_trait;
use domain::reminder::NO_BUDGET;
use jiff::SignedDuration;
use serde::Deserialize;

use super::Cause;

/// How freely a model chooses its words (its temperature). Little: the same event shall give much
/// the same text.
pub const MODEL_TEMPERATURE: f32 = 0.2;

/// Bytes of what a model writes that are read: a text of ours and JSON around it are a few hundred.
const WRITTEN_BYTES_MAX: usize = 64 * 1024;

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRequest {
    /// What it is to do: our own words only.
    pub instructions: String,
    /// Answers to look at first, as if it had given them.
    pub examples: Vec<ModelExample>,
    /// What it is to write about. Strangers wrote parts of it; it is data.
    pub data: String,
    /// Tokens it may write at most.
    pub output_tokens_max: u32,
    /// How long it may take, in all.
    pub timeout: SignedDuration,
}

/// What a model might have been asked about an event that nobody has, and a good answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelExample {
    /// The event, as data.
    pub data: String,
    /// The answer, as a model gives it.
    pub answer: String,
}

/// What it answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelAnswer {
    /// The text that it proposes; nothing of it is trusted.
    pub text: String,
    /// The model's name, as its provider says it.
    pub model: String,
    /// Tokens that were read.
    pub input_tokens: u32,
    /// Tokens that were written.
    pub output_tokens: u32,
}

/// Why there is no text. In every case the template is sent.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// It took too long.
    #[error("the model took too long")]
    Timeout,
    /// It does not take more now (429, 5xx); a later call may work.
    #[error("the model is busy: status {status}")]
    Busy {
        /// What it answered.
        status: u16,
    },
    /// It refuses the call (key, name, address); a person must act.
    #[error("the model refuses: status {status}")]
    Refused {
        /// What it answered.
        status: u16,
    },
    /// It answered something else than the protocol has. It may have been paid for.
    #[error("the model's answer is not readable")]
    Unreadable,
    /// It was not asked: the day's budget is used up.
    #[error("the day's budget for models is used up")]
    NoBudget,
    /// It cannot be reached.
    #[error("the model cannot be reached")]
    Unreachable(#[source] Cause),
}

impl ModelError {
    /// What an HTTP status other than success means.
    pub fn of_status(status: u16) -> Self {
        match status {
            408 | 429 | 500..=599 => Self::Busy { status },
            _ => Self::Refused { status },
        }
    }

    /// The reason in the words of the counters.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Timeout => "model_timeout",
            Self::Busy { .. } => "model_busy",
            Self::Refused { .. } => "model_refused",
            Self::Unreadable => "model_unreadable",
            Self::NoBudget => NO_BUDGET,
            Self::Unreachable(_) => "model_unreachable",
        }
    }

    /// Whether the same call may work in a moment.
    pub fn is_passing(&self) -> bool {
        matches!(self, Self::Busy { .. } | Self::Unreachable(_))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Structured {
    text: String,
}

/// The text in what a model wrote; none if that is not the JSON it was asked for.
pub fn structured_text(written: &str) -> Option<String> {
    if written.len() > WRITTEN_BYTES_MAX {
        return None;
    }
    let structured: Structured = serde_json::from_str(unfenced(written)).ok()?;
    Some(structured.text)
}

/// Models like to put JSON into a Markdown fence, whatever they are told.
fn unfenced(written: &str) -> &str {
    let written = written.trim();
    let inner = written.strip_prefix("```json").or_else(|| written.strip_prefix("```"));
    inner.and_then(|inner| inner.strip_suffix("```")).unwrap_or(written)
}

/// Asks a language model.
#[async_trait]
pub trait TextModel: Send + Sync {
    /// The model's name in the configuration.
    fn name(&self) -> &str;

    /// One call. It never takes longer than the request allows, and never repeats itself.
    async fn write(&self, request: &ModelRequest) -> Result<ModelAnswer, ModelError>;
}
