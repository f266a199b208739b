//! The words of each language: data files, read once when the language is first needed.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Language;
use super::pattern::Pattern;
use super::when::push_number;
use crate::segments;

/// Everything we say in one language. See `data/en.toml` for what the fields are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    /// The name of the template and its version.
    pub(super) id: String,
    pub(super) after_title: String,
    pub(super) stop: String,
    pub(super) no_title: String,
    pub(super) go_to: Pattern,
    pub(super) time: TimeWords,
    pub(super) date: DateWords,
    pub(super) relative: RelativeWords,
    pub(super) meeting: Kind,
    pub(super) deadline: Kind,
    pub(super) all_day: AllDay,
    pub(super) back_to_back: BackToBack,
    pub(super) replies: Replies,
    /// Whether all that a reminder may say of ours is GSM-7.
    #[serde(skip)]
    pub(super) is_gsm: bool,
    /// Characters to keep free for the longest relative time.
    #[serde(skip)]
    pub(super) relative_chars_max: usize,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TimeWords {
    pub(super) h12: Pattern,
    pub(super) h24: Pattern,
    pub(super) am: String,
    pub(super) pm: String,
    /// A time in a sentence.
    pub(super) at: Pattern,
    /// As `at`, where the hour that is read is one: "a la 1:00".
    pub(super) at_one: Option<Pattern>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DateWords {
    pub(super) pattern: Pattern,
    /// From Monday on.
    pub(super) weekdays: Vec<String>,
    /// From January on; empty where months are numbers.
    #[serde(default)]
    pub(super) months: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RelativeWords {
    pub(super) ahead: Pattern,
    pub(super) now: String,
    pub(super) ago: Pattern,
    pub(super) long_ago: String,
    /// What stands between hours and minutes.
    pub(super) between: String,
    pub(super) minute: Counted,
    pub(super) hour: Counted,
    pub(super) day: Counted,
}

/// A count with its noun, by CLDR's plural categories. Of whole numbers from 1 on, the languages we
/// speak have `one` for 1 only, and `other`; that French and Portuguese have `one` for 0 and, with
/// Spanish, `many` for whole millions, no text of ours says.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Counted {
    one: Pattern,
    other: Pattern,
}

impl Counted {
    pub(super) fn of(&self, count: u64) -> &Pattern {
        if count == 1 { &self.one } else { &self.other }
    }
}

/// What follows the relative time, by whether the text is due on the day of the start.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    /// Words of a title that make it one of this kind, in small letters.
    #[serde(default)]
    pub(super) words: Vec<String>,
    pub(super) same_day: Pattern,
    pub(super) other_day: Pattern,
}

/// What follows the relative time in the text of the first of several meetings without a break.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackToBack {
    /// The name of the template and its version.
    pub(super) id: String,
    first_of: Counted,
    pub(super) same_day: Pattern,
}

impl BackToBack {
    pub(super) fn push_first_of(&self, out: &mut String, meetings: u32) {
        self.first_of.of(meetings.into()).push(out, |out, _| push_number(out, meetings.into()));
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AllDay {
    pub(super) one: Pattern,
    pub(super) many: Pattern,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Replies {
    pub(super) opt_out: String,
    pub(super) opt_in: String,
    pub(super) help: String,
    pub(super) hint: String,
    pub(super) thanks: String,
    pub(super) ask: String,
    pub(super) paused: String,
    pub(super) welcome: String,
}

static EN: LazyLock<Words> = LazyLock::new(|| read(include_str!("data/en.toml")));
static DE: LazyLock<Words> = LazyLock::new(|| read(include_str!("data/de.toml")));
static ES: LazyLock<Words> = LazyLock::new(|| read(include_str!("data/es.toml")));
static FR: LazyLock<Words> = LazyLock::new(|| read(include_str!("data/fr.toml")));
static PT: LazyLock<Words> = LazyLock::new(|| read(include_str!("data/pt.toml")));
static JA: LazyLock<Words> = LazyLock::new(|| read(include_str!("data/ja.toml")));

/// What we say in a language.
pub(super) fn words(language: Language) -> &'static Words {
    match language {
        Language::En => &EN,
        Language::De => &DE,
        Language::Es => &ES,
        Language::Fr => &FR,
        Language::Pt => &PT,
        Language::Ja => &JA,
    }
}

/// Reads a language's file. That each can be read is held by a test; the files are compiled in.
fn read(text: &str) -> Words {
    let mut words = parse(text).unwrap_or_default();
    words.is_gsm = segments::is_gsm(&words.stop)
        && segments::is_gsm(&words.no_title)
        && words.patterns().iter().all(|pattern| pattern.is_gsm());
    words.relative_chars_max = super::relative::longest(&words);
    words
}

pub(super) fn parse(text: &str) -> Result<Words, toml::de::Error> {
    toml::from_str(text)
}

impl Words {
    fn patterns(&self) -> [&Pattern; 8] {
        [
            &self.meeting.same_day,
            &self.meeting.other_day,
            &self.deadline.other_day,
            &self.all_day.one,
            &self.back_to_back.same_day,
            &self.back_to_back.first_of.other,
            &self.relative.ahead,
            &self.relative.ago,
        ]
    }
}
