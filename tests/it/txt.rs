//! TXT: texts that a language model writes, from the plan to the phone.

use adapters_embedded::model_sandbox::{MODEL_NAME, ModelMode};
use app::compose::ModelArm;
use app::purse::{self, Budget};
use domain::reminder::{Reminder, State, TextSource};
use domain::texts::{HourCycle, Language, Locale};
use domain::user::AllDayTime;
use jiff::{SignedDuration, Timestamp};
use tests::events::{Event, all_day, event};
use tests::users::{UserSpec, user};
use tests::world::{Maker, World};

const NEW_YORK: &str = "America/New_York";

fn with_model(mode: ModelMode) -> Maker {
    World::maker("2026-11-24T10:00:00Z").model(mode)
}

/// Meetings that begin at 9:00, 9:30, 10:00, and so on, local time.
fn meetings(count: usize) -> Vec<Event> {
    let meeting = |n: usize| {
        let (hour, minute) = (9 + n / 2, if n.is_multiple_of(2) { "00" } else { "30" });
        event(&format!("Planning of part {n}"), &format!("2026-11-24T{hour:02}:{minute}"), NEW_YORK)
    };
    (0..count).map(meeting).collect()
}

fn is_template(row: &Reminder) -> bool {
    matches!(row.source, TextSource::Template { .. } | TextSource::Fallback { .. })
}

fn reason(row: &Reminder) -> Option<&str> {
    match &row.source {
        TextSource::Fallback { reason, .. } => Some(reason),
        _ => None,
    }
}

/// A day of ten meetings with a model that behaves so: everything goes out in time, and this is
/// where the texts came from.
async fn day_with(mode: ModelMode) -> (World, Vec<Reminder>) {
    let world = with_model(mode).make();
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &meetings(10)).await;
    world.run_until("2026-11-24T22:00:00Z").await;
    let rows = world.reminders("ada").await;
    assert_eq!(rows.len(), 10);
    for row in &rows {
        assert_eq!(row.state, State::Delivered, "{row:#?}");
        assert!(!row.is_late());
    }
    for (text, row) in world.texts_to("ada").iter().zip(&rows) {
        assert_eq!(text.at, row.send_at, "in time, whatever the model did");
    }
    (world, rows)
}

#[tokio::test]
async fn txt_01_a_models_text_is_sent_with_its_source_tokens_cost_and_time() {
    let (world, rows) = day_with(ModelMode::Good).await;
    let text = &world.texts_to("ada")[0];
    assert_eq!(text.body, "Planning of part 0 starts in 15 minutes, at 9:00 AM.");
    for row in &rows {
        let TextSource::Model { call, .. } = &row.source else { panic!("{row:#?}") };
        assert_eq!((call.model.as_str(), call.prompt_version.as_str()), (MODEL_NAME, "reminder.1"));
        assert!(call.input_tokens > 0 && call.output_tokens > 0 && call.cost_microdollars > 0);
    }
    assert_eq!(world.model.sandbox().questions(), 10);
    world.finish().await;
}

#[tokio::test]
async fn txt_01_all_languages_are_written_by_the_model_too() {
    let world = with_model(ModelMode::Good).make();
    for (n, language) in Language::ALL.into_iter().enumerate() {
        let locale = Locale { language, hours: HourCycle::H24 };
        let id = format!("user{n}");
        world.add(spoken(user(&id, NEW_YORK), locale)).await;
        let trip = all_day("Offsite", "2026-11-25");
        let call = event("Review", "2026-11-24T10:00", NEW_YORK)
            .with("LOCATION:Room 4")
            .with("URL:https://meet.example/abc");
        world.put(&id, "work", &[trip, call]).await;
    }
    world.run_until("2026-11-25T04:00:00Z").await;
    let mut texts = Vec::new();
    for n in 0..Language::ALL.len() {
        for row in world.reminders(&format!("user{n}")).await {
            assert!(matches!(row.source, TextSource::Model { .. }), "{row:#?}");
        }
        texts.extend(world.texts_to(&format!("user{n}")).into_iter().map(|text| text.body));
    }
    assert_eq!(
        texts,
        [
            "Review starts in 15 minutes, at 10:00. Room 4. https://meet.example/abc",
            "Offsite: Wed, Nov 25, all day.",
            "Review beginnt in 15 Minuten, um 10:00 Uhr. Room 4. https://meet.example/abc",
            "Offsite: Mi, 25.11., ganztägig.",
            "Review empieza en 15 minutos, a las 10:00. Room 4. https://meet.example/abc",
            "Offsite: mié 25/11, todo el día.",
            "Review commence dans 15 minutes, à 10h00. Room 4. https://meet.example/abc",
            "Offsite: mer. 25/11, toute la journée.",
            "Review inicia em 15 minutos, às 10:00. Room 4. https://meet.example/abc",
            "Offsite: qua 25/11, dia inteiro.",
            "Review: 15分後,10:00. https://meet.example/abc",
            "Offsite: 11/25(水)、終日。",
        ],
        "{texts:#?}"
    );
    world.finish().await;
}

