//! The words of the pages in each language: data files, read once when a language is first needed.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::{HeaderMap, header};
use domain::texts::Language;

/// Everything the pages say in one language. A key that is missing or too many fails to be read,
/// so the languages cannot drift apart.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) page: PageWords,
    pub(super) join: JoinWords,
    pub(super) day: DayWords,
    pub(super) act: ActWords,
    pub(super) done: DoneWords,
    pub(super) set: SetWords,
    pub(super) data: DataWords,
    /// Where reminders stand, by the state's name; what becomes of them, by the decision's.
    pub(super) states: HashMap<String, String>,
    /// Why, by the reason's name.
    pub(super) reasons: HashMap<String, String>,
    /// Why a reminder cannot be put off.
    pub(super) refused: HashMap<String, String>,
}

/// Words by their keys: a part of a file.
type Part = HashMap<String, String>;

/// Writes a part of [`Words`]. Derived deserialisation would do the same, in ten times the code.
macro_rules! part {
    ($name:ident { $($field:ident),* $(,)? }) => {
        #[derive(Debug)]
        pub(super) struct $name { $(pub(super) $field: String,)* }

        impl $name {
            fn of(mut part: Part) -> Self {
                let words = Self { $($field: taken(&mut part, stringify!($field)),)* };
                assert!(part.is_empty(), "nothing says {:?}", part.keys());
                words
            }
        }
    };
}

part!(PageWords {
    lang,
    name,
    title,
    skip,
    reminders,
    settings,
    data,
    sign_out,
    signed_out,
    signed_out_help,
    gone,
    gone_help,
    refused,
    refused_help,
    opening,
    go_on,
    zone_note,
    trouble,
    trouble_help,
    busy,
    busy_help,
});
part!(JoinWords {
    title,
    intro,
    phone,
    phone_help,
    agreement,
    agree,
    sign_up,
    after,
    sent,
    sent_help,
});
part!(DayWords {
    today,
    tomorrow,
    tomorrow_note,
    nothing,
    left_out,
    no_title,
    begins,
    text_at,
    no_text,
    again,
    why,
});
part!(ActWords { cancel, seen, snooze, minutes, rate, stars, words });
part!(DoneWords {
    cancelled,
    snoozed,
    seen,
    rated,
    saved,
    opted_out,
    opted_in,
    connected,
    code_sent,
    code_wrong,
    code_gone,
    code_often,
    verified,
    over,
});
part!(SetWords {
    reminders,
    lead,
    lead_other,
    lead_choice,
    lead_choice_help,
    quiet,
    quiet_help,
    policy,
    defer,
    advance,
    skip,
    preset,
    usual,
    none,
    us_tcpa,
    limit,
    zone,
    language,
    clock,
    h12,
    h24,
    preview,
    preview_title,
    preview_note,
    save,
    check,
});
part!(DataWords {
    consent,
    consent_in,
    consent_out,
    by_text,
    opt_out,
    opt_in,
    unverified,
    code_send,
    code,
    code_check,
    calendars,
    no_calendars,
    changed,
    connected,
    connect,
    connect_do,
    connect_caldav,
    connect_address,
    calendar_name,
    calendar_address,
    account_user,
    account_password,
    account_calendar,
    account_help,
    keeper_help,
    too_many_calendars,
    has_document,
    address_help,
    export,
    export_help,
    export_do,
    export_ics,
    erase,
    erase_help,
    erase_sure,
    erase_do,
    erased,
    erased_help,
});

/// The words of a language.
pub(super) fn words(language: Language) -> &'static Words {
    /// Writes one lazily read language.
    macro_rules! language {
        ($file:literal) => {{
            static WORDS: LazyLock<Words> = LazyLock::new(|| read(include_str!($file)));
            &WORDS
        }};
    }
    match language {
        Language::En => language!("words/en.toml"),
        Language::De => language!("words/de.toml"),
        Language::Es => language!("words/es.toml"),
        Language::Fr => language!("words/fr.toml"),
        Language::Pt => language!("words/pt.toml"),
        Language::Ja => language!("words/ja.toml"),
    }
}

#[expect(clippy::expect_used, reason = "the files are compiled in, and a test reads each")]
fn read(text: &str) -> Words {
    let mut parts: HashMap<String, Part> =
        toml::from_str(text).expect("the words of each language can be read");
    let mut part = |key: &str| taken(&mut parts, key);
    let words = Words {
        page: PageWords::of(part("page")),
        join: JoinWords::of(part("join")),
        day: DayWords::of(part("day")),
        act: ActWords::of(part("act")),
        done: DoneWords::of(part("done")),
        set: SetWords::of(part("set")),
        data: DataWords::of(part("data")),
        states: part("states"),
        reasons: part("reasons"),
        refused: part("refused"),
    };
    assert!(parts.is_empty(), "nothing says {:?}", parts.keys());
    words
}

