//! The `[spend]` table: what texts cost, and what they may cost in a day.

use app::ceiling::CeilingSettings;
use domain::money::{DOLLAR, parse_usd};
use domain::text_prices::TextPrices;

use super::document::Section;

/// What texts may cost in a UTC day where nothing else is said and they go to real phones.
const DAY_MAX: u64 = 100 * DOLLAR;

/// Reads the table. Texts that go nowhere may cost what they like unless it says otherwise.
pub(super) fn read(table: &Section<'_>, is_sandbox: bool) -> CeilingSettings {
    let day_max = table.parsed("day_usd_max", usd);
    let prices = table.parsed("segment_usd", str::parse::<TextPrices>);
    CeilingSettings {
        day_microdollars_max: day_max.or((!is_sandbox).then_some(DAY_MAX)),
        prices: prices.unwrap_or_default(),
    }
}

fn usd(given: &str) -> Result<u64, &'static str> {
    parse_usd(given).ok_or("must be an amount in US dollars, like \"100\"")
}
