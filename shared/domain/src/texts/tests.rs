use jiff::SignedDuration;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::segments::{self, Encoding};
use crate::time::Zones;

const H12: Locale = Locale { language: Language::En, hours: HourCycle::H12 };
const H24: Locale = Locale { language: Language::En, hours: HourCycle::H24 };

/// As the first version of the templates says it.
fn write(facts: &EventFacts, zone: &TimeZone, locale: Locale, day: Date) -> Body {
    super::write(facts, zone, locale.by(TemplateVersion::FIRST), day)
}

fn new_york() -> TimeZone {
    let zones = Zones::bundled();
    zones.rules(&zones.parse("America/New_York").unwrap()).unwrap()
}

/// Q4 Planning on 2026-11-24 at 14:00 in New York.
fn facts() -> EventFacts {
    EventFacts {
        title: "Q4 Planning".to_owned(),
        start: "2026-11-24T19:00:00Z".parse().unwrap(),
        end: "2026-11-24T20:00:00Z".parse().unwrap(),
        all_day_on: None,
        location: None,
        meeting_link: None,
        first_of: None,
    }
}

fn titled(title: &str) -> EventFacts {
    EventFacts { title: title.to_owned(), ..facts() }
}

fn placed(title: &str, location: &str, link: &str) -> EventFacts {
    EventFacts {
        location: Some(location.to_owned()),
        meeting_link: Some(link.to_owned()),
        ..titled(title)
    }
}

/// The text that goes out 15 minutes ahead, on the day of the event.
fn sent(facts: &EventFacts) -> String {
    sent_by(TemplateVersion::FIRST, facts)
}

fn sent_by(template: TemplateVersion, facts: &EventFacts) -> String {
    let now = facts.start - SignedDuration::from_mins(15);
    let body = super::write(facts, &new_york(), H12.by(template), date(2026, 11, 24));
    body.render(now, facts.start, H12)
}

fn check(facts: &EventFacts, expected: &str) {
    assert_eq!(sent(facts), expected);
}

/// The text is one line of sane characters within its segments, whatever the relative time.
fn check_sane(facts: &EventFacts, nominal_day: Date) {
    let versions = TemplateVersion::all();
    for (locale, version) in versions.flat_map(|version| [(H12, version), (H24, version)]) {
        let body = super::write(facts, &new_york(), locale.by(version), nominal_day);
        for minutes in [-2000, -59, 0, 1, 15, 75, 23 * 60 + 59, 7 * 24 * 60 - 60] {
            let now = facts.start - SignedDuration::from_mins(minutes);
            let text = body.render(now, facts.start, locale);
            let count = segments::count(&text);
            let most = if count.encoding == Encoding::Gsm7 { 1 } else { 2 };
            assert!(count.segments <= most, "{count:?} {text:?}");
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert!(!text.contains("  "), "{text:?}");
            assert_eq!(text.trim(), text);
        }
    }
}

#[test]
fn an_ordinary_text() {
    check(&facts(), "Q4 Planning: in 15 minutes, at 2:00 PM.");
    check(
        &EventFacts { location: Some("Room 4".to_owned()), ..facts() },
        "Q4 Planning: in 15 minutes, at 2:00 PM. Room 4.",
    );
    check(
        &placed("Q4 Planning", "Room 4", "https://meet.example/abc"),
        "Q4 Planning: in 15 minutes, at 2:00 PM. Room 4. https://meet.example/abc",
    );
}

#[test]
fn the_clock_is_read_as_the_user_reads_it() {
    let at = |start: &str, locale| {
        let start: Timestamp = start.parse().unwrap();
        let facts = EventFacts { start, ..facts() };
        let body = write(&facts, &new_york(), locale, date(2026, 11, 24));
        body.after
    };
    assert_eq!(at("2026-11-24T05:00:00Z", H12), ", at 12:00 AM.");
    assert_eq!(at("2026-11-24T05:00:00Z", H24), ", at 00:00.");
    assert_eq!(at("2026-11-24T14:05:00Z", H12), ", at 9:05 AM.");
    assert_eq!(at("2026-11-24T14:05:00Z", H24), ", at 09:05.");
    assert_eq!(at("2026-11-24T17:00:00Z", H12), ", at 12:00 PM.");
    assert_eq!(at("2026-11-25T04:59:00Z", H12), ", at 11:59 PM.");
    assert_eq!(at("2026-11-25T04:59:00Z", H24), ", at 23:59.");
}

