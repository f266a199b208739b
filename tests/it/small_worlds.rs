//! Small worlds, explored whole: whatever the order of two workers' calls, and whoever of them dies
//! at whichever, a reminder is one text.

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{Answer, Delays, Script};
use app::jobs::SendJob;
use app::plan::plan_user;
use app::send::look;
use domain::reminder::State;
use futures::future::LocalBoxFuture;
use tests::events::event;
use tests::simulation::planted::Bug;
use tests::small_worlds::{Scene, Worker, Wrap, explore};
use tests::users::user;
use tests::world::{World, user_id};

const NEW_YORK: &str = "America/New_York";

/// What the provider answers to the first post.
const ANSWERS: [Answer; 4] = [
    Answer::Proper,
    Answer::Lost { processed: true },
    Answer::Lost { processed: false },
    Answer::RateLimited,
];

/// Ada has a meeting at 10:07; it is 9:52, the text is due, and nobody has looked yet.
async fn at_its_instant(wrap: Wrap, answer: Answer) -> World {
    let maker = World::maker("2026-11-24T14:45:00Z");
    let world = wrap.into(maker.sandbox(|sandbox| sandbox.delays = Delays::NONE));
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:07", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:51:00Z").await;
    world.lose_queues();
    world.sleep_until("2026-11-24T14:52:00Z");
    world.sandbox.script_next(&Script::answer(answer), 1);
    world
}

fn proper(wrap: Wrap) -> LocalBoxFuture<'static, World> {
    Box::pin(at_its_instant(wrap, ANSWERS[0]))
}

fn lost(wrap: Wrap) -> LocalBoxFuture<'static, World> {
    Box::pin(at_its_instant(wrap, ANSWERS[1]))
}

fn lost_on_the_way(wrap: Wrap) -> LocalBoxFuture<'static, World> {
    Box::pin(at_its_instant(wrap, ANSWERS[2]))
}

fn busy(wrap: Wrap) -> LocalBoxFuture<'static, World> {
    Box::pin(at_its_instant(wrap, ANSWERS[3]))
}

/// A sender that was given the job of Ada's reminder.
fn sender(world: &Arc<World>) -> Worker {
    let world = world.clone();
    Box::pin(async move {
        let row = world.reminder("ada").await;
        let ports = world.ports.sends(&world.settings);
        // One that fails leaves its job to be done again.
        let _ = look(&ports, &SendJob::of(&row)).await;
    })
}

fn planner(world: &Arc<World>) -> Worker {
    let world = world.clone();
    Box::pin(async move {
        let ports = world.ports.plans(&world.settings);
        let _ = plan_user(&ports, &user_id("ada"), world.now()).await;
    })
}

/// The provider's calls, as soon as there is something to tell.
fn callbacks(world: &Arc<World>) -> Worker {
    let world = world.clone();
    Box::pin(async move {
        // A call, so that the rest can begin at any time.
        world.reminder("ada").await;
        world.take_callbacks().await;
    })
}

fn stop(world: &Arc<World>) -> Worker {
    let world = world.clone();
    Box::pin(async move {
        // A call, so that the rest can begin at any time.
        world.reminder("ada").await;
        world.text_us("ada", "STOP").await;
    })
}

/// Time goes on until the meeting has begun; then there is exactly one text.
fn one_text(world: &World) -> LocalBoxFuture<'_, Result<(), String>> {
    Box::pin(async move {
        let (texts, states) = rest_of_the_meeting(world).await;
        let is_one = texts == 1 && states == [State::Delivered];
        if is_one { Ok(()) } else { Err(format!("{texts} texts, {states:?}")) }
    })
}

/// Time goes on until the meeting has begun; then there is one text, or none and the reason.
fn at_most_one_text(world: &World) -> LocalBoxFuture<'_, Result<(), String>> {
    Box::pin(async move {
        let (texts, states) = rest_of_the_meeting(world).await;
        let is_right = match states[..] {
            [State::Delivered] => texts == 1,
            // Refused by the provider, who heard of a STOP first.
            [State::Cancelled(_) | State::Skipped(_) | State::Failed] => texts == 0,
            _ => false,
        };
        if is_right { Ok(()) } else { Err(format!("{texts} texts, {states:?}")) }
    })
}

