//! What the sandbox is told when it is made.

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// The settings of one sandbox. [`SandboxConfig::default`] is a working account for a laptop; its
/// token guards nothing, as the sandbox sends no text to anybody.
#[derive(Debug, Clone)]
pub struct SandboxConfig {
    /// The account that requests are made for: `AC` and 32 hexadecimal digits.
    pub account_sid: String,
    /// The account's secret. It opens the API (with the account's sid as the user) and signs every
    /// webhook.
    pub auth_token: String,
    /// API keys, each as sid (`SK...`) and secret; they open the API but sign nothing.
    pub api_keys: Vec<(String, String)>,
    /// The numbers of the account. When empty, every well-formed `From` is taken.
    pub senders: Vec<String>,
    /// Messaging services that may be named instead of `From`.
    pub messaging_services: Vec<MessagingService>,
    /// The service of Verify that makes codes: `VA` and 32 hexadecimal digits.
    pub verify_service: String,
    /// Where inbound texts are posted; `None` drops them after the opt-out words were handled.
    pub inbound_url: Option<String>,
    /// Who answers STOP, START and HELP.
    pub opt_out: OptOutHandling,
    /// How long a text takes from one status to the next, unless a script says otherwise.
    pub delays: Delays,
    /// Whether status callbacks are posted at all. Benchmarks turn them off.
    pub callbacks: bool,
    /// The wait before a failed callback is tried again.
    pub callback_retry_wait: SignedDuration,
    /// How many callbacks are under way at once within one `run_due`. With 1 everything happens in
    /// one fixed order, which simulations need; a live process takes more.
    pub callbacks_at_once: usize,
    /// How long after its creation a text shows up in the list.
    pub list_lag: SignedDuration,
    /// How many texts are kept; the oldest are dropped beyond, and counted.
    pub texts_max: usize,
    /// The seed of all sids. A process that keeps its store over a restart, but not the sandbox's
    /// journal, needs another seed each time, or sids come twice. With the journal they never do.
    pub seed: u64,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            account_sid: "AC00000000000000000000000000005a4d".to_owned(),
            auth_token: "sandbox".to_owned(),
            api_keys: Vec::new(),
            senders: Vec::new(),
            messaging_services: Vec::new(),
            verify_service: "VA00000000000000000000000000005a4d".to_owned(),
            inbound_url: None,
            opt_out: OptOutHandling::Provider,
            delays: Delays::default(),
            callbacks: true,
            callback_retry_wait: SignedDuration::from_secs(1),
            callbacks_at_once: 1,
            list_lag: SignedDuration::ZERO,
            texts_max: 100_000,
            seed: 0,
        }
    }
}

impl SandboxConfig {
    /// The number that a messaging service sends from.
    pub(super) fn service_sender(&self, sid: Option<&str>) -> Option<String> {
        let mut services = self.messaging_services.iter();
        services.find(|service| Some(service.sid.as_str()) == sid).map(|found| found.sender.clone())
    }
}

/// A pool of senders under one sid, here of one number.
#[derive(Debug, Clone)]
pub struct MessagingService {
    /// `MG` and 32 hexadecimal digits.
    pub sid: String,
    /// The number its texts come from.
    pub sender: String,
}

/// Who handles the opt-out words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptOutHandling {
    /// Twilio's default: it answers by itself, refuses later texts to the number with 21610 until
    /// START, and passes the inbound text on all the same.
    Provider,
    /// As `Provider`, and the webhook carries `OptOutType` (Twilio's Advanced Opt-Out).
    ProviderAdvanced,
    /// Switched off: inbound texts are passed on and nothing else happens.
    Off,
}

/// How long a text takes from each status to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Delays {
    /// From `accepted` to `queued`; only with a messaging service.
    pub queued: SignedDuration,
    /// From `queued` to `sending`: the time in the queue, which `ValidityPeriod` limits.
    pub sending: SignedDuration,
    /// From `sending` to `sent`, or to `failed`.
    pub sent: SignedDuration,
    /// From `sent` to `delivered` or `undelivered`.
    pub ended: SignedDuration,
}

impl Delays {
    /// Every status at the instant of creation.
    pub const NONE: Self = Self {
        queued: SignedDuration::ZERO,
        sending: SignedDuration::ZERO,
        sent: SignedDuration::ZERO,
        ended: SignedDuration::ZERO,
    };
}

impl Default for Delays {
    /// About a second in all, so that somebody who watches sees each status.
    fn default() -> Self {
        Self {
            queued: SignedDuration::from_millis(50),
            sending: SignedDuration::from_millis(100),
            sent: SignedDuration::from_millis(250),
            ended: SignedDuration::from_millis(600),
        }
    }
}
