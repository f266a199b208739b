//! The language model that writes texts.

use app::compose::{ComposeSettings, ModelPrice};
use domain::money::parse_usd;

use super::PREFIX;
use super::reader::{self, Reader};

/// A model behind an address that speaks OpenAI's chat completions. Its key is a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelConfig {
    /// Where the API is, up to `/chat/completions`.
    pub base_url: String,
    /// The model's name there.
    pub name: String,
    /// For whom it writes, and what that may cost.
    pub settings: ComposeSettings,
}

/// Reads the variables. None if no model is named, or if something is wrong, which is noted.
pub(super) fn read(reader: &Reader) -> Option<ModelConfig> {
    let (input_key, output_key) =
        ("MODEL_INPUT_USD_PER_MILLION_TOKENS", "MODEL_OUTPUT_USD_PER_MILLION_TOKENS");
    let base_url = reader.optional("MODEL_BASE_URL", reader::web_address);
    let name = reader.optional("MODEL_NAME", reader::text);
    let share = reader.optional("MODEL_SHARE_PERCENT", percent);
    let input = reader.optional(input_key, price);
    let output = reader.optional(output_key, price);
    let user_day = reader.optional("MODEL_USER_DAY_USD_MAX", reader::usd);
    let day = reader.optional("MODEL_DAY_USD_MAX", reader::usd);
    if !reader.has("MODEL_NAME") && !reader.has("MODEL_BASE_URL") {
        return None;
    }
    for key in ["MODEL_NAME", "MODEL_BASE_URL", input_key, output_key] {
        if !reader.has(key) {
            reader.fault(key, &format!("is missing beside {PREFIX}MODEL_NAME; prices may be 0"));
        }
    }
    let usual = ComposeSettings::new(ModelPrice { input: input?, output: output? });
    let settings = usual.with(share, user_day, day);
    Some(ModelConfig { base_url: base_url?, name: name?, settings })
}

fn percent(given: &str) -> Result<u32, String> {
    let share = given.parse().ok().filter(|share| *share <= 100);
    share.ok_or_else(|| "must be a whole number from 0 to 100".to_owned())
}

fn price(given: &str) -> Result<u64, String> {
    let price = parse_usd(given).and_then(ModelPrice::per_thousand);
    price.ok_or_else(|| "must be US dollars for a million tokens, like 0.15".to_owned())
}
