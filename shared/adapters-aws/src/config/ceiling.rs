//! What texts cost, and what they may cost in a day.

use app::ceiling::CeilingSettings;
use domain::money::DOLLAR;
use domain::text_prices::TextPrices;

use super::reader::{self, Reader};

/// What texts may cost in a UTC day where nothing else is said.
const DAY_MAX: u64 = 100 * DOLLAR;

/// Reads the variables. What is wrong is noted.
pub(super) fn read(reader: &Reader) -> CeilingSettings {
    let prices = |given: &str| given.parse::<TextPrices>().map_err(|error| error.to_string());
    let day_max = reader.optional("TEXTS_DAY_USD_MAX", reader::usd).unwrap_or(DAY_MAX);
    CeilingSettings {
        day_microdollars_max: Some(day_max),
        prices: reader.optional("SEGMENT_USD", prices).unwrap_or_default(),
    }
}
