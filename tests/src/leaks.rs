//! Nothing personal in any log: every line that a [`crate::world::World`] causes is kept, at every
//! level and in the form that deployments write, and searched for what that world knows.

use std::cell::Cell;
use std::collections::{BTreeSet, HashMap};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, MutexGuard, Once, PoisonError};
use std::thread::{self, ThreadId};

use tracing::Level;

use crate::world::World;

/// Words shorter than this stand in innocent lines too often to prove anything.
const WORD_CHARS_MIN: usize = 4;

/// Digits of the shortest number that a person can be reached at from abroad.
const NUMBER_DIGITS_MIN: usize = 8;

/// Lines that are kept at most: what a run of weeks logs beyond them is not searched.
const LINES_MAX: usize = 100_000;

thread_local! {
    /// Whether what this thread logs is of nobody's concern.
    static IS_IGNORED: Cell<bool> = const { Cell::new(false) };
}

static KEPT: Mutex<Option<Kept>> = Mutex::new(None);

/// Lines that were not searched yet.
#[derive(Default)]
struct Kept {
    /// A test has a thread of its own, and so has its world.
    own: HashMap<ThreadId, Vec<String>>,
    /// Those of the store and other helpers, which may be of any world: every one searches them.
    helpers: Helpers,
}

/// Lines that many worlds search, each for words of its own: by their tokens.
#[derive(Default)]
struct Helpers {
    lines: BTreeSet<Arc<str>>,
    by_token: HashMap<String, Vec<Arc<str>>>,
    with_numbers: Vec<Arc<str>>,
}

impl Helpers {
    fn add(&mut self, line: &str) {
        let line: Arc<str> = line.into();
        if self.lines.len() >= LINES_MAX || !self.lines.insert(line.clone()) {
            return;
        }
        let tokens: BTreeSet<_> = tokens(&line).map(|(_, token)| token).collect();
        for token in tokens {
            self.by_token.entry(token.to_owned()).or_default().push(line.clone());
        }
        if holds_a_number(&line) {
            self.with_numbers.push(line);
        }
    }

    /// The lines that hold one of these tokens, or a number.
    fn suspects<'a>(&self, tokens: impl Iterator<Item = &'a String>) -> BTreeSet<&str> {
        let of_tokens = tokens.filter_map(|token| self.by_token.get(token)).flatten();
        of_tokens.chain(&self.with_numbers).map(|line| &**line).collect()
    }
}

/// From now on every line of this process is kept, and those of this thread are of one world.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let all = tracing_subscriber::fmt().json().with_max_level(Level::TRACE).without_time();
        let set = tracing::subscriber::set_global_default(all.with_writer(|| Line).finish());
        set.expect("nothing else listens in this process");
    });
    IS_IGNORED.set(false);
    kept().get_or_insert_default().own.insert(thread::current().id(), Vec::new());
}

/// From now on nothing that this thread logs is kept: it would be taken for a helper's.
pub fn ignore() {
    IS_IGNORED.set(true);
}

/// Whether any line is kept. Where nobody listens there is nothing to be searched.
pub fn is_listening() -> bool {
    kept().is_some()
}

/// Where the log is written to, a line at a time.
struct Line;

