//! Claims: everything a claim was decided on is looked at in the transaction that makes it.

use app::ports::{Claim, ClaimResult, Claims, StoreError};
use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::columns::number;
use super::failure::Failure;
use super::reminders::{ReminderRow, Stored};
use super::rows::{all, execute, one};

#[async_trait]
impl Claims for SqliteStore {
    async fn claimed_on(&self, user: &UserId, on: Date) -> Result<Vec<ReminderId>, StoreError> {
        const OPERATION: &str = "read the claims of a day";
        let (user, on) = (user.clone(), on.to_string());
        let sql = "SELECT reminder FROM days WHERE user = ? AND day_on = ? ORDER BY reminder";
        self.read(OPERATION, move |connection| {
            let ids = all::<String>(connection, sql, [user.as_str(), &on])?;
            let bad = |_| Failure::Request("a claimed reminder has an unreadable id".to_owned());
            ids.iter().map(|id| ReminderId::parse(id).map_err(bad)).collect()
        })
        .await
    }

    async fn claim(&self, claim: &Claim<'_>) -> Result<ClaimResult, StoreError> {
        const OPERATION: &str = "claim a reminder";
        let row = ReminderRow::of(OPERATION, claim.row)?;
        let phone = claim.phone.clone();
        let expected = Expected {
            revision: number(claim.expected),
            inputs_version: Some(number(claim.inputs_version)),
            phone_version: Some(number(claim.phone_version)),
        };
        let limit = i64::from(claim.limit);
        self.write(OPERATION, move |connection| {
            let Some(found) = Found::read(connection, &row, phone.as_str())? else {
                return Ok(ClaimResult::Changed);
            };
            if !found.is(&expected) {
                return Ok(ClaimResult::Changed);
            }
            let key = [row.user.as_str(), &row.day_on, &row.reminder];
            let sql = "SELECT 1 FROM days WHERE user = ? AND day_on = ? AND reminder = ?";
            let is_full = found.claimed > limit
                || (found.claimed == limit && one::<i64>(connection, sql, key)?.is_none());
            if is_full {
                return Ok(ClaimResult::LimitReached);
            }
            let sql = "INSERT OR IGNORE INTO days (user, day_on, reminder) VALUES (?, ?, ?)";
            execute(connection, sql, key)?;
            row.replace(connection, &found.stored)?;
            Ok(ClaimResult::Claimed)
        })
        .await
    }
}

/// What a claim was decided on.
struct Expected {
    revision: i64,
    inputs_version: Option<i64>,
    phone_version: Option<i64>,
}

/// What is stored now.
struct Found {
    stored: Stored,
    inputs_version: Option<i64>,
    phone_version: Option<i64>,
    /// How many reminders are in the set of the day.
    claimed: i64,
}

impl Found {
    /// Everything at once; none if there is no such reminder.
    fn read(
        connection: &Connection,
        row: &ReminderRow,
        phone: &str,
    ) -> Result<Option<Self>, Failure> {
        let sql = "SELECT \"row\", revision, day_on = ?3, state, texts, \
            (SELECT inputs_version FROM users WHERE user = ?1), \
            (SELECT version FROM phones WHERE phone = ?4), \
            (SELECT count(*) FROM days WHERE user = ?1 AND day_on = ?3) \
            FROM reminders WHERE reminder = ?2 AND user = ?1";
        let found = |row: &Row<'_>| {
            Ok(Self {
                stored: Stored {
                    row: row.get(0)?,
                    revision: row.get(1)?,
                    is_same_day: row.get(2)?,
                    state: row.get(3)?,
                    texts: row.get(4)?,
                },
                inputs_version: row.get(5)?,
                phone_version: row.get(6)?,
                claimed: row.get(7)?,
            })
        };
        let params = params![row.user.as_str(), row.reminder, row.day_on, phone];
        Ok(connection.prepare_cached(sql)?.query_row(params, found).optional()?)
    }

    fn is(&self, expected: &Expected) -> bool {
        self.stored.revision == expected.revision
            && self.inputs_version == expected.inputs_version
            && self.phone_version == expected.phone_version
    }
}
