//! Bugs that a person filed because the rollout must not go on with them.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::progress::unreadable;
use super::{Author, ChangeError};
use crate::ports::{Control, Document, StoreError};
use crate::records::{self, BugV1};

/// The kind of the documents, each named by its number.
const KIND: &str = "rollout_bug";

/// Documents read at a time.
const PAGE: usize = 100;

/// How often a number is looked for while others file.
const TRIES_MAX: usize = 20;

/// Something that is wrong, and blocks the rollout until it is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bug {
    /// Its number, from 1.
    pub number: u64,
    /// What is wrong, by whom, since when.
    pub filed: Word,
    /// Why it blocks no more, by whom, since when.
    pub closed: Option<Word>,
}

/// What somebody said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Who.
    pub by: String,
    /// What.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

impl From<Author> for Word {
    fn from(Author { by, reason, at }: Author) -> Self {
        Self { by, what: reason, at }
    }
}

/// Every bug, in the order in which they were filed.
///
/// # Errors
/// [`StoreError`].
pub async fn bugs(control: &dyn Control) -> Result<Vec<Bug>, StoreError> {
    let mut all: Vec<Bug> = Vec::new();
    loop {
        let after = all.last().map(|bug| name(bug.number));
        let page = control.documents(KIND, after.as_deref(), PAGE).await?;
        let is_last = page.len() < PAGE;
        for (_, document) in page {
            all.push(records::in_document::<BugV1>(&document).map_err(unreadable)?);
        }
        if is_last {
            return Ok(all);
        }
    }
}

/// Files a bug. The gate of no stage passes until it is closed.
///
/// # Errors
/// [`ChangeError`]; nothing was filed then.
pub async fn file(control: &dyn Control, author: Author) -> Result<Bug, ChangeError> {
    let filed = Word::from(author);
    for _ in 0..TRIES_MAX {
        let number = bugs(control).await?.last().map_or(1, |last| last.number + 1);
        let bug = Bug { number, filed: filed.clone(), closed: None };
        if write(control, &bug, 1).await? {
            return Ok(bug);
        }
    }
    Err(ChangeError::Restless)
}

/// Closes a bug. Closing it again changes nothing.
///
/// # Errors
/// [`ChangeError`], among them that there is no such bug.
pub async fn close(control: &dyn Control, number: u64, author: Author) -> Result<Bug, ChangeError> {
    let Some(document) = control.document(KIND, &name(number)).await? else {
        return Err(ChangeError::NoBug(number));
    };
    let mut bug = records::in_document::<BugV1>(&document).map_err(unreadable)?;
    if bug.closed.is_some() {
        return Ok(bug);
    }
    bug.closed = Some(author.into());
    if write(control, &bug, document.version + 1).await? {
        Ok(bug)
    } else {
        Err(ChangeError::Restless)
    }
}

async fn write(control: &dyn Control, bug: &Bug, version: u64) -> Result<bool, StoreError> {
    let body = records::to_json::<BugV1>(bug).map_err(unreadable)?;
    control.put_document(KIND, &name(bug.number), &Document::new(version, body)).await
}

/// Twenty digits: names are read in the order of text.
fn name(number: u64) -> String {
    format!("{number:020}")
}
