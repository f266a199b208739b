//! Patterns of the data files: text with named places in braces.

use serde::{Deserialize, Deserializer};

use crate::segments;

/// What may be put into a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    At,
    Date,
    Day,
    FirstOf,
    From,
    Half,
    Hour,
    HourPadded,
    Minute,
    Month,
    MonthNumber,
    N,
    Place,
    Span,
    Time,
    To,
    Weekday,
}

impl Slot {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "at" => Self::At,
            "date" => Self::Date,
            "day" => Self::Day,
            "first_of" => Self::FirstOf,
            "from" => Self::From,
            "half" => Self::Half,
            "hour" => Self::Hour,
            "hour_padded" => Self::HourPadded,
            "minute" => Self::Minute,
            "month" => Self::Month,
            "month_number" => Self::MonthNumber,
            "n" => Self::N,
            "place" => Self::Place,
            "span" => Self::Span,
            "time" => Self::Time,
            "to" => Self::To,
            "weekday" => Self::Weekday,
            _ => return None,
        })
    }
}

#[derive(Debug)]
enum Piece {
    Text(String),
    Slot(Slot),
}

/// A text with places, taken apart once so that filling it is fast.
#[derive(Debug, Default)]
pub(super) struct Pattern(Vec<Piece>);

/// A pattern that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the pattern {0:?} has an open brace or a place that is not known")]
struct BadPattern(String);

impl Pattern {
    fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('{') {
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let found = after.split_once('}').and_then(|(name, after)| {
                let slot = Slot::named(name)?;
                Some((slot, after))
            });
            let (slot, after) = found.ok_or_else(|| BadPattern(text.to_owned()))?;
            pieces.push(Piece::Slot(slot));
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// Adds the pattern to `out`; `fill` adds what belongs into a place.
    pub(super) fn push(&self, out: &mut String, mut fill: impl FnMut(&mut String, Slot)) {
        for piece in &self.0 {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Slot(slot) => fill(out, *slot),
            }
        }
    }

    /// Whether its own text is GSM-7.
    pub(super) fn is_gsm(&self) -> bool {
        self.0.iter().all(|piece| match piece {
            Piece::Text(text) => segments::is_gsm(text),
            Piece::Slot(_) => true,
        })
    }
}

impl<'de> Deserialize<'de> for Pattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_filled_in_order() {
        let pattern = Pattern::parse("in {n} of {span}.").unwrap();
        let mut out = String::new();
        pattern.push(&mut out, |out, slot| out.push(if slot == Slot::N { '3' } else { 's' }));
        assert_eq!(out, "in 3 of s.");
    }

    #[test]
    fn a_pattern_with_an_unknown_or_open_place_is_refused() {
        for bad in ["{nobody}", "{n", "a {} b"] {
            assert!(Pattern::parse(bad).is_err(), "{bad}");
        }
    }
}
