//! Syncs that are repeated, made at once, killed.

use app::jobs::SyncJob;
use app::sync::{Synced, sync_calendar};
use domain::ids::CalendarId;
use tests::events::{calendar, event};
use tests::faults::{Fault, Faults, faulty};
use tests::users::user;
use tests::world::{World, user_id};

use super::{ADDRESS, MORNING, NEW_YORK, connect_to, connected, connection, publish};

fn job(world: &World) -> SyncJob {
    let calendar = CalendarId::parse("work").unwrap();
    SyncJob { user: user_id("ada"), calendar, asked_at: world.now() }
}

#[tokio::test]
async fn cal_11_a_thousand_wishes_at_once_cost_a_handful_of_looks() {
    let world = connected(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await;
    let asked = world.calendars.requests().len();
    world.sleep_until("2026-11-24T13:01:00Z");
    let path = "/v1/users/ada/calendars/work/sync";
    for _ in 0..1_000 {
        assert_eq!(world.request(http::Method::POST, path, "").await.0, 202);
    }
    world.sleep_until("2026-11-24T13:01:01Z");
    world.settle().await;
    assert_eq!(world.calendars.requests().len() - asked, 1);
    world.run_until("2026-11-25T03:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

#[tokio::test]
async fn cal_11_two_looks_at_once_have_one_result() {
    let world = connected(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await;
    publish(&world, &[event("Lunch", "2026-11-24T12:00", NEW_YORK)]);
    world.sleep_until("2026-11-24T13:01:00Z");
    let before = connection(&world).await.revision;
    let (ports, job) = (world.ports.syncs(&world.settings), job(&world));
    let look = || sync_calendar(&ports, &job, world.now());
    let (a, b, c) = tokio::join!(look(), look(), look());
    let said = [a.unwrap(), b.unwrap(), c.unwrap()];
    // How far they overlap is the store's to say: who comes late is overtaken, or finds no change.
    let ends = [Synced::Changed, Synced::Unchanged, Synced::Overtaken];
    let [changed, unchanged, _] = ends.map(|end| said.iter().filter(|said| **said == end).count());
    assert!(changed <= 1 && changed + unchanged >= 1, "{said:?}");
    let written = connection(&world).await.revision - before;
    assert_eq!(usize::try_from(written).unwrap(), changed + unchanged, "{said:?}");
    let outcomes = world.outcomes("ada").await;
    let standup = "Standup cancelled.event_cancelled 2026-11-24T14:45:00Z";
    assert_eq!(outcomes, [standup, "Lunch scheduled 2026-11-24T16:45:00Z"]);
    world.run_until("2026-11-25T03:00:00Z").await;
    assert_eq!(world.texts().len(), 1);
    world.finish().await;
}

/// A world whose ports fail as told, with a look at a changed calendar ahead.
async fn before_a_change(faults: &std::sync::Arc<Faults>) -> World {
    let wrapped = faults.clone();
    let world = World::maker(MORNING).ports(move |ports| faulty(&wrapped, ports)).make();
    world.add(user("ada", NEW_YORK)).await;
    publish(&world, &[event("Standup", "2026-11-24T10:00", NEW_YORK)]);
    connect_to(&world, "ada", "work", ADDRESS).await;
    world.settle().await;
    publish(&world, &[event("Lunch", "2026-11-24T12:00", NEW_YORK)]);
    world.sleep_until("2026-11-24T13:01:00Z");
    world
}

#[tokio::test]
async fn cal_13_whichever_call_fails_the_cursor_moves_only_after_mirror_and_plan() {
    let counting = std::sync::Arc::<Faults>::default();
    let world = before_a_change(&counting).await;
    let first = counting.calls().len();
    let (ports, sync) = (world.ports.syncs(&world.settings), job(&world));
    sync_calendar(&ports, &sync, world.now()).await.unwrap();
    let calls = counting.calls().len() - first;
    assert!(calls > 8, "a look that changes something makes calls: {calls}");
    world.run_until("2026-11-25T03:00:00Z").await;
    world.finish().await;
    for call in 0..calls {
        for fault in [Fault::Before, Fault::After] {
            let faults = std::sync::Arc::<Faults>::default();
            let world = before_a_change(&faults).await;
            let old = connection(&world).await.cursor;
            faults.fail_call(call, fault);
            let (ports, sync) = (world.ports.syncs(&world.settings), job(&world));
            let _ = sync_calendar(&ports, &sync, world.now()).await;
            if connection(&world).await.cursor != old {
                let lunch = "Lunch scheduled 2026-11-24T16:45:00Z".to_owned();
                assert!(world.outcomes("ada").await.contains(&lunch), "{call} {fault:?}");
            }
            world.run_until("2026-11-25T03:00:00Z").await;
            let bodies: Vec<_> = world.texts().into_iter().map(|text| text.body).collect();
            assert_eq!(bodies, ["Lunch: in 15 minutes, at 12:00 PM."], "{call} {fault:?}");
            world.finish().await;
        }
    }
}

#[tokio::test]
async fn cal_12_a_restart_loses_no_look() {
    let world = connected(&[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await;
    world.calendars.publish(ADDRESS, calendar(&[event("Lunch", "2026-11-24T12:00", NEW_YORK)]));
    let world = world.restart().await;
    world.run_until("2026-11-24T13:15:00Z").await;
    let outcomes = world.outcomes("ada").await;
    assert!(outcomes.contains(&"Lunch scheduled 2026-11-24T16:45:00Z".to_owned()), "{outcomes:?}");
    world.finish().await;
}
