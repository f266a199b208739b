//! Events become texts at the right instants.

use domain::reminder::State;
use domain::trail::Step;
use jiff::civil::date;
use tests::events::event;
use tests::users::user;
use tests::world::{World, instant, user_id};

use super::NEW_YORK;

#[tokio::test]
async fn sch_01_an_event_tomorrow_is_planned_at_midnight_texted_at_9_45_and_delivered() {
    let world = World::at("2026-11-23T15:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Q4 Planning", "2026-11-24T10:00", NEW_YORK)]).await;

    world.run_until("2026-11-24T04:39:00Z").await;
    assert_eq!(world.reminders("ada").await.len(), 0, "it is not tomorrow yet");
    world.run_until("2026-11-24T05:00:00Z").await;
    let planned = world.reminder("ada").await;
    assert_eq!(planned.state, State::Scheduled);
    assert_eq!(planned.send_at, instant("2026-11-24T14:45:00Z"));

    world.run_until("2026-11-24T16:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].at, instant("2026-11-24T14:45:00Z"));
    assert_eq!(texts[0].body, "Q4 Planning: in 15 minutes, at 10:00 AM.");
    let done = world.reminder("ada").await;
    assert_eq!(done.state, State::Delivered);
    let steps: Vec<_> = done.trail.entries().iter().map(|entry| &entry.step).collect();
    assert!(matches!(
        steps[..],
        [
            Step::Planned { .. },
            Step::Claimed { attempt: 1, waited_since: None },
            Step::Accepted,
            Step::Receipt { .. },
            ..
        ]
    ));
    let counters = world.ports.stores.metrics.counters(&user_id("ada"), date(2026, 11, 24)).await;
    let counters = counters.unwrap();
    assert!(counters.contains(&("delivered".to_owned(), 1)), "{counters:?}");
    assert!(counters.contains(&("planned".to_owned(), 1)), "{counters:?}");
    world.finish().await;
}

#[tokio::test]
async fn sch_02_users_in_all_zones_are_planned_once_before_their_day_and_on_their_own_day() {
    let zones = [
        "America/Los_Angeles",
        "America/New_York",
        "Etc/UTC",
        "Asia/Tokyo",
        "Asia/Kathmandu",
        "Pacific/Chatham",
        "Pacific/Honolulu",
        "Australia/Lord_Howe",
    ];
    let world = World::at("2026-11-24T05:00:00Z");
    for (number, zone) in zones.iter().enumerate() {
        let id = format!("u{number}");
        world.add(user(&id, zone)).await;
        let early = event("Early", "2026-11-26T00:16", zone);
        let late = event("Late", "2026-11-26T23:30", zone);
        world.put(&id, "work", &[early, late]).await;
    }
    world.run_until("2026-11-27T14:00:00Z").await;
    for (number, zone) in zones.iter().enumerate() {
        let rows = world.reminders(&format!("u{number}")).await;
        assert_eq!(rows.len(), 2, "{zone}");
        let rules = world.settings.zones.parse(zone).unwrap();
        let rules = world.settings.zones.rules(&rules).unwrap();
        let day_start = domain::time::start_of_day(date(2026, 11, 26), &rules);
        for row in rows {
            assert_eq!(row.day_on, date(2026, 11, 26), "{zone}");
            assert_eq!(row.state, State::Delivered, "{zone}");
            assert!(row.planned_at < day_start, "{zone} was planned before its day");
            assert!(day_start - row.planned_at <= domain::limits::PLAN_AHEAD, "{zone}, not sooner");
            let is_plan =
                |step: &Step| matches!(step, Step::Planned { .. } | Step::PlannedLate { .. });
            let plans = row.trail.entries().iter().filter(|entry| is_plan(&entry.step));
            assert_eq!(plans.map(|entry| entry.times).sum::<u32>(), 1, "{zone}");
        }
    }
    assert_eq!(world.texts().len(), 16);
    world.finish().await;
}

#[tokio::test]
async fn sch_03_three_events_are_three_reminders() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let events = [("One", "09:00"), ("Two", "14:00"), ("Three", "16:30")];
    let events = events.map(|(title, at)| event(title, &format!("2026-11-24T{at}"), NEW_YORK));
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-24T22:00:00Z").await;
    let times: Vec<_> = world.texts().iter().map(|text| text.at.to_string()).collect();
    assert_eq!(times, ["2026-11-24T13:45:00Z", "2026-11-24T18:45:00Z", "2026-11-24T21:15:00Z"]);
    world.finish().await;
}

