//! People sign up by themselves: they enter their number and agree to texts on a page, are asked by
//! one text whether it was they, and are users from the moment they confirm (double opt-in).
//!
//! Whoever enters a number need not be who holds it. So entering one stores nothing and is answered
//! the same whatever is known of the number: all that follows is decided where texts are sent. What
//! waits for an answer lies under the keyed hash of the number, holds neither the number nor a
//! name, and is gone three days later.

mod confirm;
mod invite;

use std::sync::Arc;

use domain::ids::UserId;
use domain::phone::PhoneNumber;
use domain::texts::Locale;
use domain::time::ZoneName;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::jobs::OptInJob;
use crate::ports::{Control, Document, OptInQueue, PhoneKey, QueueError, StoreError};
use crate::records::{self, BadRecord, SignUpV1};
use crate::seals::{Sealed, Seals};

pub use confirm::{Confirming, confirm};
pub use invite::{Invited, OptIns, invite};

/// The kind of the documents, and the place that jobs are sealed for.
const KIND: &str = "sign-up";

/// Characters of a user's id after its prefix.
const ID_HEX: usize = 16;

/// What somebody entered on the sign-up page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entered {
    /// Where texts shall go.
    pub phone: PhoneNumber,
    /// The zone they live by.
    pub zone: ZoneName,
    /// Language and clock habit.
    pub locale: Locale,
    /// What they agreed to.
    pub agreement: Agreement,
}

/// What somebody agreed to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// When.
    pub at: Timestamp,
    /// The version of the words.
    pub version: String,
    /// The words, in the language in which they were read.
    pub words: String,
}

/// A sign-up that waits to be confirmed, or was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignUp {
    /// The version of the document.
    pub version: u64,
    /// When the opt-in text was claimed: at most one goes out.
    pub texted_at: Timestamp,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a sign-up has come. Only what waits says anything of a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The text went out, or may have.
    Asked(Box<Waiting>),
    /// The text certainly did not go out: another may.
    NotSent,
    /// The owner of the number confirmed.
    Confirmed,
}

/// Who waits to be confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// Who they will be.
    pub user: UserId,
    /// The zone they live by.
    pub zone: ZoneName,
    /// Language and clock habit.
    pub locale: Locale,
    /// What they agreed to.
    pub agreement: Agreement,
}

/// What signing up needs.
#[derive(Clone)]
pub struct AskPorts {
    /// Where opt-in texts are asked for.
    pub queue: Arc<dyn OptInQueue>,
    /// Seals the number on its way.
    pub seals: Seals,
}

/// Sees to it that the owner of a number is asked. Nothing is looked up, so that neither the answer
/// nor the time it takes tells anything of the number.
///
/// # Errors
/// [`QueueError`]; nobody is asked then.
pub async fn ask(ports: &AskPorts, entered: &Entered) -> Result<(), QueueError> {
    let failed = |source| QueueError { operation: "ask for an opt-in text", source };
    let text = serde_json::to_string(entered).map_err(|bad| failed(bad.into()))?;
    let sealed = ports.seals.seal(&[KIND], &text).map_err(|bad| failed(bad.into()))?;
    let job = OptInJob { asked_at: entered.agreement.at, sealed };
    ports.queue.enqueue_opt_in(&job, SignedDuration::ZERO).await
}

/// What a job's seal holds, if it is one of ours.
fn opened(seals: &Seals, sealed: &Sealed) -> Option<Entered> {
    let text = seals.open(&[KIND], sealed).ok()?;
    serde_json::from_str(&text).ok()
}

/// Who somebody will be. Named after number and instant, so that a sign-up that is confirmed twice
/// makes one user, and whoever has the number later is another one.
fn user_of(key: &PhoneKey, agreement: &Agreement) -> Option<UserId> {
    let digest = Sha256::digest(format!("{}\0{}", key.as_str(), agreement.at));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    UserId::parse(&format!("p-{}", hex.get(..ID_HEX)?)).ok()
}

async fn stored(control: &dyn Control, key: &PhoneKey) -> Result<Option<SignUp>, StoreError> {
    let Some(document) = control.document(KIND, key.as_str()).await? else { return Ok(None) };
    let sign_up = records::in_document::<SignUpV1>(&document).map_err(unreadable)?;
    Ok(Some(SignUp { version: document.version, ..sign_up }))
}

/// Writes a sign-up whose stored version is one less; false if others wrote it.
async fn write(
    control: &dyn Control,
    key: &PhoneKey,
    sign_up: &SignUp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let body = records::to_json::<SignUpV1>(sign_up).map_err(unreadable)?;
    let document = Document::new(sign_up.version, body);
    let times = (now, domain::time::ahead(sign_up.texted_at, domain::limits::SIGN_UP_FOR));
    control.put_passing_document(KIND, key.as_str(), &document, times).await
}

fn unreadable(bad: BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write a sign-up", what: bad.to_string() }
}