#[test]
fn another_date_is_named_with_its_weekday() {
    let body = write(&facts(), &new_york(), H12, date(2026, 11, 23));
    assert_eq!(body.before, "Q4 Planning: ");
    assert_eq!(body.after, ", on Tue, Nov 24 at 2:00 PM.");
    let body = write(&facts(), &new_york(), H24, date(2026, 11, 17));
    assert_eq!(body.after, ", on Tue, Nov 24 at 14:00.");
}

#[test]
fn sch_17_all_day_events_name_their_days() {
    let all_day = EventFacts {
        title: "Offsite".to_owned(),
        start: "2026-11-24T05:00:00Z".parse().unwrap(),
        end: "2026-11-25T05:00:00Z".parse().unwrap(),
        all_day_on: Some(date(2026, 11, 24)),
        ..facts()
    };
    check(&all_day, "Offsite: Tue, Nov 24 (all day).");
    let long = EventFacts {
        end: "2026-11-27T05:00:00Z".parse().unwrap(),
        location: Some("Lake House".to_owned()),
        ..all_day.clone()
    };
    check(&long, "Offsite: Tue, Nov 24 to Thu, Nov 26 (all day). Lake House.");
    let empty = EventFacts { end: all_day.start, ..all_day };
    check(&empty, "Offsite: Tue, Nov 24 (all day).");
    check_sane(&EventFacts { title: "会".repeat(300), ..long }, date(2026, 11, 23));
}

fn check_relative(seconds: i64, expected: &str) {
    let start: Timestamp = "2026-11-24T19:00:00Z".parse().unwrap();
    let now = start - SignedDuration::from_secs(seconds);
    assert_eq!(relative(now, start, H12), expected, "{seconds} s");
}

#[test]
fn txt_06_relative_times_ahead() {
    for (minutes, expected) in [
        (0, "now"),
        (1, "in 1 minute"),
        (2, "in 2 minutes"),
        (15, "in 15 minutes"),
        (45, "in 45 minutes"),
        (59, "in 59 minutes"),
        (60, "in 1 hour"),
        (61, "in 1 hour 1 minute"),
        (75, "in 1 hour 15 minutes"),
        (90, "in 1 hour 30 minutes"),
        (119, "in 1 hour 59 minutes"),
        (120, "in 2 hours"),
        (23 * 60 + 59, "in 23 hours 59 minutes"),
        (24 * 60, "in 1 day"),
        (24 * 60 + 29, "in 1 day"),
        (24 * 60 + 30, "in 1 day 1 hour"),
        (27 * 60, "in 1 day 3 hours"),
        (48 * 60, "in 2 days"),
        (7 * 24 * 60, "in 7 days"),
        (7 * 24 * 60 + 120, "in 7 days 2 hours"),
        (30 * 24 * 60 + 120, "in 30 days"),
    ] {
        check_relative(minutes * 60, expected);
    }
}

#[test]
fn txt_06_relative_times_are_rounded_to_the_nearest_minute() {
    check_relative(14 * 60 + 57, "in 15 minutes");
    check_relative(14 * 60 + 30, "in 15 minutes");
    check_relative(14 * 60 + 29, "in 14 minutes");
    check_relative(59 * 60 + 40, "in 1 hour");
    check_relative(29, "now");
    check_relative(-29, "now");
}

#[test]
fn txt_06_what_has_begun_is_told_as_begun() {
    check_relative(-60, "started 1 minute ago");
    check_relative(-20 * 60, "started 20 minutes ago");
    check_relative(-60 * 60, "started 1 hour ago");
    check_relative(-119 * 60, "started 1 hour ago");
    check_relative(-10 * 3600, "started 10 hours ago");
    check_relative(-50 * 3600, "started 2 days ago");
    let text = write(&facts(), &new_york(), H12, date(2026, 11, 24)).render(
        facts().start + SignedDuration::from_mins(20),
        facts().start,
        H12,
    );
    assert_eq!(text, "Q4 Planning: started 20 minutes ago, at 2:00 PM.");
}