fn spoken(spec: UserSpec, locale: Locale) -> UserSpec {
    let mut spec =
        spec.preferring(|preferences| preferences.counting.all_day = Some(AllDayTime::default()));
    spec.user.locale = locale;
    spec
}

#[tokio::test]
async fn txt_02_a_model_that_fails_all_day_costs_no_reminder_and_no_minute() {
    for mode in [ModelMode::Slow, ModelMode::Broken] {
        let (world, rows) = day_with(mode).await;
        for row in &rows {
            assert!(is_template(row), "{row:#?}");
            assert!(
                reason(row).is_some_and(|reason| reason.starts_with("model_") || reason == "empty"),
                "{row:#?}"
            );
        }
        world.finish().await;
    }
}

#[tokio::test]
async fn txt_03_a_model_that_is_wrong_is_never_sent() {
    let (world, rows) = day_with(ModelMode::Wrong).await;
    for row in &rows {
        assert!(reason(row).is_some(), "{row:#?}");
    }
    for text in world.texts_to("ada") {
        assert!(text.body.starts_with("Planning of part"), "{}", text.body);
        assert!(!text.body.contains("tomorrow"), "{}", text.body);
    }
    world.finish().await;
}

#[tokio::test]
async fn txt_04_a_model_that_wants_something_of_people_is_never_sent() {
    let (world, rows) = day_with(ModelMode::Malicious).await;
    for row in &rows {
        assert!(reason(row).is_some(), "{row:#?}");
    }
    for text in world.texts_to("ada") {
        assert!(!text.body.contains("evil") && !text.body.contains("won"), "{}", text.body);
        assert!(text.body.is_ascii(), "{}", text.body);
    }
    world.finish().await;
}

#[tokio::test]
async fn txt_07_a_users_budget_that_is_used_up_leaves_templates_until_the_next_day() {
    let world = with_model(ModelMode::Good)
        .composing(|settings| settings.user_day_microdollars_max = 350)
        .make();
    world.add(user("ada", NEW_YORK)).await;
    let tomorrow = event("Breakfast", "2026-11-25T10:00", NEW_YORK);
    let events: Vec<_> = meetings(5).into_iter().chain([tomorrow]).collect();
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-25T20:00:00Z").await;
    let rows = world.reminders("ada").await;
    let (by_model, rest): (Vec<_>, Vec<_>) = rows.iter().partition(|row| !is_template(row));
    let of_today = |rows: &[&Reminder]| rows.iter().filter(|row| row.day_on.day() == 24).count();
    assert!((1..5).contains(&of_today(&by_model)), "{by_model:#?}");
    assert_eq!(
        rest.iter().filter_map(|row| reason(row)).collect::<Vec<_>>(),
        vec!["model_budget"; rest.len()]
    );
    assert_eq!(of_today(&rest), rest.len(), "the next day has a budget of its own");
    let spent: u64 = by_model
        .iter()
        .filter(|row| row.day_on.day() == 24)
        .filter_map(|row| row.source.model_call())
        .map(|call| call.cost_microdollars)
        .sum();
    assert!(spent <= 350, "{spent}");
    world.finish().await;
}

#[tokio::test]
async fn txt_07_everybodys_budget_is_never_exceeded() {
    let world = with_model(ModelMode::Good)
        .composing(|settings| settings.day_microdollars_max = 1_000)
        .make();
    for n in 0..8 {
        let id = format!("user{n}");
        world.add(user(&id, NEW_YORK)).await;
        world.put(&id, "work", &meetings(4)).await;
    }
    world.run_until("2026-11-24T22:00:00Z").await;
    let mut spent = 0;
    let mut by_model = 0;
    for n in 0..8 {
        for row in world.reminders(&format!("user{n}")).await {
            assert_eq!(row.state, State::Delivered);
            spent += row.source.model_call().map_or(0, |call| call.cost_microdollars);
            by_model += usize::from(!is_template(&row));
        }
    }
    assert!((5..32).contains(&by_model), "{by_model}");
    assert!(spent <= 1_000, "{spent}");
    let taken = purse::spent(
        Budget::Models,
        &*world.stores.control,
        world.now() - SignedDuration::from_hours(6),
    );
    let taken = taken.await.unwrap();
    assert!((spent..=1_000).contains(&taken), "{taken}");
    world.finish().await;
}

