//! How many texts a second leave from one sender, and whose turn it is.
//!
//! A carrier takes so many texts a second from a number and no more. What is above that waits, and
//! who waits too long is too late: so turns are given by deadline. There are two parts. A line
//! ([`line_up`]) says when each text's turn will be; it is advice, and jobs are delayed by it.
//! Turns are counted in the store, second by second, and taken before each post; they hold
//! whatever comes when, from however many senders at once ([`Rate::grants`]). What is rare stands
//! beside them ([`Pace`]): that there is a line, and that the provider takes nothing.

mod line;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::limits;
use crate::time::{ahead, aligned, back};

pub use self::line::{Placed, Waiting, line_up};

/// Turns are counted per whole second, so that jobs which come a little early or late do not get
/// in each other's way.
pub(crate) const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// Strikes beyond which a hold does not grow.
const STRIKES_MAX: u32 = 6;

/// The texts per second that a sender may send.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rate(u32);

impl Rate {
    /// One text a second, the least there is.
    pub const LEAST: Self = Self(1);

    /// So many texts a second; none unless that is within 1 and [`limits::RATE_MAX`].
    pub fn new(texts_per_second: u32) -> Option<Self> {
        (1..=limits::RATE_MAX).contains(&texts_per_second).then_some(Self(texts_per_second))
    }

    /// Texts per second.
    pub fn get(self) -> u32 {
        self.0
    }

    /// How many turns of a second somebody gets who asks for `wanted` of them when `before` were
    /// asked for. So that asking costs one addition, it counts what is asked for: beyond the rate
    /// nobody gets any, however far beyond.
    pub fn grants(self, before: u32, wanted: u32) -> u32 {
        wanted.min(self.0.saturating_sub(before))
    }

    /// What carriers take from `sender` if nobody says otherwise, by Twilio's documentation: 100
    /// from a short code, 3 from a toll-free number, 1 from another number. None for a messaging
    /// service, which spreads texts over numbers that we do not know.
    pub fn of_sender(sender: &str) -> Option<Self> {
        const TOLL_FREE: [&str; 7] = ["800", "833", "844", "855", "866", "877", "888"];
        if sender.starts_with("MG") {
            return None;
        }
        let Some(number) = sender.strip_prefix('+') else { return Some(Self(100)) };
        let is_toll_free = number
            .strip_prefix('1')
            .is_some_and(|national| TOLL_FREE.iter().any(|code| national.starts_with(code)));
        Some(if is_toll_free { Self(3) } else { Self::LEAST })
    }
}

/// Who texts go out from, and how fast.
#[derive(Clone, PartialEq, Eq)]
pub struct Lane {
    /// The sender as the provider knows it: a number, a short code or a messaging service.
    pub sender: String,
    /// How fast; none if the provider may have all at once.
    pub rate: Option<Rate>,
}

impl Lane {
    /// The lane of a sender, at the rate that was chosen for it or else at its usual one.
    pub fn of(sender: &str, chosen: Option<Rate>) -> Self {
        Self { sender: sender.to_owned(), rate: chosen.or_else(|| Rate::of_sender(sender)) }
    }
}

impl fmt::Debug for Lane {
    // Without the number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lane").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// What all senders of one lane know together, beside the turns that are taken.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pace {
    /// When all that waited were last put in a line by deadline, because there was no turn.
    pub lined_up_at: Option<Timestamp>,
    /// Nobody posts before this instant.
    pub held_until: Option<Timestamp>,
    /// Whether the lane is held because one text is out to try whether the provider takes any.
    pub is_trying: bool,
    /// How often in a row the provider did not process what was posted.
    pub strikes: u32,
    /// Rises by one with every write.
    pub version: u64,
}

/// What became of asking for turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Taken {
    /// How many may post now.
    pub turns: u32,
    /// When those without a turn may ask again.
    pub next_at: Timestamp,
    /// Whether they wait for the provider, and not for each other.
    pub is_held: bool,
}

/// The second whose turns are taken at `now`, and the one after it.
pub fn second_of(now: Timestamp) -> (Timestamp, Timestamp) {
    let second = aligned(now, SECOND);
    (second, ahead(second, SECOND))
}

impl Pace {
    /// Lets up to `wanted` post, as far as the provider goes: nobody while the lane is held, and
    /// one at a time while the provider is tried.
    pub fn admit(&mut self, wanted: u32, now: Timestamp) -> Taken {
        if let Some(next_at) = self.held(now) {
            return Taken { turns: 0, next_at, is_held: true };
        }
        let turns = wanted.min(self.admits());
        let is_held = self.strikes > 0 && turns > 0;
        if is_held {
            self.is_trying = true;
            self.held_until = Some(ahead(now, limits::CLAIM_UNKNOWN_AFTER));
        }
        Taken { turns, next_at: second_of(now).1, is_held }
    }

    /// How many may post at the same time where the lane is not held.
    pub fn admits(&self) -> u32 {
        if self.strikes > 0 { 1 } else { u32::MAX }
    }

    /// Until when nobody posts, if that is ahead. While one text tries, the others ask again in a
    /// second: its answer is usually quicker than the hold is long.
    pub fn held(&self, now: Timestamp) -> Option<Timestamp> {
        let until = self.held_until?;
        let is_ahead = now < until && now.duration_until(until) <= limits::HOLD_MAX;
        is_ahead.then(|| if self.is_trying { until.min(ahead(now, SECOND)) } else { until })
    }

    /// The provider did not process a post: everybody waits. Whoever posted before the others
    /// learned of it adds nothing. Costs no attempt of anybody.
    pub fn strike(&mut self, wait: SignedDuration, now: Timestamp) {
        if self.held(now).is_some() && !self.is_trying {
            return;
        }
        self.strikes = (self.strikes + 1).min(STRIKES_MAX);
        self.is_trying = false;
        self.held_until = Some(ahead(now, wait.min(limits::HOLD_MAX)));
    }

    /// The provider processed a post. One strike is forgiven at a time: after an outage the first
    /// texts go out one by one. Says whether that changed anything.
    pub fn relieve(&mut self) -> bool {
        // What was posted before the first strike says nothing about now.
        if !self.is_trying {
            return false;
        }
        self.strikes = self.strikes.saturating_sub(1);
        (self.held_until, self.is_trying) = (None, false);
        true
    }

    /// Whether more texts came lately than there were turns, so that a line is kept.
    pub fn is_crowded(&self, now: Timestamp) -> bool {
        self.lined_up_at.is_some_and(|at| {
            at > back(now, limits::LINE_COUNTS_FOR) && at <= ahead(now, limits::CLOCK_SKEW_MAX * 2)
        })
    }

    /// How fast a line moves: slowly while the provider is being tried.
    pub fn line_rate(&self, rate: Option<Rate>) -> Option<Rate> {
        if self.strikes > 0 { Some(Rate::LEAST) } else { rate }
    }
}