#[test]
fn sch_17_odd_titles_give_a_sane_text() {
    check(&titled(""), "(no title): in 15 minutes, at 2:00 PM.");
    check(&titled(" \n\t "), "(no title): in 15 minutes, at 2:00 PM.");
    check(&titled("\u{202e}\u{200b}"), "(no title): in 15 minutes, at 2:00 PM.");
    check(
        &titled("Standup\nwith  the\r\n\r\nteam"),
        "Standup with the team: in 15 minutes, at 2:00 PM.",
    );
    check(&titled("Agenda:"), "Agenda: in 15 minutes, at 2:00 PM.");
    check(&titled("🦷"), "🦷: in 15 minutes, at 2:00 PM.");
    check(&titled("🎉 Party 🎉"), "Party: in 15 minutes, at 2:00 PM.");
    check(&titled("“1:1” – Zoé…"), "\"1:1\" - Zoé...: in 15 minutes, at 2:00 PM.");
    check(&titled("פגישת צוות"), "פגישת צוות: in 15 minutes, at 2:00 PM.");
    check(&titled("\u{202b}פגישה\u{202c}\u{200f}"), "פגישה: in 15 minutes, at 2:00 PM.");
    check(&titled("a\u{0}b\u{1b}[2Jc"), "ab[2Jc: in 15 minutes, at 2:00 PM.");
}

#[test]
fn sch_17_a_title_of_300_characters_is_shortened() {
    let text = sent(&titled(&"Very long title ".repeat(19)));
    assert!(text.starts_with("Very long title Very long title "), "{text}");
    assert!(text.ends_with("...: in 15 minutes, at 2:00 PM."), "{text}");
    assert_eq!(segments::count(&text).segments, 1);
    // All but the reserve for the longest relative time is used.
    assert!(segments::count(&text).units >= 160 - 22, "{text}");
}

#[test]
fn txt_05_the_title_gives_way_before_place_and_link() {
    let long = placed(&"Quarterly planning ".repeat(8), "Room 4", "https://meet.example/abc-defg");
    let text = sent(&long);
    assert!(text.starts_with("Quarterly planning Quarterly"), "{text}");
    assert!(text.contains("...: in 15 minutes"), "{text}");
    assert!(text.ends_with("at 2:00 PM. Room 4. https://meet.example/abc-defg"), "{text}");
}

#[test]
fn txt_05_the_place_gives_way_before_the_link_and_the_link_before_the_time() {
    let street = "The Very Nice Restaurant, 1234 North Michigan Avenue, Suite 500, Chicago, \
                  Illinois 60611, USA";
    let link = "https://meet.example/abc-defg-hij";
    let text = sent(&placed("Lunch with Ann", street, link));
    assert_eq!(
        text,
        "Lunch with Ann: in 15 minutes, at 2:00 PM. The Very Nice Restaurant, 1234 North Michigan \
         Avenue, Suite 500, Chica... https://meet.example/abc-defg-hij"
    );
    let long_link = format!("https://meet.example/{}", "x".repeat(80));
    let text = sent(&placed("Lunch with Ann", street, &long_link));
    assert_eq!(text, format!("Lunch with Ann: in 15 minutes, at 2:00 PM. {long_link}"));
    let endless = format!("https://meet.example/{}", "x".repeat(300));
    let text = sent(&placed("Lunch with Ann", street, &endless));
    assert_eq!(text, format!("Lunch with Ann: in 15 minutes, at 2:00 PM. {street}."));
}

#[test]
fn txt_05_links_are_whole_or_absent() {
    let link = format!("https://example.org/{}", "y".repeat(90));
    let text = sent(&titled(&format!("See {link} and more words that follow after it")));
    assert!(text.contains(&format!("{link} ")) || !text.contains("http"), "{text}");
    let title = format!("Read this please https://example.org/{}", "z".repeat(200));
    check(&titled(&title), "Read this please...: in 15 minutes, at 2:00 PM.");
    check(&titled(&"https://example.org/".repeat(9)), "(no title): in 15 minutes, at 2:00 PM.");
}

