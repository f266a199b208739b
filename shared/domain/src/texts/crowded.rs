//! What is left out and cut where a title, a place and a link do not fit together, as a snapshot.

use jiff::SignedDuration;
use jiff::civil::date;

use super::*;
use crate::fixtures::{at, zone};
use crate::segments;
use crate::time::{back, local_date};

/// A meeting of half an hour, on a Saturday.
pub(super) fn meeting(title: &str) -> EventFacts {
    let start = at("2026-11-28T13:05:00Z");
    EventFacts {
        title: title.to_owned(),
        start,
        end: start + SignedDuration::from_mins(30),
        all_day_on: None,
        location: None,
        meeting_link: None,
        first_of: None,
    }
}

/// From what always fits to what never does, in GSM-7 and beyond it.
fn titles() -> [String; 6] {
    [
        "Standup".to_owned(),
        "Planning of the quarter after the next one ".repeat(2),
        "Planning of the quarter after the next one ".repeat(5),
        "Réunion d’équipe à l’école".to_owned(),
        "Zażółć gęślą jaźń ".repeat(6),
        "家族👨‍👩‍👧会議".repeat(12),
    ]
}

fn places() -> [Option<String>; 5] {
    let long = "Building 4, 2nd floor, the room behind the yard, ";
    [
        None,
        Some("Room 4".to_owned()),
        Some(long.repeat(2)),
        Some(long.repeat(6)),
        Some("Łódź, sala 4".to_owned()),
    ]
}

fn links() -> [Option<String>; 4] {
    let of = |count: usize| Some(format!("https://meet.example/{}", "x".repeat(count)));
    [None, of(3), of(60), of(170)]
}

#[test]
fn txt_05_what_does_not_fit_is_left_out_in_the_same_order_as_before() {
    let (zone, mut lines) = (zone("Europe/Madrid"), Vec::new());
    for language in [Language::En, Language::Es, Language::Ja] {
        let locale = Locale { language, hours: HourCycle::H24 };
        let style = locale.by(TemplateVersion::FIRST);
        let mut told = |facts: &EventFacts, days_before: i64| {
            let now = back(facts.start, SignedDuration::from_mins(24 * 60 * days_before + 15));
            let text = write(facts, &zone, style, local_date(now, &zone));
            let text = text.render(now, facts.start, locale);
            lines.push(format!("{} {text}", segments::count(&text).segments));
        };
        for title in titles() {
            for location in places() {
                for meeting_link in links() {
                    let location = location.clone();
                    let facts = EventFacts { location, meeting_link, ..meeting(&title) };
                    told(&facts, 0);
                    told(&facts, 3);
                }
            }
        }
    }
    insta::assert_snapshot!("crowded", lines.join("\n"));
}

#[test]
fn a_moment_without_length_is_a_deadline_if_its_title_says_so() {
    let zone = zone("Europe/Madrid");
    let is_due = |language, title: &str, minutes| {
        let style = Locale { language, hours: HourCycle::H24 }.by(TemplateVersion::FIRST);
        let text = |facts: &EventFacts| write(facts, &zone, style, date(2026, 11, 28));
        let meeting = meeting(title);
        let end = meeting.start + SignedDuration::from_mins(minutes);
        text(&EventFacts { end, ..meeting.clone() }) != text(&meeting)
    };
    for (language, title) in [
        (Language::En, "Grant deadline"),
        (Language::De, "Abgabe Antrag"),
        (Language::De, "Deadline Antrag"),
        (Language::Ja, "申請書の締切"),
        (Language::Ja, "Deadline 申請書"),
    ] {
        assert!(is_due(language, title, 0), "{title}");
        assert!(!is_due(language, title, 30), "{title}");
    }
    for (language, title) in [
        (Language::En, "Deadlines"),
        (Language::De, "Planung"),
        (Language::Ja, "会議"),
        (Language::Ja, "Deadlines"),
    ] {
        assert!(!is_due(language, title, 0), "{title}");
    }
}

#[test]
fn a_link_of_its_own_is_one_that_can_be_sent() {
    let has = |location: Option<&str>, link: Option<&str>| {
        let mut event = meeting("Standup");
        event.location = location.map(str::to_owned);
        event.meeting_link = link.map(str::to_owned);
        fit::has_link(&event)
    };
    assert!(has(None, Some("https://meet.example.com/abc")));
    assert!(has(None, Some("meet:abc")), "what a calendar calls a link is one");
    assert!(has(Some("www.example.com"), None));
    assert!(has(Some("example.com/room"), None));
    assert!(!has(Some("Room 4/5"), None) && !has(Some("Room"), None) && !has(None, None));
    assert!(!has(None, Some("https://a.example/a b")), "nobody could open it");
    assert!(!has(None, Some("https://a.example/`")), "GSM-7 has no such character");
}

#[test]
fn what_is_clean_is_left_alone_and_what_is_not_is_cleaned() {
    let title = |given: &str| {
        let zone = zone("Etc/UTC");
        let style = Locale { language: Language::En, hours: HourCycle::H24 };
        let style = style.by(TemplateVersion::FIRST);
        let body = write(&meeting(given), &zone, style, date(2026, 11, 28));
        body.before
    };
    let plain = title("Stand up");
    for same in ["Stand  up", " Stand up", "Stand up ", "Stand\tup"] {
        assert_eq!(title(same), plain, "{same:?}");
    }
}
