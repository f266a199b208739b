//! Callbacks in every order, twice, early and missing.

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{
    CallbackPlan, CallbackTime, PlannedCallback, Script, TextStatus,
};
use domain::reminder::{DeliveryStatus, State};
use jiff::SignedDuration;
use tests::events::event;
use tests::faults::{Faults, faulty};
use tests::users::{phone_of, user};
use tests::world::World;

use super::NEW_YORK;

const STATUSES: [TextStatus; 4] =
    [TextStatus::Queued, TextStatus::Sending, TextStatus::Sent, TextStatus::Delivered];

/// All orders of the four statuses.
fn orders() -> Vec<Vec<TextStatus>> {
    let mut orders = vec![Vec::new()];
    for _ in STATUSES {
        let longer = orders.iter().flat_map(|order: &Vec<TextStatus>| {
            let left = STATUSES.iter().filter(|status| !order.contains(status));
            left.map(|status| [&order[..], &[*status]].concat())
        });
        orders = longer.collect();
    }
    orders
}

/// Callbacks in this order, each twice; those that come first before the post is answered.
fn plan(order: &[TextStatus], before_answer: usize) -> CallbackPlan {
    let twice = order.iter().flat_map(|status| [*status, *status]);
    let callback = |(place, status): (usize, TextStatus)| {
        let seconds = i64::try_from(place).expect("a few callbacks");
        let when = match place < 2 * before_answer {
            true => CallbackTime::BeforeAnswer,
            false => CallbackTime::After(SignedDuration::from_secs(seconds)),
        };
        PlannedCallback { status, when }
    };
    CallbackPlan::Exactly(twice.enumerate().map(callback).collect())
}

#[tokio::test]
async fn del_08_callbacks_in_all_24_orders_twice_early_and_missing_end_delivered_and_count_once() {
    let orders = orders();
    assert_eq!(orders.len(), 24);
    let world = World::at("2026-11-24T10:00:00Z");
    let mut ids = Vec::new();
    for (n, order) in orders.iter().enumerate() {
        // All of them, and with one missing that is not the last word.
        let is_final = |status: &&TextStatus| **status != TextStatus::Delivered;
        let missing = order.iter().position(|status| is_final(&status)).expect("there are three");
        let shorter = [&order[..missing], &order[missing + 1..]].concat();
        for (variant, order) in [(0, order.clone()), (2, order.clone()), (1, shorter)] {
            let id = format!("user{n}-{variant}");
            let script = Script::default().with_callbacks(plan(&order, variant));
            world.sandbox.script_next_to(phone_of(&id).as_e164(), &script, 1);
            world.add(user(&id, NEW_YORK)).await;
            world.put(&id, "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
            ids.push((id, order, variant > 0));
        }
    }
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.texts().len(), 72);
    for (id, order, is_early) in ids {
        let row = world.reminder(&id).await;
        assert_eq!(row.state, State::Delivered, "{order:?}");
        let times = &row.last_attempt().unwrap().delivery_times;
        let known: Vec<_> = times.iter().map(|(status, _)| *status).collect();
        // That the provider has the text is news only before its answer says so.
        let told = |status: &TextStatus| DeliveryStatus::of_provider(status.as_str()).unwrap();
        let is_news = |(place, status): &(usize, DeliveryStatus)| {
            !status.is_at_provider() || (*place == 0 && is_early)
        };
        let news = order.iter().map(told).enumerate().filter(is_news).map(|(_, status)| status);
        assert_eq!(known, news.collect::<Vec<_>>(), "each once, as it came, {order:?}");
        let counters = world.counters(&id, "2026-11-24").await;
        for counted in ["planned", "delivered", "texts", "attempts", "posted", "segments"] {
            assert_eq!(counters[counted], 1, "{counted}, {order:?}");
        }
        // One delivery time and one lateness, in a bucket each.
        let buckets: i64 =
            counters.iter().filter(|(name, _)| name.contains('~')).map(|c| c.1).sum();
        assert_eq!(buckets, 2, "{counters:?}");
    }
    world.finish().await;
}

#[tokio::test]
async fn del_08_a_text_is_written_of_four_times_and_not_for_each_of_its_callbacks() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let world =
        World::maker("2026-11-24T14:30:00Z").ports(move |ports| faulty(&inside, ports)).make();
    world.sandbox.script_always(Script::default().with_callbacks(plan(&STATUSES, 0)));
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:50:00Z").await;
    let planned = faults.count();
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    let calls = faults.calls().split_off(planned);
    let writes = ["Claims::claim", "Reminders::update", "Reminders::write_plan"];
    let writes = calls.iter().filter(|call| writes.contains(call));
    // Its claim, its answer, `sent` and `delivered`.
    let claimed = ["Claims::claim", "Reminders::update", "Reminders::update", "Reminders::update"];
    assert_eq!(writes.copied().collect::<Vec<_>>(), claimed);
    world.finish().await;
}
