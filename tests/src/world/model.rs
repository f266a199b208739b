//! A world with a language model.

use std::sync::Arc;

use adapters_embedded::model_sandbox::{MODEL_NAME, ModelMode, ModelSandbox};
use adapters_http::chat::{ChatModel, ChatSettings};
use app::compose::{ComposeSettings, ModelPrice};
use app::ports::TextModel;

use super::Maker;
use crate::stand_ins::InProcessModel;

/// A model, if there is to be one.
#[derive(Clone)]
pub struct ModelWish {
    sandbox: Option<Arc<ModelSandbox>>,
    pub(super) settings: ComposeSettings,
}

impl Default for ModelWish {
    fn default() -> Self {
        let price = ModelPrice { input: 150, output: 600 };
        Self { sandbox: None, settings: ComposeSettings::new(price) }
    }
}

impl ModelWish {
    /// The model.
    ///
    /// # Panics
    /// If none was wished for.
    pub fn sandbox(&self) -> &ModelSandbox {
        self.sandbox.as_ref().expect("a model was wished for")
    }

    pub(super) fn day_max(&self) -> Option<u64> {
        self.sandbox.as_ref().map(|_| self.settings.day_microdollars_max)
    }

    pub(super) fn model(&self) -> Option<Arc<dyn TextModel>> {
        let transport = Arc::new(InProcessModel(self.sandbox.clone()?));
        let settings = ChatSettings {
            base_url: "http://model.test/v1".to_owned(),
            model: MODEL_NAME.to_owned(),
            key: Some("the key of the model".to_owned()),
        };
        Some(Arc::new(ChatModel::new(&settings, transport).expect("the settings are right")))
    }
}

impl Maker {
    /// With a language model that behaves so.
    pub fn model(mut self, mode: ModelMode) -> Self {
        self.model.sandbox = Some(Arc::new(ModelSandbox::new(mode)));
        self
    }

    /// With other limits for it.
    pub fn composing(mut self, change: impl FnOnce(&mut ComposeSettings)) -> Self {
        change(&mut self.model.settings);
        self
    }
}
