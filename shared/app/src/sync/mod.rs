//! Following connected calendars: look where they live, bring the mirror up to date, plan.
//!
//! The order makes everything safe to repeat. First the mirror is written, then the user is
//! planned, and only then the cursor moves: a crash anywhere before leaves the old cursor, and the
//! next look reads the same again, which changes nothing twice.

mod access;
mod channels;
mod connect;
mod consent;
mod parts;
mod periodic;
mod push;
mod write;

use std::sync::Arc;

use domain::syncing::{LookEnd, next_sync_at};
use jiff::Timestamp;
use tracing::{info, warn};

use self::access::opened;
pub use self::channels::silent_since;
pub use self::connect::{
    Connect, ConnectPorts, Disconnect, NewConnection, ask_for_sync, connect, disconnect,
};
pub use self::consent::{Allow, Allowed, AskConsent, Asked, allow, ask_consent};
pub use self::parts::SyncParts;
pub use self::periodic::{PeriodicError, PeriodicPorts, ask_for_due_syncs};
pub use self::push::{Heard, News, PushError, PushPorts, Pushed, hear, recognise};
use self::write::{Written, write};
use crate::causes::in_full;
use crate::jobs::SyncJob;
use crate::plan::{PlanError, PlanPorts, plan_user};
use crate::ports::{
    Access, CalendarProvider, Channels, Connection, Connections, Cursor, PullError, Pulled,
    StoreError, SyncProblem,
};
use crate::seals::Seals;
use crate::users::{PutIcs, UserPorts, put_ics, remove_calendar};

/// What a sync needs.
#[derive(Clone)]
pub struct SyncPorts {
    /// Writes the mirror.
    pub users: UserPorts,
    /// Plans.
    pub plans: PlanPorts,
    /// The connections.
    pub connections: Arc<dyn Connections>,
    /// Looks at calendars where they live.
    pub provider: Arc<dyn CalendarProvider>,
    /// Opens channels by which we are told of changes, where there are any.
    pub channels: Option<Arc<dyn Channels>>,
    /// Opens what opens them.
    pub seals: Seals,
}

/// What became of a sync.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Synced {
    /// The calendar is not connected, or not any more.
    NotConnected,
    /// A look that began after this one was asked for has answered it.
    Answered,
    /// Nothing had changed there.
    Unchanged,
    /// What had changed is in the mirror and planned.
    Changed,
    /// It was looked at in vain; the connection says why, and is tried again.
    Failed,
    /// Another look at the same calendar ended first; its word holds.
    Overtaken,
}

/// Why a sync must come again.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// Why a look led to nothing.
enum Miss {
    Pull(PullError),
    Sync(SyncError),
    /// The user is gone.
    NoUser,
}

/// Looks at one calendar, if no look has answered the job yet.
///
/// # Errors
/// [`SyncError`] if the store or a queue failed. What goes wrong at the calendar itself is no
/// error of the job: it is written down and tried again in its time.
pub async fn sync_calendar(
    ports: &SyncPorts,
    job: &SyncJob,
    now: Timestamp,
) -> Result<Synced, SyncError> {
    let stored = ports.connections.connection(&job.user, &job.calendar).await?;
    let Some(before) = stored else { return Ok(Synced::NotConnected) };
    if before.health.checked_at.is_some_and(|checked_at| checked_at > job.asked_at) {
        return Ok(Synced::Answered);
    }
    let (access, cursor, is_changed) = match look(ports, &before, now).await {
        Ok(found) => found,
        Err(Miss::Sync(error)) => return Err(error),
        Err(Miss::Pull(error)) if ports.users.users.user(&job.user).await?.is_some() => {
            return failed(ports, before, &error, now).await;
        }
        // It was connected while its user was erased.
        Err(Miss::Pull(_) | Miss::NoUser) => {
            ports.connections.remove_connection(&job.user, &job.calendar).await?;
            return Ok(Synced::NotConnected);
        }
    };
    let kept = channels::keep(ports, &before, &access, now).await?;
    let newer = ports.provider.newer(&access);
    let done = write(ports, &before, |next| {
        next.cursor = Some(cursor.clone());
        next.health.checked_at = Some(now);
        next.health.ok_at = Some(now);
        next.health.failures = 0;
        next.health.problem = None;
        next.next_sync_at = next_sync_at(now, next.every, LookEnd::Ok);
        next.channel.clone_from(&kept.channel);
        match &newer {
            Some(newer) => access::replace(&ports.seals, next, newer),
            None => access::reseal(&ports.seals, next),
        }
    });
    let done = done.await?;
    let is_written = matches!(done, Written::Done);
    let useless = if is_written { kept.replaced } else { kept.opened };
    channels::close(ports.channels.as_deref(), &access, useless, now).await;
    match done {
        Written::Done if is_changed => Ok(Synced::Changed),
        Written::Done => Ok(Synced::Unchanged),
        Written::Overtaken => Ok(Synced::Overtaken),
        Written::Gone => {
            // It was disconnected while we looked, and the mirror was written after it was removed.
            remove_calendar(&ports.users, &job.user, &job.calendar).await?;
            Ok(Synced::NotConnected)
        }
    }
}

