//! Versions of the templates as arms: tried, compared, promoted and taken back.

use adapters_embedded::model_sandbox::ModelMode;
use domain::reminder::{Reminder, TextSource};
use domain::texts::{HourCycle, Language, Locale};
use serde_json::{Value, json};
use tests::users::{names, user};
use tests::world::World;

use super::{
    NEW_YORK, add, arms_of, begin, definition, done, get, meetings, refused, report_equals_recount,
};

fn two_templates() -> Value {
    json!([
        {"name": "title-first", "weight": 1, "template": 1},
        {"name": "time-first", "weight": 1, "template": 2},
    ])
}

/// What a user's preview says of a day in November.
async fn previewed(world: &World, name: &str, day: u32) -> Vec<String> {
    let name = name.replace(' ', "%20");
    let told = get(world, &format!("/v1/users/{name}/outlook?date=2026-11-{day}")).await;
    let rows = told["rows"].as_array().unwrap().iter();
    rows.map(|row| row["body"].as_str().unwrap().to_owned()).collect()
}

fn version_of(row: &Reminder) -> u32 {
    row.source.template_version().number()
}

fn said(version: u32, day: u32, hour: u32) -> String {
    match version {
        1 => format!("Planning {day} {hour}: in 15 minutes, at {hour}:00 AM."),
        _ => format!("{hour}:00 AM - Planning {day} {hour}: in 15 minutes."),
    }
}

/// Every text of a day says what this version says, and its preview had said the same.
async fn check_day(world: &World, name: &str, day: u32, version: u32, preview: &[String]) {
    let rows = world.reminders(name).await;
    let of_day = rows.iter().filter(|row| row.day_on.to_string() == format!("2026-11-{day}"));
    let (bodies, versions): (Vec<_>, Vec<_>) =
        of_day.map(|row| (row.attempts[0].text.clone(), version_of(row))).unzip();
    let expected: Vec<_> = (9..11).map(|hour| said(version, day, hour)).collect();
    assert_eq!((&bodies, versions), (&expected, vec![version; 2]), "{name}");
    assert_eq!(bodies, preview, "{name}");
}

#[tokio::test]
async fn exp_01_a_template_is_tried_in_an_arm_compared_promoted_and_rolled_back() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(40);
    let days: Vec<_> = (23..27).flat_map(|day| meetings(day, 9..11)).collect();
    add(&world, &names, |spec| spec, &days).await;
    begin(&world, definition("tone", two_templates())).await;
    let mut previews = Vec::new();
    for name in &names {
        previews.push(previewed(&world, name, 23).await);
    }
    // A plan in the middle changes nobody's arm, and so nobody's words.
    world.run_until("2026-11-23T14:30:00Z").await;
    world.put(&names[0], "work", &[days.clone(), meetings(27, 9..10)].concat()).await;
    world.run_until("2026-11-23T16:00:00Z").await;
    let arms = arms_of(&world, &names, "tone").await;
    for (name, preview) in names.iter().zip(&previews) {
        let is_second = arms[name] == "time-first";
        check_day(&world, name, 23, if is_second { 2 } else { 1 }, preview).await;
        world.reply(name, if is_second { "5" } else { "2" }).await;
    }
    world.run_until("2026-11-23T16:10:00Z").await;
    // The report and the figures of each arm, with the version that it stands for.
    let report = report_equals_recount(&world, &names, "tone").await;
    assert_eq!(report["experiment"]["arms"][1]["template"], 2);
    assert_eq!(report["arms"][1]["comparison"]["finding"], "better");
    let query = "dimension=arm:tone/time-first&from=2026-11-23&to=2026-11-23";
    let of_arm = get(&world, &format!("/v1/metrics?{query}")).await;
    let in_arm = arms.values().filter(|arm| *arm == "time-first").count();
    assert_eq!(of_arm["total"]["texts"], json!(2 * in_arm));
    // Why somebody read what they read, and what the badly rated have in common.
    let of_second = names.iter().find(|name| arms[*name] == "time-first").unwrap();
    let row = &world.reminders(of_second).await[0];
    let why = get(&world, &format!("/v1/reminders/{}/why", row.id)).await;
    let words = "Written by version 2 of the template (reminder.v2.en.1). In arm time-first of \
                 experiment tone.";
    assert_eq!(why["written_by"], words);
    let low = get(&world, "/v1/ratings?below=3").await;
    assert_eq!(low["groups"][0]["common"]["words"], "reminder.en.2");
    assert_eq!(low["low"], json!(40 - in_arm));
    // Promoted it is everybody's, and taken back nobody's.
    done(&world, "/v1/experiments/tone/promote", json!({"arm": "time-first"})).await;
    assert_eq!(get(&world, "/v1/experiments").await["usual"]["template"], 2);
    world.settle().await;
    let second = previewed(&world, &names[0], 24).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    done(&world, "/v1/experiments/tone/rollback", json!({})).await;
    assert_eq!(get(&world, "/v1/experiments").await["usual"]["template"], 1);
    world.settle().await;
    let first = previewed(&world, &names[0], 25).await;
    world.run_until("2026-11-25T16:00:00Z").await;
    for name in &names {
        check_day(&world, name, 24, 2, &second).await;
        check_day(&world, name, 25, 1, &first).await;
    }
    let again = refused(&world, 409, "/v1/experiments/tone/rollback", json!({})).await;
    assert!(again.contains("stopped"), "{again}");
    world.finish().await;
}

