//! The language model that writes texts, or its stand-in on loopback.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use adapters_embedded::model_sandbox::{MODEL_NAME, ModelSandbox};
use adapters_http::chat::{ChatModel, ChatSettings};
use app::ports::TextModel;
use axum::Router;
use tokio::net::TcpListener;

use super::up::{UpError, listen, listen_error, transport};
use crate::config::{self, Model};

/// Who writes texts besides the templates.
#[derive(Default)]
pub(super) struct Writer {
    /// The model, if there is one.
    pub model: Option<Arc<dyn TextModel>>,
    /// What must be served for it.
    pub sandbox: Option<(TcpListener, Router)>,
}

impl Writer {
    /// The writer that is configured.
    pub(super) async fn of(model: Option<&Model>) -> Result<Self, UpError> {
        let (settings, sandbox) = match model {
            None => return Ok(Self::default()),
            Some(Model::Chat(chat)) => {
                let key = chat.key.as_ref().map(|key| key.reveal().to_owned());
                let base_url = chat.base_url.as_str().to_owned();
                (ChatSettings { base_url, model: chat.name.clone(), key }, None)
            }
            Some(Model::Sandbox(mode, _)) => {
                let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
                let listener = listen(wanted).await?;
                let address =
                    listener.local_addr().map_err(|source| listen_error(wanted, source))?;
                let base_url = format!("{}/v1", config::endpoint(address));
                let router = Arc::new(ModelSandbox::new(*mode)).router();
                let model = MODEL_NAME.to_owned();
                (ChatSettings { base_url, model, key: None }, Some((listener, router)))
            }
        };
        let model: Arc<dyn TextModel> =
            Arc::new(ChatModel::new(&settings, Arc::new(transport()?))?);
        Ok(Self { model: Some(model), sandbox })
    }
}
