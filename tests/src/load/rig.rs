//! The whole system in one process, wired as `beforehand up` wires it, with a clock that can be
//! held while a crowd is added.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::Arc;

use adapters_embedded::clock::ControlledClock;
use adapters_embedded::dice::SeededDice;
use adapters_embedded::domain_events::LoggedDomainEvents;
use adapters_embedded::sms_sandbox::{CallbackSender, SandboxConfig, SmsSandbox};
use adapters_embedded::store::SqliteStore;
use adapters_http::feed::{FeedProvider, Reach};
use adapters_http::ics::IcsReader;
use adapters_http::twilio::{Credentials, Sender, Twilio, TwilioSettings};
use api::Guard;
use app::alerts::AlertSettings;
use app::ceiling::CeilingSettings;
use app::compose::{ComposeSettings, ModelPrice};
use app::inbound::StopReply;
use app::links::{Links, Pages};
use app::ports::{Clock, Consents, PhoneKeys};
use app::purse::DayBudgets;
use app::seals::Seals;
use axum::Router;
use beforehand::system::callbacks::HttpCallbacks;
use beforehand::system::live::Live;
use beforehand::system::{LocalClock, Ports, Queues, Settings, Stores, System};
use domain::access::RequestRates;
use domain::countries::Countries;
use domain::pace::Lane;
use domain::retention::Retention;
use domain::time::Zones;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use transport::{ReqwestTransport, Transport, TransportSettings};
use twilio_webhook::{STATUS_PATH, WebhookSettings};

use crate::calendar_server::CalendarServer;
use crate::stand_ins::{InProcessTwilio, InProcessWebhooks};
use crate::world::{PUBLIC_URL, SENDER};

/// How texts and callbacks travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Over HTTP on loopback, as in `beforehand up`.
    Http,
    /// Called in this process, below the same adapter.
    InProcess,
}

/// The system with everything it needs, and a sandbox that keeps its texts in memory.
pub struct Rig {
    /// The time. It stands still until [`Rig::run`].
    pub clock: ControlledClock,
    /// Twilio's side.
    pub sandbox: Arc<SmsSandbox>,
    /// Our side.
    pub system: Arc<System>,
    /// What stands behind which port.
    pub ports: Ports,
    /// What is configured.
    pub settings: Settings,
    callbacks: Arc<dyn CallbackSender>,
    servers: JoinSet<()>,
    // Dropped last: the store's file lies in it.
    _folder: Option<TempDir>,
}

impl Rig {
    /// A system on a new file in `folder`, or in a temporary folder.
    pub async fn new(way: Way, with_receipts: bool, folder: Option<PathBuf>) -> Self {
        let local_clock = LocalClock::open(None);
        let clock = local_clock.clock;
        clock.set_factor(0);
        let temporary = folder.is_none().then(|| TempDir::new().expect("a temporary folder"));
        let path = folder.or_else(|| temporary.as_ref().map(|folder| folder.path().to_owned()));
        let path = path.unwrap_or_default().join("beforehand.db");
        let as_clock: Arc<dyn Clock> = Arc::new(clock.clone());
        let store = SqliteStore::open(&path, as_clock.clone()).expect("the folder is usable");
        let config = SandboxConfig {
            callbacks: with_receipts,
            callbacks_at_once: 64,
            texts_max: 10_000_000,
            ..SandboxConfig::default()
        };
        let time = clock.clone();
        let sandbox = Arc::new(SmsSandbox::new(config, Arc::new(move || time.now())));
        let mut servers = JoinSet::new();
        let wires = Wires::of(way, &sandbox, &mut servers).await;
        let ports = ports(store, as_clock, &wires, &sandbox);
        let settings = Settings {
            zones: Zones::bundled(),
            phone_keys: PhoneKeys::new(b"a secret of measurements"),
            seals: Seals::new(b"a secret of measurements", &[]),
            pages: Pages {
                links: Links::new(b"a secret of measurements"),
                base_url: wires.our_url.clone(),
            },
            links_in_texts: false,
            stop_reply: StopReply::Provider,
            webhook: WebhookSettings {
                public_base_url: wires.our_url.clone(),
                auth_tokens: vec![sandbox.config().auth_token.clone()],
            },
            operator_token: None,
            // One process asks for everybody.
            guard: Guard {
                rates: RequestRates { caller_per_minute: 0, address_per_minute: 0 },
                ..Guard::default()
            },
            default_country: Some("US".to_owned()),
            countries: Countries::ALL,
            hours: Default::default(),
            retention: Retention::default(),
            lane: Lane { sender: SENDER.to_owned(), rate: None },
            alerts: AlertSettings::default(),
            composing: ComposeSettings::new(ModelPrice { input: 0, output: 0 }),
            ceiling: CeilingSettings::default(),
        };
        let system = Arc::new(System::new(&ports.0, ports.1, settings.clone()));
        (wires.open)(system.router(), &mut servers);
        let callbacks = wires.callbacks;
        let ports = ports.0;
        Self { clock, sandbox, system, ports, settings, callbacks, servers, _folder: temporary }
    }