async fn rest_of_the_meeting(world: &World) -> (usize, Vec<State>) {
    world.run_until("2026-11-24T16:10:00Z").await;
    world.abandon();
    let texts = world.texts_to("ada").len();
    (texts, world.reminders("ada").await.iter().map(|row| row.state).collect())
}

fn two_senders(begin: fn(Wrap) -> LocalBoxFuture<'static, World>) -> Scene {
    let workers = |world: &Arc<World>| vec![sender(world), sender(world)];
    Scene { begin, workers, kills: 1, end: one_text, bug: None }
}

/// Explores, and says how much there was.
async fn check(name: &str, scene: Scene) {
    let explored = explore(&scene).await.unwrap_or_else(|what| panic!("{name}: {what}"));
    println!("{name}: {} states, {} ends", explored.states, explored.ends);
    assert!(explored.states > 20 && explored.ends > 1, "{name}: {explored:?}");
}

#[tokio::test]
async fn small_worlds_two_senders_of_whom_one_may_die_send_one_text() {
    check("a proper answer", two_senders(proper)).await;
    check("an answer that gets lost", two_senders(lost)).await;
    check("a request that gets lost", two_senders(lost_on_the_way)).await;
    check("a busy provider", two_senders(busy)).await;
}

#[tokio::test]
async fn small_worlds_a_sender_and_the_providers_calls_agree() {
    let workers = |world: &Arc<World>| vec![sender(world), callbacks(world)];
    for (name, begin) in [("proper", proper as fn(Wrap) -> _), ("lost", lost)] {
        check(name, Scene { begin, workers, kills: 1, end: one_text, bug: None }).await;
    }
}

#[tokio::test]
async fn small_worlds_a_sender_and_a_stop_end_in_one_text_or_in_none() {
    let workers = |world: &Arc<World>| vec![sender(world), stop(world)];
    let scene = Scene { begin: proper, workers, kills: 0, end: at_most_one_text, bug: None };
    check("STOP", scene).await;
}

#[tokio::test]
async fn small_worlds_a_sender_and_a_plan_of_a_deleted_event_end_in_one_text_or_in_none() {
    check("a deleted event", deleted_event()).await;
}

/// The meeting goes while a sender and a planner look.
fn deleted_event() -> Scene {
    fn deleted(wrap: Wrap) -> LocalBoxFuture<'static, World> {
        Box::pin(async move {
            let world = at_its_instant(wrap, Answer::Proper).await;
            world.put("ada", "work", &[]).await;
            world.lose_queues();
            world
        })
    }
    let workers = |world: &Arc<World>| vec![sender(world), planner(world)];
    Scene { begin: deleted, workers, kills: 1, end: at_most_one_text, bug: None }
}

#[tokio::test]
async fn small_worlds_two_plans_of_a_moved_event_make_one_reminder() {
    fn moved(wrap: Wrap) -> LocalBoxFuture<'static, World> {
        Box::pin(async move {
            let world = at_its_instant(wrap, Answer::Proper).await;
            let later = event("Meeting", "2026-11-24T11:07", NEW_YORK);
            world.put("ada", "work", &[later]).await;
            world.lose_queues();
            world
        })
    }
    let workers = |world: &Arc<World>| vec![planner(world), planner(world)];
    check("a moved event", Scene { begin: moved, workers, kills: 1, end: one_text, bug: None })
        .await;
}

#[tokio::test]
async fn small_worlds_find_what_a_claim_does_not_check() {
    for bug in [Bug::ClaimWithoutRevision, Bug::RefusedClaimHolds] {
        let found = explore(&Scene { bug: Some(bug), ..two_senders(proper) }).await;
        assert!(found.is_err(), "not found: {}", bug.words());
    }
}
