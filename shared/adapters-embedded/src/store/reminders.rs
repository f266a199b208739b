//! Reminders.

use app::domain_events::texts;
use app::ports::{DueRow, PlanWrite, PlanWriteResult, Reminders, RowUpdate, RunRecord, StoreError};
use app::records::{ReminderV1, RunRecordV1};
use async_trait::async_trait;
use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::SqliteStore;
use super::columns::{instant, limit, number, parse_instant};
use super::failure::Failure;
use super::rows::{all, decode, decode_all, encode, execute, one};
use super::users::has_inputs;

#[async_trait]
impl Reminders for SqliteStore {
    async fn reminder(
        &self,
        user: &UserId,
        id: ReminderId,
    ) -> Result<Option<Reminder>, StoreError> {
        const OPERATION: &str = "read a reminder";
        let (user, id) = (user.clone(), id.to_string());
        let sql = "SELECT doc FROM reminders WHERE reminder = ? AND user = ?";
        let work =
            move |connection: &Connection| one::<String>(connection, sql, [&id, user.as_str()]);
        let doc = self.read(OPERATION, work).await?;
        doc.map(|doc| decode::<ReminderV1>(OPERATION, &doc)).transpose()
    }

    async fn find_reminder(&self, id: ReminderId) -> Result<Option<Reminder>, StoreError> {
        const OPERATION: &str = "find a reminder";
        let id = id.to_string();
        let sql = "SELECT doc FROM reminders WHERE reminder = ?";
        let work = move |connection: &Connection| one::<String>(connection, sql, [&id]);
        let doc = self.read(OPERATION, work).await?;
        doc.map(|doc| decode::<ReminderV1>(OPERATION, &doc)).transpose()
    }

    async fn reminders_between(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<Reminder>, StoreError> {
        const OPERATION: &str = "read the reminders of a user";
        let (user, from, to) = (user.clone(), from.to_string(), to.to_string());
        let sql = "SELECT doc FROM reminders WHERE user = ? AND day_on BETWEEN ? AND ? \
            ORDER BY send_at, reminder";
        let work = move |connection: &Connection| {
            all::<String>(connection, sql, [user.as_str(), &from, &to])
        };
        let docs = self.read_many(OPERATION, work).await?;
        decode_all::<ReminderV1>(OPERATION, &docs)
    }

    async fn write_plan(&self, write: &PlanWrite<'_>) -> Result<PlanWriteResult, StoreError> {
        let plan = PlanRows::of("write a plan", write)?;
        self.write("write a plan", move |connection| plan.write(connection)).await
    }

    async fn update(&self, update: &RowUpdate<'_>) -> Result<bool, StoreError> {
        const OPERATION: &str = "change a reminder";
        let row = ReminderRow::of(OPERATION, update.row)?;
        let expected = number(update.expected);
        let leaves = update.leaves_day.map(|on| on.to_string());
        self.write(OPERATION, move |connection| {
            let Some(stored) = Stored::find(connection, &row)? else { return Ok(false) };
            if stored.revision != expected {
                return Ok(false);
            }
            row.replace(connection, &stored)?;
            if let Some(on) = &leaves {
                let sql = "DELETE FROM days WHERE user = ? AND day_on = ? AND reminder = ?";
                execute(connection, sql, [row.user.as_str(), on, &row.reminder])?;
            }
            Ok(true)
        })
        .await
    }

    async fn due(
        &self,
        from: Timestamp,
        until: Timestamp,
        after: Option<&DueRow>,
        rows: usize,
    ) -> Result<Vec<DueRow>, StoreError> {
        const OPERATION: &str = "list due reminders";
        let (from, until) = (instant(from), instant(until));
        let (after_at, after_id) = after
            .map_or_else(Default::default, |row| (instant(row.due_at), row.reminder.to_string()));
        // What needs a turn is scheduled, and its time is in its stored form only.
        let sql = "SELECT user, reminder, due_at, CASE state WHEN 'scheduled' THEN \
            rtrim(json_extract(doc, '$.last_at'), 'Z') END FROM reminders \
            WHERE due_at >= ? AND due_at < ? AND (due_at, reminder) > (?, ?) \
            ORDER BY due_at, reminder LIMIT ?";
        self.read_many(OPERATION, move |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let params = params![from, until, after_at, after_id, limit(rows)];
            let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?));
            statement.query_map(params, columns)?.map(|columns| due_row(columns?)).collect()
        })
        .await
    }

    async fn run_records(
        &self,
        user: &UserId,
        from: Date,
        to: Date,
    ) -> Result<Vec<RunRecord>, StoreError> {
        const OPERATION: &str = "read the records of plans";
        let (user, from, to) = (user.clone(), from.to_string(), to.to_string());
        let sql = "SELECT doc FROM runs WHERE user = ? AND day_on BETWEEN ? AND ? ORDER BY day_on";
        let work = move |connection: &Connection| {
            all::<String>(connection, sql, [user.as_str(), &from, &to])
        };
        let docs = self.read(OPERATION, work).await?;
        decode_all::<RunRecordV1>(OPERATION, &docs)
    }
}

