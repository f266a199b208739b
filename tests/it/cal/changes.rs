//! What changes at the calendar.

use domain::reminder::TextSource;
use tests::events::event;
use tests::world::instant;

use super::{MORNING, NEW_YORK, connect_to, connected, publish};

/// Looked at once a quarter of an hour, so a change made now is known by then.
const NEXT_LOOK: &str = "2026-11-24T13:15:00Z";

const EVENING: &str = "2026-11-25T03:00:00Z";

#[tokio::test]
async fn cal_01_a_deleted_event_is_not_reminded_of() {
    let world = connected(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await;
    assert_eq!(world.outcomes("ada").await, ["Standup scheduled 2026-11-24T14:45:00Z"]);
    // Deleted when its job waits in the queue.
    world.run_until("2026-11-24T14:40:00Z").await;
    publish(&world, &[]);
    let path = "/v1/users/ada/calendars/work/sync";
    assert_eq!(world.request(http::Method::POST, path, "").await.0, 202);
    world.run_until(EVENING).await;
    let cancelled = "Standup cancelled.event_cancelled 2026-11-24T14:45:00Z";
    assert_eq!(world.outcomes("ada").await, [cancelled]);
    assert_eq!(world.texts(), []);
    world.finish().await;
}

#[tokio::test]
async fn cal_02_a_moved_event_is_reminded_of_at_its_new_time_only() {
    let standup = event("Standup", "2026-11-24T10:00", NEW_YORK);
    let world = connected(std::slice::from_ref(&standup)).await;
    publish(&world, &[standup.moved_to("2026-11-24T14:00", NEW_YORK)]);
    world.run_until(EVENING).await;
    let texts = world.texts();
    assert_eq!(texts.len(), 1, "{texts:?}");
    assert_eq!(texts[0].at, instant("2026-11-24T18:45:00Z"));
    assert_eq!(texts[0].body, "Standup: in 15 minutes, at 2:00 PM.");
    world.finish().await;
}

#[tokio::test]
async fn cal_03_whatever_an_event_is_moved_to_its_reminder_follows() {
    let check = async |moves: &[&str], expected: &[(&str, &str)]| {
        let standup = event("Standup", "2026-11-24T10:00", NEW_YORK);
        let world = connected(std::slice::from_ref(&standup)).await;
        for start in moves {
            publish(&world, &[standup.clone().moved_to(start, NEW_YORK)]);
            world.run_for(jiff::SignedDuration::from_mins(15)).await;
        }
        world.run_until("2026-11-26T03:00:00Z").await;
        let texts = world.texts();
        let texts: Vec<_> = texts.iter().map(|text| (text.at, text.body.as_str())).collect();
        let expected: Vec<_> = expected.iter().map(|(at, body)| (instant(at), *body)).collect();
        assert_eq!(texts, expected, "{moves:?}");
        assert_eq!(world.reminders("ada").await.len(), 1, "{moves:?}");
        world.finish().await;
    };
    // Twice.
    let twice = ["2026-11-24T12:00", "2026-11-24T11:00"];
    check(&twice, &[("2026-11-24T15:45:00Z", "Standup: in 15 minutes, at 11:00 AM.")]).await;
    // Into the past.
    check(&["2026-11-24T07:00"], &[]).await;
    // To tomorrow.
    let tomorrow = [("2026-11-25T14:45:00Z", "Standup: in 15 minutes, at 10:00 AM.")];
    check(&["2026-11-25T10:00"], &tomorrow).await;
    // Earlier than now and the lead: known at 8:15, it begins at 8:25.
    let soon = [("2026-11-24T13:15:00Z", "Standup: in 10 minutes, at 8:25 AM.")];
    check(&["2026-11-24T08:25"], &soon).await;
}

#[tokio::test]
async fn cal_04_cal_06_a_new_title_or_place_is_texted_and_moves_nothing() {
    let meeting = event("Meeting", "2026-11-24T10:00", NEW_YORK);
    let world = connected(std::slice::from_ref(&meeting)).await;
    let before = world.reminder("ada").await;
    let changed = meeting.titled("Q4 Planning").with("LOCATION:Room 5");
    publish(&world, &[changed]);
    world.run_until(NEXT_LOOK).await;
    let after = world.reminder("ada").await;
    assert_eq!((after.id, after.send_at), (before.id, before.send_at));
    world.run_until(EVENING).await;
    let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
    assert_eq!(bodies, ["Q4 Planning: in 15 minutes, at 10:00 AM. Room 5."]);
    world.finish().await;
}

#[tokio::test]
async fn cal_05_what_does_not_matter_rewrites_nothing() {
    let meeting = event("Meeting", "2026-11-24T10:00", NEW_YORK);
    let world = connected(std::slice::from_ref(&meeting)).await;
    let before = world.reminder("ada").await;
    assert!(matches!(before.source, TextSource::Template { .. }));
    publish(&world, &[meeting.set("DURATION", "DURATION:PT2H").with("SEQUENCE:3")]);
    world.run_until(NEXT_LOOK).await;
    assert_eq!(world.calendars.requests().len(), 2, "it was looked at again");
    assert_eq!(world.reminder("ada").await.revision, before.revision);
    world.finish().await;
}

#[tokio::test]
async fn cal_07_cal_12_an_event_of_today_is_found_within_a_quarter_of_an_hour() {
    let world = connected(&[]).await;
    world.run_until("2026-11-24T13:16:00Z").await;
    publish(&world, &[event("Sudden", "2026-11-24T10:00", NEW_YORK)]);
    world.run_until("2026-11-24T13:31:00Z").await;
    assert_eq!(world.outcomes("ada").await, ["Sudden scheduled 2026-11-24T14:45:00Z"]);
    world.run_until(EVENING).await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn cal_08_of_five_events_two_are_deleted_at_once_and_three_stay() {
    let titles = ["One", "Two", "Three", "Four", "Five"];
    let at = |hour: usize| format!("2026-11-24T{}:00", 10 + hour);
    let events: Vec<_> =
        titles.iter().enumerate().map(|(hour, title)| event(title, &at(hour), NEW_YORK)).collect();
    let world = connected(&events).await;
    publish(&world, &[events[0].clone(), events[2].clone(), events[4].clone()]);
    world.run_until(EVENING).await;
    let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
    let firsts: Vec<_> = bodies.iter().filter_map(|body| body.split(':').next()).collect();
    assert_eq!(firsts, ["One", "Three", "Five"]);
    world.finish().await;
}

#[tokio::test]
async fn cal_09_occurrences_of_a_series_are_moved_cancelled_and_restored_one_by_one() {
    let daily = event("Daily", "2026-11-24T10:00", NEW_YORK).with("RRULE:FREQ=DAILY;COUNT=3");
    let world = connected(std::slice::from_ref(&daily)).await;
    let moved = event("Daily", "2026-11-24T12:00", NEW_YORK)
        .with("RECURRENCE-ID;TZID=America/New_York:20261124T100000");
    let without = daily.clone().with("EXDATE;TZID=America/New_York:20261125T100000");
    publish(&world, &[without, moved.clone()]);
    world.run_until("2026-11-24T23:00:00Z").await;
    // The cancelled one of tomorrow is restored before its day.
    publish(&world, &[daily, moved]);
    world.run_until("2026-11-25T23:00:00Z").await;
    // The series is deleted before the last.
    publish(&world, &[]);
    world.run_until("2026-11-27T03:00:00Z").await;
    let at: Vec<_> = world.texts().into_iter().map(|text| text.at).collect();
    assert_eq!(at, [instant("2026-11-24T16:45:00Z"), instant("2026-11-25T14:45:00Z")]);
    world.finish().await;
}

#[tokio::test]
async fn cal_09_a_changed_rule_moves_what_is_ahead() {
    let weekly = event("Weekly", "2026-11-24T10:00", NEW_YORK);
    let world = connected(&[weekly.clone().with("RRULE:FREQ=WEEKLY;BYDAY=TU")]).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    publish(&world, &[weekly.with("RRULE:FREQ=WEEKLY;BYDAY=TU,TH")]);
    world.run_until("2026-11-27T03:00:00Z").await;
    let at: Vec<_> = world.texts().into_iter().map(|text| text.at).collect();
    assert_eq!(at, [instant("2026-11-24T14:45:00Z"), instant("2026-11-26T14:45:00Z")]);
    world.finish().await;
}

#[tokio::test]
async fn cal_10_a_deleted_event_that_comes_back_is_reminded_of_once() {
    let events = [event("Standup", "2026-11-24T10:00", NEW_YORK)];
    let world = connected(&events).await;
    publish(&world, &[]);
    world.run_until("2026-11-24T13:20:00Z").await;
    let cancelled = "Standup cancelled.event_cancelled 2026-11-24T14:45:00Z";
    assert_eq!(world.outcomes("ada").await, [cancelled]);
    publish(&world, &events);
    world.run_until(EVENING).await;
    assert_eq!(world.texts().len(), 1);
    assert_eq!(world.reminders("ada").await.len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn cal_17_two_users_with_the_same_event_are_independent() {
    let events = [event("Standup", "2026-11-24T10:00", NEW_YORK)];
    let world = connected(&events).await;
    world.add(tests::users::user("bob", NEW_YORK)).await;
    let bobs = "https://calendar.example/bob.ics";
    world.calendars.publish(bobs, tests::events::calendar(&events));
    connect_to(&world, "bob", "work", bobs).await;
    world.settle().await;
    publish(&world, &[]);
    world.run_until(EVENING).await;
    assert_eq!(world.texts_to("ada"), []);
    assert_eq!(world.texts_to("bob").len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn sch_15_sch_16_what_counts_and_what_recurs_holds_for_connected_calendars() {
    let declined = event("Declined", "2026-11-24T11:00", NEW_YORK)
        .with("ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org");
    let free = event("Free", "2026-11-24T12:00", NEW_YORK).with("TRANSP:TRANSPARENT");
    // Through the end of summer time, on the 1st of November, at the same civil time.
    let daily = event("Daily", "2026-10-20T10:00", NEW_YORK)
        .with("RRULE:FREQ=DAILY;UNTIL=20261125T235959Z")
        .with("EXDATE;TZID=America/New_York:20261124T100000");
    let world = connected(&[free, daily, declined]).await;
    world.run_until("2026-11-27T03:00:00Z").await;
    let at: Vec<_> = world.texts().into_iter().map(|text| (text.at, text.body)).collect();
    let expected = "Daily: in 15 minutes, at 10:00 AM.".to_owned();
    let first = at.iter().filter(|(_, body)| body.starts_with("Daily"));
    assert_eq!(first.collect::<Vec<_>>(), [&(instant("2026-11-25T14:45:00Z"), expected)]);
    assert!(!at.iter().any(|(_, body)| body.starts_with("Free")), "{at:?}");
    assert!(world.calendars.requests().len() > 100, "looked at since {MORNING}");
    world.finish().await;
}
