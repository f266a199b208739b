//! Counters, each change folded once.

use app::ports::{Contribution, CountedIn, Metrics, StoreError, Wanted, changed_counts};
use app::records::{CountedV1, StoredContribution, from_json};
use async_trait::async_trait;
use domain::figures::{Counts, Dimension, hour_at};
use domain::ids::{ReminderId, UserId};
use domain::time::utc_date;
use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::{Connection, Params, Row, params};

use super::SqliteStore;
use super::columns::{instant, number, parse_instant};
use super::control::raise_cursor;
use super::failure::Failure;
use super::feed;
use super::rows::{encode, execute, one};
use super::sums::Asked;

#[async_trait]
impl Metrics for SqliteStore {
    async fn replace_contribution(
        &self,
        user: &UserId,
        reminder: ReminderId,
        revision: u64,
        contribution: &Contribution,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "fold a change";
        let (user, reminder) = (user.clone(), reminder.to_string());
        let next = StoredContribution { revision, contribution: contribution.clone() };
        let doc = encode::<CountedV1>(OPERATION, &next)?;
        self.write(OPERATION, move |connection| {
            let before = stored(connection, user.as_str(), &reminder)?;
            let stays =
                |before: &StoredContribution| !before.gives_way_to(revision, &next.contribution);
            if before.as_ref().is_some_and(stays) {
                return Ok(false);
            }
            let before = before.map(|before| before.contribution);
            for (place, counts) in changed_counts(before.as_ref(), &next.contribution) {
                add(connection, user.as_str(), &place, &counts)?;
            }
            let sql = "INSERT INTO contributions (user, reminder, doc) VALUES (?1, ?2, ?3) \
                ON CONFLICT (user, reminder) DO UPDATE SET doc = ?3";
            execute(connection, sql, [user.as_str(), &reminder, &doc])?;
            Ok(true)
        })
        .await
    }

    async fn count_once(&self, id: &str, at: Timestamp, name: &str) -> Result<bool, StoreError> {
        let (id, counts) = (id.to_owned(), Counts::from([(name.to_owned(), 1)]));
        let hour = CountedIn::Hour { dimension: Dimension::all(), hour_at: hour_at(at) };
        self.write("count once", move |connection| {
            let sql = "INSERT INTO counted_once (id) VALUES (?) ON CONFLICT DO NOTHING";
            if execute(connection, sql, [&id])? == 0 {
                return Ok(false);
            }
            add(connection, "", &hour, &counts)?;
            add(connection, "", &CountedIn::Total, &counts)?;
            Ok(true)
        })
        .await
    }

    async fn counters(&self, user: &UserId, on: Date) -> Result<Vec<(String, i64)>, StoreError> {
        let (user, on) = (user.clone(), on.to_string());
        let sql = "SELECT name, value FROM counters \
            WHERE user = ? AND day_on = ? AND value <> 0 ORDER BY name";
        self.read("read the counters of a day", move |connection| {
            counts(connection, sql, [user.as_str(), &on])
        })
        .await
    }

    async fn days(
        &self,
        user: &UserId,
        from: Date,
        until: Date,
    ) -> Result<Vec<(Date, Counts)>, StoreError> {
        let (user, from, until) = (user.clone(), from.to_string(), until.to_string());
        let sql = "SELECT day_on, name, value FROM counters WHERE user = ? \
            AND day_on BETWEEN ? AND ? AND value <> 0 ORDER BY day_on, name";
        self.read("read the counters of days", move |connection| {
            grouped(connection, sql, [user.as_str(), &from, &until], date)
        })
        .await
    }

    async fn hours(
        &self,
        dimension: &Dimension,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Counts)>, StoreError> {
        let (dimension, from, until) = (dimension.clone(), instant(from), instant(until));
        let sql = "SELECT hour_at, name, value FROM hours WHERE dimension = ? \
            AND hour_at >= ? AND hour_at < ? AND value <> 0 ORDER BY hour_at, name";
        self.read("read the counters of hours", move |connection| {
            grouped(connection, sql, [dimension.as_str(), &from, &until], parse_instant)
        })
        .await
    }

