//! Plays seeds of the simulation; see `tests/simulate`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tests::simulation::Setting;
use tests::simulation::campaign::{play, play_many};
use tests::simulation::totals::Totals;

/// Seeds between two notes of how far it got.
const BATCH: u64 = 64;

/// Days of each seed, and so user-days by five.
const DAYS: i64 = 10;

/// What is asked for.
struct Asked {
    seed: Option<u64>,
    from: u64,
    user_days: u64,
    state: Option<PathBuf>,
}

/// How far a campaign got.
#[derive(Default, Serialize, Deserialize)]
struct Campaign {
    next_seed: u64,
    totals: Totals,
}

fn main() -> ExitCode {
    let asked = match asked() {
        Ok(asked) => asked,
        Err(wrong) => {
            eprintln!("{wrong}; see the top of tests/simulate");
            return ExitCode::from(2);
        }
    };
    let setting = Setting::of_days(DAYS);
    if let Some(seed) = asked.seed {
        return match play(&setting, seed) {
            Ok(totals) => {
                println!("{totals}");
                ExitCode::SUCCESS
            }
            Err(_) => ExitCode::FAILURE,
        };
    }
    campaign(&asked, &setting)
}

#[expect(clippy::disallowed_methods, reason = "says how fast it was, and judges nothing by it")]
fn campaign(asked: &Asked, setting: &Setting) -> ExitCode {
    let stored = asked.state.as_ref().and_then(|path| fs::read_to_string(path).ok());
    let mut campaign: Campaign = stored
        .and_then(|text| serde_json::from_str(&text).ok())
        .unwrap_or_else(|| Campaign { next_seed: asked.from, ..Campaign::default() });
    let threads = available_parallelism().map_or(1, usize::from);
    let (begun, before) = (Instant::now(), campaign.totals.user_days);
    while campaign.totals.user_days < asked.user_days {
        let first = campaign.next_seed;
        let played = play_many(setting, first, BATCH, threads, |seed, played| {
            if played.is_err() {
                println!("seed {seed}: the promise is broken; tests/simulate --seed {seed}");
            }
        });
        campaign.next_seed += BATCH;
        campaign.totals.merge(&played);
        if let Some(path) = &asked.state {
            let text = serde_json::to_string(&campaign).expect("numbers and names are JSON");
            fs::write(path, text).expect("the state can be written");
        }
    }
    println!("seeds {} to {}, {DAYS} days each", asked.from, campaign.next_seed - 1);
    println!("{}", campaign.totals);
    let (took, lived) = (begun.elapsed().as_secs_f64(), campaign.totals.user_days - before);
    println!("{lived} user-days in {took:.1} s on {threads} threads");
    if campaign.totals.broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked { seed: None, from: 1, user_days: 100_000, state: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} lacks its value"))?;
        let number = || value.replace('_', "").parse().map_err(|_| format!("{value}: no number"));
        match word.as_str() {
            "--seed" => asked.seed = Some(number()?),
            "--from" => asked.from = number()?,
            "--user-days" => asked.user_days = number()?,
            "--state" => asked.state = Some(value.into()),
            _ => return Err(format!("{word} is unknown")),
        }
    }
    Ok(asked)
}
