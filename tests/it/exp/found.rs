//! A lead time that is found for one user, among those that they allow.

use domain::lead_choice::LeadChoice;
use domain::lead_time::LeadTime;
use http::Method;
use jiff::civil::date;
use jiff::{SignedDuration, Span};
use serde_json::{Value, json};
use tests::browser::Browser;
use tests::events::event;
use tests::twice::repeating;
use tests::users::user;
use tests::world::World;

use super::{NEW_YORK, get};

/// Days with two meetings each, the first of them on November 2nd.
const DAYS: i64 = 28;

/// Among five minutes and an hour.
fn choice() -> LeadChoice {
    LeadChoice::new(&[5, 60].map(|minutes| LeadTime::from_minutes(minutes).unwrap())).unwrap()
}

#[tokio::test]
async fn exp_01_what_a_reader_likes_is_found_and_comes_once_for_each_event() {
    // Everything comes twice: a plan made again is the same plan.
    let world = World::maker("2026-11-02T05:00:00Z").ports(repeating).make();
    let spec = user("ada", NEW_YORK).leads(&[15, 30]);
    world.add(spec.preferring(|wishes| wishes.lead_choice = choice())).await;
    let days = (0..DAYS).map(|day| date(2026, 11, 2).saturating_add(Span::new().days(day)));
    let of_day = |on| {
        ["10:00", "14:00"].map(|at| event(&format!("{on} {at}"), &format!("{on}T{at}"), NEW_YORK))
    };
    world.put("ada", "work", &days.clone().flat_map(of_day).collect::<Vec<_>>()).await;
    let mut leads = Vec::new();
    for (place, on) in days.enumerate() {
        world.run_until(&format!("{on}T21:00:00Z")).await;
        let mut rows = world.reminders("ada").await;
        rows.retain(|row| row.day_on == on);
        assert_eq!(rows.len(), 2, "one text of each event, in the place of two: {rows:#?}");
        let lead = rows[0].lead.unwrap();
        for row in &rows {
            assert_eq!((row.lead, row.slot.number()), (Some(lead), 0), "a day has one");
            assert_eq!(
                row.facts.start.duration_since(row.send_at).as_mins(),
                i64::from(lead.minutes())
            );
            assert_eq!((row.state.name(), row.trial.lead_by.len()), ("delivered", 2));
        }
        leads.push(lead.minutes());
        // They like an hour. The other texts they mostly do not answer.
        if lead.minutes() == 60 {
            world.reply("ada", "5").await;
        } else if place % 3 == 0 {
            world.reply("ada", "2").await;
        }
    }
    let liked = |days: &[u32]| days.iter().filter(|minutes| **minutes == 60).count();
    assert!(leads.contains(&5), "both are tried: {leads:?}");
    assert!(liked(&leads[leads.len() - 8..]) >= 6, "then it is known: {leads:?}");
    let last = world.reminders("ada").await.into_iter().max_by_key(|row| row.send_at).unwrap();
    let why = get(&world, &format!("/v1/reminders/{}/why", last.id)).await;
    let words = why["written_by"].as_str().unwrap();
    for part in ["was found for its user among those that they allow", "5 minutes", "60 minutes"] {
        assert!(words.contains(part), "{part}: {words}");
    }
    world.finish().await;
}

#[tokio::test]
async fn exp_01_it_is_off_until_somebody_wishes_it_and_an_event_that_moves_keeps_its_own() {
    let world = World::at("2026-11-23T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Review", "2026-11-23T15:00", NEW_YORK)]).await;
    world.settle().await;
    let settings = async |body: Value| {
        let path = "/v1/users/ada/settings";
        let (code, told) = world.request(Method::PATCH, path, &body.to_string()).await;
        assert_eq!(code, 200, "{told}");
        world.settle().await;
        serde_json::from_str::<Value>(&told).unwrap()["lead_choice"].clone()
    };
    let before = world.reminder("ada").await;
    assert_eq!(get(&world, "/v1/users/ada").await["lead_choice"], json!([]));
    assert!(before.trial.lead_by.is_empty());
    assert_eq!(settings(json!({"lead_choice": ["1h", "5m"]})).await, json!(["5m", "1h"]));
    let found = world.reminder("ada").await;
    assert_eq!((found.id, found.slot), (before.id, before.slot), "moved, in its place");
    assert!(choice().allows(found.lead.unwrap()));
    // The preview says what the plan did.
    let told = get(&world, "/v1/users/ada/outlook?date=2026-11-23").await.to_string();
    assert!(told.contains(&found.send_at.to_string()), "{told}");
    world.put("ada", "work", &[event("Review", "2026-11-23T17:00", NEW_YORK)]).await;
    world.settle().await;
    let moved = world.reminder("ada").await;
    assert_eq!((moved.id, moved.lead), (before.id, found.lead));
    assert_eq!(moved.send_at.duration_since(found.send_at), SignedDuration::from_hours(2));
    assert_eq!(settings(json!({"lead_choice": []})).await, json!([]));
    let back = world.reminder("ada").await;
    assert_eq!((back.lead, back.trial.lead_by.len()), (before.lead, 0));
    // On their own page.
    let mut ada = Browser::of(&world, "ada").await;
    assert!(ada.page("/me/settings").await.contains("Or find out which of these suits you"));
    let fields = [
        ("reminders", "on"),
        ("lead", "15m"),
        ("lead-choice", "5m"),
        ("lead-choice", "1h"),
        ("quiet", ""),
        ("policy", "defer"),
        ("limit", "10"),
        ("zone", NEW_YORK),
        ("language", "en"),
        ("clock", "12h"),
    ];
    assert_eq!(ada.act("/me/settings", &fields).await.status(), 303);
    assert_eq!(get(&world, "/v1/users/ada").await["lead_choice"], json!(["5m", "1h"]));
    let one = fields.map(|field| if field.1 == "1h" { ("lead-choice", "5m") } else { field });
    assert!(ada.act("/me/settings", &one).await.body().contains("among 2 to 5 different ones"));
    world.settle().await;
    world.finish().await;
}