impl Write for Line {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line).into_owned();
        if IS_IGNORED.get() || is_of_the_sdk_at_work(&text) {
            return Ok(line.len());
        }
        let mut kept = kept();
        let kept = kept.get_or_insert_default();
        match kept.own.get_mut(&thread::current().id()) {
            Some(own) if own.len() < LINES_MAX => own.push(text),
            None => kept.helpers.add(&text),
            _ => {}
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a line is what AWS's SDK tells only those who ask for it: below `INFO` it prints whole
/// requests and answers, so deployments never do.
fn is_of_the_sdk_at_work(line: &str) -> bool {
    let is_detail = ["TRACE", "DEBUG"].iter().any(|level| line.contains(&format!("{level}\"")));
    is_detail && line.contains("\"target\":\"aws_")
}

/// What must not be found.
#[derive(Debug, Default)]
pub struct Known {
    /// By the first run of letters and digits in each, so that one pass over a line finds all.
    secrets: Mutex<HashMap<String, BTreeSet<Secret>>>,
}

/// The words, and what they are.
type Secret = (String, &'static str);

impl Known {
    /// Adds a word or sentence of somebody's. Short ones are passed over.
    pub fn add(&self, what: &'static str, text: &str) {
        let text = text.trim();
        if text.chars().count() < WORD_CHARS_MIN {
            return;
        }
        // JSON escapes quotes and line breaks, and a log may hold JSON in JSON.
        let once = escaped(text);
        for spelling in [escaped(&once), once, text.to_owned()] {
            let first = tokens(&spelling).next().map(|(_, first)| first.to_owned());
            if let Some(first) = first {
                self.lock().entry(first).or_default().insert((spelling, what));
            }
        }
    }

    /// Adds what a calendar file says in words.
    pub fn add_calendar(&self, file: &str) {
        for line in file.replace("\r\n ", "").lines() {
            let Some((name, value)) = line.split_once(':') else { continue };
            let what = match name.split(';').next().unwrap_or_default() {
                "SUMMARY" => "title",
                "LOCATION" => "location",
                "DESCRIPTION" => "description",
                "URL" | "X-GOOGLE-CONFERENCE" => "link",
                _ => continue,
            };
            self.add(what, value);
        }
    }

    /// Every line of this thread since the last search, and every line of a helper, that holds
    /// something known or any phone number; with what it holds.
    pub fn search(&self) -> Vec<String> {
        let mut kept = kept();
        let kept = kept.get_or_insert_default();
        let own = kept.own.get_mut(&thread::current().id()).map(std::mem::take).unwrap_or_default();
        let suspects = kept.helpers.suspects(self.lock().keys());
        self.search_in(own.iter().map(String::as_str).chain(suspects))
    }

    /// Every line of these that holds something known, or any phone number.
    pub fn search_in<'a>(&self, lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let secrets = self.lock();
        let what = |line: &str| {
            let known = tokens(line).find_map(|(at, token)| {
                let mut secrets = secrets.get(token)?.iter();
                secrets.find(|(spelling, _)| stands_at(line, at, token, spelling))
            });
            known.map(|(_, what)| *what).or_else(|| holds_a_number(line).then_some("phone number"))
        };
        lines.into_iter().filter_map(|line| Some(format!("a {} in {line}", what(line)?))).collect()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, BTreeSet<Secret>>> {
        self.secrets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl World {
    /// The lines of the log, since this was asked last, that hold what no log may.
    pub fn leaks(&self) -> Vec<String> {
        if !is_listening() {
            return Vec::new();
        }
        for text in self.sandbox.texts() {
            self.known.add("body", &text.body);
            self.known.add("phone number", &text.to);
        }
        self.known.search()
    }
}

/// The runs of letters and digits, with where they begin.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_part = |character: char| character.is_alphanumeric();
    text.split(move |character| !is_part(character))
        .filter(|token| !token.is_empty())
        .map(move |token| (token.as_ptr().addr() - text.as_ptr().addr(), token))
}

/// Whether a spelling, whose first token is at `at` in the line, stands there whole: `Lunch`, but
/// not the beginning of `Lunch_time`.
fn stands_at(line: &str, at: usize, token: &str, spelling: &str) -> bool {
    let Some(begin) = spelling.find(token).and_then(|lead| at.checked_sub(lead)) else {
        return false;
    };
    let Some(rest) = line.get(begin..).and_then(|rest| rest.strip_prefix(spelling)) else {
        return false;
    };
    let is_part = |character: char| character.is_alphanumeric() || character == '_';
    let ends_in_part = spelling.chars().next_back().is_some_and(is_part);
    !(ends_in_part && rest.chars().next().is_some_and(is_part))
}

fn escaped(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default().to_owned()
}

/// Whether a line holds `+`, as it stands or in an address, and enough digits.
fn holds_a_number(line: &str) -> bool {
    let digits = |rest: &str| rest.bytes().take_while(u8::is_ascii_digit).count();
    ["+", "%2B", "%2b"]
        .iter()
        .any(|sign| line.split(sign).skip(1).any(|rest| digits(rest) >= NUMBER_DIGITS_MIN))
}

/// How many lines this thread caused since the last search.
pub fn count() -> usize {
    let kept = kept();
    let own = kept.as_ref().and_then(|kept| kept.own.get(&thread::current().id()));
    own.map_or(0, Vec::len)
}

fn kept() -> MutexGuard<'static, Option<Kept>> {
    KEPT.lock().unwrap_or_else(PoisonError::into_inner)
}
