//! Gates on a store (ROL-02): what was counted and written there says pass, fail or not enough
//! data, and whoever goes on anyhow is kept with their reason and what was known.

use std::collections::BTreeSet;
use std::sync::Arc;

use adapters_embedded::clock::ManualClock;
use app::ports::Control;
use app::rollout::{
    self, ChangeError, DecisionKind, Look, RolloutPorts, Watched, advance, name_users, roll_back,
};
use domain::figures::Dimension;
use domain::gates::{GateMetric, Verdict};
use domain::rollout::RolloutStage;
use domain::statistics::Share;
use jiff::SignedDuration;

use super::rollout::{ann, clock, count, rolling};
use super::samples::{add_with, claimed, id, reminder};
use super::{StorePorts, at_once};

/// Users of the stage, each texted once: none of so many opted out, which is proof enough.
const USERS: usize = 112;

/// Runs every case.
pub async fn gates_suite(make: impl AsyncFn() -> StorePorts) {
    rol_02_of_30_300_and_3000_texts_a_gate_says_what_a_store_counted(make().await).await;
    rol_02_a_forced_advance_is_kept_with_name_reason_and_evidence(make().await).await;
}

fn name(number: usize) -> String {
    format!("user-{number}")
}

/// At stage 10 %, with these users inside, and its windows begun.
async fn at_ten_percent(ports: &StorePorts, clock: &Arc<ManualClock>) -> RolloutPorts {
    let of = rolling(ports, clock);
    let inside = (0..USERS).map(|number| id(&name(number))).collect();
    name_users(&of, BTreeSet::new(), inside, "ours").await.unwrap();
    roll_back(&of, Some(RolloutStage::Percent10), ann(of.clock.now())).await.unwrap();
    assert_eq!(rollout::watch(&of).await.unwrap(), Watched::Nothing, "the windows begin");
    of
}

/// Each of these users was texted, at the first instant of the stage.
async fn text(ports: &StorePorts, users: std::ops::Range<usize>) {
    let first = users.start;
    at_once(users.len(), |number| {
        let (ports, name) = (ports.clone(), name(first + number));
        async move {
            let row = claimed(&reminder(&name, "one", "2026-03-02T10:00:00Z"));
            add_with(&ports, &name, &[row]).await;
        }
    })
    .await;
}

/// So many texts were delivered of so many since the stage began, and the monitor looks on the day
/// after the last look. What it then keeps is read from the store.
async fn look(
    of: &RolloutPorts,
    clock: &ManualClock,
    day: u32,
    delivered: u64,
    texts: u64,
) -> Look {
    let began = super::samples::at("2026-03-02T09:00:00Z");
    clock.set(domain::time::ahead(began, SignedDuration::from_hours(i64::from(day) * 24)));
    let counts = [("texts", texts), ("delivered", delivered), ("undelivered", texts - delivered)];
    count(of, u64::from(day), &Dimension::all(), &counts).await;
    assert_eq!(rollout::watch(of).await.unwrap(), Watched::Nothing);
    let look = kept(&*of.control).await;
    assert_eq!((look.report.look, look.figures.texts), (day, texts));
    assert_eq!(look.figures.delivered, Some(Share::new(delivered, texts)));
    look
}

async fn kept(control: &dyn Control) -> Look {
    rollout::progress(control).await.unwrap().look.expect("it was looked at")
}

/// What the look says of the texts, and of all of it.
fn says(look: &Look) -> (Verdict, Verdict) {
    let findings = look.report.findings.iter();
    let mut of_texts = findings.filter(|it| it.criterion.metric == GateMetric::Delivered);
    (of_texts.next().expect("the gate asks for it").verdict, look.report.verdict)
}

async fn refused(of: &RolloutPorts) -> String {
    match advance(of, false, ann(of.clock.now())).await {
        Err(ChangeError::NotPassed { why, .. }) => why,
        other => panic!("{other:?} instead of a refusal"),
    }
}

async fn rol_02_of_30_300_and_3000_texts_a_gate_says_what_a_store_counted(ports: StorePorts) {
    let clock = clock();
    let of = at_ten_percent(&ports, &clock).await;
    text(&ports, 0..30).await;
    // All of 30 were delivered, and the true rate may be 80 % all the same.
    let few = look(&of, &clock, 7, 30, 30).await;
    assert_eq!(says(&few), (Verdict::NotEnoughData, Verdict::NotEnoughData));
    assert_eq!(few.figures.opted_out, Some(Share::new(0, 30)), "as the reminders say");
    assert_eq!(refused(&of).await, "there is not enough data");
    text(&ports, 30..USERS).await;
    // 88 % of 300 are too few beyond doubt, and yet above what takes a rollout back.
    let bad = look(&of, &clock, 8, 264, 300).await;
    assert_eq!(says(&bad), (Verdict::Fail, Verdict::Fail));
    assert_eq!(refused(&of).await, "1 of its criteria do not hold");
    // 97 % of 3,000 are enough beyond doubt.
    let good = look(&of, &clock, 9, 2_910, 3_000).await;
    assert_eq!(says(&good), (Verdict::Pass, Verdict::Pass));
    assert_eq!(good.figures.opted_out, Some(Share::new(0, USERS as u64)));
    let next = advance(&of, false, ann(of.clock.now())).await.unwrap();
    assert_eq!(next.stage, RolloutStage::Percent25);
    let decided = rollout::decisions(&*ports.control, 0, 10).await.unwrap();
    let last = decided.last().unwrap();
    assert_eq!((last.kind, last.evidence.look.as_ref()), (DecisionKind::Advanced, Some(&good)));
    // What was measured goes on to the next stage, which must not be worse.
    let course = rollout::progress(&*ports.control).await.unwrap();
    assert_eq!(course.former.map(|former| former.figures), Some(good.figures));
    assert_eq!(course.look, None, "and that stage has not been looked at");
}

async fn rol_02_a_forced_advance_is_kept_with_name_reason_and_evidence(ports: StorePorts) {
    let clock = clock();
    let of = at_ten_percent(&ports, &clock).await;
    let known = look(&of, &clock, 7, 30, 30).await;
    refused(&of).await;
    let reason = "the model is off: its criteria do not apply".to_owned();
    let bo = rollout::Author { by: "bo".to_owned(), reason, ..ann(of.clock.now()) };
    let next = advance(&of, true, bo.clone()).await.unwrap();
    let stored = ports.control.rollout().await.unwrap();
    assert_eq!((next.stage, &stored), (RolloutStage::Percent25, &next));
    let decided = rollout::decisions(&*ports.control, 0, 10).await.unwrap();
    assert_eq!(decided.len(), 2, "the way back to 10 %, and this: {decided:?}");
    let last = &decided[1];
    assert_eq!(last.kind, DecisionKind::Forced);
    assert_eq!((&last.by, &last.reason, last.at), (&bo.by, &bo.reason, bo.at));
    assert_eq!((last.from, last.to), ((RolloutStage::Percent10, true), (next.stage, true)));
    assert_eq!((last.version, last.evidence.look.as_ref()), (next.version, Some(&known)));
    assert_eq!(known.report.verdict, Verdict::NotEnoughData);
}
