//! The prompt: versioned data with places, and a reader's event put beside it as data.

use std::borrow::Cow;

use domain::facts_check::LEFT;
use domain::texts::{self, EventFacts, Language, Locale, TemplateVersion};
use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::ports::{ModelExample, ModelRequest};

/// A prompt: its text has places in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// Its version. It changes whenever a word does.
    pub version: u32,
    /// The text.
    pub text: Cow<'static, str>,
}

/// What stands between the places of prompts and what is put there. Each must be in a prompt, for
/// each keeps a text from being refused.
pub const PLACES: [&str; 5] = ["{language}", "{chars_max}", "{time}", "{left_rule}", "{date_rule}"];

/// The place that asks for examples, which small models need: they imitate better than they obey.
/// Nothing is put there; the examples go before the question, as questions and answers.
pub const EXAMPLES: &str = "{examples}";

/// What the events of examples are called. They have neither place nor link, since a small model
/// repeats those of an example.
const EXAMPLE_TITLES: [&str; 4] =
    ["Choir practice", "Trip to Lisbon", "Sales call: north", "Review of Q3 / budget"];

/// The version that is built in.
pub const BUILT_IN: u32 = 1;

/// The prompt that is built in.
pub fn built_in() -> Prompt {
    let text = Cow::Borrowed(include_str!("prompts/reminder_1.txt"));
    Prompt { version: BUILT_IN, text }
}

/// What reminders call a version.
pub fn name_of(version: u32) -> String {
    format!("reminder.{version}")
}

/// Tokens of an answer: a text of two segments, and JSON around it.
const OUTPUT_TOKENS_MAX: u32 = 160;

/// How long a call may take. The job is far ahead of the send, but a worker waits.
const TIMEOUT: SignedDuration = SignedDuration::from_secs(8);

/// Characters of a stranger's text that a model sees.
const FIELD_CHARS_MAX: usize = 300;

/// What the model is told of an event, as data.
#[derive(Serialize)]
struct EventData<'a> {
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<&'a str>,
}

/// What a model answers.
#[derive(Serialize)]
struct Answer {
    text: String,
}

/// What a model is asked about an event, for a text that is due on the local date `nominal_day`.
pub fn request(
    prompt: &Prompt,
    facts: &EventFacts,
    nominal_day: Date,
    zone: &TimeZone,
    locale: Locale,
) -> Result<ModelRequest, serde_json::Error> {
    let when = texts::when(facts, zone, locale);
    let is_all_day = facts.all_day_on.is_some();
    let left_rule = if is_all_day {
        "Say that it lasts all day, and no time.".to_owned()
    } else {
        format!(
            "Write {LEFT} exactly once, where the time left goes, such as \"in 15 minutes\"; no \
             preposition before it."
        )
    };
    let start_on: Date = zone.to_datetime(facts.start).date();
    let date_rule = if is_all_day || start_on != nominal_day {
        format!("Say the date exactly like this: {}", when.date)
    } else {
        "Say no date and no day.".to_owned()
    };
    let date_rule = match texts::first_of(facts, locale).filter(|_| start_on == nominal_day) {
        Some(first_of) => format!("{date_rule} Say once, exactly like this: {first_of}"),
        None => date_rule,
    };
    let instructions = prompt
        .text
        .replace("{language}", language_name(locale.language))
        .replace("{chars_max}", if locale.language == Language::Ja { "60" } else { "130" })
        .replace("{time}", &when.time)
        .replace("{left_rule}", &left_rule)
        .replace("{date_rule}", &date_rule)
        .replace(EXAMPLES, "");
    let examples = match prompt.text.contains(EXAMPLES) {
        true => examples(facts, nominal_day, zone, locale)?,
        false => Vec::new(),
    };
    let data = EventData {
        title: shown(&facts.title),
        place: facts.location.as_deref().map(shown),
        link: facts.meeting_link.as_deref(),
    };
    Ok(ModelRequest {
        instructions,
        examples,
        data: serde_json::to_string(&data)?,
        output_tokens_max: OUTPUT_TOKENS_MAX,
        timeout: TIMEOUT,
    })
}

/// What our templates say of other events at the same time, so every rule is kept.
fn examples(
    facts: &EventFacts,
    nominal_day: Date,
    zone: &TimeZone,
    locale: Locale,
) -> Result<Vec<ModelExample>, serde_json::Error> {
    let example = |title: &&str| {
        let title = (*title).to_owned();
        let (location, meeting_link) = (None, None);
        let facts = EventFacts { title: title.clone(), location, meeting_link, ..facts.clone() };
        // A prompt is a version of its own: what is usual of templates must not change it.
        let style = locale.by(TemplateVersion::FIRST);
        let body = texts::write(&facts, zone, style, nominal_day);
        let left = if body.after.is_empty() { "" } else { LEFT };
        let text = format!("{}{left}{}", body.before, body.after);
        Ok(ModelExample {
            data: serde_json::to_string(&EventData { title, place: None, link: None })?,
            answer: serde_json::to_string(&Answer { text })?,
        })
    };
    EXAMPLE_TITLES.iter().map(example).collect()
}

/// A stranger's text on one line, without what cannot be seen.
fn shown(text: &str) -> String {
    let spelled = domain::segments::to_gsm(text);
    let line = spelled.split_whitespace().collect::<Vec<_>>().join(" ");
    line.chars().take(FIELD_CHARS_MAX).collect()
}

fn language_name(language: Language) -> &'static str {
    match language {
        Language::En => "English",
        Language::De => "German",
        Language::Es => "Spanish",
        Language::Fr => "French",
        Language::Pt => "Portuguese",
        Language::Ja => "Japanese",
    }
}
