//! The names of counters. States and reasons count under their own names: `delivered`,
//! `cancelled`, `cancelled.daily_limit`.
//!
//! The buckets of a sketch are named in few letters, because there are many and a store may ask for
//! money by their length: `d~117` is bucket 117 of the time to delivery.

use crate::provider_codes;

/// Reminders.
pub const PLANNED: &str = "planned";
/// Reminders of which the provider took or refused a text.
pub const POSTED: &str = "posted";
/// Texts that the provider took.
pub const TEXTS: &str = "texts";
/// Attempts that the provider saw.
pub const ATTEMPTS: &str = "attempts";
/// Reminders that were planned after their instant had passed.
pub const LATE: &str = "late";
/// Reminders that quiet hours put off.
pub const DEFERRED: &str = "deferred";
/// Reminders that their readers said they have seen.
pub const ACKNOWLEDGED: &str = "acknowledged";
/// How often readers put reminders off.
pub const SNOOZED: &str = "snoozed";
/// Segments of the texts that the provider took.
pub const SEGMENTS: &str = "segments";
/// What the texts that the provider took cost by the prices of their claims, in millionths of a US
/// dollar. Claims of earlier releases noted no price.
pub const TEXTS_COST: &str = "texts.cost_microdollars";
/// Attempts that failed with an error code of the provider; the code follows after a dot.
pub const CODE: &str = "code";
/// Stands for every code that this version does not know, so that there is an end to them.
pub const OTHER_CODE: &str = "other";
/// Reminders for whose text no model was asked, because a budget was used up.
pub const MODEL_UNASKED: &str = "model_unasked";
/// Reminders for whose text a model was asked.
pub const MODEL_CALLS: &str = "model";
/// Those whose text is the model's.
pub const MODEL_USED: &str = "model.used";
/// Those whose text is a template's all the same; the reason follows after a dot.
pub const MODEL_REFUSED: &str = "model.refused";
/// What the calls cost, in millionths of a US dollar.
pub const MODEL_COST: &str = "model.cost_microdollars";
/// Tokens that models read.
pub const MODEL_INPUT: &str = "model.input_tokens";
/// Tokens that models wrote.
pub const MODEL_OUTPUT: &str = "model.output_tokens";

/// Numbers that opted out; counted as it happens, since no reminder says so.
pub const OPTED_OUT: &str = "opted_out";

/// Users who were texted, each once a UTC day, in the hour of the first text of theirs.
pub const USERS_TEXTED: &str = "users.texted";
/// Users of whose reminders a plan put one beyond the daily limit, each once a UTC day.
pub const USERS_LIMITED: &str = "users.limited";

/// Users who were exposed to an arm: the provider took a text of theirs. Each counts once, where
/// the first of these texts does.
pub const EXPOSED: &str = "exposed";
/// Users who rated a text of theirs under an arm. Each counts once.
pub const RATERS: &str = "raters";
/// Users who looked at what the link of a text under an arm opens. Each counts once.
pub const OPENERS: &str = "openers";
/// Reminders in an arm that were rated.
pub const RATED: &str = "rated";
/// Those of them with four or five stars.
pub const RATED_WELL: &str = "rated.well";
/// Reminders in an arm after which their reader opted out.
pub const STOPPED: &str = "stopped";

/// The sketch of the time from a claim to the receipt of delivery.
pub const DELIVERY: &str = "d";
/// The sketch of the time that models took.
pub const GENERATION: &str = "g";
/// The sketch of the time from the planned instant to the claim, a wait for a turn included.
pub const LATENESS: &str = "l";

/// Where a text came from: a template.
pub const TEMPLATE: &str = "template";
/// Where a text came from: a model.
pub const MODEL: &str = "model";
/// Where a text came from: a template, since the model failed.
pub const FALLBACK: &str = "fallback";

/// Stands between a sketch and its bucket.
const BUCKET: char = '~';

/// The counter of an error code.
pub fn code(code: u32) -> String {
    if provider_codes::is_known(code) {
        format!("{CODE}.{code}")
    } else {
        format!("{CODE}.{OTHER_CODE}")
    }
}

/// The counter of a sketch's bucket.
pub fn bucket(sketch: &str, bucket: u16) -> String {
    format!("{sketch}{BUCKET}{bucket}")
}

/// The counter of the sum of a sketch's values.
pub fn sum(sketch: &str) -> String {
    format!("{sketch}.sum")
}

/// The sketch and the bucket that a counter is of, if it is one of a sketch.
pub fn bucket_in(name: &str) -> Option<(&str, u16)> {
    let (sketch, bucket) = name.split_once(BUCKET)?;
    Some((sketch, bucket.parse().ok()?))
}
