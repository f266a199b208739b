//! What is wrong with a calendar, and where.

use std::fmt;

use serde::Serialize;

use super::limits;

/// Something in a calendar that is not as it should be. Whatever could be read was used all the
/// same; the text says what was made of the rest. It never holds a title, a place or an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Oddity {
    /// The line of the file, counted from 1.
    pub line: usize,
    /// What is wrong and what was made of it.
    pub what: String,
}

impl fmt::Display for Oddity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

/// Collects oddities up to a limit.
#[derive(Debug, Default)]
pub(super) struct Oddities {
    list: Vec<Oddity>,
    untold: usize,
}

impl Oddities {
    pub(super) fn add(&mut self, line: usize, what: impl Into<String>) {
        if self.list.len() < limits::ODDITIES_MAX {
            self.list.push(Oddity { line, what: what.into() });
        } else {
            self.untold += 1;
        }
    }

    /// The oddities in the order of their lines, with a last one that counts the rest.
    pub(super) fn finish(mut self) -> Vec<Oddity> {
        self.list.sort_by_key(|oddity| oddity.line);
        if self.untold > 0 {
            let line = self.list.last().map_or(1, |last| last.line);
            self.list.push(Oddity { line, what: format!("and {} more oddities", self.untold) });
        }
        self.list
    }
}

/// A value as an oddity quotes it: in quotes, without control characters, shortened.
pub(super) fn quoted(value: &str) -> String {
    const CHARS_MAX: usize = 60;
    let mut shown: String =
        value.chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect::<String>();
    if value.chars().count() > CHARS_MAX {
        shown.push('…');
    }
    format!("\"{shown}\"")
}
