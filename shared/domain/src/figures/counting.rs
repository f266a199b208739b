//! What one reminder adds to the counters, in the state it is in.

use jiff::Timestamp;

use super::{Counts, Dimension, names};
use crate::ratings::{GOOD_STARS_MIN, Rating};
use crate::reasons::DeferReason;
use crate::reminder::{Attempt, AttemptOutcome, DeliveryStatus, NO_BUDGET, Reminder, TextSource};
use crate::segments;
use crate::sketch::bucket;
use crate::trail::Step;

/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// What a reminder adds to each place it counts in.
pub fn counts(row: &Reminder) -> Counts {
    let mut counts = Counts::new();
    add(&mut counts, names::PLANNED, 1_u64);
    let state = row.state.name();
    add(&mut counts, state, 1_u64);
    if let Some(reason) = row.state.reason() {
        add(&mut counts, format!("{state}.{reason}"), 1_u64);
    }
    add(&mut counts, names::LATE, u64::from(row.is_late()));
    add(&mut counts, names::DEFERRED, u64::from(is_deferred(row)));
    add(&mut counts, names::ACKNOWLEDGED, u64::from(row.acknowledged_at.is_some()));
    add(&mut counts, names::SNOOZED, row.snoozes.len());
    add_attempts(&mut counts, row);
    add_model(&mut counts, &row.source);
    add_opinion(&mut counts, row);
    counts
}

/// The UTC hour a reminder counts in: that in which its last text was sent, else that in which it
/// is due.
pub fn hour_of(row: &Reminder) -> Timestamp {
    let sent = row.attempts.iter().rev().find(|attempt| attempt.may_have_been_texted());
    hour_at(sent.map_or(row.send_at, |attempt| attempt.claimed_at))
}

/// The beginning of the UTC hour that an instant lies in.
pub fn hour_at(at: Timestamp) -> Timestamp {
    let second = at.as_second();
    // Only the very first hour of all time begins before the first instant.
    Timestamp::from_second(second - second.rem_euclid(HOUR)).unwrap_or(Timestamp::MIN)
}

/// Under what a reminder counts, apart from its user. Its country is that of the number it was
/// sent to, its stage the one that had brought its user in when it was claimed: what was never
/// taken by a sender has neither.
pub fn dimensions(row: &Reminder) -> Vec<Dimension> {
    let source = Dimension::source(match row.source {
        TextSource::Template { .. } => names::TEMPLATE,
        TextSource::Model { .. } => names::MODEL,
        TextSource::Fallback { .. } => names::FALLBACK,
    });
    let country = row.last_attempt().map(|attempt| Dimension::country(&attempt.to));
    let arms = row.trial.arms.iter().map(|in_arm| Dimension::arm(&in_arm.experiment, &in_arm.arm));
    let stage = row.last_attempt().and_then(|attempt| attempt.circumstances.stage);
    let stage = stage.map(Dimension::stage);
    [Some(Dimension::all()), Some(source), country, stage]
        .into_iter()
        .flatten()
        .chain(arms)
        .collect()
}

fn add(counts: &mut Counts, name: impl Into<String>, by: impl TryInto<i64>) {
    let by = by.try_into().unwrap_or(i64::MAX);
    if by != 0 {
        let count = counts.entry(name.into()).or_default();
        *count = count.saturating_add(by);
    }
}

