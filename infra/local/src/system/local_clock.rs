//! The clock that a person may move, remembered over restarts: what is stored happened by it, and
//! time does not go back.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use adapters_embedded::clock::{ControlledClock, SystemClock};
use app::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

/// A difference to the real time that nobody made on purpose.
const SLACK: SignedDuration = SignedDuration::from_secs(1);

/// A controlled clock with a file that remembers how far it was moved.
#[derive(Clone)]
pub struct LocalClock {
    /// The clock.
    pub clock: ControlledClock,
    file: Option<PathBuf>,
}

impl LocalClock {
    /// The real time, or what the file says the clock showed last, if that is later. Without a
    /// file it cannot be moved over a restart, and a system with real texts has none.
    pub fn open(file: Option<PathBuf>) -> Self {
        let clock = ControlledClock::new(Arc::new(SystemClock));
        let text = file.as_ref().and_then(|file| fs::read_to_string(file).ok());
        let shown = text.and_then(|text| text.trim().parse::<Timestamp>().ok());
        if let Some(shown) = shown {
            clock.jump_to(shown);
        }
        Self { clock, file }
    }

    /// A clock that somebody else moves, and that nobody remembers.
    pub fn following(clock: ControlledClock) -> Self {
        Self { clock, file: None }
    }

    /// Remembers what the clock shows, if it is not simply the real time.
    pub fn remember(&self) {
        let (Some(file), shown) = (&self.file, self.clock.now()) else { return };
        if SystemClock.now().duration_until(shown) <= SLACK {
            return;
        }
        if let Err(error) = fs::write(file, format!("{shown}\n")) {
            warn!("Could not remember the clock: {error}");
        }
    }
}
