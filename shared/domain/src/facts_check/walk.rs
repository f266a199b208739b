//! Walking over a text, part by part: every one has to be justified.

use jiff::civil::{Date, Time};

use super::moments::{Moment, Reader};
use super::tokens::{Token, tokens};
use super::vocabulary::{Meaning, Vocabulary, vocabulary};
use super::{Expected, Rejection};
use crate::segments;
use crate::texts::{self, HourCycle};
use crate::time;

/// Words of the title that have to be said, at most.
const TITLE_WORDS_MAX: usize = 4;

/// Characters of a title without spaces that have to be said, at most.
const TITLE_CHARACTERS_MAX: usize = 8;

/// Days ahead up to which a weekday names one date.
const WEEKDAY_DAYS_MAX: i32 = 6;

/// Stands for the event's own link, which is whole or absent.
const LINK: char = '\u{1}';

/// Looks at every part of a text.
pub(super) fn walk(text: &str, expected: &Expected<'_>) -> Result<(), Rejection> {
    let text = hide_link(text, expected)?.to_lowercase();
    let title = segments::to_gsm(&expected.facts.title).to_lowercase();
    let place = segments::to_gsm(expected.facts.location.as_deref().unwrap_or_default());
    let place = place.to_lowercase();
    let (text, title, place) = (tokens(&text), tokens(&title), tokens(&place));
    let title_words = spoken(&title);
    let place_words = spoken(&place);
    let needed = needed(&title_words);
    let mut is_quoted = vec![false; text.len()];
    let is_titled = quote(&text, &title, &title_words, Quote::Beginning(needed), &mut is_quoted);
    quote(&text, &place, &place_words, Quote::Anywhere, &mut is_quoted);
    let is_run_told = quote_run(&text, expected, &mut is_quoted);
    let words = vocabulary(expected.locale.language);
    let walk = Walk {
        reader: Reader { tokens: &text, words },
        words,
        is_quoted,
        event_words: [title_words, place_words].concat(),
        day: Day::of(expected),
    };
    let seen = walk.all()?;
    if !is_titled && needed > 0 {
        return Err(Rejection::Title);
    }
    if !is_run_told {
        return Err(Rejection::BackToBack);
    }
    walk.day.satisfied_by(&seen)
}

/// Marks the words that say of how many meetings the event is the first; false where they are due
/// and missing. They are a quote of ours: any others that name a number are refused.
fn quote_run(text: &[Token<'_>], expected: &Expected<'_>, is_quoted: &mut [bool]) -> bool {
    let Some(due) = texts::first_of(expected.facts, expected.locale) else { return true };
    let due = due.to_lowercase();
    let due = tokens(&due);
    let words = spoken(&due);
    quote(text, &due, &words, Quote::Beginning(words.len()), is_quoted)
}

/// The text without the event's link. It has to stand alone: what follows it would belong to it.
fn hide_link(text: &str, expected: &Expected<'_>) -> Result<String, Rejection> {
    let facts = expected.facts;
    let links = facts.meeting_link.iter().chain(&facts.location);
    let mut links = links.map(|link| link.trim()).filter(|link| link.contains("://"));
    let Some((link, (before, after))) = links.find_map(|link| Some((link, text.split_once(link)?)))
    else {
        return Ok(text.to_owned());
    };
    let starts_well = before.is_empty() || before.ends_with([' ', '(', '：', '。', '、']);
    let ends_well = after.is_empty() || after == "." || after.starts_with(' ');
    if !starts_well || !ends_well || after.contains(link) {
        return Err(Rejection::Link);
    }
    Ok(format!("{before}{LINK}{after}"))
}

fn spoken<'a>(tokens: &[Token<'a>]) -> Vec<Token<'a>> {
    tokens.iter().copied().filter(Token::is_spoken).collect()
}

/// How many of a title's first words have to be said: half of them, within limits.
fn needed(title: &[Token<'_>]) -> usize {
    let is_unspaced = |token: &Token<'_>| match token {
        Token::Word(word) => word.chars().all(super::tokens::is_unspaced),
        _ => false,
    };
    let most = if title.iter().any(is_unspaced) { TITLE_CHARACTERS_MAX } else { TITLE_WORDS_MAX };
    title.len().div_ceil(2).min(most)
}

