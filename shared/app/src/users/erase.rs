//! Erasing a person: everything about them goes, what is queued for them included.

use std::sync::Arc;

use domain::figures::EDITION;
use domain::ids::UserId;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::civil::Date;
use tracing::info;

use crate::fold::{LAST, counted_once};
use crate::ports::{Contribution, Erasure, Metrics, Reminders, StoreError};

/// Reminders taken out of the counters at once.
const AT_ONCE: usize = 8;

/// What erasing needs.
#[derive(Clone)]
pub struct ErasePorts {
    /// What removes.
    pub erasure: Arc<dyn Erasure>,
    /// Their reminders.
    pub reminders: Arc<dyn Reminders>,
    /// The counters, which say what the reminders themselves say.
    pub metrics: Arc<dyn Metrics>,
}

/// Erases a user. Returns how many items went; none if there was nothing of them.
///
/// The user goes first: from then on nothing of theirs can be claimed, planned or changed, so a job
/// that is queued finds nobody. What is cut short is completed by erasing again.
///
/// # Errors
/// [`StoreError`], if something is left; erase again.
pub async fn erase_user(ports: &ErasePorts, user: &UserId) -> Result<Option<usize>, StoreError> {
    let was_there = ports.erasure.remove_user(user).await?;
    uncount(ports, user).await?;
    let removed = ports.erasure.remove_remains(user).await? + usize::from(was_there);
    if removed == 0 {
        return Ok(None);
    }
    info!(user.id = %user, items = removed, "Erased user {user}: {removed} items");
    Ok(Some(removed))
}

/// Takes their reminders out of what is counted of everybody.
async fn uncount(ports: &ErasePorts, user: &UserId) -> Result<(), StoreError> {
    let rows = ports.reminders.reminders_between(user, Date::MIN, Date::MAX).await?;
    stream::iter(rows)
        .map(|row| async move {
            let (on, counts) = (row.day_on, Vec::new());
            let nothing = Contribution { on, counts, globally: None, edition: EDITION };
            // No later change of the row counts any more.
            let once = counted_once(&row).into_iter().map(|once| once.id);
            for id in once.chain([row.id]) {
                ports.metrics.replace_contribution(user, id, LAST, &nothing).await?;
            }
            Ok(())
        })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|()| async { Ok(()) })
        .await
}
