//! SCH: planning a day.

use domain::reminder::State;
use domain::trail::Step;
use tests::events::event;
use tests::users::user;
use tests::world::{World, instant};

const NEW_YORK: &str = "America/New_York";

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
        [Step::Planned { .. }, Step::Claimed { attempt: 1 }, Step::Accepted, Step::Receipt { .. }, ..]
    ));
    world.finish().await;
}
