//! How many reminders a second travel the full path: from the delay queue through the pre-send
//! check, the claim, the post and its outcome, and with receipts through all their callbacks.
//!
//! `cargo run --release -p tests --example full_path -- [http|in-process] [texts|receipts] [N]`
//!
//! All reminders are due at the same instant; the clock of the measurement starts with it. The
//! store is a file with `synchronous=FULL`. Afterwards every row is looked at: each must have been
//! texted once, and not before its instant.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "a measurement")]

use std::collections::HashMap;
use std::time::Duration;

use adapters_embedded::sms_sandbox::SmsSandbox;
use app::ports::Clock;
use domain::time::ahead;
use jiff::SignedDuration;
use tests::load::{Crowd, Effort, Rig, Way, machine};

/// Callbacks that the sandbox posts for a text that is delivered: sending, sent, delivered.
const CALLBACKS_EACH: u64 = 3;

/// A run that takes longer than this is stuck.
const SECONDS_MAX: f64 = 300.0;

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let way = match arguments.next().as_deref() {
        None | Some("http") => Way::Http,
        Some("in-process") => Way::InProcess,
        Some(other) => panic!("{other}: choose http or in-process"),
    };
    let with_receipts = match arguments.next().as_deref() {
        None | Some("texts") => false,
        Some("receipts") => true,
        Some(other) => panic!("{other}: choose texts or receipts"),
    };
    let users = arguments.next().map_or(20_000, |count| count.parse().expect("a number of users"));
    println!("{}", machine());
    measure(way, with_receipts, users).await;
}

async fn measure(way: Way, with_receipts: bool, users: usize) {
    let rig = Rig::new(way, with_receipts, None).await;
    let due_at = ahead(rig.clock.now(), SignedDuration::from_mins(1));
    let crowd = Crowd { users, due_at, spacing: SignedDuration::ZERO, at_once: users };
    let effort = Effort::begin();
    crowd.join(&rig).await;
    let rate = users as f64 / effort.seconds();
    println!("added and planned {users} users, {rate:.0} a second");
    assert_eq!(rig.system.queues().sends.len(), users, "every reminder waits in the queue");
    let live = rig.run();
    rig.clock.jump_to(due_at);
    let effort = Effort::begin();
    until(&effort, || rig.system.queues().sends.is_empty()).await;
    report(way, "accepted and recorded", users, &effort);
    if with_receipts {
        let callbacks = users as u64 * CALLBACKS_EACH;
        until(&effort, || rig.sandbox.counts().callbacks_posted >= callbacks).await;
        report(way, "delivered, with three callbacks each", users, &effort);
        assert_eq!(rig.sandbox.counts().callbacks_given_up, 0, "every callback is taken");
    }
    check(&rig.sandbox, &crowd);
    let expected = if with_receipts { "delivered" } else { "accepted" };
    let folding = Effort::begin();
    while totals(&rig, expected).await != users {
        wait().await;
        assert!(folding.seconds() < SECONDS_MAX, "the counters never arrive");
    }
    println!("  counters had caught up {:.1} s later", folding.seconds());
    rig.end(live).await;
}

/// Every user was texted once, and not before the reminder was due.
fn check(sandbox: &SmsSandbox, crowd: &Crowd) {
    let mut texts: HashMap<String, usize> = HashMap::new();
    for text in sandbox.texts() {
        assert!(text.created_at >= crowd.due_at, "never early");
        *texts.entry(text.to).or_default() += 1;
    }
    assert_eq!(texts.len(), crowd.users, "everybody was texted");
    assert!(texts.values().all(|count| *count == 1), "nobody was texted twice");
}

async fn totals(rig: &Rig, state: &str) -> usize {
    let totals = rig.ports.stores.metrics.totals().await.expect("the store answers");
    let total = totals.iter().find(|(name, _)| name == state).map_or(0, |(_, count)| *count);
    usize::try_from(total).expect("counters are not negative")
}

async fn until(effort: &Effort, is_done: impl Fn() -> bool) {
    while !is_done() {
        wait().await;
        assert!(effort.seconds() < SECONDS_MAX, "it never ends");
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement looks on from outside")]
async fn wait() {
    tokio::time::sleep(Duration::from_millis(1)).await;
}

fn report(way: Way, what: &str, count: usize, effort: &Effort) {
    let (took, worked) = (effort.seconds(), effort.worked());
    let rate = count as f64 / took;
    let each = worked * 1e6 / count as f64;
    println!(
        "{way:?}: {what}: {count} in {took:.2} s, {rate:.0} a second, \
         {each:.0} us of processor each, {:.2} cores busy",
        worked / took
    );
}
