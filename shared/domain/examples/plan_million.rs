//! Plans one million users with five events each, over all zones, on one thread, and says how long
//! that took: `cargo run --release -p domain --example plan_million`. Making up the users and
//! their events is not counted; looking up their zones and dropping the rows is.
#![expect(clippy::print_stdout, reason = "it prints its figures")]
#![expect(clippy::unwrap_used, reason = "a benchmark may stop where it stands")]

#[path = "../benches/crowd/mod.rs"]
mod crowd;

use std::time::{Duration, Instant};

use crate::crowd::{Crowd, EVENTS};

const USERS: usize = 1_000_000;
const BATCH: usize = 10_000;

fn main() {
    let crowd = Crowd::new();
    let (mut spent, mut on_core) = (Duration::ZERO, Duration::ZERO);
    let mut rows = 0;
    for batch in 0..USERS / BATCH {
        let numbers = batch * BATCH..(batch + 1) * BATCH;
        let members: Vec<_> = numbers.map(|number| (number, crowd.member(number))).collect();
        let (begun, core_begun) = (Instant::now(), time_on_core());
        for (number, member) in &members {
            rows += crowd.plan(*number, member).len();
        }
        spent += begun.elapsed();
        on_core += time_on_core() - core_begun;
    }
    assert_eq!(rows, USERS * EVENTS, "every event has its reminder");
    let seconds = spent.as_secs_f64();
    let per_second = USERS as f64 / seconds;
    println!("planned {USERS} users, {rows} reminders, in {seconds:.2} s on one thread");
    println!("{per_second:.0} users a second, {:.2} us a reminder", seconds * 1e6 / rows as f64);
    println!("of that {:.2} s on a core", on_core.as_secs_f64());
    if let Some(peak) = peak_memory() {
        println!("peak memory {peak}");
    }
}

/// How long this thread has run on a core, where the system tells: on a busy machine less than the
/// clock on the wall says.
fn time_on_core() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

/// The most memory the process had, where the system tells.
fn peak_memory() -> Option<String> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.trim_start_matches("VmHWM:").trim().to_owned())
}
