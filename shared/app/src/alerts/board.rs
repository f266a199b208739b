//! The board: how every rule stands, and its incidents with what was told of them.

use std::sync::Arc;

use domain::alerts::Standing;
use domain::alerts::digest::DigestCourse;
use jiff::Timestamp;

use super::AlertError;
use super::heartbeat::{MONITOR, last_beat};
use crate::ports::{Control, Document, StoreError};
use crate::records::{self, AlertsV1, BadRecord};

/// The kind of the documents about alerts.
pub(super) const KIND: &str = "alerts";

/// The name of the board.
const BOARD: &str = "board";

/// How often a change is tried while others write.
const TRIES_MAX: usize = 20;

/// All that is known of alerts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Board {
    /// The version of the document; none was stored at 0.
    pub version: u64,
    /// When the monitor last looked. What it found then says nothing of a time much later. It is
    /// a heartbeat beside the board, which so is written only when something changed.
    pub looked_at: Option<Timestamp>,
    /// How every rule stands.
    pub standings: Vec<Standing>,
    /// The last summary of a day, and what became of it.
    pub digest: Option<DigestCourse>,
}

impl Board {
    /// Whether anything is to be told now.
    pub(super) fn has_due_notice(&self, now: Timestamp) -> bool {
        let mut incidents = self.standings.iter().flat_map(|standing| &standing.incidents);
        incidents.any(|incident| incident.due_notice(now).is_some())
    }
}

/// The board as it is.
///
/// # Errors
/// [`StoreError`].
pub async fn board(control: &dyn Control) -> Result<Board, StoreError> {
    let mut board = stored(control).await?;
    board.looked_at = board.looked_at.max(last_beat(control, MONITOR).await?);
    Ok(board)
}

async fn stored(control: &dyn Control) -> Result<Board, StoreError> {
    let (board, version) = shared(control).await?;
    Ok(Board { version, ..Arc::unwrap_or_clone(board) })
}

/// The board as it is stored, without its version, and that beside it.
async fn shared(control: &dyn Control) -> Result<(Arc<Board>, u64), StoreError> {
    let Some(document) = control.document(KIND, BOARD).await? else {
        return Ok((Arc::default(), 0));
    };
    let board = records::shared_in::<AlertsV1>(&document).map_err(unreadable)?;
    Ok((board, document.version))
}

/// Changes the board, from what is stored then: `make` may be called again. A change that changes
/// nothing writes nothing.
pub(super) async fn change<T>(
    control: &dyn Control,
    make: impl Fn(&mut Board) -> T,
) -> Result<T, AlertError> {
    for _ in 0..TRIES_MAX {
        // Nearly always nothing changes, so no more is copied than what may.
        let (before, version) = shared(control).await?;
        let mut after = Board::clone(&before);
        let made = make(&mut after);
        if after == *before {
            return Ok(made);
        }
        let body = records::to_json::<AlertsV1>(&after).map_err(unreadable)?;
        let document = Document::new(version + 1, body);
        if control.put_document(KIND, BOARD, &document).await? {
            return Ok(made);
        }
    }
    Err(AlertError::Restless)
}

pub(super) fn unreadable(bad: BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write the alerts", what: bad.to_string() }
}