/// Whoever reads this language, with the second version of the templates usual for everybody.
async fn readers(world: &World) -> Vec<String> {
    let mut readers = Vec::new();
    for language in Language::ALL {
        let name = format!("reader {}", language.tag());
        let mut spec = user(&name, NEW_YORK);
        spec.user.locale = Locale { language, hours: HourCycle::H24 };
        world.add(spec).await;
        world.put(&name, "work", &meetings(23, 9..10)).await;
        readers.push(name);
    }
    begin(world, definition("tone", two_templates())).await;
    let promote = json!({"arm": "time-first", "force": true});
    done(world, "/v1/experiments/tone/promote", promote).await;
    world.settle().await;
    readers
}

#[tokio::test]
async fn exp_01_the_second_template_is_sent_in_every_language_and_with_our_links() {
    let world = World::maker("2026-11-23T10:00:00Z").with_links_in_texts().make();
    let readers = readers(&world).await;
    world.run_until("2026-11-23T15:00:00Z").await;
    let expected = [
        "09:00 - Planning 23 9: in 15 minutes. ",
        "09:00 Uhr - Planning 23 9: in 15 Minuten. ",
        "09:00 - Planning 23 9: en 15 minutos. ",
        "9h00 - Planning 23 9 : dans 15 minutes. ",
        "09:00 - Planning 23 9: em 15 minutos. ",
        // A link of ours would cost a second segment.
        "【9:00】Planning 23 9: 15分後。",
    ];
    for (name, expected) in readers.iter().zip(expected) {
        let texts = world.texts_to(name);
        let link = texts[0].body.strip_prefix(expected).unwrap_or_else(|| panic!("{texts:?}"));
        assert_eq!(link.starts_with("https://"), expected.ends_with(' '), "{texts:?}");
        assert_eq!((texts.len(), version_of(&world.reminder(name).await)), (1, 2));
    }
    world.finish().await;
}

#[tokio::test]
async fn exp_01_where_a_model_fails_the_template_of_the_users_version_stands_in() {
    for (mode, by_model) in [(ModelMode::Broken, false), (ModelMode::Good, true)] {
        let world = World::maker("2026-11-23T10:00:00Z").model(mode).make();
        let readers = readers(&world).await;
        let asked = world.model.sandbox().questions();
        world.run_until("2026-11-23T12:00:00Z").await;
        // What is usual changes while texts wait that a model wrote, or failed to.
        done(&world, "/v1/experiments/tone/rollback", json!({})).await;
        world.run_until("2026-11-23T15:00:00Z").await;
        assert_eq!(world.model.sandbox().questions(), asked, "nothing is paid for twice");
        for name in &readers {
            let row = world.reminder(name).await;
            assert_eq!(matches!(row.source, TextSource::Model { .. }), by_model, "{row:#?}");
            assert_eq!(row.state.name(), "delivered");
            if !by_model {
                assert!(matches!(row.source, TextSource::Fallback { .. }), "{row:#?}");
                assert_eq!(version_of(&row), 1, "the first again: {row:#?}");
            }
        }
        world.finish().await;
    }
}
