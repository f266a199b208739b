//! Writing what a look found.

use super::SyncPorts;
use crate::ports::{Connection, StoreError};

/// How often it is written while pushes come in.
const TRIES_MAX: usize = 20;

/// What became of a write.
pub(super) enum Written {
    /// It is stored.
    Done,
    /// Another look, or somebody who connected the calendar anew, was first.
    Overtaken,
    /// The calendar is not connected any more.
    Gone,
}

/// Writes what a look changes, if nobody else changed more than that another look is wanted: a push
/// that came while we looked takes nothing away from what we found.
pub(super) async fn write(
    ports: &SyncPorts,
    before: &Connection,
    change: impl Fn(&mut Connection),
) -> Result<Written, StoreError> {
    let mut base = before.clone();
    for _ in 0..TRIES_MAX {
        let mut next = base.clone();
        change(&mut next);
        next.revision += 1;
        if ports.connections.put_connection(&next).await? {
            return Ok(Written::Done);
        }
        let stored = ports.connections.connection(&before.user, &before.calendar).await?;
        let Some(stored) = stored else { return Ok(Written::Gone) };
        let (wanted_at, revision) = (before.wanted_at, before.revision);
        if (Connection { wanted_at, revision, ..stored.clone() }) != *before {
            return Ok(Written::Overtaken);
        }
        base = stored;
    }
    Ok(Written::Overtaken)
}
