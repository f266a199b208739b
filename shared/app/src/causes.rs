//! Errors as a log tells them: with what caused them.

use std::error::Error;

/// An error and everything that caused it, outermost first.
pub fn in_full(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        // Some errors repeat their cause.
        if !text.ends_with(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ports::QueueError;
    use crate::tick::TickError;

    #[test]
    fn an_error_is_told_with_its_causes_once_each() {
        let error = QueueError { operation: "enqueue plan jobs", source: "no answer".into() };
        let expected = "enqueue plan jobs: the queue did not answer: no answer";
        assert_eq!(in_full(&TickError::from(error)), expected);
    }
}