    async fn sums(
        &self,
        dimension: &Dimension,
        bounds: &[Timestamp],
        is_wanted: Wanted,
    ) -> Result<Vec<Counts>, StoreError> {
        let (dimension, bounds) = (dimension.clone(), bounds.to_vec());
        let asked = Asked { dimension, bounds, is_wanted };
        self.read("sum up counters", move |connection| asked.read(connection)).await
    }

    async fn totals(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT name, value FROM totals WHERE value <> 0 ORDER BY name";
        self.read("read the totals", move |connection| counts(connection, sql, [])).await
    }

    async fn folded_until(&self) -> Result<u64, StoreError> {
        let read = |connection: &Connection| feed::folded_until(connection);
        self.read("read how far the feed is folded", read).await.map(i64::cast_unsigned)
    }

    async fn set_folded_until(&self, sequence: u64) -> Result<(), StoreError> {
        self.write("note how far the feed is folded", move |connection| {
            raise_cursor(connection, feed::FOLDED_UNTIL, number(sequence))?;
            feed::prune(connection)
        })
        .await
    }
}

fn stored(
    connection: &Connection,
    user: &str,
    reminder: &str,
) -> Result<Option<StoredContribution>, Failure> {
    let sql = "SELECT doc FROM contributions WHERE user = ? AND reminder = ?";
    let doc = one::<String>(connection, sql, [user, reminder])?;
    Ok(doc.map(|doc| from_json::<CountedV1>(&doc)).transpose()?)
}

/// Adds to the counters of a place.
fn add(
    connection: &Connection,
    user: &str,
    place: &CountedIn,
    counts: &Counts,
) -> Result<(), Failure> {
    for (name, by) in counts {
        match place {
            CountedIn::Day(on) => {
                let sql = "INSERT INTO counters (user, day_on, name, value) \
                    VALUES (?1, ?2, ?3, ?4) \
                    ON CONFLICT (user, day_on, name) DO UPDATE SET value = value + ?4";
                execute(connection, sql, params![user, on.to_string(), name, by])?;
            }
            CountedIn::Total => {
                let sql = "INSERT INTO totals (name, value) VALUES (?1, ?2) \
                    ON CONFLICT (name) DO UPDATE SET value = value + ?2";
                execute(connection, sql, params![name, by])?;
            }
            CountedIn::Hour { dimension, hour_at } => {
                let sql = "INSERT INTO hours (dimension, hour_at, name, value) \
                    VALUES (?1, ?2, ?3, ?4) \
                    ON CONFLICT (dimension, hour_at, name) DO UPDATE SET value = value + ?4";
                let at = instant(*hour_at);
                execute(connection, sql, params![dimension.as_str(), at, name, by])?;
                if dimension.has_sketches() {
                    let sql = "INSERT INTO utc_days (dimension, day_on, name, value) \
                        VALUES (?1, ?2, ?3, ?4) \
                        ON CONFLICT (dimension, day_on, name) DO UPDATE SET value = value + ?4";
                    let day_on = utc_date(*hour_at).to_string();
                    execute(connection, sql, params![dimension.as_str(), day_on, name, by])?;
                }
            }
        }
    }
    Ok(())
}

/// Counters with what they are kept under, in its order.
fn grouped<T: PartialEq>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    key: impl Fn(String) -> Result<T, Failure>,
) -> Result<Vec<(T, Counts)>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut groups: Vec<(T, Counts)> = Vec::new();
    while let Some(row) = rows.next()? {
        let (under, name, value) = (key(row.get(0)?)?, row.get(1)?, row.get(2)?);
        match groups.last_mut() {
            Some((last, counts)) if *last == under => {
                counts.insert(name, value);
            }
            _ => groups.push((under, Counts::from([(name, value)]))),
        }
    }
    Ok(groups)
}

fn date(text: String) -> Result<Date, Failure> {
    text.parse().map_err(|_| Failure::Request("a column holds no readable date".to_owned()))
}

fn counts(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<Vec<(String, i64)>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let columns = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let rows = statement.query_map(params, columns)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
