//! Giving a user a calendar, and taking it away.

use domain::ids::{CalendarId, UserId};
use domain::limits;
use domain::time::UnknownZone;
use jiff::Timestamp;
use tracing::info;

use super::mirror::{Reread, reread, window_of};
use super::{TRIES_MAX, UserPorts, ask_for_plan, ask_for_plan_if_stale, restless};
use crate::ports::{Calendar, CalendarSource, Oddity, StoreError};

/// What became of a calendar that was handed to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PutIcs {
    /// It is stored.
    Stored(StoredCalendar),
    /// There is no such user.
    NoUser,
    /// The user's zone is not in the database, so the calendar cannot be read for them.
    UnknownZone(UnknownZone),
    /// The user has as many calendars as one may have.
    TooMany,
}

/// A calendar that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCalendar {
    /// Whether the user had no calendar of that name before.
    pub is_new: bool,
    /// Whether anything changed; if not, nothing was written.
    pub is_changed: bool,
    /// How many events the mirror now holds: from two days back to ten days ahead.
    pub events: usize,
    /// What was odd in the document, and what was made of it.
    pub oddities: Vec<Oddity>,
}

/// Gives a user a calendar by its iCalendar document, or replaces the one of that name.
pub async fn put_ics(
    ports: &UserPorts,
    user_id: &UserId,
    id: &CalendarId,
    text: &str,
    now: Timestamp,
) -> Result<PutIcs, StoreError> {
    for _ in 0..TRIES_MAX {
        let Some(user) = ports.users.user(user_id).await? else {
            return Ok(PutIcs::NoUser);
        };
        let zone = match ports.zones.rules(&user.zone) {
            Ok(zone) => zone,
            Err(unknown) => return Ok(PutIcs::UnknownZone(unknown)),
        };
        let calendars = ports.mirror.calendars.calendars(user_id).await?;
        let before = calendars.iter().find(|calendar| calendar.id == *id);
        if before.is_none() && calendars.len() >= limits::CALENDARS_MAX {
            return Ok(PutIcs::TooMany);
        }
        let source = CalendarSource::Ics { text: text.to_owned() };
        let unchanged = before.filter(|calendar| calendar.source == source);
        let calendar = Calendar {
            user: user_id.clone(),
            id: id.clone(),
            source,
            mirrored: None,
            changed_at: unchanged.map_or(now, |calendar| calendar.changed_at),
        };
        let window = window_of(&user, now, &zone);
        let read = reread(&ports.mirror, calendar, window, &zone, now).await?;
        let Reread { calendar, upserts, removals, events, oddities } = read;
        let is_changed = before != Some(&calendar) || !upserts.is_empty() || !removals.is_empty();
        let stored = StoredCalendar { is_new: before.is_none(), is_changed, events, oddities };
        if !is_changed {
            ask_for_plan_if_stale(ports, &user).await;
            return Ok(PutIcs::Stored(stored));
        }
        let expected = user.inputs_version;
        let write =
            ports.mirror.calendars.write_mirror(&calendar, &upserts, &removals, expected).await?;
        if write.is_some() {
            let (new, gone) = (upserts.len(), removals.len());
            info!(
                user.id = %user_id, calendar.id = %id, events.written = new, events.removed = gone,
                "Stored calendar {id} of user {user_id}: {new} events new or changed, {gone} gone"
            );
            ask_for_plan(ports, user_id).await;
            return Ok(PutIcs::Stored(stored));
        }
    }
    Err(restless("store a calendar"))
}

/// What became of a removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RemoveCalendar {
    /// The calendar and its events are gone.
    Removed,
    /// The user has no such calendar.
    NoCalendar,
    /// There is no such user.
    NoUser,
}

/// Takes a calendar away from a user, with all its events.
pub async fn remove_calendar(
    ports: &UserPorts,
    user_id: &UserId,
    id: &CalendarId,
) -> Result<RemoveCalendar, StoreError> {
    for _ in 0..TRIES_MAX {
        let Some(user) = ports.users.user(user_id).await? else {
            return Ok(RemoveCalendar::NoUser);
        };
        let calendars = ports.mirror.calendars.calendars(user_id).await?;
        if !calendars.iter().any(|calendar| calendar.id == *id) {
            ask_for_plan_if_stale(ports, &user).await;
            return Ok(RemoveCalendar::NoCalendar);
        }
        let expected = user.inputs_version;
        if ports.mirror.calendars.remove_calendar(user_id, id, expected).await? {
            info!(user.id = %user_id, calendar.id = %id, "Removed calendar {id} of {user_id}");
            ask_for_plan(ports, user_id).await;
            return Ok(RemoveCalendar::Removed);
        }
    }
    Err(restless("remove a calendar"))
}
