//! Reading what people give: files, dates, wishes. Every refusal says what to write instead.

use std::fs::File;
use std::io::{self, BufRead as _, Read};
use std::path::Path;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Failure, Session};

/// The name that stands for standard input.
pub(super) const STDIN: &str = "-";

/// Bytes of a calendar file at most.
const CALENDAR_BYTES_MAX: u64 = adapters_http::ics::limits::CALENDAR_BYTES_MAX as u64;

/// Bytes at the beginning of a calendar file in which something must begin.
const HEAD_BYTES: usize = 64 * 1024;

/// Bytes of a password at most, with its line's end.
const PASSWORD_BYTES_MAX: u64 = 4_096;

/// A calendar as bytes, and what to call it in messages.
pub(super) struct CalendarFile {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
}

impl CalendarFile {
    /// Whether the file begins anything, in ASCII or with zero bytes in between as in UTF-16.
    pub(super) fn has_calendar_word(&self) -> bool {
        let letters = self.bytes.iter().copied().filter(|byte| *byte != 0);
        let letters: Vec<u8> = letters.take(HEAD_BYTES).collect();
        letters.windows(7).any(|word| word.eq_ignore_ascii_case(b"BEGIN:V"))
    }
}

/// Reads a date.
pub(super) fn date(given: &str) -> Result<Date, String> {
    let bad = || format!("{given:?} is no date; write one like 2026-11-01");
    // Written whole, so that a typing mistake is not taken for another date.
    let is_whole = given.len() == 10 && given.bytes().filter(|byte| *byte == b'-').count() == 2;
    if is_whole { given.parse().map_err(|_| bad()) } else { Err(bad()) }
}

/// Reads a date, or takes today's in `zone`.
pub(super) fn date_or_today(
    given: Option<&str>,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Date, Failure> {
    match given {
        Some(given) => date(given).map_err(Failure::input),
        None => Ok(domain::time::local_date(now, zone)),
    }
}

/// Reads a calendar file, or standard input for `-`. Anything that is surely no calendar is
/// refused; everything else is for the calendar's reader to judge.
pub(super) fn calendar(session: &mut Session<'_>, path: &Path) -> Result<CalendarFile, Failure> {
    let is_stdin = path == Path::new(STDIN);
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let read = if is_stdin { whole(&mut session.stdin) } else { file(path) };
    let bytes = read.map_err(|error| Failure::input(format!("cannot read {name}: {error}")))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Failure::input(format!("{name} is empty; give an iCalendar file (.ics)")));
    }
    let file = CalendarFile { name, bytes };
    // UTF-16 holds zero bytes and is read.
    if file.bytes.contains(&0) && !file.has_calendar_word() {
        let what = format!("{} is no text; give an iCalendar file (.ics)", file.name);
        return Err(Failure::input(what));
    }
    Ok(file)
}

/// Reads a text file, or standard input for `-`.
pub(super) fn text(session: &mut Session<'_>, path: &Path) -> Result<String, Failure> {
    let is_stdin = path == Path::new(STDIN);
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let read = if is_stdin { whole(&mut session.stdin) } else { file(path) };
    let bytes = read.map_err(|error| Failure::input(format!("cannot read {name}: {error}")))?;
    String::from_utf8(bytes).map_err(|_| Failure::input(format!("{name} is no text in UTF-8")))
}

/// An argument that may be a secret: `-` reads it from standard input, so that it stands in no list
/// of processes and no shell's memory.
pub(super) fn argument(session: &mut Session<'_>, given: &str) -> Result<String, Failure> {
    if given != STDIN {
        return Ok(given.to_owned());
    }
    let bytes = whole(&mut session.stdin).map_err(stdin_failure)?;
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.lines().next().unwrap_or_default().trim().to_owned())
}

/// A password, from standard input only: arguments stand in lists of processes.
pub(super) fn password(session: &mut Session<'_>, account: &str) -> Result<String, Failure> {
    session.out.note(&format!("reading the password of {account} from standard input"))?;
    let mut line = String::new();
    let mut first = session.stdin.by_ref().take(PASSWORD_BYTES_MAX);
    first.read_line(&mut line).map_err(stdin_failure)?;
    match line.trim_end_matches(['\r', '\n']) {
        password if !password.is_empty() => Ok(password.to_owned()),
        _ => Err(Failure::input("standard input holds no password: give it as one line there")),
    }
}

/// A failure to read standard input.
#[expect(clippy::needless_pass_by_value, reason = "it is mapped over results")]
pub(super) fn stdin_failure(error: io::Error) -> Failure {
    Failure::input(format!("cannot read standard input: {error}"))
}

fn file(path: &Path) -> io::Result<Vec<u8>> {
    let file = File::open(path)?;
    if file.metadata()?.is_dir() {
        return Err(io::Error::other("it is a folder; give a file"));
    }
    whole(&mut io::BufReader::new(file))
}

fn whole(reader: &mut impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(CALENDAR_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > CALENDAR_BYTES_MAX {
        let mebibytes = CALENDAR_BYTES_MAX / 1024 / 1024;
        return Err(io::Error::other(format!("it is larger than {mebibytes} MiB")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_whole_or_refused() {
        let check =
            |given: &str, is_date: bool| assert_eq!(date(given).is_ok(), is_date, "{given}");
        check("2026-11-01", true);
        check("2024-02-29", true);
        for bad in
            ["2026-02-30", "2026-1-1", "20261101", "2026-11-01T10", "tomorrow", "", "2026-13-01"]
        {
            check(bad, false);
        }
    }

    #[test]
    fn utf_16_is_no_binary() {
        let is_calendar = |bytes: &[u8]| {
            CalendarFile { name: String::new(), bytes: bytes.to_vec() }.has_calendar_word()
        };
        let utf_16: Vec<u8> = "BEGIN:VCALENDAR".bytes().flat_map(|byte| [byte, 0]).collect();
        assert!(is_calendar(&utf_16));
        assert!(is_calendar(b"\xef\xbb\xbfbegin:vcalendar"));
        assert!(!is_calendar(b"\x7fELF\0\0\0"));
    }
}
