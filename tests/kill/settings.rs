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
    pub(crate) seed: u64,
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
            spread: SignedDuration::from_secs(60),
            lost: 5,
            seed: now.as_microsecond().unsigned_abs() % 1_000_000,
            keeps: false,
        };
        let mut words = words.into_iter();
        while let Some(word) = words.next() {
            if word == "--keep" {
                settings.keeps = true;
                continue;
            }
            let value = words.next().ok_or_else(|| format!("{word} needs a number"))?;
            match word.as_str() {
                "--kills" => settings.kills = number(&word, &value)?,
                "--users" => settings.users = number(&word, &value)?,
                "--events" => settings.events = number(&word, &value)?,
                "--spread" => {
                    settings.spread = SignedDuration::from_secs(number(&word, &value)?);
                }
                "--lost" => settings.lost = number(&word, &value)?,
                "--seed" => settings.seed = number(&word, &value)?,
                _ => return Err(format!("{word} is not known").into()),
            }
        }
        if settings.users > 9_000 || settings.events > 50 {
            return Err("at most 9000 users with 50 events each: they have one number each, and \
                        50 texts a day"
                .into());
        }
        Ok(settings)
    }
}

fn number<T: FromStr>(word: &str, value: &str) -> Result<T, Failed> {
    value.parse().map_err(|_| format!("{word} needs a number, not {value}").into())
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, users, events, spread, lost, seed, .. } = self;
        write!(
            f,
            "{kills} kills, {users} users with {events} reminders each within {} s, {lost} % of \
             answers lost; --seed {seed}",
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
