//! Writes that are made once, however often they are asked for: whoever names a request by a key
//! is answered the same for a day, as the first time.
//!
//! What is kept of an answer may be about people, so it is sealed twice: by the deployment's key,
//! and by the key of the request, which is stored nowhere. Whoever holds the store cannot read it,
//! and after a day it is gone.

use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::warn;

use crate::causes::in_full;
use crate::ports::{Control, Document, StoreError};
use crate::records::{self, BadRecord, OnceV1};
use crate::seals::{Sealed, Seals};

/// The kind of the documents.
const KIND: &str = "once";

/// How long an answer is repeated.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long a request may take before another with its key may be made: longer than a gateway
/// waits, and than a function runs.
pub const UNDER_WAY_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Bytes of an answer that are kept; an item of the store holds 400 KB.
pub const ANSWER_BYTES_MAX: usize = 128 * 1024;

/// What is known of the request with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The version of the document.
    pub version: u64,
    /// What was asked, as a hash.
    pub request: String,
    /// When it is forgotten.
    pub until: Timestamp,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a request has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// It is being made since then.
    UnderWay(Timestamp),
    /// It came to nothing, and may be made again.
    Free,
    /// It was made. Its answer, if it could be kept.
    Done(Option<Sealed>),
}

/// An answer, as it was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Names and values of the headers that belong to it.
    pub headers: Vec<(String, String)>,
    /// What it says.
    pub body: String,
}

/// What becomes of a request.
pub enum Begin {
    /// It is to be made, and then told how it went.
    Make(Ticket),
    /// It was made before, and this was the answer.
    Repeat(Answer),
    /// It was made before, and its answer was not kept.
    MadeBefore,
    /// Another with this key is under way.
    UnderWay,
    /// The key was used for another request.
    OtherRequest,
}

/// A request that is being made.
pub struct Ticket {
    name: String,
    once: Once,
    key: Seals,
}

/// Begins a request of `caller` with a key. `request` is a hash of all that was asked.
///
/// # Errors
/// [`StoreError`].
pub async fn begin(
    control: &dyn Control,
    seals: &Seals,
    (caller, key): (&str, &str),
    request: String,
    now: Timestamp,
) -> Result<Begin, StoreError> {
    let name = hex(&Sha256::digest(format!("{caller}\0{key}")));
    let key = Seals::new(format!("{caller}\0{key}").as_bytes(), &[]);
    let document = control.document(KIND, &name).await?;
    let before = document.as_ref().map(read).transpose()?;
    let version = before.as_ref().map_or(0, |before| before.version);
    if let Some(before) = before.filter(|before| now < before.until) {
        if before.request != request {
            return Ok(Begin::OtherRequest);
        }
        match before.stage {
            Stage::Done(None) => return Ok(Begin::MadeBefore),
            Stage::Done(Some(sealed)) => {
                let answer = opened(seals, &key, &name, &sealed);
                return Ok(answer.map_or(Begin::MadeBefore, Begin::Repeat));
            }
            Stage::UnderWay(since) if now < ahead(since, UNDER_WAY_FOR) => {
                return Ok(Begin::UnderWay);
            }
            Stage::UnderWay(_) | Stage::Free => {}
        }
    }
    let stage = Stage::UnderWay(now);
    let once = Once { version: version + 1, request, until: ahead(now, KEPT_FOR), stage };
    if write(control, &name, &once, now).await? {
        Ok(Begin::Make(Ticket { name, once, key }))
    } else {
        Ok(Begin::UnderWay)
    }
}

/// How a request went.
pub enum Made {
    /// It came to nothing: it may be made again.
    Nothing,
    /// It was made; its answer is kept if it is given and not too long.
    Answered(Option<Answer>),
}

/// Notes how a request went. If that cannot be written, the request may be made again later, as
/// after a kill.
pub async fn finish(
    control: &dyn Control,
    seals: &Seals,
    ticket: Ticket,
    made: Made,
    now: Timestamp,
) {
    let Ticket { name, mut once, key } = ticket;
    once.version += 1;
    once.stage = match made {
        Made::Nothing => Stage::Free,
        Made::Answered(answer) => {
            Stage::Done(answer.and_then(|answer| sealed(seals, &key, &name, &answer)))
        }
    };
    match write(control, &name, &once, now).await {
        Ok(true) => {}
        Ok(false) => warn!("Another request with the same key was made meanwhile"),
        Err(failed) => {
            warn!(error = in_full(&failed), "Could not note how a request went");
        }
    }
}

fn sealed(seals: &Seals, key: &Seals, name: &str, answer: &Answer) -> Option<Sealed> {
    if answer.body.len() > ANSWER_BYTES_MAX {
        return None;
    }
    let text = serde_json::to_string(answer).ok()?;
    let inner = key.seal(&[KIND, name], &text).ok()?;
    seals.seal(&[KIND, name], inner.as_str()).ok()
}

fn opened(seals: &Seals, key: &Seals, name: &str, sealed: &Sealed) -> Option<Answer> {
    let inner = seals.open(&[KIND, name], sealed).ok()?;
    let text = key.open(&[KIND, name], &Sealed::from_store(inner)).ok()?;
    serde_json::from_str(&text).ok()
}

async fn write(
    control: &dyn Control,
    name: &str,
    once: &Once,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let body = records::to_json::<OnceV1>(once).map_err(unreadable)?;
    let document = Document::new(once.version, body);
    control.put_passing_document(KIND, name, &document, (now, once.until)).await
}

fn read(document: &Document) -> Result<Once, StoreError> {
    let once = records::in_document::<OnceV1>(document).map_err(unreadable)?;
    Ok(Once { version: document.version, ..once })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unreadable(bad: BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write a kept answer", what: bad.to_string() }
}