#[test]
fn a_link_in_the_location_is_said_once_and_as_a_link() {
    let link = "https://meet.example/abc";
    let expected = "Q4 Planning: in 15 minutes, at 2:00 PM. https://meet.example/abc";
    check(&EventFacts { location: Some(link.to_owned()), ..facts() }, expected);
    check(&placed("Q4 Planning", link, link), expected);
    check(&placed("Q4 Planning", &format!(" {link}\n"), "bad link"), expected);
    check(
        &placed("Q4 Planning", &format!("Room 4; {link}"), link),
        "Q4 Planning: in 15 minutes, at 2:00 PM. Room 4. https://meet.example/abc",
    );
}

#[test]
fn the_lines_of_an_address_are_joined() {
    check(
        &placed("Dentist", "12 Main St\nSpringfield,\nIL 62704", ""),
        "Dentist: in 15 minutes, at 2:00 PM. Go to 12 Main St, Springfield, IL 62704.",
    );
}

#[test]
fn txt_05_ucs_titles_take_one_segment_and_two_only_for_a_link() {
    check(&titled("会议"), "会议: in 15 minutes, at 2:00 PM.");
    let long = titled(&"Встреча с командой ".repeat(10));
    assert_eq!(sent(&long), "Встреча с командой Встреча с...: in 15 minutes, at 2:00 PM.");
    let linked = placed(&"Встреча с командой ".repeat(10), "Кафе", "https://meet.example/abc-defg");
    // Beside a link the hour is enough: it says the same as the relative time.
    check(&linked, "Встреча с командой...: at 2:00 PM. Кафе. https://meet.example/abc-defg");
    let two =
        EventFacts { meeting_link: Some(format!("https://meet.example/{:0>40}", 7)), ..linked };
    let text = sent(&two);
    assert_eq!(segments::count(&text).segments, 2);
    assert!(text.contains(": in 15 minutes, at 2:00 PM. Кафе. https://meet"), "{text}");
    // A place alone is not worth a second segment.
    let placed = EventFacts {
        location: Some("Кафе Пушкинъ на Тверском бульваре".into()), ..long
    };
    assert_eq!(segments::count(&sent(&placed)).segments, 1);
}

#[test]
fn txt_05_a_place_in_another_script_must_not_cost_a_segment() {
    let place =
        |title: &str, place: &str| EventFacts { location: Some(place.to_owned()), ..titled(title) };
    check(&place("Lunch", "Łódź"), "Lunch: in 15 minutes, at 2:00 PM. Łódź.");
    let text = sent(&place("A lunch with quite a long title", "Ресторан Центральный"));
    assert_eq!(text, "A lunch with quite a long title: in 15 minutes, at 2:00 PM.");
}

#[test]
fn txt_06_that_meetings_follow_is_said_where_it_costs_nothing_but_the_titles_end() {
    let first = |facts: EventFacts| EventFacts { first_of: Some(3), ..facts };
    check(&first(titled("Standup")), "Standup: in 15 minutes, first of 3 meetings from 2:00 PM.");
    check(
        &first(placed("Standup", "Room 4", "https://meet.example/abc")),
        "Standup: in 15 minutes, first of 3 meetings from 2:00 PM. Room 4. \
         https://meet.example/abc",
    );
    // The place would have to be shortened for it.
    let place = "The large hall of the old library, second floor, left of the stairs";
    let crowded = placed(&"Standup ".repeat(8), place, "https://meet.example/abc");
    assert_eq!(sent(&first(crowded.clone())), sent(&crowded));
    // Or a second segment paid for.
    let dear = titled("Встреча по планированию работ на год");
    assert_eq!(sent(&first(dear.clone())), sent(&dear));
    // On another day it would be another day's run.
    let other = write(&first(facts()), &new_york(), H12, date(2026, 11, 23));
    assert_eq!(other, write(&facts(), &new_york(), H12, date(2026, 11, 23)));
    assert_eq!(template_id(&first(facts()), H12.by(TemplateVersion::FIRST)), "back_to_back.en.1");
    // By the second version the same.
    let second = |facts: EventFacts| sent_by(TemplateVersion::of(2), &facts);
    let run = "2:00 PM, first of 3 meetings - Standup: in 15 minutes.";
    assert_eq!(second(first(titled("Standup"))), run);
    assert_eq!(second(first(crowded.clone())), second(crowded));
    assert_eq!(second(first(dear.clone())), second(dear));
}

