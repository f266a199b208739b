//! What we say in each language, as snapshots for eyes that read it.

use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::fixtures::zone;
use crate::segments::{self, Encoding};

fn madrid() -> TimeZone {
    zone("Europe/Madrid")
}

/// What people of each language might have on their calendars: a meeting, its room, a deadline,
/// an errand and a holiday.
fn titles(language: Language) -> [&'static str; 5] {
    match language {
        Language::En => {
            ["Q4 planning", "Room 4", "Grant deadline", "12 Main St, Springfield", "Offsite"]
        }
        Language::De => {
            ["Planung", "Raum 4", "Abgabe Antrag", "Hauptstr. 12, 10115 Berlin", "Ausflug"]
        }
        Language::Es => [
            "Reunión de equipo",
            "Sala 4",
            "Entrega del informe",
            "Calle Mayor 12, Madrid",
            "Feria",
        ],
        Language::Fr => {
            ["Point projet", "Salle 4", "Échéance TVA", "12 rue de la Paix, Paris", "Séminaire"]
        }
        Language::Pt => {
            ["Planejamento", "Sala 4", "Prazo do imposto", "Rua Augusta 12, Lisboa", "Retiro"]
        }
        Language::Ja => {
            ["企画会議", "第4会議室", "申請書の締切", "東京都港区1-2-3, 4階", "社員旅行"]
        }
    }
}

fn samples(language: Language, hours: HourCycle, template: TemplateVersion) -> String {
    let locale = Locale { language, hours };
    let zone = madrid();
    let [meeting, room, deadline, address, holiday] = titles(language);
    // A Saturday, for the weekday whose accent is left out in two languages.
    let facts = super::crowded::meeting(meeting);
    let start = facts.start;
    let on = date(2026, 11, 28);
    let text = |facts: &EventFacts, day: Date, minutes: i64| {
        let now = facts.start - SignedDuration::from_mins(minutes);
        let text = write(facts, &zone, locale.by(template), day).render(now, facts.start, locale);
        let count = segments::count(&text);
        format!("{} {text}\n", count.segments)
    };
    let mut out = String::new();
    let linked = EventFacts {
        location: Some(room.to_owned()),
        meeting_link: Some("https://meet.example/abc".to_owned()),
        ..facts.clone()
    };
    for minutes in [0, 1, 2, 15, 59, 60, 75, 121, -1, -20, -60, -3 * 1440, -2_000_000] {
        out += &text(&facts, on, minutes);
    }
    for minutes in [1440, 1440 + 60, 3 * 1440, 9 * 1440 + 120] {
        out += &text(&facts, date(2026, 11, 19), minutes);
    }
    out += &text(&linked, on, 15);
    out += &text(&EventFacts { title: String::new(), ..facts.clone() }, on, 15);
    let placed = |title: &str, place: &str| EventFacts {
        title: title.to_owned(),
        location: Some(place.to_owned()),
        ..facts.clone()
    };
    out += &text(&placed(meeting, address), on, 60);
    let due = EventFacts { title: deadline.to_owned(), end: start, ..facts.clone() };
    out += &text(&due, on, 15);
    out += &text(&due, date(2026, 11, 27), 1440);
    let run =
        |count| EventFacts { title: "Standup".to_owned(), first_of: Some(count), ..facts.clone() };
    for count in [3, 12] {
        out += &text(&run(count), on, 15);
    }
    out += &text(&EventFacts { first_of: Some(4), ..linked.clone() }, on, 0);
    let one = SignedDuration::from_hours(1);
    out += &text(&EventFacts { start: start - one, ..run(3) }, on, 15);
    out += &text(&EventFacts { start: start - one, ..facts.clone() }, on, 15);
    let first = "2026-11-27T23:00:00Z".parse().unwrap();
    let days = |count: i64| EventFacts {
        title: holiday.to_owned(),
        start: first,
        end: first + SignedDuration::from_hours(24 * count),
        all_day_on: Some(on),
        ..facts.clone()
    };
    out += &text(&days(1), on, 360);
    out += &text(&days(3), on, 360);
    out
}

/// What we answer, each with its segments.
fn replies(locale: Locale) -> String {
    let replies = [
        opt_out_confirmation(locale),
        opt_in_confirmation(locale),
        help(locale),
        hint(locale),
        rating_thanks(locale),
        opt_in_request(locale),
        &welcome(locale, "https://beforehand.example/me/in?AAAAAGcAAAAAAAAAAAAAAAAAAAAAAAAAcC0x"),
    ];
    let told = |reply: &&str| format!("{} {reply}\n", segments::count(reply).segments);
    replies.iter().map(told).collect()
}

fn check(language: Language) {
    let tag = language.tag();
    for (hours, clock) in [(HourCycle::H24, "24h"), (HourCycle::H12, "12h")] {
        for version in TemplateVersion::all() {
            let told = samples(language, hours, version);
            if version == TemplateVersion::FIRST {
                let told = told + &replies(Locale { language, hours });
                insta::assert_snapshot!(format!("{tag}_{clock}"), told);
            } else {
                insta::assert_snapshot!(format!("{tag}_v{}_{clock}", version.number()), told);
            }
        }
    }
}

#[test]
fn txt_06_english_texts() {
    check(Language::En);
}

#[test]
fn txt_06_german_texts() {
    check(Language::De);
}

#[test]
fn txt_06_spanish_texts() {
    check(Language::Es);
}

#[test]
fn txt_06_french_texts() {
    check(Language::Fr);
}

