//! How things are stored, whatever the store: versioned forms of their own, converted by hand to
//! and from the values of the domain.
//!
//! Every stored item carries `"v": 1`. While a deployment replaces another, old and new code read
//! each other's items: a field this code does not know is ignored, an optional one that is missing
//! takes its default. A change that old code could not live with raises the version, and code
//! meets a version it does not know with an error that says so. Stores keep what they search and
//! compare by (keys, `revision`, `due_at`, ...) beside the item, and the item is whole without it.

mod alerts;
mod api_key;
mod calendar;
mod code_count;
mod connection;
mod contribution;
mod event;
mod experiments;
mod notice;
mod once;
mod pace;
mod phone;
mod progress;
mod prompt;
mod reminder;
mod rollout;
mod run;
mod sign_up;
mod spend;
mod user;

#[cfg(test)]
mod tests;

use std::any::Any;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::ports::Document;

pub use alerts::{AlertsV1, CounterMarksV1, HeartbeatV1};
pub use api_key::ApiKeyV1;
pub use calendar::{CalendarSourceV1, CalendarV1, MirrorWindowV1};
pub use code_count::CodeCountV1;
pub use connection::{ConnectionV1, SyncProblemV1};
pub use contribution::{CountedV1, StoredContribution};
pub use event::EventV1;
pub use experiments::BoardV1;
pub use notice::NoticeV1;
pub use once::OnceV1;
pub use pace::PaceV1;
pub use phone::PhoneV1;
pub use progress::{BugV1, DecisionV1, ProgressV1};
pub use prompt::PromptV1;
pub use reminder::{AttemptV1, FactsV1, ReminderV1};
pub use rollout::RolloutV2;
pub use run::{LeftOutV1, RunRecordV1};
pub use sign_up::SignUpV1;
pub use spend::SpendV1;
pub use user::{CountingV1, PreferencesV1, UserNumberV1, UserV1};

/// The version this code writes, and the only one it reads, unless a form says otherwise.
pub const VERSION: u32 = 1;

/// A stored item that cannot be read, or a value that cannot be stored. It says where, and never
/// what stands there: items hold personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadRecord {
    /// Written by other code than this.
    #[error(
        "stored {what} has version {found}, this code reads version {newest}: \
         run the release that wrote it, or a later one"
    )]
    Version {
        /// What was read.
        what: &'static str,
        /// The version it has.
        found: u32,
        /// The newest version this code reads.
        newest: u32,
    },
    /// Not of the expected shape.
    #[error("stored {what} is malformed {place}")]
    Malformed {
        /// What was read.
        what: &'static str,
        /// Where it deviates.
        place: String,
    },
    /// A value that the stored form cannot express.
    #[error("this {what} cannot be written down {place}")]
    Unwritable {
        /// What was to be written.
        what: &'static str,
        /// Where it fails.
        place: String,
    },
}

/// The stored form of a value.
pub trait Record: Serialize + DeserializeOwned {
    /// What it is the form of.
    type Value;

    /// What it is called in errors.
    const WHAT: &'static str;

    /// The newest version this code reads; it reads all before it.
    const NEWEST: u32 = VERSION;

    /// The form of a value.
    fn of(value: &Self::Value) -> Self;

    /// The version it was written with.
    fn version(&self) -> u32;

    /// The value, if the form holds one. [`read`] looks at the version first.
    fn into_value(self) -> Result<Self::Value, BadRecord>;
}

/// The value of a stored form that a store decoded in its own way.
///
/// # Errors
/// [`BadRecord`] if its version is unknown, or what it says makes no value.
pub fn read<R: Record>(record: R) -> Result<R::Value, BadRecord> {
    let found = record.version();
    check_version::<R>(found)?;
    record.into_value()
}

/// Whether this code reads a version of a form.
///
/// # Errors
/// [`BadRecord::Version`] if it does not.
pub fn check_version<R: Record>(found: u32) -> Result<(), BadRecord> {
    let newest = R::NEWEST;
    if (1..=newest).contains(&found) {
        Ok(())
    } else {
        Err(BadRecord::Version { what: R::WHAT, found, newest })
    }
}

/// The stored form of a value, as JSON.
///
/// # Errors
/// [`BadRecord::Unwritable`], which no value of the domain is known to cause.
pub fn to_json<R: Record>(value: &R::Value) -> Result<String, BadRecord> {
    serde_json::to_string(&R::of(value))
        .map_err(|error| BadRecord::Unwritable { what: R::WHAT, place: place_of(&error) })
}

/// The value of a stored form in JSON.
///
/// # Errors
/// [`BadRecord`] if the version is unknown, or the text is not of the expected shape.
pub fn from_json<R: Record>(text: &str) -> Result<R::Value, BadRecord> {
    match serde_json::from_str::<R>(text) {
        Ok(record) => read(record),
        Err(error) => Err(explain::<R>(text, &error)),
    }
}

/// The value of the stored form in a document.
///
/// # Errors
/// As [`from_json`].
pub fn in_document<R: Record>(document: &Document) -> Result<R::Value, BadRecord>
where
    R::Value: Any + Clone + Send + Sync,
{
    shared_in::<R>(document).map(Arc::unwrap_or_clone)
}

/// The same for whoever only looks at it, which needs no copy.
///
/// # Errors
/// As [`from_json`].
pub fn shared_in<R: Record>(document: &Document) -> Result<Arc<R::Value>, BadRecord>
where
    R::Value: Any + Send + Sync,
{
    document.body.value(from_json::<R>)
}

#[derive(Deserialize)]
struct VersionOnly {
    v: u32,
}

/// A later version may well have another shape: then the version is the news, not the shape.
fn explain<R: Record>(text: &str, error: &serde_json::Error) -> BadRecord {
    let known = serde_json::from_str::<VersionOnly>(text).map(|only| check_version::<R>(only.v));
    match known {
        Ok(Err(unknown)) => unknown,
        _ => BadRecord::Malformed { what: R::WHAT, place: place_of(error) },
    }
}

/// Only the place, because the words of these errors quote what they found.
fn place_of(error: &serde_json::Error) -> String {
    use serde_json::error::Category;
    let kind = match error.classify() {
        Category::Io | Category::Syntax => "not JSON",
        Category::Eof => "cut off",
        Category::Data => "unexpected value",
    };
    format!("at column {} ({kind})", error.column())
}
