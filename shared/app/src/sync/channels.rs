//! Keeping channels open: each successful look at a calendar sees to its channel, and looks come
//! every 15 minutes, whatever else gets lost. A channel is renewed before it ends, where that can
//! be done; else the next one is opened, and only then the one before it is closed: in between both
//! tell, and neither is missed.

use domain::limits;
use domain::time::ahead;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use tracing::{info, warn};

use super::SyncPorts;
use super::push::token_of;
use crate::alerts::heartbeat::{beat, last_beat};
use crate::ports::{Access, Channel, Channels, Connection, Control, PullError, StoreError};

/// The heartbeat of pushes of a provider.
fn pushes(provider: &str) -> String {
    format!("pushes {provider}")
}

/// The heartbeat of calendars that a provider shall tell us of.
fn watched(provider: &str) -> String {
    format!("watched {provider}")
}

/// What a look made of a calendar's channel.
pub(super) struct Kept {
    /// What the connection has from now on.
    pub(super) channel: Option<Channel>,
    /// What was opened for that.
    pub(super) opened: Option<Channel>,
    /// What may be closed once the connection is written.
    pub(super) replaced: Option<Channel>,
}

/// Sees to a calendar's channel. That it cannot be opened fails no look: the calendar is looked at
/// in its time, and the next look tries again.
pub(super) async fn keep(
    ports: &SyncPorts,
    connection: &Connection,
    access: &Access,
    now: Timestamp,
) -> Result<Kept, StoreError> {
    let before = connection.channel.clone();
    let kept = |channel| Kept { channel, opened: None, replaced: None };
    let Some(channels) = &ports.channels else { return Ok(kept(before)) };
    let Some(telling) = channels.telling(access) else { return Ok(kept(None)) };
    watches(&*ports.plans.control, telling.provider, now).await?;
    let is_fresh =
        |channel: &Channel| ahead(now, limits::CHANNEL_RENEW_BEFORE) < channel.expires_at;
    if before.as_ref().is_some_and(is_fresh) {
        return Ok(kept(before));
    }
    let (user, calendar) = (&connection.user, &connection.calendar);
    if let Some(channel) = before.as_ref().filter(|channel| now < channel.expires_at) {
        match channels.renew(access, channel, now).await {
            Ok(Some(renewed)) => return Ok(kept(Some(renewed))),
            Ok(None) => {}
            Err(error) => {
                not_kept(connection, Some(channel), &error);
                return Ok(kept(before));
            }
        }
    }
    let id = id_of(connection, now);
    let Some(token) = token_of(&ports.seals, (user, calendar), &id, telling.token_chars_max) else {
        return Ok(kept(None));
    };
    match channels.open(access, &id, &token, now).await {
        Ok(opened) => {
            info!(user.id = %user, calendar.id = %calendar, "Opened a channel of {calendar}");
            let channel = Some(opened.clone());
            Ok(Kept { channel, opened: Some(opened), replaced: before })
        }
        Err(error) => {
            let left = before.filter(|channel| now < channel.expires_at);
            not_kept(connection, left.as_ref(), &error);
            Ok(kept(left))
        }
    }
}

fn not_kept(connection: &Connection, left: Option<&Channel>, error: &PullError) {
    let (user, calendar) = (&connection.user, &connection.calendar);
    let until = left.map_or_else(|| "none".to_owned(), |channel| channel.expires_at.to_string());
    warn!(
        user.id = %user, calendar.id = %calendar, channel.until = until,
        "Could not open a channel of calendar {calendar} of user {user}: {error}"
    );
}

/// Closes a channel, as far as that is possible: one that stays open is not listened to, and ends.
pub(super) async fn close(
    channels: Option<&dyn Channels>,
    access: &Access,
    channel: Option<Channel>,
    now: Timestamp,
) {
    if let (Some(channels), Some(channel)) = (channels, channel)
        && now < channel.expires_at
        && let Err(error) = channels.close(access, &channel, now).await
    {
        warn!("Could not close a channel, which ends by itself: {error}");
    }
}

/// A name that no channel had before: it is made from the instant, and each calendar opens one at a
/// time.
fn id_of(connection: &Connection, now: Timestamp) -> String {
    let mut hash = Sha256::new();
    for part in [connection.user.as_str(), connection.calendar.as_str(), &now.to_string()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.update(connection.revision.to_be_bytes());
    hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Notes that a provider told us of a change. Seldom, for all calendars share the note.
pub(super) async fn told(
    control: &dyn Control,
    provider: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    note(control, &pushes(provider), now).await.map(|_| ())
}

/// Notes that calendars of a provider are there to be told of. Silence counts from the first.
async fn watches(control: &dyn Control, provider: &str, now: Timestamp) -> Result<(), StoreError> {
    if note(control, &watched(provider), now).await?.is_none()
        && last_beat(control, &pushes(provider)).await?.is_none()
    {
        beat(control, &pushes(provider), now).await?;
    }
    Ok(())
}

/// Beats, unless it did shortly before; when it last did.
async fn note(
    control: &dyn Control,
    name: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let last = last_beat(control, name).await?;
    if last.is_none_or(|at| ahead(at, limits::CHANNEL_NOTE_EVERY) <= now) {
        beat(control, name, now).await?;
    }
    Ok(last)
}

/// How long a provider has been silent, if any calendar of its was there to be told of lately.
///
/// # Errors
/// [`StoreError`].
pub async fn silent_since(
    control: &dyn Control,
    provider: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let watched_at = last_beat(control, &watched(provider)).await?;
    if watched_at.is_none_or(|at| ahead(at, limits::CHANNEL_WATCHED_FOR) < now) {
        return Ok(None);
    }
    last_beat(control, &pushes(provider)).await
}
