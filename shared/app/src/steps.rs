//! What the spans around use cases say of how they ended.
//!
//! A step with one reminder is a span with its `reminder.id`, wherever it is taken; `trace_id` of a
//! log line is the same. Steps with many are spans of their own, and note what they did to each
//! reminder as a span without a length. Fields hold ids, numbers and words of ours only.

use std::fmt::Debug;

use tracing::{Span, field};

/// Notes what came of the step that the current span is about, in a word.
pub(crate) fn ended<T: Debug, E>(result: Result<T, E>) -> Result<T, E> {
    match &result {
        Ok(outcome) => Span::current().record("outcome", field::debug(outcome)),
        Err(_) => Span::current().record("outcome", FAILED),
    };
    result
}

/// Notes that the step that the current span is about has failed, if it has.
pub(crate) fn failed<T, E>(result: Result<T, E>) -> Result<T, E> {
    if result.is_err() {
        Span::current().record("outcome", FAILED);
    }
    result
}

/// What a step comes to that must be taken again.
const FAILED: &str = "failed";
