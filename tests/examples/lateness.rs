//! How late texts reach the provider when so many are due a second:
//! `cargo run --release -p tests --example lateness -- [A_SECOND] [SECONDS] [even|burst]`.
//!
//! Lateness is the instant at which the sandbox took the text, over HTTP on loopback, minus the
//! reminder's `send_at`. `even` spreads the instants over each second; with `burst` all of a second
//! are due at its first instant, as reminders of events on the full hour are.
#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic, reason = "a measurement")]

use std::collections::HashMap;
use std::time::Duration;

use app::ports::Clock;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use tests::load::{Crowd, Effort, Rig, Way, machine, percentile};

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let mut number =
        |default: usize| arguments.next().map_or(default, |text| text.parse().expect("a number"));
    let (a_second, seconds) = (number(1_000), number(10));
    let is_burst = match arguments.next().as_deref() {
        None | Some("even") => false,
        Some("burst") => true,
        Some(other) => panic!("{other}: choose even or burst"),
    };
    println!("{}", machine());
    let rig = Rig::new(Way::Http, false, None).await;
    let at_once = if is_burst { a_second } else { 1 };
    let turns = i32::try_from(a_second / at_once).expect("fewer than that");
    let crowd = Crowd {
        users: a_second * seconds,
        due_at: ahead(rig.clock.now(), SignedDuration::from_secs(2)),
        spacing: SignedDuration::from_secs(1) / turns,
        at_once,
    };
    crowd.join(&rig).await;
    let live = rig.run();
    let effort = Effort::begin();
    while !rig.system.queues().sends.is_empty() {
        wait().await;
        assert!(effort.seconds() < 300.0, "it never ends");
    }
    let way = if is_burst { "at the start of each second" } else { "evenly" };
    println!("{a_second} due a second, {way}, for {seconds} s: {}", lateness(&rig, &crowd));
    println!("  {:.2} cores busy", effort.worked() / effort.seconds());
    rig.end(live).await;
}

/// In milliseconds, over all texts.
fn lateness(rig: &Rig, crowd: &Crowd) -> String {
    let due: HashMap<String, Timestamp> =
        (0..crowd.users).map(|index| (Crowd::phone(index), crowd.due_at(index))).collect();
    let texts = rig.sandbox.texts();
    assert_eq!(texts.len(), crowd.users, "everybody was texted once");
    let late = |text: &adapters_embedded::sms_sandbox::SandboxText| {
        let due_at = due.get(&text.to).expect("a text to one of the crowd");
        due_at.duration_until(text.created_at).as_secs_f64() * 1_000.0
    };
    let mut late: Vec<_> = texts.iter().map(late).collect();
    late.sort_by(f64::total_cmp);
    assert!(late[0] >= 0.0, "never early, but one was {} ms", late[0]);
    let at = |percent| percentile(&late, percent);
    format!(
        "p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, max {:.1} ms, earliest {:.2} ms",
        at(50.0),
        at(90.0),
        at(99.0),
        at(100.0),
        late[0]
    )
}

#[expect(clippy::disallowed_methods, reason = "a measurement looks on from outside")]
async fn wait() {
    tokio::time::sleep(Duration::from_millis(5)).await;
}
