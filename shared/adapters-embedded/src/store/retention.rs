//! Removing what is older than its period. What DynamoDB does by time-to-live is done here some
//! users at a time, by the indexes that there are: nobody who waits for the store notices.

use app::ports::StoreError;
use domain::limits;
use domain::pace::second_of;
use domain::retention::Retention;
use domain::time::{back, utc_date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::columns::instant;
use super::failure::Failure;
use super::feed::folded_until;
use super::rows::{all, execute, one};
use super::turns;

/// Users whose things are looked at in one transaction.
const USERS: u32 = 50;

/// Where a sweep goes on.
const SWEPT_UNTIL: &str = "swept_until";

/// How long a job that nobody could handle is kept, as in the queues of AWS.
const DEAD_LETTERS_KEPT_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Dates are those of users, who may be a day behind UTC.
const DATES_MAY_DIFFER: SignedDuration = SignedDuration::from_hours(24);

/// The instants before which things pass.
#[derive(Debug, Clone)]
struct Passed {
    events: String,
    reminders: String,
    /// As a date.
    days: String,
    /// As a UTC date: the hours of a date go together, as its sums do.
    counters: String,
    counters_days: String,
    dead_letters: String,
    /// A whole second, as those of turns are.
    turns: Timestamp,
}

impl Passed {
    fn at(now: Timestamp, retention: &Retention) -> Self {
        let date = |kept_for| {
            let at = back(back(now, kept_for), DATES_MAY_DIFFER);
            TimeZone::UTC.to_datetime(at).date().to_string()
        };
        Self {
            events: instant(back(now, retention.events())),
            reminders: instant(back(now, retention.reminders())),
            days: date(retention.reminders()),
            counters: utc_date(back(now, retention.counters())).to_string(),
            counters_days: date(retention.counters()),
            dead_letters: instant(back(now, DEAD_LETTERS_KEPT_FOR)),
            turns: second_of(back(now, limits::TURNS_KEPT_FOR)).0,
        }
    }
}

impl SqliteStore {
    /// Removes what is older than its period at `now`, of all users. Says how many rows it were.
    ///
    /// # Errors
    /// [`StoreError`]; the next sweep goes on where this one ended.
    pub async fn sweep_old(
        &self,
        now: Timestamp,
        retention: &Retention,
    ) -> Result<usize, StoreError> {
        let mut removed = 0;
        loop {
            let (rows, is_round_over) = self.sweep_some(now, retention).await?;
            removed += rows;
            if is_round_over {
                return Ok(removed);
            }
        }
    }

    /// The same, of the next users only. Also says whether it was the last of them.
    async fn sweep_some(
        &self,
        now: Timestamp,
        retention: &Retention,
    ) -> Result<(usize, bool), StoreError> {
        let passed = Passed::at(now, retention);
        self.write("remove what is old", move |connection| sweep(connection, &passed)).await
    }
}

fn sweep(connection: &Connection, passed: &Passed) -> Result<(usize, bool), Failure> {
    let sql = "SELECT value FROM control WHERE kind = 'cursor' AND name = ?";
    let after = one::<String>(connection, sql, [SWEPT_UNTIL])?.unwrap_or_default();
    let sql = "SELECT user FROM users WHERE user > ? ORDER BY user LIMIT ?";
    let users: Vec<String> = all(connection, sql, params![after, USERS])?;
    let mut removed = 0;
    for user in &users {
        removed += of_user(connection, user, passed)?;
    }
    if removed > 0 {
        // Its numbers stay, as they do for an erased person.
        let sql = "UPDATE feed SET doc = NULL, user = '', reminder = '' \
            WHERE sequence <= ? AND doc IS NOT NULL \
            AND reminder NOT IN (SELECT reminder FROM reminders)";
        execute(connection, sql, [folded_until(connection)?])?;
    }
    // A whole round is over: what belongs to nobody is looked at once in it.
    let is_over = users.len() < USERS as usize;
    if is_over {
        removed += of_everybody(connection, passed)?;
    }
    let until = users.last().filter(|_| !is_over).map_or("", String::as_str);
    let sql = "INSERT INTO control (kind, name, value) VALUES ('cursor', ?1, ?2) \
        ON CONFLICT (kind, name) DO UPDATE SET value = ?2";
    execute(connection, sql, [SWEPT_UNTIL, until])?;
    Ok((removed, is_over))
}

/// What belongs to one user. A reminder goes when its event is over, too, and never while it waits.
fn of_user(connection: &Connection, user: &str, passed: &Passed) -> Result<usize, Failure> {
    let sql = "DELETE FROM events WHERE user = ? AND start_from < ?2 AND start_until < ?2";
    let mut removed = execute(connection, sql, [user, &passed.events])?;
    let sql = "SELECT reminder FROM reminders \
        WHERE user = ?1 AND day_on < ?2 AND due_at IS NULL AND send_at < ?3 \
        AND rtrim(json_extract(doc, '$.facts.end'), 'Z') < ?3";
    let old: Vec<String> = all(connection, sql, [user, &passed.days, &passed.reminders])?;
    for reminder in old {
        let sql = "DELETE FROM reminders WHERE reminder = ?";
        removed += execute(connection, sql, [&reminder])?;
        let sql = "DELETE FROM contributions WHERE user = ? AND reminder = ?";
        execute(connection, sql, [user, &reminder])?;
    }
    for sql in [
        "DELETE FROM days WHERE user = ? AND day_on < ?",
        "DELETE FROM runs WHERE user = ? AND day_on < ?",
    ] {
        removed += execute(connection, sql, [user, &passed.days])?;
    }
    let sql = "DELETE FROM counters WHERE user = ? AND day_on < ?";
    Ok(removed + execute(connection, sql, [user, &passed.counters_days])?)
}

/// What belongs to nobody.
fn of_everybody(connection: &Connection, passed: &Passed) -> Result<usize, Failure> {
    let sql = "DELETE FROM dead_letters WHERE dead_at < ?";
    let mut removed = execute(connection, sql, [&passed.dead_letters])?;
    // They are nobody's, and do not count.
    turns::forget_all(connection, passed.turns)?;
    // One dimension after the other, each by the key.
    let mut dimension = String::new();
    loop {
        let sql = "SELECT min(dimension) FROM hours WHERE dimension > ?";
        let Some(next) = one::<Option<String>>(connection, sql, [&dimension])?.flatten() else {
            return Ok(removed);
        };
        let sql = "DELETE FROM hours WHERE dimension = ? AND hour_at < ?";
        removed += execute(connection, sql, [&next, &passed.counters])?;
        let sql = "DELETE FROM utc_days WHERE dimension = ? AND day_on < ?";
        execute(connection, sql, [&next, &passed.counters])?;
        dimension = next;
    }
}