#[test]
fn exp_01_the_second_template_leads_with_the_time_and_keeps_to_a_segment() {
    let check = |facts: &EventFacts, expected: &str| {
        let text = sent_by(TemplateVersion::of(2), facts);
        assert_eq!(text, expected);
        assert!(text.len() <= sent(facts).len(), "{text} is no longer than by the first");
    };
    check(&facts(), "2:00 PM - Q4 Planning: in 15 minutes.");
    check(
        &placed("Q4 Planning", "Room 4", "https://meet.example/abc"),
        "2:00 PM - Q4 Planning: in 15 minutes. Room 4. https://meet.example/abc",
    );
    check(&titled(""), "2:00 PM - (no title): in 15 minutes.");
    // Beside a link the relative time gives way, and no colon is left without words after it.
    let linked = placed(&"Встреча с командой ".repeat(10), "Кафе", "https://meet.example/abc-defg");
    check(&linked, "2:00 PM - Встреча с командой... Кафе. https://meet.example/abc-defg");
    let all_day = EventFacts {
        start: "2026-11-24T05:00:00Z".parse().unwrap(),
        end: "2026-11-25T05:00:00Z".parse().unwrap(),
        all_day_on: Some(date(2026, 11, 24)),
        ..titled("Offsite!")
    };
    check(&all_day, "Tue, Nov 24 (all day) - Offsite!");
    let version = TemplateVersion::of(2);
    let other = super::write(&facts(), &new_york(), H12.by(version), date(2026, 11, 23));
    assert_eq!(other.before, "Tue, Nov 24, 2:00 PM - Q4 Planning: ");
    let id = template_id(&facts(), H12.by(version));
    assert_eq!((id, TemplateVersion::of_id(id)), ("reminder.v2.en.1", version));
}

#[test]
fn exp_01_a_template_of_a_later_release_is_told_by_the_first() {
    let later = TemplateVersion::of(99);
    assert!(!later.exists() && TemplateVersion::FIRST.exists());
    assert_eq!(sent_by(later, &facts()), sent(&facts()));
    // And so it is recorded.
    assert_eq!(template_id(&facts(), H12.by(later)), "reminder.en.2");
    for unnumbered in ["reminder.en.2", "back_to_back.pt.1", "t", "", "reminder.vx.en.1"] {
        assert_eq!(TemplateVersion::of_id(unnumbered), TemplateVersion::FIRST, "{unnumbered}");
    }
    let all: Vec<_> = TemplateVersion::all().map(TemplateVersion::number).collect();
    assert_eq!(all, [1, 2]);
}

#[test]
fn txt_05_graphemes_are_never_cut() {
    let family = "👨‍👩‍👧‍👦";
    let text = sent(&titled(&family.repeat(20)));
    assert_eq!(text, format!("{}...: in 15 minutes, at 2:00 PM.", family.repeat(2)));
    // One letter under a heap of accents fits nowhere.
    let heap = format!("e{}", "\u{301}".repeat(250));
    check(&titled(&heap), "(no title): in 15 minutes, at 2:00 PM.");
}

#[test]
fn our_own_texts_are_one_gsm_segment_and_name_us() {
    let replies = [opt_out_confirmation(H12), opt_in_confirmation(H12), help(H12), hint(H12)];
    for text in replies.into_iter().chain([rollback_notice(H12)]) {
        let count = segments::count(text);
        assert_eq!((count.encoding, count.segments), (Encoding::Gsm7, 1), "{text}");
        assert!(text.starts_with("Beforehand"), "{text}");
        assert!(!text.contains("  "), "{text}");
    }
    assert_eq!(template_id(&facts(), H12.by(TemplateVersion::FIRST)), "reminder.en.2");
}