fn add_attempts(counts: &mut Counts, row: &Reminder) {
    let is_taken = |a: &&Attempt| matches!(a.outcome, AttemptOutcome::Accepted { .. });
    let is_refused = |a: &Attempt| matches!(a.outcome, AttemptOutcome::Rejected { .. });
    add(counts, names::TEXTS, row.attempts.iter().filter(is_taken).count());
    let segments = row.attempts.iter().filter(is_taken).map(|a| segments::count(&a.text).segments);
    add(
        counts,
        names::SEGMENTS,
        segments.map(|count| u64::try_from(count).unwrap_or(0)).sum::<u64>(),
    );
    let prices = row.attempts.iter().filter(is_taken);
    let prices = prices.filter_map(|attempt| attempt.circumstances.price_microdollars);
    add(counts, names::TEXTS_COST, prices.sum::<u64>());
    let failed = row.attempts.iter().filter(|attempt| !attempt.is_live());
    for code in failed.filter_map(|attempt| attempt.error_code) {
        add(counts, names::code(code), 1_u64);
    }
    add(counts, names::ATTEMPTS, row.counted_attempts());
    let is_posted = row.attempts.iter().any(|a| is_taken(&a) || is_refused(a));
    add(counts, names::POSTED, u64::from(is_posted));
    let Some(last) = row.last_attempt() else { return };
    // While it waits for another attempt, `send_at` is that one's.
    if last.may_have_been_texted() && !row.state.is_open_to_plans() {
        add_duration(counts, names::LATENESS, millis(row.send_at, last.claimed_at));
    }
    let mut times = last.delivery_times.iter();
    if let Some((_, at)) = times.find(|(status, _)| *status == DeliveryStatus::Delivered) {
        add_duration(counts, names::DELIVERY, millis(last.claimed_at, *at));
    }
}

fn add_model(counts: &mut Counts, source: &TextSource) {
    let Some(call) = source.model_call() else { return };
    if matches!(source, TextSource::Fallback { reason, .. } if reason == NO_BUDGET) {
        return add(counts, names::MODEL_UNASKED, 1_u64);
    }
    add(counts, names::MODEL_CALLS, 1_u64);
    match source {
        TextSource::Fallback { reason, .. } => {
            add(counts, names::MODEL_REFUSED, 1_u64);
            add(counts, format!("{}.{reason}", names::MODEL_REFUSED), 1_u64);
        }
        _ => add(counts, names::MODEL_USED, 1_u64),
    }
    add(counts, names::MODEL_COST, call.cost_microdollars);
    add(counts, names::MODEL_INPUT, call.input_tokens);
    add(counts, names::MODEL_OUTPUT, call.output_tokens);
    add_duration(counts, names::GENERATION, call.took_ms);
}

/// What its reader thought, of a reminder in an arm. Earlier releases counted no opinions, and what
/// they counted stays; they had no arms.
fn add_opinion(counts: &mut Counts, row: &Reminder) {
    if row.trial.arms.is_empty() {
        return;
    }
    let is_good = |rating: &Rating| rating.stars >= GOOD_STARS_MIN;
    add(counts, names::RATED, u64::from(row.rating.is_some()));
    add(counts, names::RATED_WELL, u64::from(row.rating.as_ref().is_some_and(is_good)));
    add(counts, names::STOPPED, u64::from(row.trial.opted_out_at.is_some()));
}

/// A duration, in one bucket of its sketch and in the sum.
fn add_duration(counts: &mut Counts, sketch: &str, ms: u64) {
    add(counts, names::bucket(sketch, bucket(ms)), 1_u64);
    add(counts, names::sum(sketch), ms);
}

/// From one instant to a later one; clocks differ, and what seems to come before takes no time.
fn millis(from: Timestamp, until: Timestamp) -> u64 {
    u64::try_from(from.duration_until(until).as_millis()).unwrap_or(0)
}

/// Whether quiet hours put it off: by the plan that placed it before it was first taken, or later.
fn is_deferred(row: &Reminder) -> bool {
    let mut placed_at = None;
    let mut is_taken = false;
    for entry in row.trail.entries() {
        match entry.step {
            Step::Deferred { reason: DeferReason::QuietHours, .. } => return true,
            Step::Claimed { .. } => is_taken = true,
            Step::Planned { send_at }
            | Step::PlannedLate { send_at }
            | Step::Moved { send_at }
            | Step::Restored { send_at }
                if !is_taken =>
            {
                placed_at = Some(send_at);
            }
            _ => {}
        }
    }
    placed_at.is_some_and(|placed_at| placed_at > row.wanted_at)
}
