//! Language models that speak OpenAI's chat completions: OpenAI, DeepSeek, OpenRouter, Ollama,
//! vLLM and others, behind [`app::ports::TextModel`].

mod wire;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use app::ports::{ModelAnswer, ModelError, ModelRequest, TextModel};
use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use url::Url;

use transport::{Transport, TransportFault};

/// Which model, and where.
#[derive(Clone)]
pub struct ChatSettings {
    /// Where the API is, up to `/chat/completions`: `https://api.openai.com/v1`.
    pub base_url: String,
    /// The model's name there.
    pub model: String,
    /// The key; none for servers of one's own that ask for none.
    pub key: Option<String>,
}

impl fmt::Debug for ChatSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_key = self.key.is_some();
        write!(f, "ChatSettings({} at {}, key: {has_key})", self.model, self.base_url)
    }
}

/// Settings that cannot work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChatSettings {
    /// The address is none.
    #[error("the model's address is not an http or https address without a query")]
    Address,
    /// The key cannot be sent.
    #[error("the model's key holds characters that no header may have")]
    Key,
    /// There is no name.
    #[error("the model has no name")]
    Model,
}

/// Asks one model at one address.
pub struct ChatModel {
    url: String,
    model: String,
    authorization: Option<HeaderValue>,
    transport: Arc<dyn Transport>,
}

impl ChatModel {
    /// A client for the model in `settings`.
    pub fn new(
        settings: &ChatSettings,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, BadChatSettings> {
        let base = settings.base_url.trim().trim_end_matches('/');
        let url = Url::parse(base).map_err(|_| BadChatSettings::Address)?;
        let is_usable = matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none();
        if !is_usable {
            return Err(BadChatSettings::Address);
        }
        let model = settings.model.trim();
        if model.is_empty() {
            return Err(BadChatSettings::Model);
        }
        let header = |key: &String| {
            let mut value = HeaderValue::try_from(format!("Bearer {}", key.trim()))
                .map_err(|_| BadChatSettings::Key)?;
            value.set_sensitive(true);
            Ok(value)
        };
        Ok(Self {
            url: format!("{base}/chat/completions"),
            model: model.to_owned(),
            authorization: settings.key.as_ref().map(header).transpose()?,
            transport,
        })
    }

    fn http_request(&self, request: &ModelRequest) -> Result<Request<Bytes>, ModelError> {
        let body = wire::Question::of(&self.model, request);
        let body = serde_json::to_vec(&body).map_err(|bad| ModelError::Unreachable(bad.into()))?;
        let mut builder = Request::post(&self.url)
            .header(ACCEPT, "application/json")
            .header(CONTENT_TYPE, "application/json");
        if let Some(authorization) = &self.authorization {
            builder = builder.header(AUTHORIZATION, authorization.clone());
        }
        builder.body(body.into()).map_err(|bad| ModelError::Unreachable(bad.into()))
    }
}

#[async_trait]
impl TextModel for ChatModel {
    fn name(&self) -> &str {
        &self.model
    }

    async fn write(&self, request: &ModelRequest) -> Result<ModelAnswer, ModelError> {
        let timeout = Duration::try_from(request.timeout).unwrap_or_default();
        let call = self.transport.send(self.http_request(request)?);
        // The transport has a limit of its own; a model is waited for no longer than this.
        let answer = tokio::time::timeout(timeout, call).await.map_err(|_| ModelError::Timeout)?;
        match answer {
            Ok(answer) => read(&answer, &self.model),
            // What left and brought no answer may have been paid for: it is not asked again.
            Err(TransportFault::MayHaveBeenProcessed { .. }) => Err(ModelError::Timeout),
            Err(fault) => Err(ModelError::Unreachable(fault.into())),
        }
    }
}

fn read(answer: &Response<Bytes>, model: &str) -> Result<ModelAnswer, ModelError> {
    let status = answer.status();
    if status.is_success() {
        return wire::answer(answer.body(), model).ok_or(ModelError::Unreadable);
    }
    Err(ModelError::of_status(status.as_u16()))
}
