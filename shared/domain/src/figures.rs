//! Figures: what reminders add to the counters, and what the counters say.
//!
//! A reminder counts on the local day of its user and, for everybody, in a UTC hour. What it adds
//! follows from its row alone, so the counters equal a recount, and a change of the row replaces
//! what it added before. Where nothing happened a rate is none: neither 0 % nor 100 %.

mod counting;
mod dimension;
pub mod names;
pub mod words;

use std::collections::BTreeMap;
use std::collections::btree_map::Range;
use std::ops::Bound;

use crate::sketch::{Sketch, Spread};
use crate::statistics::Share;

pub use counting::{counts, dimensions, hour_at, hour_of};
pub use dimension::{BadDimension, Dimension};

/// Which edition of the counters this is. It rises whenever reminders begin to count more than they
/// did, so that what an earlier edition counted can be told apart and counted anew.
///
/// 0 counted days only, 1 hours as well, 2 error codes.
pub const EDITION: u32 = 3;

/// Counters by their names.
pub type Counts = BTreeMap<String, i64>;

/// Adds to a counter. A name that is there is not copied again: sums of a month are of many more
/// counters than names.
pub fn add(counts: &mut Counts, name: &str, by: i64) {
    match counts.get_mut(name) {
        Some(count) => *count += by,
        None => {
            counts.insert(name.to_owned(), by);
        }
    }
}

/// What counters say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Reminders, whatever became of them.
    pub planned: u64,
    /// Those that wait.
    pub scheduled: u64,
    /// Those of which the provider took or refused a text.
    pub sent: u64,
    /// Those whose text is on its way, without a final receipt so far.
    pub under_way: u64,
    /// Those whose text reached the phone.
    pub delivered: u64,
    /// Those whose text the carrier could not deliver.
    pub undelivered: u64,
    /// Those that were not sent, for good.
    pub failed: u64,
    /// Those sent, without a final receipt within a day.
    pub unconfirmed: u64,
    /// Those that were perhaps sent.
    pub unknown: u64,
    /// Those withdrawn.
    pub cancelled: u64,
    /// Those withdrawn, by the reason.
    pub cancelled_by: BTreeMap<String, u64>,
    /// Those not sent, because their time passed or a rule forbade it.
    pub skipped: u64,
    /// Those not sent, by the reason.
    pub skipped_by: BTreeMap<String, u64>,
    /// Those planned after their instant had passed.
    pub late: u64,
    /// Those that quiet hours put off.
    pub deferred: u64,
    /// Those that their readers said they have seen.
    pub acknowledged: u64,
    /// How often readers put reminders off.
    pub snoozed: u64,
    /// Those beyond the daily limit.
    pub daily_limit: u64,
    /// Texts that the provider took: more than reminders, where one was tried again.
    pub texts: u64,
    /// Attempts that the provider saw.
    pub attempts: u64,
    /// Segments of the texts.
    pub segments: u64,
    /// What the texts cost, in millionths of a US dollar.
    pub texts_cost_microdollars: u64,
    /// Attempts that failed with an error code of the provider, by the code; those that this
    /// version does not know are together under [`names::OTHER_CODE`].
    pub error_codes: BTreeMap<String, u64>,
    /// Numbers that opted out; only among the figures of everybody.
    pub opted_out: u64,
    /// Users who were texted, each once a UTC day; only among the figures of everybody.
    pub users_texted: u64,
    /// Users who had a reminder beyond the daily limit, each once a UTC day; only there.
    pub users_limited: u64,
    /// Users who were exposed, each once; only under an arm, as the next five.
    pub exposed: u64,
    /// Users who rated, each once.
    pub raters: u64,
    /// Users who looked at what the link of a text opens, each once.
    pub openers: u64,
    /// Reminders that were rated.
    pub rated: u64,
    /// Those of them with four or five stars.
    pub rated_well: u64,
    /// Reminders after which their reader opted out.
    pub stopped: u64,
    /// What models did.
    pub model: ModelFigures,
    /// From the claim to the receipt of delivery, in milliseconds.
    pub delivery_ms: Sketch,
    /// What models took, in milliseconds.
    pub generation_ms: Sketch,
    /// From the planned instant to the claim, in milliseconds.
    pub lateness_ms: Sketch,
}

/// What models did: those whose answers the rows hold. A call whose text was replaced, because the
/// event changed after it, is no longer among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ModelFigures {
    /// Reminders for whose text a model was asked.
    pub calls: u64,
    /// Those whose text is the model's.
    pub used: u64,
    /// Those whose text is a template's all the same.
    pub refused: u64,
    /// The same, by the reason.
    pub refused_by: BTreeMap<String, u64>,
    /// What the calls cost, in millionths of a US dollar.
    pub cost_microdollars: u64,
    /// Tokens that were read.
    pub input_tokens: u64,
    /// Tokens that were written.
    pub output_tokens: u64,
}

