//! Recurring events: one reminder for each real occurrence.

use tests::events::{calendar, event};
use tests::users::user;
use tests::world::World;

/// The instants of the texts, from the afternoon of 2026-10-28 to the end of 2026-11-10 in New
/// York; clocks there go back on 2026-11-01.
async fn check(text: &str, expected: &[&str]) {
    let world = World::at("2026-10-28T19:00:00Z");
    world.add(user("ada", super::NEW_YORK)).await;
    world.put_text("ada", "work", text).await;
    world.run_until("2026-11-11T04:00:00Z").await;
    let times: Vec<_> = world.texts().iter().map(|text| text.at.to_string()).collect();
    let expected: Vec<_> = expected.iter().map(|at| format!("2026-{at}:00Z")).collect();
    assert_eq!(times, expected, "{text}");
    assert!(world.reminders("ada").await.len() == expected.len(), "no row for the past");
    world.finish().await;
}

fn series(start: &str, lines: &[&str]) -> String {
    let series = lines.iter().fold(event("Series", start, super::NEW_YORK), |e, line| e.with(line));
    calendar(&[series])
}

#[tokio::test]
async fn sch_16_weekly_by_day_keeps_its_wall_time_when_clocks_change() {
    let text = series("2026-06-01T10:00", &["RRULE:FREQ=WEEKLY;BYDAY=MO,FR"]);
    check(&text, &["10-30T13:45", "11-02T14:45", "11-06T14:45", "11-09T14:45"]).await;
}

#[tokio::test]
async fn sch_16_daily_with_count_until_and_exceptions() {
    let count = series("2026-10-28T10:00", &["RRULE:FREQ=DAILY;COUNT=3"]);
    check(&count, &["10-29T13:45", "10-30T13:45"]).await;
    let until = series("2026-10-01T10:00", &["RRULE:FREQ=DAILY;UNTIL=20261102T150000Z"]);
    check(&until, &["10-29T13:45", "10-30T13:45", "10-31T13:45", "11-01T14:45", "11-02T14:45"])
        .await;
    let except = series(
        "2026-10-29T10:00",
        &[
            "RRULE:FREQ=DAILY;COUNT=4",
            "EXDATE;TZID=America/New_York:20261030T100000,20261031T100000",
            "RDATE;TZID=America/New_York:20261105T180000",
        ],
    );
    check(&except, &["10-29T13:45", "11-01T14:45", "11-05T22:45"]).await;
}

#[tokio::test]
async fn sch_16_monthly_on_the_last_friday() {
    let text = series("2026-01-30T10:00", &["RRULE:FREQ=MONTHLY;BYDAY=-1FR"]);
    check(&text, &["10-30T13:45"]).await;
}

#[tokio::test]
async fn sch_16_moved_and_cancelled_instances_and_a_series_cut_in_two() {
    let zone = super::NEW_YORK;
    let rule = "RRULE:FREQ=DAILY;UNTIL=20261101T235959Z";
    let master = event("Series", "2026-10-01T10:00", zone).with(rule);
    let moved = event("Series", "2026-10-30T16:00", zone)
        .with("RECURRENCE-ID;TZID=America/New_York:20261030T100000");
    let cancelled = event("Series", "2026-10-31T10:00", zone)
        .with("RECURRENCE-ID;TZID=America/New_York:20261031T100000")
        .with("STATUS:CANCELLED");
    let rest =
        event("Series", "2026-11-02T11:00", zone).uid("rest@test").with("RRULE:FREQ=DAILY;COUNT=2");
    let text = calendar(&[master, moved, cancelled, rest]);
    check(&text, &["10-29T13:45", "10-30T19:45", "11-01T14:45", "11-02T15:45", "11-03T15:45"])
        .await;
}
