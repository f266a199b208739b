//! `up`: the whole system in this process.

use std::fs;
use std::path::Path;

use jiff::Timestamp;
use traces::{TraceLayer, Traces};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer as _};

use super::args::UpArgs;
use super::{Ended, Exit, Failure, Session};
use crate::config::{Config, FileUser, UserKeys, listen_address, read_users};
use crate::output::Tone;
use crate::system::up::{FirstUser, Options, Up, UpError};

/// What is logged when `BEFOREHAND_LOG` does not say.
const LOG_DEFAULT: &str = "warn";

pub(super) fn run(session: &mut Session<'_>, args: &UpArgs) -> Ended {
    let mut config = session.config()?;
    if let Some(listen) = &args.listen {
        config.listen = listen_address(listen).map_err(Failure::input)?;
    }
    let users_file = args.users.clone().or_else(|| config.users_file.clone());
    let users = match &users_file {
        Some(path) => first_users(&config, path)?,
        None => Vec::new(),
    };
    let traces = config.otlp_endpoint.is_some().then(|| traces(&config));
    start_log(session, traces.as_ref());
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::environment(format!("cannot start threads: {error}")))?;
    let options = Options { users, with_demo: !args.no_demo, traces };
    runtime.block_on(async {
        // Asked for first, so that an impatient Ctrl-C during the start is not lost.
        let mut stop = Stop::listen();
        let up = Up::start(&config, options).await.map_err(failure)?;
        tell(session, &config, &up)?;
        stop.wait().await;
        session.out.note("Stopping: what is under way comes to its end.")?;
        up.stop().await;
        Ok(Exit::Ok)
    })
}

/// Where to look.
fn tell(session: &mut Session<'_>, config: &Config, up: &Up) -> Result<(), Failure> {
    let Up { endpoint, users, zones_version, .. } = up;
    let folder = config.data_dir.display();
    if session.out.is_json() {
        session.out.json_line(&serde_json::json!({
            "endpoint": endpoint,
            "sandbox": up.is_sandbox,
            "users": users,
            "zones": zones_version,
            "data": config.data_dir,
        }))?;
        return Ok(session.out.flush()?);
    }
    let out = &mut session.out;
    out.toned(Tone::Good, "Beforehand runs.")?;
    out.line("")?;
    if up.is_sandbox {
        out.line(&format!("  Phones, clock and reminders   {endpoint}/"))?;
        out.line("  Texts go to the phones on that page, and nowhere else.")?;
    } else {
        out.line(&format!("  Reminders                     {endpoint}/"))?;
        out.line("  Texts go out through Twilio.")?;
    }
    out.line(&format!("  Dashboard                     {endpoint}/dashboard"))?;
    out.line(&format!("  Data                          {folder}"))?;
    out.line(&format!("  Users                         {users}"))?;
    out.line(&format!("  Time zone rules               {zones_version}"))?;
    out.line("")?;
    out.line(
        "  In another terminal: cargo local why USER, cargo local users list, cargo local --help",
    )?;
    out.line("  Ctrl-C stops it; nothing is lost.")?;
    Ok(out.flush()?)
}

fn first_users(config: &Config, path: &Path) -> Result<Vec<FirstUser>, Failure> {
    let zones = config.zones().map_err(Failure::environment)?;
    let keys =
        UserKeys { zones: &zones, country: &config.default_country, countries: &config.countries };
    read_users(path, &keys)?.into_iter().map(first_user).collect()
}

fn first_user(user: FileUser) -> Result<FirstUser, Failure> {
    let read = |path: &Path| {
        let bytes = fs::read(path).map_err(|error| {
            Failure::input(format!("cannot read the calendar {}: {error}", path.display()))
        })?;
        Ok::<_, Failure>(String::from_utf8_lossy(&bytes).into_owned())
    };
    let ics = user.ics.as_deref().map(read).transpose()?;
    Ok(FirstUser { user: user.user, ics })
}

fn failure(error: UpError) -> Failure {
    match error {
        UpError::Folder(bad) => bad.into(),
        UpError::Twilio(_) | UpError::Token(_) | UpError::Zones(_) => {
            Failure::new(Exit::Configuration, error)
        }
        error => Failure::environment(error),
    }
}

/// Collects what is exported, by the time of the machine: what looks at traces runs by that, too,
/// whatever the sandbox's clock shows.
fn traces(config: &Config) -> Traces {
    #[expect(clippy::disallowed_methods, reason = "spans are of this process, not of the sandbox")]
    let now = || u64::try_from(Timestamp::now().as_nanosecond()).unwrap_or_default();
    Traces::new("beforehand", &config.alert_settings().deployment, now)
}

/// Starts the log, and the collection of spans beside it, which its level does not concern.
pub(super) fn start_log(session: &Session<'_>, traces: Option<&Traces>) {
    let wish = (session.variables)("BEFOREHAND_LOG");
    let filter = wish.as_deref().and_then(|wish| EnvFilter::try_new(wish).ok());
    let filter = filter.unwrap_or_else(|| EnvFilter::new(LOG_DEFAULT));
    let log = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(session.out.has_message_colours());
    let log = if session.out.is_json() { log.json().boxed() } else { log.boxed() };
    let spans = traces.map(|traces| traces.layer().with_filter(filter_fn(TraceLayer::wants)));
    // A test may have set one up before.
    let _ = tracing_subscriber::registry().with(log.with_filter(filter)).with(spans).try_init();
}

/// The signals that end the process.
pub(super) struct Stop {
    #[cfg(unix)]
    terminate: Option<tokio::signal::unix::Signal>,
}

impl Stop {
    pub(super) fn listen() -> Self {
        Self {
            #[cfg(unix)]
            terminate: {
                use tokio::signal::unix::{SignalKind, signal};
                signal(SignalKind::terminate()).ok()
            },
        }
    }

    pub(super) async fn wait(&mut self) {
        #[cfg(unix)]
        if let Some(terminate) = &mut self.terminate {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
        // Without a way to be told there is none to stop but a kill, which loses nothing either.
        let _ = tokio::signal::ctrl_c().await;
    }
}