#[tokio::test]
async fn txt_08_a_model_is_paid_once_for_an_event_and_again_when_it_changes() {
    let world = with_model(ModelMode::Good).make();
    world.add(user("ada", NEW_YORK)).await;
    let standup = event("Standup", "2026-11-24T10:00", NEW_YORK);
    world.put("ada", "work", std::slice::from_ref(&standup)).await;
    world.settle().await;
    assert_eq!(world.model.sandbox().questions(), 1);
    // The calendar comes again, unchanged in what a text would say.
    let same = standup.clone().with("DESCRIPTION:Now with words").with("SEQUENCE:2");
    world.put("ada", "work", &[same]).await;
    world.settle().await;
    world.run_until("2026-11-24T12:00:00Z").await;
    assert_eq!(world.model.sandbox().questions(), 1);
    world.put("ada", "work", &[standup.titled("Standup with Bob")]).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    assert_eq!(world.model.sandbox().questions(), 2);
    let text = world.texts_to("ada").remove(0).body;
    assert_eq!(text, "Standup with Bob starts in 15 minutes, at 10:00 AM.");
    world.finish().await;
}

#[tokio::test]
async fn sch_11_the_model_is_never_paid_for_what_the_daily_limit_cancels() {
    let world = with_model(ModelMode::Good).make();
    world.add(user("ada", NEW_YORK).limit(5)).await;
    world.put("ada", "work", &meetings(10)).await;
    world.run_until("2026-11-24T22:00:00Z").await;
    assert_eq!(world.model.sandbox().questions(), 5);
    assert_eq!(world.texts_to("ada").len(), 5);
    world.finish().await;
}

#[tokio::test]
async fn the_model_writes_for_its_share_of_the_users_and_always_for_the_same() {
    let world = with_model(ModelMode::Good)
        .composing(|settings| settings.arm = ModelArm { share_percent: 50 })
        .make();
    for n in 0..40 {
        let id = format!("user{n}");
        world.add(user(&id, NEW_YORK)).await;
        world.put(&id, "work", &meetings(2)).await;
    }
    world.run_until("2026-11-24T22:00:00Z").await;
    let mut users_of_the_model = 0;
    for n in 0..40 {
        let rows = world.reminders(&format!("user{n}")).await;
        let by_model = rows.iter().filter(|row| !is_template(row)).count();
        assert!(by_model == 0 || by_model == 2, "both or none");
        users_of_the_model += by_model / 2;
    }
    assert!((10..=30).contains(&users_of_the_model), "{users_of_the_model}");
    world.finish().await;
}

/// Meetings at 9:00, 10:00 and 11:00, an hour each.
fn run_of_three() -> [Event; 3] {
    ["09", "10", "11"]
        .map(|hour| event(&format!("Part {hour}"), &format!("2026-11-24T{hour}:00"), NEW_YORK))
}

#[tokio::test]
async fn txt_06_a_run_of_meetings_is_told_by_its_first_text_and_each_has_its_own() {
    for mode in [None, Some(ModelMode::Good), Some(ModelMode::Wrong)] {
        let maker = World::maker("2026-11-24T10:00:00Z");
        let world = mode.map_or_else(|| maker.make(), |mode| with_model(mode).make());
        world.add(user("ada", NEW_YORK)).await;
        world.put("ada", "work", &run_of_three()).await;
        world.run_until("2026-11-24T22:00:00Z").await;
        let bodies: Vec<_> = world.texts_to("ada").into_iter().map(|text| text.body).collect();
        let first = match mode {
            Some(ModelMode::Good) => {
                "Part 09 starts in 15 minutes, at 9:00 AM, first of 3 meetings."
            }
            _ => "Part 09: in 15 minutes, first of 3 meetings from 9:00 AM.",
        };
        assert_eq!(bodies.len(), 3, "{bodies:?}");
        assert_eq!(bodies[0], first, "{mode:?}");
        assert!(!bodies[1].contains("meetings") && !bodies[2].contains("meetings"), "{bodies:?}");
        world.finish().await;
    }
}

#[tokio::test]
async fn txt_06_a_run_that_a_meeting_left_is_told_no_more_even_at_the_last_moment() {
    // In the very minute in which the first text is due, and well before.
    for minutes_before in [0, 60] {
        let world = World::at("2026-11-24T10:00:00Z");
        world.add(user("ada", NEW_YORK)).await;
        world.put("ada", "work", &run_of_three()).await;
        let due: Timestamp = "2026-11-24T13:45:00Z".parse().unwrap();
        let then = due - SignedDuration::from_mins(minutes_before) - SignedDuration::from_secs(1);
        world.run_until(&then.to_string()).await;
        world.put("ada", "work", &run_of_three()[..2]).await;
        world.run_until("2026-11-24T22:00:00Z").await;
        let texts = world.texts_to("ada");
        assert_eq!(texts[0].body, "Part 09: in 15 minutes, at 9:00 AM.");
        assert_eq!(texts.len(), 2);
        world.finish().await;
    }
}
