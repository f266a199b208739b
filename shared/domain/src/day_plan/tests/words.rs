//! Words of a model, under plans that are made again.

use super::*;
use crate::calendar_event::CalendarEvent;
use crate::reminder::TextSource;
use crate::texts::{Body, Language, TemplateVersion};

/// A planned day whose only reminder a model wrote, or failed to write.
fn composed(is_good: bool) -> Desk {
    composed_as(is_good, |_| {})
}

/// The same, of an event that is somewhat different.
fn composed_as(is_good: bool, change: impl FnOnce(&mut CalendarEvent)) -> Desk {
    let mut desk = Desk::new();
    change(desk.add("a", "2026-11-24T15:00"));
    desk.plan_at(MIDNIGHT_TICK);
    let row = desk.row("a").clone();
    let (body, source) = if is_good {
        let body = Body { before: "Time for a: ".to_owned(), after: ", at 3:00 PM.".to_owned() };
        let (call, instead_of) = (Box::new(model_call()), row.body.clone());
        (body, TextSource::Model { call, instead_of, template: None })
    } else {
        let (id, reason) = ("reminder.en.2".to_owned(), "model_timeout".to_owned());
        (row.body.clone(), TextSource::Fallback { id, call: Box::new(model_call()), reason })
    };
    let now = desk.wall(NOON);
    desk.change("a", Change::Retext { facts: row.facts, body, source }, now);
    desk
}

#[test]
fn txt_08_a_plan_made_again_keeps_what_the_model_wrote() {
    for is_good in [true, false] {
        let mut desk = composed(is_good);
        let before = desk.row("a").clone();
        assert_eq!(desk.plan_at("2026-11-24T12:05"), 0);
        assert_eq!(*desk.row("a"), before);
    }
}

#[test]
fn txt_08_a_lead_time_that_changes_keeps_what_the_model_wrote() {
    let mut desk = composed(true);
    desk.set_leads(&[30]);
    desk.plan_at("2026-11-24T12:05");
    let row = desk.row("a");
    assert_eq!(row.body.before, "Time for a: ");
    assert!(matches!(row.source, TextSource::Model { .. }), "{:?}", row.source);
}

#[test]
fn txt_08_an_event_that_changes_gets_its_template_again() {
    for is_good in [true, false] {
        let mut desk = composed(is_good);
        desk.event("a").title = "Planning".to_owned();
        desk.plan_at("2026-11-24T12:05");
        let row = desk.row("a");
        assert!(row.body.before.starts_with("Planning"), "{:?}", row.body);
        assert!(matches!(row.source, TextSource::Template { .. }), "{:?}", row.source);
    }
}

#[test]
fn exp_01_another_template_pays_for_no_text_of_a_model_twice() {
    for is_good in [true, false] {
        let mut desk = composed(is_good);
        let before = desk.row("a").clone();
        desk.enrolment.template = TemplateVersion::of(2);
        let writes = desk.plan_at("2026-11-24T12:05");
        let row = desk.row("a");
        assert_eq!(row.source.model_call(), before.source.model_call(), "nobody is asked again");
        if is_good {
            assert_eq!((writes, row), (0, &before), "the model's text stands");
        } else {
            assert_eq!(row.body.before, "3:00 PM - a: ");
            assert_eq!(row.source.template_version(), TemplateVersion::of(2));
        }
        assert_eq!(desk.plan_at("2026-11-24T12:06"), 0);
        desk.event("a").title = "Planning".to_owned();
        desk.plan_at("2026-11-24T12:07");
        assert_eq!(desk.row("a").body.before, "3:00 PM - Planning: ");
    }
}

/// A place may have no room in the template, but a model may find some for it.
#[test]
fn txt_08_a_change_that_a_template_does_not_tell_is_one_for_a_model() {
    let far = "the hall behind the yard, ".repeat(8);
    for is_good in [true, false] {
        let mut desk = composed_as(is_good, |event| {
            event.title = "Planning of the quarter after the next ".repeat(4);
            event.location = Some(far.clone() + "4");
        });
        let before = desk.row("a").clone();
        desk.event("a").location = Some(far.clone() + "7");
        desk.plan_at("2026-11-24T12:05");
        let row = desk.row("a");
        assert!(row.facts.location.as_ref().unwrap().ends_with('7'));
        assert!(is_good || row.body == before.body, "it has no room: {:?}", row.body);
        assert!(matches!(row.source, TextSource::Template { .. }), "{:?}", row.source);
    }
}

#[test]
fn txt_08_a_reader_of_another_language_gets_no_words_of_a_model_in_the_first() {
    for version in [1, 2] {
        let mut desk = composed(true);
        desk.enrolment.template = TemplateVersion::of(version);
        desk.user.locale.language = Language::De;
        desk.plan_at("2026-11-24T12:05");
        let row = desk.row("a");
        assert!(matches!(row.source, TextSource::Template { .. }), "{version}: {:?}", row.source);
        assert_ne!(row.body.before, "Time for a: ");
    }
}