#[tokio::test]
async fn sch_04_nothing_to_plan_leaves_a_record_that_says_why() {
    let world = World::at("2026-11-24T17:00:00Z");
    for id in ["begun", "yesterday", "none"] {
        world.add(user(id, NEW_YORK)).await;
    }
    world.put("begun", "work", &[event("Lunch", "2026-11-24T11:55", NEW_YORK)]).await;
    world.put("yesterday", "work", &[event("Old", "2026-11-23T11:55", NEW_YORK)]).await;
    world.put("none", "work", &[]).await;
    world.run_until("2026-11-24T18:00:00Z").await;
    for (id, left_out) in [("begun", 1), ("yesterday", 0), ("none", 0)] {
        assert_eq!(world.reminders(id).await.len(), 0, "{id}");
        let on = date(2026, 11, 24);
        let records = world.ports.stores.reminders.run_records(&user_id(id), on, on).await;
        let records = records.unwrap();
        assert_eq!(records.len(), 1, "{id}");
        assert_eq!((records[0].scheduled, records[0].left_out.len()), (0, left_out), "{id}");
        for event in &records[0].left_out {
            assert_eq!(event.reason, "begun_before_first_seen");
        }
    }
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn sch_05_an_event_created_minutes_before_is_texted_at_once_and_marked_late() {
    let world = World::at("2026-11-24T19:02:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.settle().await;
    world.put("ada", "work", &[event("Call", "2026-11-24T14:10", NEW_YORK)]).await;
    world.settle().await;
    let texts = world.texts();
    assert_eq!(texts.len(), 1);
    assert_eq!(texts[0].at, instant("2026-11-24T19:02:00Z"));
    assert_eq!(texts[0].body, "Call: in 8 minutes, at 2:10 PM.");
    let row = world.reminder("ada").await;
    assert!(row.is_late());
    assert!(matches!(row.trail.entries()[0].step, Step::PlannedLate { .. }));
    world.run_until("2026-11-24T20:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn sch_06_an_event_just_after_midnight_is_texted_the_evening_before() {
    let world = World::at("2026-11-23T15:00:00Z");
    world.add(user("midnight", NEW_YORK)).await;
    world.add(user("later", NEW_YORK)).await;
    let early = event("Red eye", "2026-11-25T00:05", NEW_YORK);
    world.put("midnight", "work", std::slice::from_ref(&early)).await;
    world.run_until("2026-11-24T21:00:00Z").await;
    world.put("later", "work", &[early]).await;
    world.run_until("2026-11-25T06:00:00Z").await;
    for id in ["midnight", "later"] {
        let texts = world.texts_to(id);
        assert_eq!(texts.len(), 1, "{id}");
        assert_eq!(texts[0].at, instant("2026-11-25T04:50:00Z"), "{id}");
        assert_eq!(world.reminder(id).await.day_on, date(2026, 11, 24), "{id}");
    }
    world.finish().await;
}

#[tokio::test]
async fn sch_07_every_lead_time_has_a_reminder_at_its_instant() {
    let world = World::at("2026-11-20T15:00:00Z");
    world.add(user("three", NEW_YORK).leads(&[5, 30, 60])).await;
    world.add(user("hours", NEW_YORK).leads(&[600])).await;
    world.add(user("week", NEW_YORK).leads(&[7 * 24 * 60])).await;
    let meeting = event("Meeting", "2026-11-28T15:00", NEW_YORK);
    for id in ["three", "hours", "week"] {
        world.put(id, "work", std::slice::from_ref(&meeting)).await;
    }
    world.run_until("2026-11-28T21:00:00Z").await;
    let times = |id: &str| -> Vec<_> {
        world.texts_to(id).iter().map(|text| text.at.to_string()).collect()
    };
    let three = ["2026-11-28T19:00:00Z", "2026-11-28T19:30:00Z", "2026-11-28T19:55:00Z"];
    assert_eq!(times("three"), three);
    assert_eq!(times("hours"), ["2026-11-28T10:00:00Z"]);
    assert_eq!(times("week"), ["2026-11-21T20:00:00Z"]);
    world.finish().await;
}
