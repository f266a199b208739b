//! Plays seeds of the simulation; see `tests/simulate`.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use tests::simulation::campaign::{HUNTED_DAYS, find, play, play_many};
use tests::simulation::planted::Bug;
use tests::simulation::totals::Totals;
use tests::simulation::{Setting, Size};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Seeds between two notes of how far it got: some 100,000 user-days.
const BATCH: u64 = 16;

/// Days of each seed.
const DAYS: i64 = 10;

/// Of a thousand reminders that could arrive, so many must, although answers get lost.
const ARRIVE_OF_1000: u64 = 999;

/// What is asked for.
struct Asked {
    seed: Option<u64>,
    from: u64,
    user_days: u64,
    state: Option<PathBuf>,
    planted: Option<u64>,
    days: Option<i64>,
    unknown: u64,
    size: Option<Size>,
}

impl Asked {
    fn days(&self) -> i64 {
        self.days.unwrap_or(DAYS)
    }
}

/// How far a campaign got.
#[derive(Default, Serialize, Deserialize)]
struct Campaign {
    next_seed: u64,
    days: i64,
    #[serde(default)]
    unknown: u64,
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
    let setting = Setting {
        unknown_percent: asked.unknown,
        size: asked.size,
        ..Setting::of_days(asked.days())
    };
    if let Some(seed) = asked.seed {
        return match play(&setting, seed) {
            Ok(totals) => {
                println!("{totals}");
                totals.astray.iter().for_each(|astray| println!("not known to arrive: {astray}"));
                ExitCode::SUCCESS
            }
            Err(_) => ExitCode::FAILURE,
        };
    }
    if let Some(seeds) = asked.planted {
        return find_all(seeds, asked.days.unwrap_or(HUNTED_DAYS));
    }
    match begun(&asked) {
        Ok(begun) => campaign(&asked, &setting, begun),
        Err(wrong) => {
            eprintln!("{wrong}");
            ExitCode::from(2)
        }
    }
}

/// Looks for every planted bug in up to so many seeds, and first for what is not there.
fn find_all(seeds: u64, days: i64) -> ExitCode {
    std::panic::set_hook(Box::new(|_| {}));
    let missed = find(seeds, days, |bug, found| {
        let found = found.map_or("nothing".to_owned(), |seed| format!("seed {seed}"));
        println!("{found:<12} {}", bug.map_or("no bug", Bug::words));
    });
    println!("{} bugs planted, {} found", Bug::ALL.len(), Bug::ALL.len() - missed);
    if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Where a campaign stands: at its beginning, or where its state says.
fn begun(asked: &Asked) -> Result<Campaign, String> {
    let fresh = Campaign {
        next_seed: asked.from,
        days: asked.days(),
        unknown: asked.unknown,
        ..Campaign::default()
    };
    let Some(path) = asked.state.as_ref().filter(|path| path.exists()) else { return Ok(fresh) };
    let name = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    let stored: Campaign = serde_json::from_str(&text)
        .map_err(|error| format!("{name} is no state of a campaign ({error}); remove it"))?;
    if stored.unknown != asked.unknown {
        return Err(format!(
            "{name} is of --unknown {}, now it is {}",
            stored.unknown, asked.unknown
        ));
    }
    if stored.days != asked.days() {
        return Err(format!(
            "{name} is of seeds of {} days, now it is {}",
            stored.days,
            asked.days()
        ));
    }
    Ok(stored)
}

fn campaign(asked: &Asked, setting: &Setting, mut campaign: Campaign) -> ExitCode {
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
            let next = path.with_extension("next");
            fs::write(&next, text).expect("the state can be written");
            fs::rename(&next, path).expect("the state can be replaced");
        }
    }
    println!("seeds {} to {}, {} days each", asked.from, campaign.next_seed - 1, asked.days());
    println!("{}", campaign.totals);
    let (took, lived) = (begun.elapsed().as_secs_f64(), campaign.totals.user_days - before);
    let speed = lived as f64 / took;
    println!("{lived} user-days in {took:.1} s on {threads} threads: {speed:.0} a second");
    let Totals { broken, could_arrive, arrived, .. } = &campaign.totals;
    let is_enough = asked.unknown == 0 || arrived * 1_000 >= could_arrive * ARRIVE_OF_1000;
    if !is_enough {
        println!("fewer than {ARRIVE_OF_1000} of 1,000 that could arrive did");
    }
    if broken.is_empty() && is_enough { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn asked() -> Result<Asked, String> {
    let (seed, state, planted) = (None, None, None);
    let (from, user_days, days, unknown) = (1, 100_000, None, 0);
    let mut asked = Asked { seed, from, user_days, state, planted, days, unknown, size: None };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or_else(|| format!("{word} lacks its value"))?;
        let number = || -> Result<u64, String> {
            value.replace('_', "").parse().map_err(|_| format!("{value}: no number"))
        };
        match word.as_str() {
            "--seed" => asked.seed = Some(number()?),
            "--from" => asked.from = number()?,
            "--days" => asked.days = Some(number()?.cast_signed()),
            "--unknown" => asked.unknown = number()?.min(100),
            "--planted" => asked.planted = Some(number()?),
            "--user-days" => asked.user_days = number()?,
            "--size" => {
                asked.size = Some(Size::of_name(&value).ok_or(format!("{value}: no size"))?)
            }
            "--state" => asked.state = Some(value.into()),
            _ => return Err(format!("{word} is unknown")),
        }
    }
    if asked.size.is_some() && asked.seed.is_none() {
        return Err("--size goes with --seed; in a campaign the seeds say it".to_owned());
    }
    Ok(asked)
}