    /// Starts every loop, and lets the clock run.
    pub fn run(&self) -> Live {
        let local_clock = LocalClock::following(self.clock.clone());
        let mut live = Live::start(self.system.clone(), local_clock);
        live.start_sandbox(self.sandbox.clone(), self.callbacks.clone());
        self.clock.set_factor(1);
        live
    }

    /// Lets what is under way come to its end.
    pub async fn end(mut self, live: Live) {
        live.stop().await;
        self.servers.shutdown().await;
    }
}

/// Connects the routes, once there are any.
type Opener = Box<dyn FnOnce(Router, &mut JoinSet<()>)>;

/// What lies between the two sides.
struct Wires {
    transport: Arc<dyn Transport>,
    twilio_url: String,
    our_url: String,
    callbacks: Arc<dyn CallbackSender>,
    open: Opener,
}

impl Wires {
    async fn of(way: Way, sandbox: &Arc<SmsSandbox>, servers: &mut JoinSet<()>) -> Self {
        match way {
            Way::InProcess => {
                let webhooks = Arc::new(InProcessWebhooks::default());
                let connected = webhooks.clone();
                Self {
                    transport: Arc::new(InProcessTwilio(sandbox.clone())),
                    twilio_url: TwilioSettings::BASE_URL.to_owned(),
                    our_url: PUBLIC_URL.to_owned(),
                    callbacks: webhooks,
                    open: Box::new(move |router, _| connected.connect(router)),
                }
            }
            Way::Http => {
                let (theirs, twilio_url) = listen().await;
                let (ours, our_url) = listen().await;
                servers.spawn(serve(theirs, sandbox.router()));
                Self {
                    transport: Arc::new(transport()),
                    twilio_url,
                    our_url,
                    callbacks: Arc::new(HttpCallbacks(transport())),
                    open: Box::new(move |router, servers| {
                        servers.spawn(serve(ours, router));
                    }),
                }
            }
        }
    }
}

fn ports(
    store: SqliteStore,
    clock: Arc<dyn Clock>,
    wires: &Wires,
    sandbox: &SmsSandbox,
) -> (Ports, Queues) {
    let config = sandbox.config();
    let credentials =
        Credentials { user: config.account_sid.clone(), secret: config.auth_token.clone() };
    let mut twilio = TwilioSettings::new(
        config.account_sid.clone(),
        credentials,
        Sender::Number(SENDER.to_owned()),
        format!("{}{STATUS_PATH}", wires.our_url),
    );
    twilio.base_url.clone_from(&wires.twilio_url);
    let gateway = Twilio::new(twilio, wires.transport.clone(), clock.clone());
    let queues = Queues::new(clock.clone(), &store);
    let backlogs = queues.backlogs(clock.clone(), &store);
    let stores = Stores::from(store);
    let ports = Ports {
        backlogs,
        figures: stores.figures(DayBudgets::default()),
        alert_channels: Vec::new(),
        stores,
        sends: queues.sends.clone(),
        opt_ins: queues.sends.clone(),
        notices: queues.sends.clone(),
        plans: queues.plans.clone(),
        composes: queues.composes.clone(),
        syncs: queues.syncs.clone(),
        bus: queues.bus.clone(),
        domain_events: Arc::new(LoggedDomainEvents),
        gateway: Arc::new(gateway.expect("the settings are right")),
        codes: None,
        model: None,
        reader: Arc::new(IcsReader::new(Zones::bundled())),
        provider: Arc::new(FeedProvider::new(
            Arc::new(CalendarServer::default()),
            Reach::PublicOnly,
        )),
        consents: Consents::default(),
        channels: None,
        clock,
        dice: Arc::new(SeededDice::new(7)),
    };
    (ports, queues)
}

fn transport() -> ReqwestTransport {
    ReqwestTransport::new(&TransportSettings::default()).expect("plain HTTP needs nothing")
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = listener.local_addr().expect("it listens");
    (listener, format!("http://{address}"))
}

async fn serve(listener: TcpListener, router: Router) {
    axum::serve(listener, router).await.expect("servers go on");
}
