//! What is left out and cut where a title, a place and a link do not fit together, as a snapshot.

use jiff::SignedDuration;
use jiff::civil::date;

use super::*;
use crate::segments;
use crate::time::Zones;

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
    let zones = Zones::bundled();
    let zone = zones.rules(&zones.parse("Europe/Madrid").unwrap()).unwrap();
    let start: Timestamp = "2026-11-28T13:05:00Z".parse().unwrap();
    let mut lines = Vec::new();
    for language in [Language::En, Language::Es, Language::Ja] {
        let locale = Locale { language, hours: HourCycle::H24 };
        for (title, place) in titles().iter().flat_map(|t| places().map(|p| (t.clone(), p))) {
            for (meeting_link, days_before) in
                links().into_iter().flat_map(|l| [(l.clone(), 0), (l, 3)])
            {
                let facts = EventFacts {
                    title: title.clone(),
                    start,
                    end: start + SignedDuration::from_mins(30),
                    all_day_on: None,
                    location: place.clone(),
                    meeting_link,
                    first_of: None,
                };
                let now = start
                    - SignedDuration::from_hours(24 * days_before)
                    - SignedDuration::from_mins(15);
                let day = date(2026, 11, 28).saturating_sub(jiff::Span::new().days(days_before));
                let style = locale.by(TemplateVersion::FIRST);
                let text = write(&facts, &zone, style, day).render(now, start, locale);
                lines.push(format!("{} {text}", segments::count(&text).segments));
            }
        }
    }
    insta::assert_snapshot!("crowded", lines.join("\n"));
}

#[test]
fn a_moment_without_length_is_a_deadline_if_its_title_says_so() {
    let zones = Zones::bundled();
    let zone = zones.rules(&zones.parse("Europe/Madrid").unwrap()).unwrap();
    let start: Timestamp = "2026-11-28T13:05:00Z".parse().unwrap();
    let is_due = |language, title: &str, minutes| {
        let facts = EventFacts {
            title: title.to_owned(),
            start,
            end: start + SignedDuration::from_mins(minutes),
            all_day_on: None,
            location: None,
            meeting_link: None,
            first_of: None,
        };
        let style = Locale { language, hours: HourCycle::H24 }.by(TemplateVersion::FIRST);
        let text = |facts: &EventFacts| write(facts, &zone, style, date(2026, 11, 28));
        let meeting = EventFacts { end: start + SignedDuration::from_mins(30), ..facts.clone() };
        text(&facts) != text(&meeting)
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
    for (language, title) in
        [(Language::En, "Deadlines"), (Language::De, "Planung"), (Language::Ja, "会議")]
    {
        assert!(!is_due(language, title, 0), "{title}");
    }
}
