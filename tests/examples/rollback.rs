//! How long a rollback takes until everything that waits is terminal, how long where the process is
//! cut short in the middle and the monitor goes on, and how long after it a text still leaves.
//!
//! `cargo run --profile simulation -p tests --no-default-features --example rollback -- [N]`
//!
//! Each of N users has one reminder that waits. The store is a file with `synchronous=FULL`.
#![allow(clippy::print_stdout, clippy::expect_used, reason = "a measurement")]

use std::time::Duration;

use app::ports::Clock;
use app::rollout::{Author, switch, watch};
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use tests::load::{Crowd, Effort, Rig, Way, machine};

#[tokio::main]
async fn main() {
    let users = std::env::args().nth(1).map_or(100_000, |count| count.parse().expect("a number"));
    println!("{}", machine());
    measure(users, None).await;
    measure(users, Some(Duration::from_secs(2))).await;
    under_way(users).await;
}

/// Switches off for everybody while everything runs and texts leave, a thousand a second.
async fn under_way(users: usize) {
    let rig = Rig::new(Way::InProcess, false, None).await;
    let due_at = ahead(rig.clock.now(), SignedDuration::from_secs(1));
    let spacing = SignedDuration::from_millis(1);
    Crowd { users, due_at, spacing, at_once: 1 }.join(&rig).await;
    let live = rig.run();
    while rig.sandbox.texts().len() < users / 20 {
        wait().await;
    }
    let at = rig.ports.clock.now();
    let author = Author { by: "ann".to_owned(), reason: "a measurement".to_owned(), at };
    let effort = Effort::begin();
    let ports = rig.ports.rollout();
    switch(&ports, false, author).await.expect("it is switched off");
    while waiting(&rig, users).await > 0 {
        watch(&ports).await.expect("the monitor goes on");
        assert!(effort.seconds() < 300.0, "it never ends");
    }
    let seconds = effort.seconds();
    // Whatever is still on its way would leave now.
    for _ in 0..400 {
        wait().await;
    }
    let texts = rig.sandbox.texts();
    let last = texts.iter().map(|text| text.created_at).max().expect("some were texted");
    let after = at.duration_until(last).as_secs_f64();
    println!(
        "{} of {users} texted; the last text left {after:.3} s after the decision; nothing waits \
         after {seconds:.1} s",
        texts.len()
    );
    assert!(after < 5.0, "too late");
    rig.end(live).await;
}

#[expect(clippy::disallowed_methods, reason = "a measurement looks on from outside")]
async fn wait() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

/// Switches off for everybody; cut short after a while, if one is given.
async fn measure(users: usize, cut_after: Option<Duration>) {
    let rig = Rig::new(Way::InProcess, false, None).await;
    // The clock stands still. This is beyond the horizon, and of a day that is planned already if
    // it has not begun yet, which planners do 20 minutes ahead.
    let due_at = ahead(rig.clock.now(), SignedDuration::from_mins(16));
    Crowd { users, due_at, spacing: SignedDuration::ZERO, at_once: users }.join(&rig).await;
    assert_eq!(waiting(&rig, users).await, users);
    let ports = rig.ports.rollout();
    let at = rig.ports.clock.now();
    let author = Author { by: "ann".to_owned(), reason: "a measurement".to_owned(), at };
    let effort = Effort::begin();
    let off = switch(&ports, false, author);
    match cut_after {
        None => drop(off.await.expect("it is switched off")),
        // Dropped where it stands, as a process that is killed.
        Some(time) => {
            let cut = tokio::time::timeout(time, off).await;
            println!("cut short: {}, {} still wait", cut.is_err(), waiting(&rig, users).await);
            watch(&ports).await.expect("the monitor goes on");
        }
    }
    let seconds = effort.seconds();
    assert_eq!(waiting(&rig, users).await, 0, "everything is terminal");
    println!("{users} reminders withdrawn in {seconds:.1} s");
}

async fn waiting(rig: &Rig, users: usize) -> usize {
    let (from, until) = (Timestamp::MIN, Timestamp::MAX);
    let due = rig.ports.stores.reminders.due(from, until, None, users + 1).await;
    // What was texted needs looks, too, but waits no longer.
    due.expect("an answer").iter().filter(|row| row.last_at.is_some()).count()
}