type DueColumns = (String, String, String, Option<String>);

fn due_row((user, reminder, due_at, last_at): DueColumns) -> Result<DueRow, Failure> {
    let bad = |_| Failure::Request("a due reminder has an unreadable key".to_owned());
    Ok(DueRow {
        user: UserId::parse(&user).map_err(bad)?,
        reminder: ReminderId::parse(&reminder).map_err(bad)?,
        due_at: parse_instant(due_at)?,
        last_at: last_at.map(parse_instant).transpose()?,
    })
}

/// A reminder as columns.
pub(super) struct ReminderRow {
    pub(super) user: UserId,
    pub(super) reminder: String,
    pub(super) day_on: String,
    state: &'static str,
    reason: Option<&'static str>,
    revision: i64,
    second: i64,
    send_at: String,
    due_at: Option<String>,
    texts: i64,
    doc: String,
}

/// What is compared of the stored row.
pub(super) struct Stored {
    pub(super) row: i64,
    pub(super) revision: i64,
    pub(super) is_same_day: bool,
    pub(super) state: String,
    pub(super) texts: i64,
}

impl Stored {
    fn find(connection: &Connection, row: &ReminderRow) -> Result<Option<Self>, Failure> {
        let sql = "SELECT \"row\", revision, day_on = ?3, state, texts FROM reminders \
            WHERE reminder = ?1 AND user = ?2";
        let mut statement = connection.prepare_cached(sql)?;
        let stored = |row: &Row<'_>| {
            Ok(Self {
                row: row.get(0)?,
                revision: row.get(1)?,
                is_same_day: row.get(2)?,
                state: row.get(3)?,
                texts: row.get(4)?,
            })
        };
        let key = [&row.reminder, row.user.as_str(), &row.day_on];
        Ok(statement.query_row(key, stored).optional()?)
    }
}

impl ReminderRow {
    pub(super) fn of(operation: &'static str, row: &Reminder) -> Result<Self, StoreError> {
        Ok(Self {
            user: row.user.clone(),
            reminder: row.id.to_string(),
            day_on: row.day_on.to_string(),
            state: row.state.name(),
            reason: row.state.reason(),
            revision: number(row.revision),
            second: row.send_at.as_second(),
            send_at: instant(row.send_at),
            due_at: row.due_at().map(instant),
            texts: number(texts(row)),
            doc: encode::<ReminderV1>(operation, row)?,
        })
    }

