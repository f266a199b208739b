//! The words of each language that a model's text may use, and those that name what it must not.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::tokens::{Token, tokens};
use crate::texts::Language;

/// How a language writes a date in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum NumericDate {
    /// Not at all: it would be read differently by different people.
    #[default]
    None,
    /// 28.11.
    DayDotMonth,
    /// 28/11
    DaySlashMonth,
    /// 11/28
    MonthSlashDay,
}

/// A language's file; see `data/en.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    weekdays: Vec<Vec<String>>,
    months: Vec<Vec<String>>,
    numeric: NumericDate,
    ordinals: Vec<String>,
    date_joins: Vec<String>,
    am: Vec<String>,
    pm: Vec<String>,
    clock: Vec<String>,
    not_before_left: Vec<String>,
    relative: Vec<String>,
    numbers: Vec<String>,
    amounts: Vec<String>,
    promises: Vec<String>,
    phrases: Vec<String>,
}

/// What a sequence of words means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Monday is 0.
    Weekday(usize),
    /// January is 0.
    Month(usize),
    Am,
    Pm,
    Clock,
    Ordinal,
    DateJoin,
    Relative,
    Number,
    Amount,
    Promise,
    Phrase,
}

/// A known sequence of words.
#[derive(Debug)]
struct Entry {
    words: Vec<String>,
    meaning: Meaning,
}

/// What is known of a language.
#[derive(Debug, Default)]
pub(super) struct Vocabulary {
    /// By first word, the longest first.
    entries: HashMap<String, Vec<Entry>>,
    pub(super) numeric: NumericDate,
    not_before_left: Vec<String>,
}

impl Vocabulary {
    fn of(file: File) -> Self {
        let mut out = Self {
            entries: HashMap::new(),
            numeric: file.numeric,
            not_before_left: file.not_before_left,
        };
        let numbered = |lists: &[Vec<String>], meaning: fn(usize) -> Meaning| {
            let each = lists.iter().enumerate();
            each.flat_map(|(at, names)| names.iter().map(move |name| (name.clone(), meaning(at))))
                .collect::<Vec<_>>()
        };
        for (name, meaning) in numbered(&file.weekdays, Meaning::Weekday)
            .into_iter()
            .chain(numbered(&file.months, Meaning::Month))
        {
            out.add(&name, meaning);
        }
        let lists = [
            (&file.am, Meaning::Am),
            (&file.pm, Meaning::Pm),
            (&file.clock, Meaning::Clock),
            (&file.ordinals, Meaning::Ordinal),
            (&file.date_joins, Meaning::DateJoin),
            (&file.relative, Meaning::Relative),
            (&file.numbers, Meaning::Number),
            (&file.amounts, Meaning::Amount),
            (&file.promises, Meaning::Promise),
            (&file.phrases, Meaning::Phrase),
        ];
        for (names, meaning) in lists {
            for name in names {
                out.add(name, meaning);
            }
        }
        for entries in out.entries.values_mut() {
            entries.sort_by_key(|entry| std::cmp::Reverse(entry.words.len()));
        }
        out
    }

    fn add(&mut self, name: &str, meaning: Meaning) {
        let words: Vec<String> = tokens(name).iter().filter_map(text_of).collect();
        if let Some(first) = words.first().cloned() {
            self.entries.entry(first).or_default().push(Entry { words, meaning });
        }
    }

    /// Everything that the tokens from `at` on may mean, the longest first, each with the number
    /// of tokens it takes.
    pub(super) fn meanings<'a>(
        &'a self,
        tokens: &'a [Token<'a>],
        at: usize,
    ) -> impl Iterator<Item = (Meaning, usize)> + 'a {
        let first = match tokens.get(at) {
            Some(Token::Word(word)) => self.entries.get(*word),
            _ => None,
        };
        first.into_iter().flatten().filter_map(move |entry| {
            let taken =
                entry.words.iter().enumerate().all(|(index, word)| {
                    tokens.get(at + index).is_some_and(|token| is(token, word))
                });
            taken.then_some((entry.meaning, entry.words.len()))
        })
    }

    /// Whether the tokens from `at` on begin with words of this meaning; how many tokens.
    pub(super) fn means(&self, tokens: &[Token<'_>], at: usize, wanted: Meaning) -> Option<usize> {
        self.meanings(tokens, at).find(|(meaning, _)| *meaning == wanted).map(|(_, taken)| taken)
    }

    /// Whether the relative time, which brings its own preposition, reads wrong after this word.
    pub(super) fn clashes_with_left(&self, word: &str) -> bool {
        self.not_before_left.iter().any(|known| known == word)
    }
}

/// A token as a phrase keeps it.
fn text_of(token: &Token<'_>) -> Option<String> {
    match token {
        Token::Word(word) | Token::Digits(word) => Some((*word).to_owned()),
        Token::Sign(sign) => Some(sign.to_string()),
        Token::Space => Some(" ".to_owned()),
        Token::Left => None,
    }
}

fn is(token: &Token<'_>, word: &str) -> bool {
    match token {
        Token::Word(text) | Token::Digits(text) => *text == word,
        Token::Sign(sign) => word.chars().eq([*sign]),
        Token::Space => word == " ",
        Token::Left => false,
    }
}

static EN: LazyLock<Vocabulary> = LazyLock::new(|| read(include_str!("data/en.toml")));
static DE: LazyLock<Vocabulary> = LazyLock::new(|| read(include_str!("data/de.toml")));
static ES: LazyLock<Vocabulary> = LazyLock::new(|| read(include_str!("data/es.toml")));
static FR: LazyLock<Vocabulary> = LazyLock::new(|| read(include_str!("data/fr.toml")));
static PT: LazyLock<Vocabulary> = LazyLock::new(|| read(include_str!("data/pt.toml")));
static JA: LazyLock<Vocabulary> = LazyLock::new(|| read(include_str!("data/ja.toml")));

/// What is known of a language. A file that could not be read would know no word, and every text
/// would be refused; a test holds that each can be read.
pub(super) fn vocabulary(language: Language) -> &'static Vocabulary {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::Es => &ES,
        Language::Fr => &FR,
        Language::Pt => &PT,
        Language::Ja => &JA,
    }
}

fn read(text: &str) -> Vocabulary {
    let words = text.parse::<toml::Table>().and_then(toml::Table::try_into);
    Vocabulary::of(words.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_knows_its_days_and_hundreds_of_words() {
        for language in Language::ALL {
            let known = vocabulary(language);
            let all = || known.entries.values().flatten();
            let days = all().filter(|entry| matches!(entry.meaning, Meaning::Weekday(_))).count();
            assert!(days >= 14, "{language:?} {days}");
            assert!(all().count() > 150, "{language:?} {}", all().count());
        }
    }
}
