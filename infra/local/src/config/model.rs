//! The `[model]` table: the language model that writes texts; and `[model_sandbox]`, its stand-in.

use std::path::Path;

use adapters_embedded::model_sandbox::ModelMode;
use app::compose::{ComposeSettings, ModelPrice};
use domain::money::parse_usd;
use url::Url;

use super::Variables;
use super::document::Section;
use super::secret::{Secret, Whereabouts};

/// The variable that holds the model's key, for those who keep it out of files.
pub const MODEL_KEY_VARIABLE: &str = "BEFOREHAND_MODEL_KEY";

/// Where the model's key stands.
const KEY: Whereabouts = Whereabouts {
    key: "key",
    file_key: "key_file",
    variable: MODEL_KEY_VARIABLE,
    is_required: false,
};

/// What the sandbox says that it costs: what a small model cost when this was written.
const SANDBOX_PRICE: ModelPrice = ModelPrice { input: 150, output: 600 };

/// Who writes texts besides the templates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Model {
    /// A model behind an address that speaks OpenAI's chat completions.
    Chat(ChatModelSettings),
    /// The stand-in.
    Sandbox(ModelMode, ComposeSettings),
}

/// A model, and what it may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChatModelSettings {
    /// Where the API is, up to `/chat/completions`.
    pub base_url: Url,
    /// The model's name there.
    pub name: String,
    /// The key; none for servers that ask for none.
    pub key: Option<Secret>,
    /// For whom it writes, and what that may cost.
    pub composing: ComposeSettings,
}

impl Model {
    /// For whom it writes, and what that may cost.
    pub fn composing(&self) -> ComposeSettings {
        match self {
            Self::Chat(chat) => chat.composing,
            Self::Sandbox(_, composing) => *composing,
        }
    }
}

/// Reads both tables. None if neither is there, or if something is wrong, which is noted.
pub(super) fn read(
    table: &Section<'_>,
    sandbox: &Section<'_>,
    folder: &Path,
    variables: &Variables<'_>,
) -> Option<Model> {
    let chat = read_chat(table, folder, variables);
    let mode = sandbox.parsed("mode", mode);
    if table.is_present() && sandbox.is_present() {
        table.problem("name", "stands beside [model_sandbox]; keep one of them");
        return None;
    }
    if sandbox.is_present() {
        let composing = ComposeSettings::new(SANDBOX_PRICE);
        return Some(Model::Sandbox(mode.unwrap_or_default(), composing));
    }
    chat.map(Model::Chat)
}

fn read_chat(
    table: &Section<'_>,
    folder: &Path,
    variables: &Variables<'_>,
) -> Option<ChatModelSettings> {
    let base_url = table.parsed("base_url", super::http_url);
    let name = table.text("name");
    let key = KEY.read(table, folder, variables);
    let share = table.integer("share_percent", 0..=100).and_then(|share| share.try_into().ok());
    let input = table.parsed("input_usd_per_million_tokens", price);
    let output = table.parsed("output_usd_per_million_tokens", price);
    let user_day = table.parsed("user_day_usd_max", usd);
    let day = table.parsed("day_usd_max", usd);
    if !table.is_present() {
        return None;
    }
    for (key, what) in [
        ("base_url", "is missing; the address up to /chat/completions"),
        ("name", "is missing; the model's name at that address"),
        ("input_usd_per_million_tokens", "is missing; \"0\" for a model of your own"),
        ("output_usd_per_million_tokens", "is missing; \"0\" for a model of your own"),
    ] {
        if !table.has(key) {
            table.problem(key, what);
        }
    }
    let usual = ComposeSettings::new(ModelPrice { input: input?, output: output? });
    let composing = usual.with(share, user_day, day);
    Some(ChatModelSettings { base_url: base_url?, name: name?, key, composing })
}

/// Whether the table itself holds a secret.
pub(super) fn holds_secret(table: &Section<'_>) -> bool {
    table.has("key")
}

fn mode(word: &str) -> Result<ModelMode, String> {
    let names = || ModelMode::ALL.map(ModelMode::name).join(", ");
    ModelMode::parse(word).ok_or_else(|| format!("must be one of {}", names()))
}

fn usd(given: &str) -> Result<u64, &'static str> {
    parse_usd(given).ok_or("must be an amount in US dollars, like \"0.02\"")
}

fn price(given: &str) -> Result<u64, &'static str> {
    let price = parse_usd(given).and_then(ModelPrice::per_thousand);
    price.ok_or("must be US dollars for a million tokens, like \"0.15\"")
}