    fn insert(&self, connection: &Connection) -> Result<(), Failure> {
        let sql = "INSERT INTO reminders \
            (\"row\", user, reminder, state, reason, revision, day_on, send_at, due_at, texts, \
            doc) \
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let params = params![
            self.free_place(connection)?,
            self.user.as_str(),
            self.reminder,
            self.state,
            self.reason,
            self.revision,
            self.day_on,
            self.send_at,
            self.due_at,
            self.texts,
            self.doc,
        ];
        execute(connection, sql, params)?;
        self.tell(connection, None)
    }

    /// The number of a new row. Rows that are due in the same second get numbers in a row, so that
    /// those that are claimed together lie together and share the pages that are written.
    fn free_place(&self, connection: &Connection) -> Result<i64, Failure> {
        const PLACES: i64 = 1 << 24;
        let first = self.second.saturating_mul(PLACES);
        let last = first.saturating_add(PLACES - 1);
        let sql = "SELECT max(\"row\") FROM reminders WHERE \"row\" BETWEEN ? AND ?";
        let taken = one::<Option<i64>>(connection, sql, [first, last])?.flatten();
        Ok(taken.map_or(first, |taken| taken.saturating_add(1)))
    }

    /// Writes the row over the stored one.
    pub(super) fn replace(&self, connection: &Connection, stored: &Stored) -> Result<(), Failure> {
        let sql = "UPDATE reminders SET state = ?, reason = ?, revision = ?, send_at = ?, \
            due_at = ?, texts = ?, doc = ? WHERE \"row\" = ?";
        let params = params![
            self.state,
            self.reason,
            self.revision,
            self.send_at,
            self.due_at,
            self.texts,
            self.doc,
            stored.row,
        ];
        execute(connection, sql, params)?;
        // The date seldom changes, and setting it writes to its index even where it does not.
        if !stored.is_same_day {
            let sql = "UPDATE reminders SET day_on = ? WHERE \"row\" = ?";
            execute(connection, sql, params![self.day_on, stored.row])?;
        }
        self.tell(connection, Some(stored))
    }

    /// Appends the change to the feed, with where the reminder stood before.
    fn tell(&self, connection: &Connection, before: Option<&Stored>) -> Result<(), Failure> {
        let sql = "INSERT INTO feed (user, reminder, revision, doc, was_state, was_texts) \
            VALUES (?, ?, ?, ?, ?, ?)";
        let params = params![
            self.user.as_str(),
            self.reminder,
            self.revision,
            self.doc,
            before.map(|before| &before.state),
            before.map(|before| before.texts),
        ];
        execute(connection, sql, params).map(|_| ())
    }
}

/// A plan as columns.
struct PlanRows {
    user: UserId,
    inputs_version: u64,
    planned_on: String,
    planned_version: i64,
    rows: Vec<(ReminderRow, Option<i64>)>,
    records: Vec<(String, String)>,
}

impl PlanRows {
    fn of(operation: &'static str, write: &PlanWrite<'_>) -> Result<Self, StoreError> {
        let row = |write: &domain::difference::RowWrite| {
            Ok((ReminderRow::of(operation, &write.row)?, write.expected.map(number)))
        };
        let record =
            |run: &RunRecord| Ok((run.on.to_string(), encode::<RunRecordV1>(operation, run)?));
        Ok(Self {
            user: write.user.clone(),
            inputs_version: write.inputs_version,
            planned_on: write.planned.on.to_string(),
            planned_version: number(write.planned.inputs_version),
            rows: write.rows.iter().map(row).collect::<Result<_, StoreError>>()?,
            records: write.records.iter().map(record).collect::<Result<_, StoreError>>()?,
        })
    }

    /// Looks at every condition before the first write.
    fn write(&self, connection: &Connection) -> Result<PlanWriteResult, Failure> {
        if !has_inputs(connection, &self.user, self.inputs_version)? {
            return Ok(PlanWriteResult::Outdated);
        }
        let mut stored = Vec::with_capacity(self.rows.len());
        for (row, expected) in &self.rows {
            let found = Stored::find(connection, row)?;
            if found.as_ref().map(|found| found.revision) != *expected {
                return Ok(PlanWriteResult::Outdated);
            }
            stored.push(found);
        }
        for ((row, _), found) in self.rows.iter().zip(&stored) {
            match found {
                Some(found) => row.replace(connection, found)?,
                None => row.insert(connection)?,
            }
        }
        for (on, doc) in &self.records {
            let sql = "INSERT INTO runs (user, day_on, doc) VALUES (?1, ?2, ?3) \
                ON CONFLICT (user, day_on) DO UPDATE SET doc = ?3";
            execute(connection, sql, [self.user.as_str(), on, doc])?;
        }
        let sql = "UPDATE users SET planned_on = ?2, planned_version = ?3, doc = json_set(doc, \
            '$.planned', json_object('on', ?2, 'inputs_version', ?3)) WHERE user = ?1";
        let params = params![self.user.as_str(), self.planned_on, self.planned_version];
        execute(connection, sql, params)?;
        Ok(PlanWriteResult::Written)
    }
}
