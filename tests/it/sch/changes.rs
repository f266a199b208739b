//! Settings and calendars change while reminders wait.

use app::jobs::PlanJob;
use app::users::SettingsChange;
use domain::lead_time::LeadTime;
use domain::reasons::CancelReason;
use domain::reminder::State;
use domain::user::{AllDayTime, Counting};
use jiff::civil::Time;
use tests::events::{all_day, event};
use tests::users::user;
use tests::world::{World, instant, user_id};

use super::NEW_YORK;

#[tokio::test]
async fn sch_08_a_changed_lead_time_moves_what_is_ahead_and_texts_nothing_again() {
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let (morning, evening) = ("2026-11-24T10:00", "2026-11-24T18:00");
    let events = [event("Morning", morning, NEW_YORK), event("Evening", evening, NEW_YORK)];
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-24T17:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    let lead_times = Some(vec![LeadTime::from_minutes(30).unwrap()]);
    world.change("ada", &SettingsChange { lead_times, ..SettingsChange::default() }).await;
    world.run_until("2026-11-25T03:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[1].at, instant("2026-11-24T22:30:00Z"));
    assert_eq!(texts[1].body, "Evening: in 30 minutes, at 6:00 PM.");
    assert_eq!(world.reminders("ada").await.len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn sch_09_planning_many_times_and_at_once_gives_the_same_rows() {
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let events = [("One", "10:00"), ("Two", "11:00")];
    let events = events.map(|(title, at)| event(title, &format!("2026-11-24T{at}"), NEW_YORK));
    world.put("ada", "work", &events).await;
    world.settle().await;
    let before = world.reminders("ada").await;
    assert_eq!(before.len(), 2);
    let job = PlanJob { users: vec![user_id("ada")] };
    for _ in 0..30 {
        world.ports.plans.enqueue(std::slice::from_ref(&job)).await.unwrap();
    }
    let (a, b) = (world.system.consume_plans(), world.system.consume_plans());
    let (a, b, c) = tokio::join!(a, b, world.system.consume_plans());
    assert_eq!([a.taken, b.taken, c.taken], [10, 10, 10]);
    assert_eq!(world.reminders("ada").await, before);
    world.run_until("2026-11-24T17:00:00Z").await;
    assert_eq!(world.texts().len(), 2);
    world.finish().await;
}

#[tokio::test]
async fn sch_15_what_counts_is_as_the_preferences_say_and_each_not_has_a_reason() {
    let at = "2026-11-24T12:00";
    let entries = [
        (
            "declined",
            event("Declined", at, NEW_YORK)
                .with("ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org"),
        ),
        ("transparent", event("Free", at, NEW_YORK).with("TRANSP:TRANSPARENT")),
        ("event_cancelled", event("Off", at, NEW_YORK).with("STATUS:CANCELLED")),
        ("all_day", all_day("Holiday", "2026-11-25")),
    ];
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("strict", NEW_YORK).preferring(|p| p.counting.tentative = false)).await;
    world
        .add(user("all", NEW_YORK).preferring(|p| {
            p.counting = Counting {
                declined: true,
                transparent: true,
                all_day: Some(AllDayTime { days_before: 1, at: Time::constant(18, 0, 0, 0) }),
                ..Counting::default()
            };
        }))
        .await;
    let maybe = event("Maybe", at, NEW_YORK).with("STATUS:TENTATIVE");
    let events: Vec<_> = entries.iter().map(|(_, event)| event.clone()).chain([maybe]).collect();
    let text = tests::events::calendar(&events)
        .replace("VERSION:2.0\r\n", "VERSION:2.0\r\nX-WR-CALNAME:ada@example.org\r\n");
    for id in ["strict", "all"] {
        world.put_text(id, "work", &text).await;
    }
    world.run_until("2026-11-25T05:30:00Z").await;
    assert_eq!(world.reminders("strict").await.len(), 0);
    let path = |date| format!("/v1/users/strict/why?date={date}");
    let mut reasons = String::new();
    for date in ["2026-11-24", "2026-11-25"] {
        let (status, body) = world.request(http::Method::GET, &path(date), "").await;
        assert_eq!(status, 200, "{body}");
        reasons.push_str(&body);
    }
    for (reason, _) in &entries {
        assert!(reasons.contains(&format!("\"{reason}\"")), "{reason}: {reasons}");
    }
    assert!(reasons.contains("\"tentative\""), "{reasons}");
    let titles: Vec<_> = world
        .texts_to("all")
        .iter()
        .map(|t| t.body.split(':').next().unwrap().to_owned())
        .collect();
    assert_eq!(titles, ["Declined", "Free", "Maybe", "Holiday"]);
    let holiday = world.texts_to("all").pop().unwrap();
    assert_eq!(holiday.at, instant("2026-11-24T23:00:00Z"), "18:00 the day before");
    world.finish().await;
}

#[tokio::test]
async fn sch_19_a_user_who_flies_and_comes_back_loses_nothing_and_gets_nothing_twice() {
    let world = World::at("2026-11-24T00:00:00Z");
    world.add(user("ada", "Asia/Tokyo")).await;
    let text = tests::events::calendar(&[
        event("Breakfast", "2026-11-24T10:00", "Asia/Tokyo"),
        event("Dinner", "2026-11-24T19:00", "Asia/Tokyo"),
        event("Gym", "2026-11-24T22:00", "Asia/Tokyo").set("DTSTART", "DTSTART:20261124T220000"),
        event("Next day", "2026-11-25T09:00", "Asia/Tokyo"),
    ]);
    world.put_text("ada", "home", &text).await;
    world.run_until("2026-11-24T03:00:00Z").await;
    assert_eq!(world.texts().len(), 1, "breakfast was texted");
    let fly = |zone: &str| {
        let zone = Some(world.settings.zones.parse(zone).unwrap());
        SettingsChange { zone, ..SettingsChange::default() }
    };
    world.change("ada", &fly("America/Los_Angeles")).await;
    world.run_until("2026-11-24T09:50:00Z").await;
    let dinner = world.texts().pop().unwrap();
    assert_eq!(dinner.at, instant("2026-11-24T09:45:00Z"));
    assert_eq!(dinner.body, "Dinner: in 15 minutes, at 2:00 AM.", "the wall of Los Angeles");
    world.change("ada", &fly("Asia/Tokyo")).await;
    world.run_until("2026-11-25T06:00:00Z").await;
    let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(
        bodies,
        [
            "Breakfast: in 15 minutes, at 10:00 AM.",
            "Dinner: in 15 minutes, at 2:00 AM.",
            "Gym: in 15 minutes, at 10:00 PM.",
            "Next day: in 15 minutes, at 9:00 AM.",
        ]
    );
    world.finish().await;
}

#[tokio::test]
async fn sch_20_one_event_in_two_calendars_is_texted_once_and_again_only_when_moved_later() {
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let meeting = event("Meeting", "2026-11-24T10:00", NEW_YORK);
    for calendar in ["work", "home"] {
        world.put("ada", calendar, std::slice::from_ref(&meeting)).await;
    }
    world.run_until("2026-11-24T14:50:00Z").await;
    assert_eq!(world.texts().len(), 1);
    // The copy it was texted from goes; the other must not be texted again.
    let texted = world.reminders("ada").await;
    let texted = texted.iter().find(|row| !row.state.is_open_to_plans()).unwrap();
    world.put("ada", texted.calendar.as_str(), &[]).await;
    world.run_until("2026-11-24T14:55:00Z").await;
    assert_eq!(world.texts().len(), 1);
    let other = if texted.calendar.as_str() == "work" { "home" } else { "work" };
    world.put("ada", other, &[meeting.moved_to("2026-11-24T16:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T22:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), 2, "{texts:?}");
    assert_eq!(texts[1].at, instant("2026-11-24T20:45:00Z"));
    assert_eq!(texts[1].body, "Meeting: in 15 minutes, at 4:00 PM.");
    world.finish().await;
}

#[tokio::test]
async fn cal_10_what_was_deleted_and_restored_is_planned_again_once() {
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let meeting = event("Meeting", "2026-11-24T12:00", NEW_YORK);
    world.put("ada", "work", std::slice::from_ref(&meeting)).await;
    world.settle().await;
    world.put("ada", "work", &[]).await;
    world.settle().await;
    let cancelled = State::Cancelled(CancelReason::EventCancelled);
    assert_eq!(world.reminder("ada").await.state, cancelled);
    world.put("ada", "work", &[meeting]).await;
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.finish().await;
}
