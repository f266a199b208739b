//! Kills the running system at random moments and starts it again, while thousands of reminders
//! become due, and then counts at the provider: each exactly once, none missing, none early.
//!
//! The provider is the SMS sandbox in a process of its own, which nobody kills. Everything random
//! follows from a seed that is printed; the moments at which signals arrive do not.

#![expect(clippy::print_stdout, reason = "it is a command that reports to whoever runs it")]

mod client;
mod judge;
mod people;
mod process;
mod settings;

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use adapters_embedded::clock::{ControlledClock, SystemClock};
use app::ports::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use crate::client::Client;
use crate::people::People;
use crate::process::{Provider, System};
use crate::settings::{Draw, Settings};

/// Whatever keeps the run from its end.
pub(crate) type Failed = Box<dyn Error + Send + Sync>;

/// The time, and waiting.
#[derive(Clone)]
pub(crate) struct Time(ControlledClock);

impl Time {
    fn new() -> Self {
        Self(ControlledClock::new(Arc::new(SystemClock)))
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.now()
    }

    pub(crate) async fn wait(&self, how_long: SignedDuration) {
        self.wait_until(self.now() + how_long).await;
    }

    async fn wait_until(&self, at: Timestamp) {
        self.0.wait_until(at, &Notify::new()).await;
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failed) => {
            println!("could not run: {failed}");
            ExitCode::from(2)
        }
    }
}

async fn run() -> Result<bool, Failed> {
    let time = Time::new();
    let settings = Settings::read(std::env::args().skip(1), time.now())?;
    let folder = tempfile::Builder::new().prefix("beforehand-kill-").tempdir()?;
    println!("{settings}");
    let began_at = time.now();
    let provider = if settings.is_own_sandbox {
        Provider::within(folder.path())
    } else {
        Provider::start(folder.path(), settings.answer_after, &time).await?
    };
    let system = System::prepare(folder.path(), &provider)?;
    let client = Client::new(&time)?;
    let mut people = People::of(&settings, time.now());
    people.lose_answers(&client, &provider, &settings).await?;

    let killed = tokio::spawn(kill_often(system, settings.clone(), time.clone()));
    people.load(&client, folder.path(), &time).await?;
    println!(
        "loaded {} reminders in {:.0} s, due from {}",
        people.reminders(),
        began_at.duration_until(time.now()).as_secs_f64(),
        people.first_at()
    );
    let mut system = killed.await??;
    println!(
        "killed {} times in {:.0} s",
        system.kills(),
        began_at.duration_until(time.now()).as_secs_f64()
    );
    let client = Client::counting(&time)?;
    let verdict = judge::judge(&client, &provider, &mut system, &people, &time).await;
    if settings.keeps {
        println!("kept in {}", folder.keep().display());
    }
    let verdict = verdict?;
    println!("took {:.0} s", began_at.duration_until(time.now()).as_secs_f64());
    println!("{} passed, {} failed", verdict.passed, verdict.failed);
    Ok(verdict.failed == 0)
}

/// Kills the system at random moments, and starts it again at once; whether it has come up by the
/// next kill makes no difference.
async fn kill_often(mut system: System, settings: Settings, time: Time) -> Result<System, Failed> {
    let mut draw = Draw::new(settings.seed ^ 1);
    let span = (people::LEAD_IN + settings.spread).as_millis().unsigned_abs();
    let span = u64::try_from(span).unwrap_or(u64::MAX);
    let mut moments: Vec<u64> = (0..settings.kills).map(|_| draw.below(span)).collect();
    moments.sort_unstable();
    let began_at = time.now();
    system.start()?;
    for moment in moments {
        time.wait_until(began_at + SignedDuration::from_millis(moment.cast_signed())).await;
        system.kill()?;
        system.start()?;
    }
    Ok(system)
}
