//! Replay: a scenario is run once cleanly, and then again and again with one fault each, or one
//! death of the process each, at every call of a port. What people get must always be the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters_embedded::sms_sandbox::{CallbackPlan, Fate, Script};
use app::users::PutIcs;
use beforehand::system::Ports;
use domain::reasons::CancelReason;
use domain::reminder::State;
use tests::events::{Event, calendar, event};
use tests::faults::{Fault, Faults, faulty};
use tests::twice::repeating;
use tests::users::{UserSpec, phone_of, user};
use tests::world::{PUBLIC_URL, World, instant};
use twilio_webhook::INBOUND_PATH;

const NEW_YORK: &str = "America/New_York";
const EUCLA: &str = "Australia/Eucla";

/// What people got: texts by user and event, and where each reminder ended.
type Ending = (BTreeMap<String, usize>, BTreeMap<String, State>);

/// Who takes part, and their event.
fn people() -> Vec<(UserSpec, Event)> {
    let at = |title: &str, start: &str| event(title, &format!("2026-11-24T{start}"), NEW_YORK);
    let tomorrow = event("Tomorrow", "2026-11-25T00:06", EUCLA);
    vec![
        (user("bob", NEW_YORK), at("Moved", "10:20")),
        (user("carol", NEW_YORK), at("Retried", "10:12")),
        (user("eve", NEW_YORK).quiet(&["09:50-10:01"]), at("Siesta", "10:13")),
        (user("frank", NEW_YORK), at("Stopped", "10:16")),
        // In Eucla, 8:45 hours ahead, a day begins during the scenario.
        (user("kay", EUCLA).leads(&[5]), tomorrow),
    ]
}

/// What the clean run must come to.
fn expected() -> Ending {
    let texts = [("Moved", 1), ("Retried", 2), ("Siesta", 1), ("Tomorrow", 1)];
    let stopped = State::Cancelled(CancelReason::OptedOut);
    let delivered = ["Moved", "Retried", "Siesta", "Tomorrow"];
    let states = delivered.map(|title| (title.to_owned(), State::Delivered));
    let texts = texts.map(|(title, count)| (title.to_owned(), count));
    let states = states.into_iter().chain([("Stopped".to_owned(), stopped)]);
    (texts.into(), states.collect())
}

/// One run of the scenario: its world, which may die and start again.
struct Run {
    world: World,
    faults: Arc<Faults>,
}

impl Run {
    /// Everybody is there and planned for today; no fault so far.
    async fn begin(wrap: fn(Ports) -> Ports) -> Self {
        let faults = Arc::<Faults>::default();
        let inside = faults.clone();
        let inbound = format!("{PUBLIC_URL}{INBOUND_PATH}#rc=5&rp=5xx,ct,rt");
        let world = World::maker("2026-11-24T14:50:00Z")
            .sandbox(|config| config.inbound_url = Some(inbound))
            .ports(move |ports| faulty(&inside, wrap(ports)))
            .make();
        for (spec, its_event) in people() {
            let id = spec.user.id.as_str().to_owned();
            world.add(spec).await;
            // Who has no calendar needs no plan.
            world.lose_plans();
            world.put(&id, "work", &[its_event]).await;
            world.system.consume_plans().await;
        }
        world.settle().await;
        let once = Script::fate(Fate::Undeliver { code: 30003 });
        world.sandbox.script_next_to(phone_of("carol").as_e164(), &once, 1);
        Self { world, faults }
    }

    /// Lets time pass; if the process dies, it is started again at once.
    async fn until(mut self, time: &str) -> Self {
        let until = instant(&format!("2026-11-24T{time}Z"));
        loop {
            let faults = self.faults.clone();
            if self.world.run_unless(until, || faults.is_dead()).await {
                return self;
            }
            self = self.restarted().await;
        }
    }

    async fn restarted(self) -> Self {
        Self { world: self.world.restart().await, faults: Arc::default() }
    }

    /// A calendar program puts Bob's calendar until it is told that it is stored.
    async fn move_bobs_event(mut self) -> Self {
        let moved = event("Moved", "2026-11-24T10:14", NEW_YORK);
        let text = calendar(&[moved]);
        loop {
            match self.world.try_put("bob", "work", &text).await {
                Ok(PutIcs::Stored(_)) => return self,
                Ok(other) => panic!("bob is there: {other:?}"),
                Err(_) if self.faults.is_dead() => self = self.restarted().await,
                Err(_) => {}
            }
        }
    }