/// Reads what changed, and brings mirror and plan up to date.
async fn look(
    ports: &SyncPorts,
    connection: &Connection,
    now: Timestamp,
) -> Result<(Access, Cursor, bool), Miss> {
    let access = opened(&ports.seals, connection).map_err(Miss::Pull)?;
    let pulled = ports.provider.pull(&access, connection.cursor.as_ref(), now).await;
    let (text, cursor) = match pulled.map_err(Miss::Pull)? {
        Pulled::Unchanged(cursor) => return Ok((access, cursor, false)),
        Pulled::Document { text, cursor } => (text, cursor),
    };
    let (user, calendar) = (&connection.user, &connection.calendar);
    let put = put_ics(&ports.users, user, calendar, &text, now).await;
    let later = |what: String| Miss::Pull(PullError::Later { what, after: None });
    let is_changed = match put.map_err(|error| Miss::Sync(error.into()))? {
        PutIcs::Stored(stored) => stored.is_changed,
        PutIcs::NoUser => return Err(Miss::NoUser),
        PutIcs::UnknownZone(unknown) => return Err(later(unknown.to_string())),
        PutIcs::TooMany => return Err(later("the user has too many calendars".to_owned())),
    };
    // Also if nothing changed: it may repeat a sync that was killed before it planned.
    plan_user(&ports.plans, user, now).await.map_err(|error| Miss::Sync(error.into()))?;
    info!(user.id = %user, calendar.id = %calendar, "Synced calendar {calendar} of user {user}");
    Ok((access, cursor, is_changed))
}

/// Writes down that a look was in vain. Mirror, plan and cursor stay: what was planned goes out.
async fn failed(
    ports: &SyncPorts,
    before: Connection,
    error: &PullError,
    now: Timestamp,
) -> Result<Synced, SyncError> {
    let (user, calendar) = (before.user.clone(), before.calendar.clone());
    let error_words = in_full(error);
    warn!(
        user.id = %user, calendar.id = %calendar, error = error_words,
        "Could not look at calendar {calendar} of user {user}"
    );
    let failures = before.health.failures.saturating_add(1);
    let since = before.health.problem.as_ref().map_or(now, |problem| problem.since);
    let (end, needs_person) = match error {
        PullError::NeedsPerson { .. } => (LookEnd::NeedsPerson, true),
        PullError::Later { after, .. } => (LookEnd::Later { failures, after: *after }, false),
    };
    let problem = SyncProblem { what: error.to_string(), needs_person, since };
    let done = write(ports, &before, |next| {
        next.health.checked_at = Some(now);
        next.health.failures = failures;
        next.health.problem = Some(problem.clone());
        next.next_sync_at = next_sync_at(now, next.every, end);
    });
    Ok(match done.await? {
        Written::Done => Synced::Failed,
        Written::Overtaken | Written::Gone => Synced::Overtaken,
    })
}
