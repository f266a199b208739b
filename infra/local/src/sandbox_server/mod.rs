//! The SMS sandbox as a process of its own, as Twilio is: it outlives the system that texts
//! through it, so scripts can kill that system and count here what was sent.

mod control;
mod proxy;

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use adapters_embedded::clock::{ControlledClock, SystemClock};
use adapters_embedded::dice::SeededDice;
use adapters_embedded::sms_sandbox::{
    CallbackSender, Delays, JournalError, OptOutHandling, SandboxClock, SandboxConfig, SmsSandbox,
};
use app::ports::{Clock, Dice};
use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use domain::time::ahead;
use jiff::SignedDuration;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use transport::{BadTransport, ReqwestTransport, TransportSettings};
use url::Url;

use crate::config::endpoint;
use crate::system::callbacks::HttpCallbacks;

pub use self::control::router;
pub use self::proxy::{Proxied, Proxy};

/// How long the runner waits while nothing is due.
const IDLE: SignedDuration = SignedDuration::from_hours(1);

/// Callbacks under way at once.
const CALLBACKS_AT_ONCE: usize = 32;

/// How a sandbox of its own is run.
#[derive(Debug, Clone)]
pub struct SandboxServer {
    /// Where it listens; a loopback address, as everybody there may do everything.
    pub listen: SocketAddr,
    /// Where texts that phones send are posted.
    pub inbound_url: Option<Url>,
    /// What stands in front of the system, if its public address leads nowhere by itself.
    pub proxy: Option<Proxy>,
    /// The file that it keeps its texts in; none: they are gone when it ends.
    pub journal: Option<PathBuf>,
    /// A file that it writes its port to once it listens.
    pub port_file: Option<PathBuf>,
    /// How long a text takes from one status to the next.
    pub delays: Delays,
    /// How long each answer of the API is on its way back, after the work is done.
    pub answer_after: SignedDuration,
    /// The wait before a failed callback is tried again.
    pub callback_retry_wait: SignedDuration,
    /// Who answers STOP, START and HELP.
    pub opt_out: OptOutHandling,
}

/// Why the sandbox does not start, or ends.
#[derive(Debug, thiserror::Error)]
pub enum SandboxServerError {
    /// It would be open to others.
    #[error("the sandbox listens on loopback only, and {address} is not; use 127.0.0.1:PORT")]
    NotLoopback {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// It cannot listen there.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The HTTP client.
    #[error(transparent)]
    Transport(#[from] BadTransport),
    /// The port cannot be told.
    #[error("cannot write the port to {}: {source}", .path.display())]
    PortFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A sandbox that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Serving {
    /// The base address of its API, for `[twilio] base_url`.
    pub endpoint: String,
    /// The account, for `[twilio] account_sid`.
    pub account_sid: String,
    /// Its secret, for `[twilio] auth_token`. It guards nothing.
    pub auth_token: String,
    /// How many texts it remembers.
    pub texts: usize,
}

/// Serves a sandbox by the real time until `stop` ends; tells `ready` once it can be used.
///
/// # Errors
/// [`SandboxServerError`] if it cannot start.
pub async fn serve(
    server: SandboxServer,
    ready: impl FnOnce(&Serving),
    stop: impl Future<Output = ()>,
) -> Result<(), SandboxServerError> {
    let address = server.listen;
    if !address.ip().is_loopback() {
        return Err(SandboxServerError::NotLoopback { address });
    }
    let refused = |source| SandboxServerError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    let clock = ControlledClock::new(Arc::new(SystemClock));
    let sandbox = Arc::new(open(&server, &clock)?);
    let callbacks = HttpCallbacks(ReqwestTransport::new(&TransportSettings::default())?);
    let callbacks: Arc<dyn CallbackSender> = match server.proxy.clone() {
        Some(proxy) => Arc::new(Proxied { proxy, callbacks }),
        None => Arc::new(callbacks),
    };
    // What a script wants posted before the answer is posted then.
    sandbox.connect(&callbacks);
    if let Some(path) = server.port_file {
        fs::write(&path, format!("{}\n", bound.port()))
            .map_err(|source| SandboxServerError::PortFile { path, source })?;
    }
    ready(&Serving {
        endpoint: endpoint(bound),
        account_sid: sandbox.config().account_sid.clone(),
        auth_token: sandbox.config().auth_token.clone(),
        texts: sandbox.texts().len(),
    });
    let routes = router(sandbox.clone(), callbacks.clone(), Arc::new(clock.clone()));
    let routes = answering_after(server.answer_after, routes, &clock);
    tokio::select! {
        served = async { axum::serve(listener, routes).await } => served.map_err(refused)?,
        () = run(&sandbox, &*callbacks, &clock) => {}
        () = stop => {}
    }
    Ok(())
}

/// Holds back every answer: whoever is killed meanwhile does not know what became of its request.
fn answering_after(wait: SignedDuration, routes: Router, clock: &ControlledClock) -> Router {
    if wait.is_zero() {
        return routes;
    }
    let clock = clock.clone();
    routes.layer(from_fn(move |request: Request, next: Next| {
        let clock = clock.clone();
        async move {
            let answer = next.run(request).await;
            clock.wait_until(ahead(clock.now(), wait), &Notify::new()).await;
            answer
        }
    }))
}

fn open(server: &SandboxServer, clock: &ControlledClock) -> Result<SmsSandbox, JournalError> {
    let dice = SeededDice::from_system();
    let config = SandboxConfig {
        inbound_url: server.inbound_url.as_ref().map(Url::to_string),
        opt_out: server.opt_out,
        delays: server.delays,
        callback_retry_wait: server.callback_retry_wait,
        callbacks_at_once: CALLBACKS_AT_ONCE,
        seed: u64::from_le_bytes(std::array::from_fn(|_| dice.byte())),
        ..SandboxConfig::default()
    };
    let clock = clock.clone();
    let time: SandboxClock = Arc::new(move || clock.now());
    match &server.journal {
        Some(journal) => SmsSandbox::open(config, time, journal),
        None => Ok(SmsSandbox::new(config, time)),
    }
}

/// Does what is due when it is due, for ever.
async fn run(sandbox: &SmsSandbox, callbacks: &dyn CallbackSender, clock: &ControlledClock) {
    let never = Notify::new();
    loop {
        sandbox.run_due(clock.now(), callbacks).await;
        let due = sandbox.next_due().unwrap_or_else(|| ahead(clock.now(), IDLE));
        tokio::select! {
            _ = clock.wait_until(due, &never) => {}
            () = sandbox.work_added() => {}
        }
    }
}
