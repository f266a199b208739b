//! What tests say of texts, instants and people.

use adapters_embedded::sms_sandbox::SandboxText;
use domain::ids::UserId;
use domain::reminder::Reminder;
use jiff::Timestamp;

/// A text as it reached a phone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// When the provider took it.
    pub at: Timestamp,
    /// To which number.
    pub to: String,
    /// The words.
    pub body: String,
}

impl Text {
    pub(super) fn of(text: &SandboxText) -> Self {
        Self { at: text.created_at, to: text.to.clone(), body: text.body.clone() }
    }
}

/// `title state[.reason] send_at`.
pub fn outcome(row: &Reminder) -> String {
    let reason = row.state.reason().map_or(String::new(), |reason| format!(".{reason}"));
    format!("{} {}{reason} {}", row.facts.title, row.state.name(), row.send_at)
}

/// An instant as tests write it.
pub fn instant(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| panic!("{text} is an instant such as 2026-11-24T10:00:00Z"))
}

/// A user's id.
pub fn user_id(id: &str) -> UserId {
    UserId::parse(id).expect("a test names a user")
}
