//! The `[sandbox]` table: how the phones behave that are not there.

use adapters_embedded::sms_sandbox::Delays;
use domain::pace::Rate;
use jiff::SignedDuration;

use super::document::Section;
use super::twilio::{StopReply, rate, stop_reply};

/// The longest delay that may be chosen: an hour, in milliseconds.
const DELAY_MS_MAX: i64 = 3_600_000;

/// How the SMS sandbox behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SandboxSettings {
    /// How long a text takes from one status to the next.
    pub delays: Delays,
    /// The seed of everything random in it. None: another one at each start.
    pub seed: Option<u64>,
    /// Who answers STOP, START and HELP: the sandbox, as Twilio would, or we.
    pub stop_reply: StopReply,
    /// How many texts a second it may be sent; none: all at once.
    pub rate: Option<Rate>,
}

/// Reads the table; what is wrong is noted and takes its default.
pub(super) fn read(table: &Section<'_>) -> SandboxSettings {
    let usual = Delays::default();
    let delay = |key, usual| {
        table.integer(key, 0..=DELAY_MS_MAX).map_or(usual, SignedDuration::from_millis)
    };
    let delays = Delays {
        queued: delay("queued_after_ms", usual.queued),
        sending: delay("sending_after_ms", usual.sending),
        sent: delay("sent_after_ms", usual.sent),
        ended: delay("ended_after_ms", usual.ended),
    };
    let seed = table.integer("seed", 0..=i64::MAX).and_then(|seed| seed.try_into().ok());
    let stop_reply = table.parsed("stop_reply", stop_reply).unwrap_or_default();
    SandboxSettings { delays, seed, stop_reply, rate: rate(table) }
}