impl Figures {
    /// What these counters say. Counters of one name add up, so those of several hours, days or
    /// users may follow each other.
    pub fn of<'a>(counters: impl IntoIterator<Item = (&'a str, i64)>) -> Self {
        let mut counts = Counts::new();
        for (name, count) in counters {
            add(&mut counts, name, count);
        }
        Self::of_counts(&counts)
    }

    /// What these counters say.
    pub fn of_counts(counts: &Counts) -> Self {
        let count = |name: &str| positive(counts.get(name).copied().unwrap_or(0));
        let by_reason = |prefix: &str| by_reason(counts, prefix);
        Self {
            planned: count(names::PLANNED),
            scheduled: count("scheduled"),
            sent: count(names::POSTED),
            under_way: count("claimed") + count("accepted") + count("sent"),
            delivered: count("delivered"),
            undelivered: count("undelivered"),
            failed: count("failed"),
            unconfirmed: count("unconfirmed"),
            unknown: count("unknown"),
            cancelled: count("cancelled"),
            cancelled_by: by_reason("cancelled."),
            skipped: count("skipped"),
            skipped_by: by_reason("skipped."),
            late: count(names::LATE),
            deferred: count(names::DEFERRED),
            acknowledged: count(names::ACKNOWLEDGED),
            snoozed: count(names::SNOOZED),
            daily_limit: count("cancelled.daily_limit"),
            texts: count(names::TEXTS),
            attempts: count(names::ATTEMPTS),
            segments: count(names::SEGMENTS),
            texts_cost_microdollars: count(names::TEXTS_COST),
            error_codes: by_reason("code."),
            opted_out: count(names::OPTED_OUT),
            users_texted: count(names::USERS_TEXTED),
            users_limited: count(names::USERS_LIMITED),
            exposed: count(names::EXPOSED),
            raters: count(names::RATERS),
            openers: count(names::OPENERS),
            rated: count(names::RATED),
            rated_well: count(names::RATED_WELL),
            stopped: count(names::STOPPED),
            model: ModelFigures {
                calls: count(names::MODEL_CALLS),
                used: count(names::MODEL_USED),
                refused: count(names::MODEL_REFUSED),
                refused_by: by_reason("model.refused."),
                cost_microdollars: count(names::MODEL_COST),
                input_tokens: count(names::MODEL_INPUT),
                output_tokens: count(names::MODEL_OUTPUT),
            },
            delivery_ms: sketch(counts, names::DELIVERY),
            generation_ms: sketch(counts, names::GENERATION),
            lateness_ms: sketch(counts, names::LATENESS),
        }
    }

    /// How many are in each state for which no reason is given.
    pub fn states(&self) -> [(&'static str, u64); 7] {
        [
            ("scheduled", self.scheduled),
            ("under_way", self.under_way),
            ("delivered", self.delivered),
            ("undelivered", self.undelivered),
            ("failed", self.failed),
            ("unconfirmed", self.unconfirmed),
            ("unknown", self.unknown),
        ]
    }

    /// Of the reminders that were sent and of which something is known, those that were delivered.
    /// What is on its way counts as not delivered yet: look at hours that have settled.
    pub fn delivery(&self) -> Share {
        Share::new(self.delivered, self.sent.saturating_sub(self.unconfirmed))
    }

    /// Of the reminders for whose text a model was asked, those that carry the model's text.
    pub fn model_success(&self) -> Share {
        Share::new(self.model.used, self.model.calls)
    }

    /// Of all reminders, those that quiet hours put off.
    pub fn deferral(&self) -> Share {
        Share::new(self.deferred, self.planned)
    }

    /// Of all reminders, those beyond the daily limit.
    pub fn limiting(&self) -> Share {
        Share::new(self.daily_limit, self.planned)
    }

    /// Of the users who were texted, those who opted out. Ask it of 24 hours: people answer what
    /// they just got.
    pub fn opt_outs(&self) -> Share {
        Share::new(self.opted_out, self.users_texted)
    }

    /// Of the users who were texted, those who had a reminder beyond the daily limit.
    pub fn users_limiting(&self) -> Share {
        Share::new(self.users_limited, self.users_texted)
    }

    /// How the time to delivery spreads; none if nothing was delivered.
    pub fn delivery_time(&self) -> Option<Spread> {
        self.delivery_ms.spread()
    }

    /// How the time that models took spreads; none if none was asked.
    pub fn generation_time(&self) -> Option<Spread> {
        self.generation_ms.spread()
    }

    /// How lateness against the plan spreads; none if nothing was sent.
    pub fn lateness(&self) -> Option<Spread> {
        self.lateness_ms.spread()
    }
}

/// No sum of whole contributions is below zero.
fn positive(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

fn by_reason(counts: &Counts, prefix: &str) -> BTreeMap<String, u64> {
    let after = from(counts, prefix);
    let named = after.map_while(|(name, count)| Some((name.strip_prefix(prefix)?, *count)));
    named
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| (reason.to_owned(), positive(count)))
        .collect()
}

/// The counters from a name on.
fn from<'a>(counts: &'a Counts, name: &str) -> Range<'a, String, i64> {
    counts.range::<str, _>((Bound::Included(name), Bound::Unbounded))
}

fn sketch(counts: &Counts, sketch: &str) -> Sketch {
    let after = from(counts, &format!("{sketch}~"));
    let buckets = after
        .map_while(|(name, count)| Some((names::bucket_in(name)?, *count)))
        .take_while(|((of, _), _)| *of == sketch)
        .map(|((_, bucket), count)| (bucket, count));
    Sketch::of(buckets, counts.get(&names::sum(sketch)).copied().unwrap_or(0))
}

#[cfg(test)]
mod tests;