/// Which runs of words count as a quote.
#[derive(Clone, Copy)]
enum Quote {
    /// From the first on, at least so many.
    Beginning(usize),
    /// From any on, at least two or all.
    Anywhere,
}

/// Marks what quotes `source`, whose words and numbers are `words`; whether anything does.
fn quote(
    text: &[Token<'_>],
    source: &[Token<'_>],
    words: &[Token<'_>],
    kind: Quote,
    is_quoted: &mut [bool],
) -> bool {
    let (starts, least) = match kind {
        Quote::Beginning(least) => (1.min(words.len()), least.max(1)),
        Quote::Anywhere => (words.len(), words.len().clamp(1, 2)),
    };
    let mut found = false;
    for at in 0..text.len() {
        let runs =
            (0..starts).map(|from| run(&text[at..], source, words.get(from..).unwrap_or_default()));
        let Some((count, taken)) = runs.max() else { continue };
        if count >= least {
            is_quoted[at..at + taken].fill(true);
            found = true;
        }
    }
    found
}

/// How many words the beginning of a text shares with `words`, and how many tokens they take.
fn run(text: &[Token<'_>], source: &[Token<'_>], words: &[Token<'_>]) -> (usize, usize) {
    let (mut count, mut taken) = (0, 0);
    for (at, token) in text.iter().enumerate() {
        match token {
            _ if token.is_spoken() => {
                if words.get(count) != Some(token) {
                    break;
                }
                count += 1;
                taken = at + 1;
            }
            Token::Space if count > 0 => {}
            Token::Sign(sign) if count > 0 && (is_harmless(*sign) || source.contains(token)) => {}
            _ => break,
        }
    }
    (count, taken)
}

/// Signs that say nothing.
fn is_harmless(sign: char) -> bool {
    matches!(
        sign,
        '.' | ','
            | ':'
            | ';'
            | '!'
            | '?'
            | '¿'
            | '¡'
            | '-'
            | '('
            | ')'
            | '"'
            | '\''
            | '&'
            | '。'
            | '、'
            | '！'
            | '？'
            | '：'
            | '「'
            | '」'
            | '『'
            | '』'
            | '（'
            | '）'
            | '・'
    )
}

/// What the text has to say of the day and the time.
struct Day {
    time: Option<Time>,
    hours: HourCycle,
    first: Date,
    last: Date,
    /// How many days after the text the event begins.
    days_ahead: i32,
    is_all_day: bool,
}

impl Day {
    fn of(expected: &Expected<'_>) -> Self {
        let facts = expected.facts;
        let start = expected.zone.to_datetime(facts.start);
        let first = facts.all_day_on.unwrap_or(start.date());
        let is_all_day = facts.all_day_on.is_some();
        let end = time::back(facts.end, jiff::SignedDuration::from_secs(1));
        let last = if is_all_day { time::local_date(end, expected.zone).max(first) } else { first };
        let ahead = first.duration_since(expected.nominal_day).as_hours() / 24;
        Self {
            time: (!is_all_day).then_some(start.time()),
            hours: expected.locale.hours,
            first,
            last,
            days_ahead: i32::try_from(ahead).unwrap_or(i32::MAX),
            is_all_day,
        }
    }

    fn justifies(&self, moment: Moment) -> bool {
        self.time.is_some_and(|time| moment.is_time(time, self.hours))
            || moment.is_date(self.first)
            || moment.is_date(self.last)
    }

    fn satisfied_by(&self, seen: &[Moment]) -> Result<(), Rejection> {
        let is_timed =
            self.time.is_none_or(|time| seen.iter().any(|moment| moment.is_time(time, self.hours)));
        if !is_timed {
            return Err(Rejection::NoTime);
        }
        let is_near = (0..=WEEKDAY_DAYS_MAX).contains(&self.days_ahead);
        let mut dates = seen.iter().filter(|moment| match moment {
            Moment::Weekday(_) => is_near,
            _ => true,
        });
        let is_dated = dates.any(|moment| moment.is_date(self.first));
        let needs_date = self.is_all_day || self.days_ahead != 0;
        if needs_date && !is_dated { Err(Rejection::NoDay) } else { Ok(()) }
    }
}

struct Walk<'a> {
    reader: Reader<'a>,
    words: &'a Vocabulary,
    is_quoted: Vec<bool>,
    event_words: Vec<Token<'a>>,
    day: Day,
}

impl Walk<'_> {
    /// Every time and date of the text, all of which are right.
    fn all(&self) -> Result<Vec<Moment>, Rejection> {
        let mut seen = Vec::new();
        let mut at = 0;
        while at < self.reader.tokens.len() {
            at = if self.is_quoted[at] { at + 1 } else { self.step(at, &mut seen)? };
        }
        Ok(seen)
    }

    /// Where the part that begins at `at` ends.
    fn step(&self, at: usize, seen: &mut Vec<Moment>) -> Result<usize, Rejection> {
        let token = self.reader.tokens[at];
        match token {
            Token::Space | Token::Sign(LINK) => return Ok(at + 1),
            Token::Left => return self.left(at),
            Token::Sign(sign) => return self.sign(at, sign),
            Token::Word(_) | Token::Digits(_) => {}
        }
        let moments = self.reader.read(at);
        // Of the right ones, the longest: "November 28" is a month, and a day of it.
        let right = moments.iter().filter(|(moment, _)| self.day.justifies(*moment));
        if let Some((moment, end)) = right.max_by_key(|(_, end)| *end) {
            seen.push(*moment);
            return Ok(*end);
        }
        if self.is_link(at) {
            return Err(Rejection::Link);
        }
        // Of equally long meanings, the harmless one: German "am" is not only the morning.
        let meanings = self.words.meanings(self.reader.tokens, at);
        let meaning = meanings.max_by_key(|(meaning, taken)| (*taken, *meaning == Meaning::Phrase));
        if let Some((Meaning::Phrase, taken)) = meaning
            && moments.iter().all(|(_, end)| *end <= at + taken)
        {
            return Ok(at + taken);
        }
        if let Some((moment, _)) = moments.first() {
            return Err(match moment {
                Moment::Time { .. } => Rejection::WrongTime,
                Moment::Date { .. } | Moment::Weekday(_) => Rejection::WrongDay,
            });
        }
        match (meaning, token) {
            (Some((Meaning::Relative, _)), _) => Err(Rejection::Relative),
            (Some((Meaning::Number, _)), _) | (_, Token::Digits(_)) => Err(Rejection::Number),
            (Some((Meaning::Amount, _)), _) => Err(Rejection::Amount),
            (Some((Meaning::Promise, _)), _) => Err(Rejection::Promise),
            (Some((Meaning::Weekday(_) | Meaning::Month(_), _)), _) => Err(Rejection::WrongDay),
            _ if self.event_words.contains(&token) => Ok(at + 1),
            _ => Err(Rejection::Word),
        }
    }

    /// The relative time brings its own preposition.
    fn left(&self, at: usize) -> Result<usize, Rejection> {
        let before = self.reader.tokens[..at].iter().enumerate().rev();
        let word =
            before.filter(|(_, token)| **token != Token::Space).map(|(at, token)| (at, *token));
        match word.take(1).next() {
            Some((at, Token::Word(word)))
                if !self.is_quoted[at] && self.words.clashes_with_left(word) =>
            {
                Err(Rejection::Left)
            }
            _ => Ok(at + 1),
        }
    }

    fn sign(&self, at: usize, sign: char) -> Result<usize, Rejection> {
        match sign {
            _ if is_harmless(sign) => Ok(at + 1),
            '$' | '€' | '£' | '¥' | '%' | '¤' | '₿' | '₹' | '￥' => {
                Err(Rejection::Amount)
            }
            '@' | '/' | '\\' | '#' => Err(Rejection::Link),
            '{' | '}' => Err(Rejection::Left),
            _ => Err(Rejection::Sign),
        }
    }

    /// Whether a link or an address begins here: `evil.com`, `www`, `http`, `a@b`.
    fn is_link(&self, at: usize) -> bool {
        let tokens = self.reader.tokens;
        let is_spoken = |at: usize| tokens.get(at).is_some_and(Token::is_spoken);
        let is_scheme =
            matches!(tokens[at], Token::Word("http" | "https" | "www" | "mailto" | "tel"));
        is_scheme
            || tokens.get(at + 1) == Some(&Token::Sign('@'))
            || (tokens.get(at + 1) == Some(&Token::Sign('.')) && is_spoken(at + 2))
    }
}
