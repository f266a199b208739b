//! What the run is told on its command line, and its dice.

use std::fmt;
use std::str::FromStr;

use adapters_embedded::dice::SeededDice;
use app::ports::Dice as _;
use jiff::{SignedDuration, Timestamp};

use crate::Failed;

/// How the run goes.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) kills: u32,
    pub(crate) users: usize,
    /// Events of each user.
    pub(crate) events: usize,
    /// How long it takes until the last reminder is due after the first.
    pub(crate) spread: SignedDuration,
    /// Per cent of create requests whose answer is lost, after or before the text was taken.
    pub(crate) lost: u64,
    /// Milliseconds that each answer of the provider is on its way.
    pub(crate) answer_after: u32,
    pub(crate) seed: u64,
    /// Whether the provider is the sandbox in the system's own process, killed with it.
    pub(crate) is_own_sandbox: bool,
    /// Whether the folder with everything stays.
    pub(crate) keeps: bool,
}

impl Settings {
    pub(crate) fn read(
        words: impl IntoIterator<Item = String>,
        now: Timestamp,
    ) -> Result<Self, Failed> {
        let mut settings = Self {
            kills: 20,
            users: 200,
            events: 10,
            spread: SignedDuration::from_secs(45),
            lost: 5,
            answer_after: 0,
            seed: now.as_microsecond().unsigned_abs() % 1_000_000,
            is_own_sandbox: false,
            keeps: false,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--keep" => settings.keeps = true,
                "--own-sandbox" => settings.is_own_sandbox = true,
                _ => settings.set(&word, &mut words)?,
            }
        }
        if settings.users > 9_000 || settings.events > 50 {
            return Err("at most 9000 users with 50 events each: they have one number each, and \
                        50 texts a day"
                .into());
        }
        if settings.is_own_sandbox {
            // Nobody outside reaches its scripts.
            settings.lost = 0;
        }
        Ok(settings)
    }

    fn set(&mut self, word: &str, words: &mut impl Iterator<Item = String>) -> Result<(), Failed> {
        let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
        match word {
            "--kills" => self.kills = number(word, &value)?,
            "--users" => self.users = number(word, &value)?,
            "--events" => self.events = number(word, &value)?,
            "--spread" => self.spread = SignedDuration::from_secs(number(word, &value)?),
            "--lost" => self.lost = number(word, &value)?,
            "--answer-after" => self.answer_after = number(word, &value)?,
            "--seed" => self.seed = number(word, &value)?,
            _ => return Err(format!("{word} is not known").into()),
        }
        Ok(())
    }
}

fn number<T: FromStr>(word: &str, value: &str) -> Result<T, Failed> {
    value.parse().map_err(|_| format!("{word} needs a number, not {value}").into())
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, users, events, spread, lost, answer_after, seed, .. } = self;
        let sandbox = if self.is_own_sandbox { ", its own sandbox killed with it" } else { "" };
        write!(
            f,
            "{kills} kills, {users} users with {events} reminders each within {} s, {lost} % of \
             answers lost, each {answer_after} ms on its way{sandbox}; --seed {seed}",
            spread.as_secs()
        )
    }
}

/// Random numbers from a seed.
pub(crate) struct Draw(SeededDice);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(SeededDice::new(seed))
    }

    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        let number = u64::from_le_bytes(std::array::from_fn(|_| self.0.byte()));
        number % bound.max(1)
    }
}