    /// Frank texts STOP, again if the system died over it.
    async fn stop_frank(mut self) -> Self {
        loop {
            let outcome = self.world.text_us("frank", "STOP").await;
            if outcome.answer.is_some_and(|answer| answer.is_ok_and(|said| said.status == 200)) {
                return self;
            }
            assert!(self.faults.is_dead(), "Twilio's retries are enough");
            self = self.restarted().await;
        }
    }

    /// The whole scenario: what it comes to, and how many calls were made until then.
    async fn play(self, about: &str) -> (Ending, usize) {
        let run = self.until("14:53:00").await.move_bobs_event().await;
        let run = run.until("14:54:00").await.stop_frank().await;
        let run = run.until("15:22:00").await;
        let calls = run.faults.calls().len();
        run.faults.stop();
        let mut texts = BTreeMap::new();
        for text in run.world.texts() {
            let title = text.body.split(':').next().unwrap_or_default().to_owned();
            *texts.entry(title).or_default() += 1;
        }
        let mut states = BTreeMap::new();
        for (spec, _) in people() {
            for row in run.world.reminders(spec.user.id.as_str()).await {
                let before = states.insert(row.facts.title, row.state);
                assert_eq!(before, None, "{about}: one reminder each");
            }
        }
        run.world.finish().await;
        ((texts, states), calls)
    }
}

fn unchanged(ports: Ports) -> Ports {
    ports
}

/// The calls of ports that the scenario makes without faults.
async fn calls() -> Vec<&'static str> {
    let run = Run::begin(unchanged).await;
    let (faults, before) = (run.faults.clone(), run.faults.calls().len());
    let (ending, calls) = run.play("clean").await;
    assert_eq!(ending, expected());
    let calls = faults.calls()[before..calls].to_vec();
    assert!(calls.len() > 100, "the scenario does something: {} calls", calls.len());
    calls
}

/// Whether a call changes anything. One that only reads fails before and after it is done alike,
/// and a process that dies there has done no more than after the last change.
fn changes_something(call: &str) -> bool {
    let changes = [
        "claim",
        "enqueue",
        "local_days_started",
        "put_phone",
        "send",
        "set_promoted_until",
        "update",
        "write_mirror",
        "write_plan",
    ];
    call.rsplit("::").next().is_some_and(|method| changes.contains(&method))
}

/// Plays the scenario once for each call that matters, with that call going wrong.
async fn with_each(matters: impl Fn(usize, &str) -> bool, wrong: impl Fn(&Faults, usize)) {
    let calls = calls().await;
    let calls: Vec<_> =
        calls.into_iter().enumerate().filter(|(call, name)| matters(*call, name)).collect();
    assert!(calls.len() > 20, "{calls:?}");
    for (call, name) in calls {
        let run = Run::begin(unchanged).await;
        wrong(&run.faults, call);
        let about = format!("call {call}, {name}");
        assert_eq!(run.play(&about).await.0, expected(), "{about}");
    }
}

#[tokio::test]
async fn replay_with_a_fault_before_each_even_call_of_a_port() {
    with_each(|call, _| call % 2 == 0, |faults, call| faults.fail_call(call, Fault::Before)).await;
}

#[tokio::test]
async fn replay_with_a_fault_before_each_odd_call_of_a_port() {
    with_each(|call, _| call % 2 == 1, |faults, call| faults.fail_call(call, Fault::Before)).await;
}

#[tokio::test]
async fn replay_with_the_answer_lost_of_each_call_of_a_port_that_changes_something() {
    let matters = |_, name: &str| changes_something(name);
    with_each(matters, |faults, call| faults.fail_call(call, Fault::After)).await;
}

#[tokio::test]
async fn replay_with_the_process_killed_after_each_call_of_a_port_that_changes_something() {
    let matters = |_, name: &str| changes_something(name);
    with_each(matters, |faults, call| faults.kill_at_call(call, Fault::After)).await;
}

#[tokio::test]
async fn replay_with_every_message_and_callback_twice() {
    let run = Run::begin(repeating).await;
    run.world.sandbox.script_always(Script::default().with_callbacks(CallbackPlan::Twice));
    assert_eq!(run.play("twice").await.0, expected());
}