proptest! {
    #[test]
    fn any_words_give_a_sane_text(
        title in "\\PC{0,120}|[a-z —’😀яé会]{0,320}|.{0,80}",
        location in prop::option::of("\\PC{0,60}|[A-Za-z0-9 ,\n]{0,200}|.{0,40}"),
        link in prop::option::of("https://[a-z./?=0-9]{1,300}|\\PC{0,30}"),
        day in 22_i8..25,
    ) {
        let facts = EventFacts { title, location, meeting_link: link, ..facts() };
        check_sane(&facts, date(2026, 11, day));
        let body = write(&facts, &new_york(), H12, date(2026, 11, day));
        let text = format!("{}{}", body.before, body.after);
        prop_assert!(text.contains("at 2:00 PM."));
        prop_assert_eq!(text.contains("Nov 24"), day != 24);
        if let Some(at) = text.find("https://") {
            let whole = facts.meeting_link.iter().chain(&facts.location);
            prop_assert!(whole.into_iter().any(|link| text[at..].starts_with(link.trim())));
        }
    }

    #[test]
    fn relative_times_keep_to_their_reserve(seconds in -400_000_000_i64..400_000_000) {
        let start: Timestamp = "2026-11-24T19:00:00Z".parse().unwrap();
        let words = relative(start - SignedDuration::from_secs(seconds), start, H12);
        prop_assert!(words.len() <= words::words(Language::En).relative_chars_max, "{words}");
    }
}

#[test]
fn relative_times_from_one_end_of_time_to_the_other_keep_to_their_reserve() {
    for (now, start) in [(Timestamp::MIN, Timestamp::MAX), (Timestamp::MAX, Timestamp::MIN)] {
        assert!(relative(now, start, H12).len() <= words::words(Language::En).relative_chars_max);
    }
}

const OURS: &str = "https://b.example/r/4kx9";

/// The text of 15 minutes ahead, with a link of ours where that costs nothing.
fn with_ours(facts: &EventFacts, link: &str) -> String {
    let now = facts.start - SignedDuration::from_mins(15);
    let style = H12.by(TemplateVersion::FIRST);
    linked(facts, &new_york(), style, date(2026, 11, 24), link, now)
}

#[test]
fn a_link_of_ours_takes_its_room_from_the_title_and_costs_no_segment_and_no_time() {
    let check = |facts: &EventFacts, expected: &str| assert_eq!(with_ours(facts, OURS), expected);
    check(&facts(), &format!("Q4 Planning: in 15 minutes, at 2:00 PM. {OURS}"));
    let all_day = EventFacts { all_day_on: Some(date(2026, 11, 24)), ..titled("Offsite") };
    check(&all_day, &format!("Offsite: Tue, Nov 24 (all day). {OURS}"));
    let long = with_ours(&titled(&"Very long title ".repeat(19)), OURS);
    assert!(long.ends_with(&format!("...: in 15 minutes, at 2:00 PM. {OURS}")), "{long}");
    assert_eq!(segments::count(&long).segments, 1);
    // It goes behind a link that the event has.
    let own = placed("Q4 Planning", "Room 4", "https://meet.example/abc");
    check(&own, &format!("{} {OURS}", sent(&own)));
    // It would take the relative time.
    let brief = titled(&"Встреча с командой ".repeat(10));
    check(&brief, &sent(&brief));
    // It would take a second segment.
    let far = format!("https://b.example/{}", "4".repeat(42));
    assert_eq!(with_ours(&titled("会议"), &far), sent(&titled("会议")));
}

#[test]
fn a_link_of_ours_follows_any_text_that_has_room_for_it() {
    let room = 160 - OURS.len() - 1;
    let (fits, full) = ("x".repeat(room), "x".repeat(room + 1));
    assert_eq!(with_link(fits.clone(), OURS), format!("{fits} {OURS}"));
    assert_eq!(with_link(full.clone(), OURS), full);
}
