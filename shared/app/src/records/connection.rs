//! Stored connections.

use domain::ids::{CalendarId, UserId};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BadRecord, Record, VERSION};
use crate::ports::{Channel, Connection, Cursor, SyncHealth, SyncProblem};
use crate::seals::Sealed;

/// A connection, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct ConnectionV1 {
    /// The version.
    pub v: u32,
    /// See [`Connection`], as for all that follow.
    pub user: UserId,
    /// Which calendar it fills.
    pub calendar: CalendarId,
    /// What opens it, sealed.
    pub access: String,
    /// The host it lives on.
    pub host: String,
    /// How often it is looked at, in seconds.
    pub every_s: i64,
    /// How far it was read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// When the last look began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_at: Option<Timestamp>,
    /// When the last look began that went well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ok_at: Option<Timestamp>,
    /// How many looks failed since.
    #[serde(default)]
    pub failures: u32,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<SyncProblemV1>,
    /// When it is next looked at.
    pub next_sync_at: Timestamp,
    /// The channel by which we are told of changes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelV1>,
    /// When a look begins that was asked for because of a push.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wanted_at: Option<Timestamp>,
    /// When it was connected.
    pub connected_at: Timestamp,
    /// Rises with every write.
    pub revision: u64,
}

/// A channel, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChannelV1 {
    /// The name that we gave it.
    pub id: String,
    /// What it watches.
    pub resource: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// What is wrong with a connection, version 1.
#[derive(Debug, Serialize, Deserialize)]
pub struct SyncProblemV1 {
    /// In words.
    pub what: String,
    /// Whether somebody must do something.
    pub needs_person: bool,
    /// Since when.
    pub since: Timestamp,
}

impl Record for ConnectionV1 {
    type Value = Connection;
    const WHAT: &'static str = "connection";

    fn of(connection: &Connection) -> Self {
        let health = &connection.health;
        Self {
            v: VERSION,
            user: connection.user.clone(),
            calendar: connection.calendar.clone(),
            access: connection.access.as_str().to_owned(),
            host: connection.host.clone(),
            every_s: connection.every.as_secs(),
            cursor: connection.cursor.as_ref().map(|cursor| cursor.0.clone()),
            checked_at: health.checked_at,
            ok_at: health.ok_at,
            failures: health.failures,
            problem: health.problem.as_ref().map(|problem| SyncProblemV1 {
                what: problem.what.clone(),
                needs_person: problem.needs_person,
                since: problem.since,
            }),
            next_sync_at: connection.next_sync_at,
            channel: connection.channel.as_ref().map(|channel| ChannelV1 {
                id: channel.id.clone(),
                resource: channel.resource.clone(),
                expires_at: channel.expires_at,
            }),
            wanted_at: connection.wanted_at,
            connected_at: connection.connected_at,
            revision: connection.revision,
        }
    }

    fn version(&self) -> u32 {
        self.v
    }

    fn into_value(self) -> Result<Connection, BadRecord> {
        let problem = self.problem.map(|problem| SyncProblem {
            what: problem.what,
            needs_person: problem.needs_person,
            since: problem.since,
        });
        Ok(Connection {
            user: self.user,
            calendar: self.calendar,
            access: Sealed::from_store(self.access),
            host: self.host,
            every: SignedDuration::from_secs(self.every_s),
            cursor: self.cursor.map(Cursor),
            health: SyncHealth {
                checked_at: self.checked_at,
                ok_at: self.ok_at,
                failures: self.failures,
                problem,
            },
            next_sync_at: self.next_sync_at,
            channel: self.channel.map(|channel| Channel {
                id: channel.id,
                resource: channel.resource,
                expires_at: channel.expires_at,
            }),
            wanted_at: self.wanted_at,
            connected_at: self.connected_at,
            revision: self.revision,
        })
    }
}
