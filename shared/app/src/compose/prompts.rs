//! Versions of the prompt: data that is added and never changed, the first one built in.

use domain::limits;
use jiff::Timestamp;

use super::prompt::{BUILT_IN, EXAMPLES, PLACES, Prompt, built_in};
use crate::ports::{Control, Document, StoreError};
use crate::records::{self, PromptV1};
use crate::rollout::Author;

/// The kind of the documents, each named by its version.
const KIND: &str = "prompt";

/// How often a version is added while others add theirs.
const TRIES_MAX: usize = 20;

/// A version of the prompt, and where it came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// The version.
    pub version: u32,
    /// The text, with places.
    pub text: String,
    /// Who added it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When; none for the one that is built in.
    pub created_at: Option<Timestamp>,
}

/// A prompt that is not kept.
#[derive(Debug, thiserror::Error)]
pub enum PromptError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Its text cannot be used.
    #[error(transparent)]
    Bad(#[from] BadPrompt),
    /// There are too many.
    #[error("{max} versions of the prompt are kept, which is the most", max = limits::PROMPTS_MAX)]
    Full,
}

/// A text that is no prompt.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadPrompt {
    /// Too long, or empty.
    #[error("a prompt has 1 to {max} characters, not {count}", max = limits::PROMPT_CHARS_MAX)]
    Length {
        /// How many it has.
        count: usize,
    },
    /// A place is missing: without it, what models write would be refused.
    #[error("the prompt lacks the place {place}: it needs {all}", all = PLACES.join(", "))]
    Lacks {
        /// Which.
        place: &'static str,
    },
    /// A place that nothing is put into.
    #[error("the prompt has the place {place:?}, which nothing is put into; there are {all}",
        all = PLACES.join(", "))]
    Unknown {
        /// Which.
        place: String,
    },
}

/// Whether a text can be a prompt.
///
/// # Errors
/// [`BadPrompt`], the first that applies.
pub fn check(text: &str) -> Result<(), BadPrompt> {
    let count = text.chars().count();
    if text.trim().is_empty() || count > limits::PROMPT_CHARS_MAX {
        return Err(BadPrompt::Length { count });
    }
    if let Some(place) = PLACES.into_iter().find(|place| !text.contains(place)) {
        return Err(BadPrompt::Lacks { place });
    }
    let rest = text.replace(EXAMPLES, "");
    let rest = PLACES.iter().fold(rest, |text, place| text.replace(place, ""));
    match rest.find(['{', '}']) {
        None => Ok(()),
        Some(at) => Err(BadPrompt::Unknown { place: rest[at..].chars().take(20).collect() }),
    }
}

/// A version; none if it was never added.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn version(control: &dyn Control, version: u32) -> Result<Option<Prompt>, StoreError> {
    if version == BUILT_IN {
        return Ok(Some(built_in()));
    }
    let document = control.document(KIND, &name_of(version)).await?;
    let kept = document.map(|document| read(&document)).transpose()?;
    Ok(kept.map(|kept| Prompt { version, text: kept.text.into() }))
}

/// All versions, the built-in one first.
///
/// # Errors
/// [`StoreError`] if the store does not answer.
pub async fn all(control: &dyn Control) -> Result<Vec<Kept>, StoreError> {
    let first = built_in();
    let first = Kept {
        version: first.version,
        text: first.text.into_owned(),
        by: "beforehand".to_owned(),
        reason: "built in".to_owned(),
        created_at: None,
    };
    let added = control.documents(KIND, None, limits::PROMPTS_MAX).await?;
    let added = added.into_iter().map(|(_, document)| read(&document));
    std::iter::once(Ok(first)).chain(added).collect()
}

/// Adds a version. Nobody is asked with it until an arm or the label `production` names it.
///
/// # Errors
/// [`PromptError`] if its text is no prompt, or the store does not answer.
pub async fn add(control: &dyn Control, text: &str, author: &Author) -> Result<Kept, PromptError> {
    check(text)?;
    for _ in 0..TRIES_MAX {
        let known = all(control).await?;
        if known.len() >= limits::PROMPTS_MAX {
            return Err(PromptError::Full);
        }
        let last = known.iter().map(|kept| kept.version).max().unwrap_or(BUILT_IN);
        let Author { by, reason, at } = author.clone();
        let (version, text) = (last + 1, text.to_owned());
        let kept = Kept { version, text, by, reason, created_at: Some(at) };
        let body = records::to_json::<PromptV1>(&kept).map_err(unreadable)?;
        if control.put_document(KIND, &name_of(version), &Document::new(1, body)).await? {
            return Ok(kept);
        }
    }
    let source = "others keep adding versions".into();
    Err(StoreError::Transient { operation: "add a prompt", source }.into())
}

/// Names are read in the order of text.
fn name_of(version: u32) -> String {
    format!("{version:010}")
}

fn read(document: &Document) -> Result<Kept, StoreError> {
    records::in_document::<PromptV1>(document).map_err(unreadable)
}

fn unreadable(bad: records::BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write a prompt", what: bad.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_04_a_prompt_has_every_place_and_no_other() {
        let good = built_in().text.into_owned();
        assert_eq!(check(&good), Ok(()));
        assert_eq!(check(" "), Err(BadPrompt::Length { count: 1 }));
        let lacks = check(&good.replace("{time}", "noon"));
        assert_eq!(lacks, Err(BadPrompt::Lacks { place: "{time}" }));
        let unknown = check(&format!("{good} {{title}}")).unwrap_err();
        assert!(unknown.to_string().contains("\"{title}\""), "{unknown}");
    }
}
