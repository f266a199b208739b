//! What the provider and the carriers said to attempts that failed, by country.

use domain::figures::{Figures, names};
use domain::provider_codes::meaning;
use maud::{Markup, html};

use super::lists::address_of_code;
use super::panels::number;
use super::read::{Overview, Stretch};

/// Codes that are told apart; the API has all of them.
const CODES_MAX: usize = 10;

/// A line for each code, the most frequent first, and a column for each country.
pub(super) fn table(seen: &Overview, week: &Stretch) -> Markup {
    let mut codes: Vec<_> = week.figures.error_codes.iter().collect();
    codes.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    let left_out = codes.len().saturating_sub(CODES_MAX);
    let says: Vec<_> =
        seen.countries.iter().filter(|(_, figures)| !figures.error_codes.is_empty()).collect();
    if codes.is_empty() {
        return html! { p .quiet { "No attempt failed." } };
    }
    html! {
        div .wide role="group" aria-label="Failed attempts by carrier code" tabindex="0" {
            table #codes {
                thead {
                    tr {
                        th scope="col" { "Code" } th scope="col" .n { "All" }
                        @for (country, _) in &says { th scope="col" .n { (country) } }
                    }
                }
                tbody {
                    @for (code, _) in codes.into_iter().take(CODES_MAX) {
                        tr {
                            th scope="row" { (code) span .quiet { " " (words_of(code)) } }
                            td .n { (count(code, &week.figures, week, "all")) }
                            @for (country, figures) in &says {
                                @let under = format!("country:{country}");
                                td .n { (count(code, figures, week, &under)) }
                            }
                        }
                    }
                }
            }
        }
        @if left_out > 0 {
            p .quiet { "And " (left_out) " rarer codes, which the API tells." }
        }
    }
}

fn count(code: &str, figures: &Figures, week: &Stretch, under: &str) -> Markup {
    let count = figures.error_codes.get(code).copied().unwrap_or(0);
    number(count, &address_of_code(code, week.from, week.to, under))
}

/// What a code means, in the words of the table that decides about retries.
fn words_of(code: &str) -> &'static str {
    match code.parse() {
        Ok(code) => meaning(code).words,
        Err(_) if code == names::OTHER_CODE => "codes this version does not know",
        Err(_) => "",
    }
}
