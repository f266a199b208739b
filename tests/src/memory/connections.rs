//! Connections of calendars.

use app::ports::{Connection, Connections, DueSync, StoreError};
use async_trait::async_trait;
use domain::ids::{CalendarId, UserId};
use jiff::Timestamp;

use super::MemoryStore;

#[async_trait]
impl Connections for MemoryStore {
    async fn connections(&self, user: &UserId) -> Result<Vec<Connection>, StoreError> {
        let held = self.held();
        let theirs = held.connections.values().filter(|connection| connection.user == *user);
        Ok(theirs.cloned().collect())
    }

    async fn connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<Option<Connection>, StoreError> {
        Ok(self.held().connections.get(&(user.clone(), calendar.clone())).cloned())
    }

    async fn put_connection(&self, connection: &Connection) -> Result<bool, StoreError> {
        let mut held = self.held();
        let key = (connection.user.clone(), connection.calendar.clone());
        let stored = held.connections.get(&key).map_or(0, |stored| stored.revision);
        let follows = stored.checked_add(1) == Some(connection.revision);
        if follows {
            held.connections.insert(key, connection.clone());
        }
        Ok(follows)
    }

    async fn remove_connection(
        &self,
        user: &UserId,
        calendar: &CalendarId,
    ) -> Result<bool, StoreError> {
        let key = (user.clone(), calendar.clone());
        Ok(self.held().connections.remove(&key).is_some())
    }

    async fn syncs_due(&self, until: Timestamp, limit: usize) -> Result<Vec<DueSync>, StoreError> {
        let held = self.held();
        let mut due: Vec<_> =
            held.connections.values().filter(|c| c.next_sync_at <= until).collect();
        due.sort_by_key(|connection| connection.next_sync_at);
        let due = due.into_iter().take(limit);
        let named = |c: &Connection| DueSync { user: c.user.clone(), calendar: c.calendar.clone() };
        Ok(due.map(named).collect())
    }
}
