//! What people think of their texts.

use std::collections::BTreeMap;

use app::opinions::{LowRating, Opinions, Pattern, Trait};
use domain::statistics::{Interval, wilson};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// The error of the intervals that are shown.
const ALPHA: f64 = 0.05;

/// Which ratings.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct RatingsAsked {
    /// Ratings with fewer stars are low: 2 to 5; 3 if it is left out.
    #[param(minimum = 2, maximum = 5)]
    pub(crate) below: Option<u8>,
    /// Of the last so many days: 1 to 92; 30 if it is left out.
    #[param(minimum = 1, maximum = 92)]
    pub(crate) days: Option<u32>,
}

/// What people think, and what the texts they liked least have in common. No title, no text and no
/// word of anybody's is in it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RatingsView {
    /// Ratings.
    rated: u64,
    /// Low ones.
    low: u64,
    /// By one thing that texts have in common, the most of low ratings first.
    patterns: Vec<PatternView>,
    /// By all of them together, those with a low rating.
    groups: Vec<PatternView>,
    /// The low ratings, the latest first; at most 200.
    texts: Vec<LowRatingView>,
}

/// How texts with something in common were rated.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PatternView {
    /// What they have in common: `source`, `words` (the prompt or the template), `language`,
    /// `kind`, `lead_minutes`, `arm`.
    common: BTreeMap<&'static str, String>,
    /// Ratings.
    rated: u64,
    /// Low ones.
    low: u64,
    /// The same as a share.
    share: Option<f64>,
    /// Wilson's interval of it (95 %).
    interval: [f64; 2],
}

/// A low rating.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LowRatingView {
    /// Whose.
    user: String,
    /// Of which reminder.
    reminder: String,
    /// One to five.
    stars: u8,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What is known of the text.
    common: BTreeMap<&'static str, String>,
}

impl From<Opinions> for RatingsView {
    fn from(told: Opinions) -> Self {
        Self {
            rated: told.low.of,
            low: told.low.hits,
            patterns: told.patterns.into_iter().map(PatternView::from).collect(),
            groups: told.groups.into_iter().map(PatternView::from).collect(),
            texts: told.texts.into_iter().map(LowRatingView::from).collect(),
        }
    }
}

impl From<Pattern> for PatternView {
    fn from(pattern: Pattern) -> Self {
        let Interval { low, high } = wilson(pattern.low, ALPHA);
        Self {
            common: common(pattern.traits),
            rated: pattern.low.of,
            low: pattern.low.hits,
            share: pattern.low.rate(),
            interval: [low, high],
        }
    }
}

impl From<LowRating> for LowRatingView {
    fn from(rating: LowRating) -> Self {
        Self {
            user: rating.user.as_str().to_owned(),
            reminder: rating.reminder.to_string(),
            stars: rating.stars,
            at: rating.at,
            common: common(rating.traits),
        }
    }
}

/// A reminder may be in several arms; they stand beside each other.
fn common(traits: Vec<Trait>) -> BTreeMap<&'static str, String> {
    let mut common = BTreeMap::<_, String>::new();
    for (kind, value) in traits {
        let known = common.entry(kind).or_default();
        if !known.is_empty() {
            known.push_str(", ");
        }
        known.push_str(&value);
    }
    common
}
