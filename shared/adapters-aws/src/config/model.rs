//! The language model that writes texts.

use app::compose::{ComposeSettings, ModelPrice};
use domain::money::parse_usd;

use super::PREFIX;
use super::reader::{self, Reader};

/// Who runs the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ModelProvider {
    /// Whoever speaks OpenAI's chat completions. The key is a secret.
    Chat {
        /// Where the API is, up to `/chat/completions`.
        base_url: String,
    },
    /// Amazon Bedrock, in the function's region. Its role opens it.
    Bedrock,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelConfig {
    /// Who runs it.
    pub provider: ModelProvider,
    /// Its name there; on Bedrock, the id of the model or of an inference profile.
    pub name: String,
    /// For whom it writes, and what that may cost.
    pub settings: ComposeSettings,
}

/// Reads the variables. None if no model is named, or if something is wrong, which is noted.
pub(super) fn read(reader: &Reader) -> Option<ModelConfig> {
    let (input_key, output_key) =
        ("MODEL_INPUT_USD_PER_MILLION_TOKENS", "MODEL_OUTPUT_USD_PER_MILLION_TOKENS");
    let is_bedrock = reader.optional("MODEL_PROVIDER", is_bedrock).unwrap_or_default();
    let base_url = reader.optional("MODEL_BASE_URL", reader::web_address);
    let name = reader.optional("MODEL_NAME", reader::text);
    let share = reader.optional("MODEL_SHARE_PERCENT", percent);
    let input = reader.optional(input_key, price);
    let output = reader.optional(output_key, price);
    let user_day = reader.optional("MODEL_USER_DAY_USD_MAX", reader::usd);
    let day = reader.optional("MODEL_DAY_USD_MAX", reader::usd);
    if !is_bedrock && !reader.has("MODEL_NAME") && !reader.has("MODEL_BASE_URL") {
        return None;
    }
    let address = if is_bedrock { None } else { Some("MODEL_BASE_URL") };
    for key in ["MODEL_NAME", input_key, output_key].into_iter().chain(address) {
        if !reader.has(key) {
            reader.fault(key, &format!("is missing beside {PREFIX}MODEL_NAME; prices may be 0"));
        }
    }
    if is_bedrock && reader.has("MODEL_BASE_URL") {
        reader.fault("MODEL_BASE_URL", "is not used with Bedrock; remove it");
    }
    let usual = ComposeSettings::new(ModelPrice { input: input?, output: output? });
    let settings = usual.with(share, user_day, day);
    let provider = if is_bedrock {
        ModelProvider::Bedrock
    } else {
        ModelProvider::Chat { base_url: base_url? }
    };
    Some(ModelConfig { provider, name: name?, settings })
}

fn is_bedrock(given: &str) -> Result<bool, String> {
    match given {
        "bedrock" => Ok(true),
        "chat" => Ok(false),
        _ => Err("must be chat or bedrock".to_owned()),
    }
}

fn percent(given: &str) -> Result<u32, String> {
    let share = given.parse().ok().filter(|share| *share <= 100);
    share.ok_or_else(|| "must be a whole number from 0 to 100".to_owned())
}

fn price(given: &str) -> Result<u64, String> {
    let price = parse_usd(given).and_then(ModelPrice::per_thousand);
    price.ok_or_else(|| "must be US dollars for a million tokens, like 0.15".to_owned())
}
