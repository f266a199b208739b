//! Connecting a calendar, and letting it go.

use std::sync::Arc;

use domain::ids::{CalendarId, UserId};
use domain::limits;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use tracing::{info, warn};

use super::access::{opened, sealed};
use super::channels::close;
use crate::causes::in_full;
use crate::jobs::SyncJob;
use crate::ports::{Access, Channels, Connection, Connections, StoreError, SyncHealth, SyncQueue};
use crate::seals::Seals;
use crate::users::{RemoveCalendar, UserPorts, remove_calendar};

/// How often a connection is written while looks at the same calendar end.
const TRIES_MAX: usize = 20;

/// What connecting needs.
#[derive(Clone)]
pub struct ConnectPorts {
    /// Users and their calendars.
    pub users: UserPorts,
    /// The connections.
    pub connections: Arc<dyn Connections>,
    /// Where looks are asked for.
    pub syncs: Arc<dyn SyncQueue>,
    /// Seals what opens calendars.
    pub seals: Seals,
    /// Closes channels that are no longer needed, where there are any.
    pub channels: Option<Arc<dyn Channels>>,
}

/// A calendar to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewConnection {
    /// Whose.
    pub user: UserId,
    /// Which calendar it shall fill.
    pub calendar: CalendarId,
    /// What opens it.
    pub access: Access,
    /// How often it shall be looked at.
    pub every: SignedDuration,
}

/// What became of a wish to connect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Connect {
    /// It is connected; the first look is asked for.
    Connected {
        /// As it is stored.
        connection: Box<Connection>,
        /// Whether it was not connected before.
        is_new: bool,
    },
    /// There is no such user.
    NoUser,
    /// The user has as many calendars as one may have.
    TooMany,
    /// The name is that of a calendar that was handed over as a document.
    HasDocument,
}

/// Connects a calendar, or connects it to another place.
///
/// # Errors
/// [`StoreError`].
pub async fn connect(
    ports: &ConnectPorts,
    new: &NewConnection,
    now: Timestamp,
) -> Result<Connect, StoreError> {
    let NewConnection { user, calendar, access, every } = new;
    if ports.users.users.user(user).await?.is_none() {
        return Ok(Connect::NoUser);
    }
    let unsealed = |_| StoreError::Permanent {
        operation: "connect a calendar",
        what: "what opens it cannot be sealed".to_owned(),
    };
    let sealed =
        sealed(&ports.seals, user.as_str(), calendar.as_str(), access).map_err(unsealed)?;
    for _ in 0..TRIES_MAX {
        let all = ports.connections.connections(user).await?;
        let before = all.iter().find(|connection| connection.calendar == *calendar);
        if before.is_none() {
            let documents = ports.users.mirror.calendars.calendars(user).await?;
            if documents.iter().any(|document| document.id == *calendar) {
                return Ok(Connect::HasDocument);
            }
            let is_there = |connection: &&Connection| {
                !documents.iter().any(|document| document.id == connection.calendar)
            };
            if documents.len() + all.iter().filter(is_there).count() >= limits::CALENDARS_MAX {
                return Ok(Connect::TooMany);
            }
        }
        let is_same_place =
            before.is_some_and(|before| opened(&ports.seals, before).as_ref() == Ok(access));
        let mut next = Connection {
            user: user.clone(),
            calendar: calendar.clone(),
            access: sealed.clone(),
            host: access.host().to_owned(),
            every: *every,
            cursor: None,
            health: SyncHealth::default(),
            // A look is asked for; should that get lost, the periodic sync asks again.
            next_sync_at: ahead(now, limits::SYNC_WAIT_FIRST),
            channel: None,
            wanted_at: None,
            connected_at: now,
            revision: before.map_or(0, |before| before.revision) + 1,
        };
        if let Some(before) = before.filter(|_| is_same_place) {
            next.cursor.clone_from(&before.cursor);
            next.health = before.health.clone();
            next.connected_at = before.connected_at;
            next.channel.clone_from(&before.channel);
            next.wanted_at = before.wanted_at;
        }
        if ports.connections.put_connection(&next).await? {
            info!(user.id = %user, calendar.id = %calendar, "Connected {calendar} of user {user}");
            if let Some(before) = before.filter(|_| !is_same_place) {
                let_go(ports, before, now).await;
            }
            ask_for_sync(ports, user, calendar, now).await;
            let is_new = before.is_none();
            return Ok(Connect::Connected { connection: Box::new(next), is_new });
        }
    }
    let source = "looks at the same calendar keep ending".into();
    Err(StoreError::Transient { operation: "connect a calendar", source })
}

/// Asks for a look at a calendar. One that gets lost is asked for again by the periodic sync.
pub async fn ask_for_sync(
    ports: &ConnectPorts,
    user: &UserId,
    calendar: &CalendarId,
    now: Timestamp,
) {
    let job = SyncJob { user: user.clone(), calendar: calendar.clone(), asked_at: now };
    if let Err(error) = ports.syncs.enqueue(&[job]).await {
        let error = in_full(&error);
        warn!(user.id = %user, calendar.id = %calendar, error, "Could not ask for a sync");
    }
}

/// What became of a wish to let a calendar go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disconnect {
    /// The connection is gone, and the calendar with its events.
    Gone,
    /// The user has no such calendar.
    NoCalendar,
    /// There is no such user.
    NoUser,
}

/// Lets a calendar go, connected or not, with all its events.
///
/// # Errors
/// [`StoreError`]; what was begun is completed by a repetition.
pub async fn disconnect(
    ports: &ConnectPorts,
    user: &UserId,
    calendar: &CalendarId,
    now: Timestamp,
) -> Result<Disconnect, StoreError> {
    let before = ports.connections.connection(user, calendar).await?;
    // The connection first: a look would bring the calendar back.
    let was_connected = ports.connections.remove_connection(user, calendar).await?;
    if let Some(before) = before {
        let_go(ports, &before, now).await;
    }
    Ok(match remove_calendar(&ports.users, user, calendar).await? {
        RemoveCalendar::Removed => Disconnect::Gone,
        RemoveCalendar::NoUser => Disconnect::NoUser,
        RemoveCalendar::NoCalendar if was_connected => Disconnect::Gone,
        RemoveCalendar::NoCalendar => Disconnect::NoCalendar,
    })
}

/// Closes the channel of a connection that is no longer. Should that fail, it ends by itself, and
/// what it tells until then is not listened to.
async fn let_go(ports: &ConnectPorts, before: &Connection, now: Timestamp) {
    if before.channel.is_some()
        && let Ok(access) = opened(&ports.seals, before)
    {
        close(ports.channels.as_deref(), &access, before.channel.clone(), now).await;
    }
}
