//! Feeds the fuzz targets for as long as it is told, with seeds that rise: the long run behind
//! `tests/fuzz/run`. A broken input is kept, to become a seed once it is mended.
//!
//!     fuzz TARGET|all SECONDS SEED

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use adapters_embedded::clock::SystemClock;
use app::ports::Clock as _;
use jiff::SignedDuration;
use tests::fuzz::{NAMES, feed, target};

/// Inputs of one seed; then the target begins anew.
const INPUTS: usize = 5_000;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [name, seconds, seed] = words.as_slice() else {
        return Err("fuzz TARGET|all SECONDS SEED".into());
    };
    let clock = Arc::new(SystemClock);
    let mut broken_ones = 0;
    for name in NAMES.iter().filter(|known| name == "all" || name == **known) {
        let until = clock.now() + SignedDuration::from_secs(seconds.parse()?);
        let mut fed = 0;
        let mut seed: u64 = seed.parse()?;
        while clock.now() < until {
            let goes_on = |number: usize| number < INPUTS && clock.now() < until;
            match feed(&mut *target(name), seed, goes_on) {
                Ok(more) => fed += more,
                Err(broken) => {
                    let path = format!("target/fuzz/{name}-{seed}-{}", broken.number);
                    fs::create_dir_all(Path::new("target/fuzz"))?;
                    fs::write(&path, &broken.input)?;
                    println!("{name}: broken by input {} of seed {seed}: {path}", broken.number);
                    broken_ones += 1;
                    break;
                }
            }
            seed += 1;
        }
        println!("{name}: {fed} inputs, seeds up to {}", seed.saturating_sub(1));
    }
    println!("{} passed, {broken_ones} failed", NAMES.len() - broken_ones);
    Ok(if broken_ones == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
