//! Many seeds, on several threads, in order, so that a campaign can be taken up where it stopped.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use tokio::runtime::Builder;

use super::planted::Bug;
use super::totals::Totals;
use super::{Setting, live};

/// Plays one seed on this thread. What broke is told as words.
///
/// # Errors
/// The story of the seed, where the promise does not hold.
pub fn play(setting: &Setting, seed: u64) -> Result<Totals, String> {
    let lived = AssertUnwindSafe(|| {
        let runtime = Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime is made").block_on(live(setting, seed))
    });
    catch_unwind(lived).map_err(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        words.unwrap_or_else(|| "it panicked".to_owned())
    })
}

/// Plays `count` seeds from `first` on, on so many threads. `told` is called with every seed that
/// is over, in no order.
pub fn play_many(
    setting: &Setting,
    first: u64,
    count: u64,
    threads: usize,
    told: impl Fn(u64, &Result<Totals, String>) + Sync,
) -> Totals {
    let next = AtomicU64::new(first);
    let totals = Mutex::new(Totals::default());
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + count {
                        return;
                    }
                    let played = play(setting, seed);
                    told(seed, &played);
                    let broken = || Totals { broken: vec![seed], ..Totals::default() };
                    let played = played.unwrap_or_else(|_| broken());
                    totals.lock().expect("nobody panics in here").merge(&played);
                }
            });
        }
    });
    totals.into_inner().expect("nobody panics in here")
}

/// Days of the seeds in which bugs are looked for, unless more or fewer are asked for.
pub const HUNTED_DAYS: i64 = 4;

/// Looks for every planted bug in the seeds 1 to `seeds` of so many days, and first for what is not
/// there: without a bug nothing may be found. Returns how many were missed; `told` hears of each.
pub fn find(seeds: u64, days: i64, told: impl Fn(Option<Bug>, Option<u64>)) -> usize {
    let hunted = [None].into_iter().chain(Bug::ALL.iter().copied().map(Some));
    let mut missed = 0;
    for planted in hunted {
        let setting = Setting { planted, ..Setting::of_days(days) };
        let found = (1..=seeds).find(|seed| play(&setting, *seed).is_err());
        missed += usize::from(found.is_some() != planted.is_some());
        told(planted, found);
    }
    missed
}
