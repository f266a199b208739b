//! Language models on Amazon Bedrock, asked through Converse, behind [`app::ports::TextModel`].
//!
//! Converse is one protocol for all of Bedrock's models: our words are its system prompt, what
//! strangers wrote is in the message, as JSON.

#[cfg(test)]
mod tests;

use std::error::Error;
use std::fmt;
use std::time::Duration;

use app::ports::{
    MODEL_TEMPERATURE, ModelAnswer, ModelError, ModelRequest, TextModel, structured_text,
};
use async_trait::async_trait;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::error::{BuildError, SdkError};
use aws_sdk_bedrockruntime::operation::converse::{ConverseError, ConverseOutput};
use aws_sdk_bedrockruntime::types::{
    ContentBlock, ConversationRole, InferenceConfiguration, Message, StopReason, SystemContentBlock,
};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::ConnectorError;
use tracing::warn;
use transport::TransportFault;

use crate::causes::words;

/// Asks one model.
pub struct BedrockModel {
    client: Client,
    model: String,
}

impl fmt::Debug for BedrockModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BedrockModel({})", self.model)
    }
}

impl BedrockModel {
    /// The model with this id, or behind this inference profile.
    pub fn new(client: Client, model: impl Into<String>) -> Self {
        Self { client, model: model.into() }
    }

    /// What a failed call comes to.
    fn failure(&self, failed: &SdkError<ConverseError, HttpResponse>) -> ModelError {
        let told = || words(failed, "bedrock:InvokeModel", &self.model);
        match failed {
            // An answer that is none of Converse's.
            SdkError::ServiceError(said) if said.raw().status().is_success() => {
                ModelError::Unreadable
            }
            SdkError::ServiceError(said) => {
                let failure = of_service(said.err(), said.raw().status().as_u16());
                if let ModelError::Refused { .. } = failure {
                    warn!("Bedrock refuses: {}", told());
                }
                failure
            }
            SdkError::ConstructionFailure(_) => ModelError::Unreachable(told().into()),
            SdkError::DispatchFailure(lost)
                if lost.as_connector_error().is_some_and(is_not_sent) =>
            {
                ModelError::Unreachable(told().into())
            }
            SdkError::ResponseError(_) => ModelError::Unreadable,
            // What left and brought no answer may have been paid for: it is not asked again.
            _ => ModelError::Timeout,
        }
    }
}

#[async_trait]
impl TextModel for BedrockModel {
    fn name(&self) -> &str {
        &self.model
    }

    async fn write(&self, request: &ModelRequest) -> Result<ModelAnswer, ModelError> {
        let messages = messages(request).map_err(|bad| ModelError::Unreachable(bad.into()))?;
        let limits = InferenceConfiguration::builder()
            .max_tokens(i32::try_from(request.output_tokens_max).unwrap_or(i32::MAX))
            .temperature(MODEL_TEMPERATURE)
            .build();
        let call = self
            .client
            .converse()
            .model_id(&self.model)
            .system(SystemContentBlock::Text(request.instructions.clone()))
            .set_messages(Some(messages))
            .inference_config(limits)
            .send();
        let timeout = Duration::try_from(request.timeout).unwrap_or_default();
        match tokio::time::timeout(timeout, call).await {
            Ok(Ok(answer)) => read(&answer, &self.model).ok_or(ModelError::Unreadable),
            Ok(Err(failed)) => Err(self.failure(&failed)),
            Err(_) => Err(ModelError::Timeout),
        }
    }
}

/// The question, after the examples as if they had been asked and answered.
fn messages(request: &ModelRequest) -> Result<Vec<Message>, BuildError> {
    let part = |role, text: &String| {
        Message::builder().role(role).content(ContentBlock::Text(text.clone())).build()
    };
    let mut messages = Vec::with_capacity(2 * request.examples.len() + 1);
    for example in &request.examples {
        messages.push(part(ConversationRole::User, &example.data)?);
        messages.push(part(ConversationRole::Assistant, &example.answer)?);
    }
    messages.push(part(ConversationRole::User, &request.data)?);
    Ok(messages)
}

/// What Bedrock says went wrong, as the statuses of chat completions say it.
fn of_service(error: &ConverseError, status: u16) -> ModelError {
    match error {
        ConverseError::ModelTimeoutException(_) => ModelError::Timeout,
        // The model failed at this one call.
        ConverseError::ModelErrorException(_) => ModelError::Busy { status },
        _ => ModelError::of_status(status),
    }
}

/// Whether a request surely never left: there was no connection to send it on.
fn is_not_sent(lost: &ConnectorError) -> bool {
    let fault = lost.source().and_then(|cause| cause.downcast_ref());
    matches!(fault, Some(TransportFault::NotSent { .. }))
}

/// The text in an answer; none where it is cut off, withheld, or not what was asked for. Models
/// that think aloud put their thoughts into blocks of their own, which are not looked at.
fn read(answer: &ConverseOutput, model: &str) -> Option<ModelAnswer> {
    if !matches!(answer.stop_reason(), StopReason::EndTurn | StopReason::StopSequence) {
        return None;
    }
    let message = answer.output()?.as_message().ok()?;
    let written = message.content().iter().find_map(|block| block.as_text().ok())?;
    let tokens = |count: Option<i32>| count.and_then(|count| u32::try_from(count).ok());
    let usage = answer.usage();
    Some(ModelAnswer {
        text: structured_text(written)?,
        model: model.to_owned(),
        input_tokens: tokens(usage.map(|usage| usage.input_tokens())).unwrap_or_default(),
        output_tokens: tokens(usage.map(|usage| usage.output_tokens())).unwrap_or_default(),
    })
}