#[test]
fn txt_06_portuguese_texts() {
    check(Language::Pt);
}

#[test]
fn txt_06_japanese_texts() {
    check(Language::Ja);
}

#[test]
fn the_words_of_every_language_can_be_read_and_are_whole() {
    let files = [
        include_str!("data/en.toml"),
        include_str!("data/de.toml"),
        include_str!("data/es.toml"),
        include_str!("data/fr.toml"),
        include_str!("data/pt.toml"),
        include_str!("data/ja.toml"),
    ];
    for (file, language) in files.iter().zip(Language::ALL) {
        let words = words::parse(file).unwrap_or_else(|bad| panic!("{language:?}: {bad}"));
        check_templates(&words.templates, language);
        assert_eq!(words.date.weekdays.len(), 7, "{language:?}");
        assert!([0, 12].contains(&words.date.months.len()), "{language:?}");
        assert_eq!(words::words(language).is_gsm, language != Language::Ja, "{language:?}");
        assert_eq!(Language::parse(language.tag()), Ok(language));
    }
    assert_eq!(Language::parse("pt-BR"), Ok(Language::Pt));
    assert_eq!(Language::parse("xx"), Err(UnknownLanguage));
}

/// Every version is there, in order, and its names say so.
fn check_templates(templates: &[words::Template], language: Language) {
    let versions: Vec<_> = templates.iter().map(|template| template.version).collect();
    assert_eq!(versions, TemplateVersion::all().collect::<Vec<_>>(), "{language:?}");
    for (template, number) in templates.iter().zip(1..) {
        assert_eq!(template.version.number(), number);
        let named = if number == 1 { String::new() } else { format!("v{number}.") };
        for (id, kind) in [(&template.id, "reminder"), (&template.back_to_back.id, "back_to_back")]
        {
            assert!(id.starts_with(&format!("{kind}.{named}{}.", language.tag())), "{id}");
            assert_eq!(TemplateVersion::of_id(id), template.version, "{id}");
        }
    }
}

#[test]
fn our_own_texts_cost_one_segment_and_two_in_japanese() {
    for language in Language::ALL {
        let locale = Locale { language, hours: HourCycle::H24 };
        let own = [
            opt_out_confirmation(locale),
            opt_in_confirmation(locale),
            help(locale),
            hint(locale),
            rating_thanks(locale),
        ];
        for text in own {
            let most = if language == Language::Ja { 2 } else { 1 };
            let count = segments::count(text);
            assert!(count.segments <= most, "{count:?} {text}");
            assert!(text.starts_with("Beforehand"), "{text}");
        }
    }
}

#[test]
fn sch_17_odd_titles_give_a_sane_text_in_every_language() {
    let long = "Very long title ".repeat(19);
    let odd = ["", " \n\t ", "\u{202e}\u{200b}", "🎉 Party 🎉", "פגישת צוות", "a\nb\r\nc", &long];
    for language in Language::ALL {
        for title in odd {
            for minutes in [0, 30, 3 * 1440] {
                check_sane(language, title, minutes);
            }
        }
    }
}

/// One line of sane characters within its segments, whatever the relative time.
fn check_sane(language: Language, title: &str, length_minutes: i64) {
    let locale = Locale { language, hours: HourCycle::H24 };
    let start: Timestamp = "2026-11-28T13:05:00Z".parse().unwrap();
    let facts = EventFacts {
        title: title.to_owned(),
        start,
        end: start + SignedDuration::from_mins(length_minutes),
        all_day_on: None,
        location: Some("Hauptstr. 12\n10115 Berlin".to_owned()),
        meeting_link: Some("https://meet.example/abc-defg-hij".to_owned()),
        first_of: None,
    };
    let run = EventFacts { first_of: Some(3), ..facts.clone() };
    let told = [(&facts, 27), (&facts, 28), (&run, 28)];
    let versions = TemplateVersion::all();
    for (version, (facts, day)) in versions.flat_map(|version| told.map(|told| (version, told))) {
        let body = write(facts, &madrid(), locale.by(version), date(2026, 11, day));
        for minutes in [-2000, -59, 0, 1, 75, 23 * 60 + 59, 7 * 24 * 60 - 60] {
            let now = start - SignedDuration::from_mins(minutes);
            let text = body.render(now, start, locale);
            let count = segments::count(&text);
            let most = if count.encoding == Encoding::Gsm7 { 1 } else { 2 };
            assert!(count.segments <= most, "{count:?} {text:?}");
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert_eq!(text.trim(), text);
            assert!(text.contains("14:05") || text.contains("14h05"), "{text}");
        }
    }
}

proptest! {
    #[test]
    fn any_words_give_a_sane_text_in_every_language(
        title in "\\PC{0,120}|[a-z —’😀яé会]{0,320}|.{0,80}",
        which in 0..6_usize,
        minutes in 0..90_i64,
    ) {
        check_sane(Language::ALL[which], &title, minutes);
    }

    #[test]
    fn relative_times_keep_to_their_reserve_in_every_language(
        seconds in -400_000_000_i64..400_000_000,
    ) {
        let start: Timestamp = "2026-11-24T19:00:00Z".parse().unwrap();
        for language in Language::ALL {
            let locale = Locale { language, hours: HourCycle::H24 };
            let left = relative(start - SignedDuration::from_secs(seconds), start, locale);
            prop_assert!(left.chars().count() <= words::words(language).relative_chars_max);
        }
    }
}