#[expect(clippy::panic, reason = "as above")]
fn taken<T>(from: &mut HashMap<String, T>, key: &str) -> T {
    from.remove(key).unwrap_or_else(|| panic!("{key} has words"))
}

/// The language somebody reads, as far as their browser says (RFC 9110, 12.5.4), for pages that
/// know nobody. The order counts; how much more one is liked than another does not.
pub(super) fn language_of(headers: &HeaderMap) -> Language {
    let wishes = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let tags = wishes.unwrap_or_default().split(',');
    let mut known = tags
        .filter_map(|tag| Language::parse(tag.split(';').next().unwrap_or_default().trim()).ok());
    known.next().unwrap_or(Language::En)
}

/// A sentence with its place filled in.
pub(super) fn fill(sentence: &str, place: &str, with: &str) -> String {
    sentence.replace(&format!("{{{place}}}"), with)
}

impl Words {
    /// A reason as a sentence.
    pub(super) fn reason(&self, code: &str) -> Option<&str> {
        self.reasons.get(code).map(String::as_str)
    }

    /// A state in a word.
    pub(super) fn state<'a>(&'a self, name: &'a str) -> &'a str {
        self.states.get(name).map_or(name, String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::reasons::{CancelReason, DeferReason, SkipReason};
    use domain::snooze::NoSnooze;

    use super::*;

    #[test]
    fn every_language_says_everything_and_with_the_same_places() {
        let places = |text: &str| -> Vec<String> {
            let mut found: Vec<_> =
                text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).collect();
            found.sort_unstable();
            found.into_iter().map(|(place, _)| place.to_owned()).collect()
        };
        let read = |text: &str| -> toml::Table { toml::from_str(text).unwrap() };
        let english = read(include_str!("words/en.toml"));
        let others = [
            include_str!("words/de.toml"),
            include_str!("words/es.toml"),
            include_str!("words/fr.toml"),
            include_str!("words/pt.toml"),
            include_str!("words/ja.toml"),
        ];
        for other in others {
            let other = read(other);
            for (part, keys) in &english {
                let theirs = other[part].as_table().unwrap();
                let keys = keys.as_table().unwrap();
                let names = |table: &toml::Table| table.keys().cloned().collect::<BTreeSet<_>>();
                assert_eq!(names(keys), names(theirs), "{part}");
                for (key, value) in keys {
                    let (ours, theirs) = (value.as_str().unwrap(), theirs[key].as_str().unwrap());
                    assert!(!theirs.trim().is_empty(), "{part}.{key}");
                    assert_eq!(places(ours), places(theirs), "{part}.{key}");
                }
            }
        }
        for language in Language::ALL {
            assert!(!words(language).page.title.is_empty());
        }
    }

    #[test]
    fn every_reason_and_state_has_words() {
        let words = words(Language::En);
        let skips = SkipReason::ALL.iter().map(|reason| reason.as_str());
        let cancels = CancelReason::ALL.iter().map(|reason| reason.as_str());
        let defers = DeferReason::ALL.iter().map(|reason| reason.as_str());
        let others = ["late", "retry", "snoozed", "begun_before_first_seen"];
        for code in skips.chain(cancels).chain(defers).chain(others) {
            assert!(words.reason(code).is_some(), "{code}");
        }
        for refused in NoSnooze::ALL {
            assert!(words.refused.contains_key(refused.as_str()), "{refused}");
        }
        for state in ["scheduled", "claimed", "delivered", "skipped", "send", "skip", "cancel"] {
            assert_ne!(words.state(state), "", "{state}");
        }
    }

    #[test]
    fn browsers_say_which_language_they_read() {
        let check = |wishes: &str, expected: Language| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, wishes.parse().unwrap());
            assert_eq!(language_of(&headers), expected, "{wishes}");
        };
        check("de-CH, en;q=0.8", Language::De);
        check("nl, ja;q=0.5", Language::Ja);
        check("nl", Language::En);
        assert_eq!(language_of(&HeaderMap::new()), Language::En);
        assert_eq!(fill("at {time}.", "time", "9:00"), "at 9:00.");
    }
}
