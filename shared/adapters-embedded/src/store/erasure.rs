//! Removing people.

use app::ports::{Erasure, StoreError};
use async_trait::async_trait;
use domain::ids::UserId;
use rusqlite::Connection;

use super::SqliteStore;
use super::failure::Failure;
use super::phones::{forget_if_alone, leave};
use super::rows::{execute, one};

/// What deletes everything under a user's key. Entries of the feed lose their words and their name
/// and stay, so that no number of the feed comes twice.
const REMAINS: [&str; 9] = [
    "DELETE FROM calendars WHERE user = ?",
    "DELETE FROM connections WHERE user = ?",
    "DELETE FROM events WHERE user = ?",
    "DELETE FROM reminders WHERE user = ?",
    "DELETE FROM days WHERE user = ?",
    "DELETE FROM runs WHERE user = ?",
    "DELETE FROM contributions WHERE user = ?",
    "DELETE FROM counters WHERE user = ?",
    "UPDATE feed SET doc = NULL, user = '', reminder = '' WHERE user = ?",
];

#[async_trait]
impl Erasure for SqliteStore {
    async fn remove_user(&self, user: &UserId) -> Result<bool, StoreError> {
        let user = user.clone();
        self.write("remove a user", move |connection| {
            let sql = "DELETE FROM users WHERE user = ? RETURNING phone";
            let Some(phone) = one::<String>(connection, sql, [user.as_str()])? else {
                return Ok(false);
            };
            leave(connection, &phone, &user)?;
            forget_if_alone(connection, &phone)?;
            Ok(true)
        })
        .await
    }

    async fn remove_remains(&self, user: &UserId) -> Result<usize, StoreError> {
        let user = user.clone();
        let work = move |connection: &Connection| -> Result<usize, Failure> {
            REMAINS
                .iter()
                .try_fold(0, |sum, sql| Ok(sum + execute(connection, sql, [user.as_str()])?))
        };
        self.write("remove what is left of a user", work).await
    }
}
