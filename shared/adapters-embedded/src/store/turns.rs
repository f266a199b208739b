//! Turns: a row `turns` for each sender and second, named so that the older ones come first.

use domain::limits;
use domain::time::back;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::columns::instant;
use super::failure::Failure;
use super::rows::{execute, one};

/// Adds to a second's turns, and says how many there were before.
pub(super) fn add(
    connection: &Connection,
    sender: &str,
    second: Timestamp,
    wanted: u32,
) -> Result<u32, Failure> {
    let sql = "SELECT value FROM control WHERE kind = 'turns' AND name = ?";
    let before = one::<u32>(connection, sql, [name(sender, second)])?;
    if before.is_none() {
        forget(connection, sender, second)?;
    }
    let sql = "INSERT INTO control (kind, name, value) VALUES ('turns', ?1, ?2) \
        ON CONFLICT (kind, name) DO UPDATE SET value = ?2";
    let before = before.unwrap_or(0);
    let after = before.saturating_add(wanted);
    execute(connection, sql, params![name(sender, second), after])?;
    Ok(before)
}

/// Removes what is too old when a second begins: one row, as a rule.
fn forget(connection: &Connection, sender: &str, second: Timestamp) -> Result<usize, Failure> {
    let kept_from = back(second, limits::TURNS_KEPT_FOR);
    let sql = "DELETE FROM control WHERE kind = 'turns' AND name > ?1 AND name < ?2";
    execute(connection, sql, [format!("{sender} "), name(sender, kept_from)])
}

/// Removes what is older, of senders that nobody texts from any more, too.
pub(super) fn forget_all(connection: &Connection, before: Timestamp) -> Result<usize, Failure> {
    let before = instant(before);
    let sql = "DELETE FROM control WHERE kind = 'turns' AND substr(name, -length(?1)) < ?1";
    execute(connection, sql, [&before])
}

fn name(sender: &str, second: Timestamp) -> String {
    format!("{sender} {}", instant(second))
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::super::open::open_memory;
    use super::super::rows::all;
    use super::*;

    #[test]
    fn seconds_that_nobody_asks_about_any_more_are_forgotten() {
        let connection = open_memory().unwrap();
        let add = |sender: &str, second: Timestamp| add(&connection, sender, second, 1).unwrap();
        let first: Timestamp = "2026-11-24T14:52:00Z".parse().unwrap();
        let later = |seconds: i64| first + seconds.seconds();
        let kept = limits::TURNS_KEPT_FOR.as_secs();
        for second in [first, later(1), first, later(kept)] {
            add("48151", second);
        }
        add("4815", later(2 * kept));
        assert_eq!(
            add("48151", first),
            2,
            "it may be asked about for as long as clocks may differ"
        );
        assert_eq!(add("48151", later(kept + 1)), 0);
        let sql = "SELECT name FROM control WHERE kind = 'turns' ORDER BY name";
        let names: Vec<String> = all(&connection, sql, []).unwrap();
        let expected = [
            name("4815", later(2 * kept)),
            name("48151", later(1)),
            name("48151", later(kept)),
            name("48151", later(kept + 1)),
        ];
        assert_eq!(names, expected, "each sender's own pass, by its own seconds");
        forget_all(&connection, later(kept + 1)).unwrap();
        assert_eq!(all::<String>(&connection, sql, []).unwrap(), [&*expected[0], &*expected[3]]);
    }
}
