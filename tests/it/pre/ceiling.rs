//! The day's ceiling for what texts may cost.

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Answer, Script};
use domain::alerts::State as Standing;
use domain::reasons::SkipReason;
use domain::reminder::{Reminder, State};
use tests::events::{Event, event};
use tests::faults::{Fault, Faults, faulty};
use tests::users::user;
use tests::world::{Maker, World};

use super::NEW_YORK;

/// What a text of one segment to the United States costs, in millionths of a US dollar.
const TEXT: u64 = 11_800;

fn maker(texts: u64) -> Maker {
    World::maker("2026-11-24T10:00:00Z").spending_at_most(texts * TEXT)
}

/// Ten users with two meetings each: 20 texts at 9:45 and 10:45.
async fn twenty_texts(maker: Maker) -> World {
    let world = maker.make();
    let at =
        |hour| event(&format!("Meeting at {hour}"), &format!("2026-11-24T{hour}:00"), NEW_YORK);
    let meetings: Vec<Event> = ["10", "11"].map(at).into();
    for n in 0..10 {
        let name = format!("ada{n}");
        world.add(user(&name, NEW_YORK)).await;
        world.put(&name, "work", &meetings).await;
    }
    world
}

async fn rows(world: &World) -> Vec<Reminder> {
    let mut rows = Vec::new();
    for n in 0..10 {
        rows.extend(world.reminders(&format!("ada{n}")).await);
    }
    rows
}

fn count(rows: &[Reminder], state: State) -> usize {
    rows.iter().filter(|row| row.state == state).count()
}

#[tokio::test]
async fn pre_no_more_is_sent_than_the_days_ceiling_pays_for_and_the_rest_says_why() {
    let world = twenty_texts(maker(13)).await;
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 13);
    let rows = rows(&world).await;
    assert_eq!(count(&rows, State::Delivered), 13);
    assert_eq!(count(&rows, State::Skipped(SkipReason::Budget)), 7);
    // The next UTC day has a budget of its own.
    world.put("ada0", "work", &[event("Tomorrow", "2026-11-25T10:00", NEW_YORK)]).await;
    world.run_until("2026-11-25T18:00:00Z").await;
    assert_eq!(world.texts().len(), 14);
    world.finish().await;
}

#[tokio::test]
async fn pre_what_was_certainly_not_sent_costs_nothing_of_the_ceiling() {
    // The provider is busy at first: some are tried several times.
    let world = twenty_texts(maker(20)).await;
    world.sandbox.script_next(&Script::answer(Answer::RateLimited), 3);
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(count(&rows(&world).await, State::Delivered), 20);
    world.finish().await;
}

#[tokio::test]
async fn pre_10_while_the_budget_cannot_be_read_nothing_is_sent() {
    let faults = Arc::new(Faults::default());
    let inside = faults.clone();
    let world = twenty_texts(maker(20).ports(move |ports| faulty(&inside, ports))).await;
    world.run_until("2026-11-24T14:44:00Z").await;
    faults.fail("Control::document", Fault::Before, usize::MAX);
    world.run_until("2026-11-24T14:50:00Z").await;
    assert_eq!(world.texts(), []);
    faults.heal("Control::document");
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(count(&rows(&world).await, State::Delivered), 20);
    world.finish().await;
}

#[tokio::test]
async fn alr_the_ceiling_for_texts_warns_at_four_fifths() {
    for (texts, expected) in [(100, Standing::Ok), (24, Standing::Firing)] {
        let world = twenty_texts(maker(texts)).await;
        world.run_until("2026-11-24T18:00:00Z").await;
        let board = app::alerts::board(&*world.stores.control).await.unwrap();
        let standing = board.standings.iter().find(|s| s.rule == "texts_budget_used").unwrap();
        assert_eq!(standing.state, expected, "{texts}");
        world.finish().await;
    }
}
