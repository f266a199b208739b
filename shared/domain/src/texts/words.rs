//! The words of each language: data files, read once when the language is first needed.

use std::sync::LazyLock;

use serde::Deserialize;

use super::pattern::Pattern;
use super::when::push_number;
use super::{Language, TemplateVersion};
use crate::segments;

/// Everything we say in one language. See `data/en.toml` for what the fields are.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub(super) after_title: String,
    pub(super) stop: String,
    pub(super) no_title: String,
    pub(super) go_to: Pattern,
    /// Words of a title that make it one of a deadline, in small letters.
    pub(super) deadline_words: Vec<String>,
    first_of: Counted,
    pub(super) time: TimeWords,
    pub(super) date: DateWords,
    pub(super) relative: RelativeWords,
    /// By version, the first of them 1.
    pub(super) templates: Vec<Template>,
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

/// One version of how an event is told, in one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Template {
    pub(super) version: TemplateVersion,
    /// Its name.
    pub(super) id: String,
    pub(super) leads_with: LeadsWith,
    pub(super) meeting: Kind,
    pub(super) deadline: Kind,
    pub(super) all_day: AllDay,
    pub(super) back_to_back: BackToBack,
}

/// What a text begins with.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum LeadsWith {
    /// The title; the time follows the relative time.
    #[default]
    Title,
    /// The time; the title follows it, and then the relative time.
    Time,
}

/// The time of an event, by whether the text is due on the day of the start.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kind {
    pub(super) same_day: Pattern,
    pub(super) other_day: Pattern,
}

/// The time of the first of several meetings without a break.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BackToBack {
    /// The name of the template where it is said.
    pub(super) id: String,
    pub(super) same_day: Pattern,
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

/// Where a file could not be read.
static NO_TEMPLATE: LazyLock<Template> = LazyLock::new(Template::default);

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
        && words.patterns().all(Pattern::is_gsm);
    words.relative_chars_max = super::relative::longest(&words);
    words
}

pub(super) fn parse(text: &str) -> Result<Words, toml::de::Error> {
    text.parse::<toml::Table>()?.try_into()
}

impl Words {
    /// The template of a version. One that only a later release has is told by the first.
    pub(super) fn template(&self, version: TemplateVersion) -> &Template {
        let found = self.templates.iter().find(|template| template.version == version);
        found.or(self.templates.first()).unwrap_or(&NO_TEMPLATE)
    }

    pub(super) fn push_first_of(&self, out: &mut String, meetings: u32) {
        self.first_of.of(meetings.into()).push(out, |out, _| push_number(out, meetings.into()));
    }

    /// Patterns of which all others have the letters.
    fn patterns(&self) -> impl Iterator<Item = &Pattern> {
        let ours = [&self.first_of.other, &self.relative.ahead, &self.relative.ago];
        ours.into_iter().chain(self.templates.iter().flat_map(Template::patterns))
    }
}

impl Template {
    fn patterns(&self) -> [&Pattern; 7] {
        [
            &self.meeting.same_day,
            &self.meeting.other_day,
            &self.deadline.same_day,
            &self.deadline.other_day,
            &self.all_day.one,
            &self.all_day.many,
            &self.back_to_back.same_day,
        ]
    }
}
