//! Starting everything in one process: store, queues, schedules, HTTP, and without a Twilio account
//! the sandbox with its phones.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use adapters_embedded::dice::SeededDice;
use adapters_embedded::domain_events::LoggedDomainEvents;
use adapters_embedded::sms_sandbox::{JournalError, SmsSandbox};
use adapters_embedded::store::{OpenError, SqliteStore};
use adapters_http::accounts::Accounts;
use adapters_http::alerts::ChannelSettings;
use adapters_http::chat::BadChatSettings;
use adapters_http::entropy::SystemEntropy;
use adapters_http::feed::{GuardedTransport, Reach};
use adapters_http::ics::IcsReader;
use adapters_http::oauth::BadAccountSettings;
use adapters_http::oidc::OidcIssuer;
use adapters_http::providers::Providers;
use adapters_http::twilio::BadSettings;
use adapters_http::{google, microsoft};
use api::{BadToken, Guard, SecretToken};
use app::alerts::AlertSettings;
use app::inbound::StopReply;
use app::links::{Links, Pages};
use app::ports::{
    AlertChannel, CalendarProvider, Clock, PhoneCodes, PhoneKeys, SmsGateway, StoreError,
    TextModel, TokenIssuer,
};
use app::promote::PromoteError;
use app::seals::Seals;
use app::users::{NewUser, add_user, put_ics};
use domain::ids::CalendarId;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use traces::Traces;
use tracing::info;
use transport::{BadTransport, ReqwestTransport, Roots, Transport, TransportSettings};
use twilio_webhook::WebhookSettings;

use super::callbacks::HttpCallbacks;
use super::demo::demo;
use super::live::Live;
use super::local_clock::LocalClock;
use super::models::Writer;
use super::provider::{Provider, SANDBOX_NUMBER};
use super::serve::serve;
use super::traces::Exporter;
use super::{Ports, Queues, Settings, Stores, System};
use crate::config::{self, BadFolder, BadZonesFolder, Config, DataFolder, DataLock, random};
use crate::pages::{self, Desk, Door, FormToken, PagesState};

/// How long a shutdown waits for what is under way.
const STOP_WITHIN: Duration = Duration::from_secs(12);

/// A user to be there when the system starts, perhaps with a calendar.
#[derive(Debug, Clone)]
pub struct FirstUser {
    /// Who.
    pub user: NewUser,
    /// Their calendar, as an iCalendar document.
    pub ics: Option<String>,
}

/// What the command line adds to the configuration.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Users to add who are not there yet.
    pub users: Vec<FirstUser>,
    /// Whether an empty sandbox gets two demo users.
    pub with_demo: bool,
    /// What collects spans, if they are exported.
    pub traces: Option<Traces>,
}

/// Why the system does not start.
#[derive(Debug, thiserror::Error)]
pub enum UpError {
    /// Somebody listens there already.
    #[error(
        "port in use: another program listens on {address}; stop it, or choose another address \
         with --listen 127.0.0.1:PORT"
    )]
    PortInUse {
        /// Where.
        address: SocketAddr,
    },
    /// Cannot listen there for another reason.
    #[error("cannot listen on {address}: {source}; choose another address with --listen")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The data folder.
    #[error(transparent)]
    Folder(#[from] BadFolder),
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The zone database.
    #[error(transparent)]
    Zones(#[from] BadZonesFolder),
    /// The token of the API.
    #[error("{0}; remove operator.token from the data folder to have a new one made")]
    Token(BadToken),
    /// The SMS provider.
    #[error(transparent)]
    Twilio(#[from] BadSettings),
    /// The language model.
    #[error("{0}; see [model] in the configuration")]
    Model(#[from] BadChatSettings),
    /// Google or Microsoft.
    #[error("{0}; see [google] and [microsoft] in the configuration")]
    Accounts(#[from] BadAccountSettings),
    /// The HTTP client.
    #[error(transparent)]
    Transport(#[from] BadTransport),
    /// The sandbox's own memory.
    #[error(transparent)]
    Sandbox(#[from] JournalError),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Filling the queues.
    #[error(transparent)]
    Rebuild(#[from] PromoteError),
}

/// A system that runs.
pub struct Up {
    /// Where it is reached on this machine.
    pub endpoint: String,
    /// Whether texts go to the phone page.
    pub is_sandbox: bool,
    /// The zone database's version.
    pub zones_version: String,
    /// How many users there are, as far as one page tells.
    pub users: usize,
    live: Live,
    servers: JoinSet<()>,
    exporter: Option<Exporter>,
    pages: PagesState,
    _lock: DataLock,
}

impl Up {
    /// Starts everything; returns when it can be used.
    ///
    /// # Errors
    /// [`UpError`]; nothing runs then, and nothing is lost.
    pub async fn start(config: &Config, options: Options) -> Result<Self, UpError> {
        let folder = config.data_folder();
        folder.create()?;
        let lock = folder.lock()?;
        let (listener, address) = bound(config.listen).await?;
        let is_sandbox = matches!(config.sms, config::Sms::Sandbox(_));
        let clock = LocalClock::open(is_sandbox.then(|| folder.path().join("clock")));
        let as_clock: Arc<dyn Clock> = Arc::new(clock.clock.clone());
        let store = SqliteStore::open(&folder.database(), as_clock.clone())?;
        let base_url = config.base_url(address);
        let provider = Provider::of(config, &folder, &base_url, as_clock.clone()).await?;
        let writer = Writer::of(config.model.as_ref()).await?;
        let settings = settings(config, &folder, &base_url, &provider)?;
        let queues = Queues::new(as_clock.clone(), &store);
        let sms = (provider.gateway, provider.codes);
        let ports =
            ports(config, &settings, (&queues, &store), sms, writer.model, as_clock, &base_url)?;
        let system = Arc::new(System::new(&ports, queues, settings.clone()));
        let exporter = exporter(config, options.traces.clone())?;
        let users = first_users(&ports, &settings, options, is_sandbox).await?;
        system.rebuild().await?;
        let desk = provider.sandbox.map(|sandbox| desk(sandbox, &clock)).transpose()?;
        let door = Door::new(FormToken::from_random(random()?), Vec::new());
        let pages = PagesState::new(&ports, &settings, desk.clone(), door);
        let mut servers = JoinSet::new();
        let routes = system.router().merge(pages::router(pages.clone()));
        for (listener, router) in [Some((listener, routes)), writer.sandbox].into_iter().flatten() {
            servers.spawn(serve(listener, router));
        }
        if let Some(exporter) = exporter.clone() {
            servers.spawn(exporter.run());
        }
        let mut live = Live::start(system, clock);
        if let (Some(desk), Some(api)) = (desk, provider.listener) {
            servers.spawn(serve(api, desk.sandbox.router()));
            live.start_sandbox(desk.sandbox, desk.callbacks);
        }
        folder.announce(address)?;
        info!("Listening on {address}");
        let endpoint = config::endpoint(address);
        let zones_version = settings.zones.version().to_owned();
        Ok(Self {
            endpoint,
            is_sandbox,
            zones_version,
            users,
            live,
            servers,
            exporter,
            pages,
            _lock: lock,
        })
    }

    /// Lets what is under way come to its end, for a while, and stops.
    pub async fn stop(mut self) {
        self.pages.close();
        self.servers.abort_all();
        // Whatever does not end in time is found by the next start, as after a kill.
        let _ = tokio::time::timeout(STOP_WITHIN, self.live.stop()).await;
        if let Some(exporter) = self.exporter {
            let _ = tokio::time::timeout(STOP_WITHIN, exporter.flush()).await;
        }
    }
}

pub(super) fn transport() -> Result<ReqwestTransport, BadTransport> {
    ReqwestTransport::new(&TransportSettings::default())
}

/// What exports spans, where a collector is configured.
fn exporter(config: &Config, traces: Option<Traces>) -> Result<Option<Exporter>, BadTransport> {
    let Some((traces, endpoint)) = traces.zip(config.otlp_endpoint.as_ref()) else {
        return Ok(None);
    };
    Ok(Some(Exporter::new(traces, endpoint, Arc::new(transport()?))))
}

/// What the system is made of.
fn ports(
    config: &Config,
    settings: &Settings,
    (queues, store): (&Queues, &SqliteStore),
    (gateway, codes): (Arc<dyn SmsGateway>, Option<Arc<dyn PhoneCodes>>),
    model: Option<Arc<dyn TextModel>>,
    clock: Arc<dyn Clock>,
    base_url: &str,
) -> Result<Ports, UpError> {
    let (stores, accounts) = (Stores::from(store.clone()), accounts(config, base_url)?);
    Ok(Ports {
        backlogs: queues.backlogs(clock.clone(), store),
        figures: stores.figures(config.budgets()),
        alert_channels: channels(config)?,
        stores,
        sends: queues.sends.clone(),
        opt_ins: queues.sends.clone(),
        notices: queues.sends.clone(),
        plans: queues.plans.clone(),
        composes: queues.composes.clone(),
        syncs: queues.syncs.clone(),
        bus: queues.bus.clone(),
        domain_events: Arc::new(LoggedDomainEvents),
        gateway,
        codes,
        model,
        reader: Arc::new(IcsReader::new(settings.zones.clone())),
        provider: calendar_provider(config, accounts.clone())?,
        consents: accounts.consents(),
        channels: accounts.channels(),
        clock,
        dice: Arc::new(SeededDice::from_system()),
    })
}

/// The phone page's desk.
fn desk(sandbox: Arc<SmsSandbox>, clock: &LocalClock) -> Result<Desk, BadTransport> {
    let callbacks = Arc::new(HttpCallbacks(transport()?));
    let our_number = SANDBOX_NUMBER.to_owned();
    Ok(Desk { sandbox, callbacks, clock: clock.clone(), our_number })
}

/// Google and Microsoft, where they are set up.
fn accounts(config: &Config, base_url: &str) -> Result<Accounts, UpError> {
    let google = config.google.as_ref();
    let google = google.map(|client| client.settings(&google::PLACES, base_url));
    let microsoft = config.microsoft.as_ref();
    let microsoft = microsoft.map(|client| client.settings(&microsoft::PLACES, base_url));
    let transport: Arc<dyn Transport> = Arc::new(transport()?);
    Ok(Accounts::new(google, microsoft, &transport)?)
}

fn calendar_provider(
    config: &Config,
    accounts: Accounts,
) -> Result<Arc<dyn CalendarProvider>, BadTransport> {
    let reach = Reach::of(config.private_calendars);
    let transport = GuardedTransport::new(reach, Roots::Machine)?;
    Ok(Arc::new(Providers::new(Arc::new(transport), reach).with_accounts(accounts)))
}

fn settings(
    config: &Config,
    folder: &DataFolder,
    base_url: &str,
    provider: &Provider,
) -> Result<Settings, UpError> {
    let token = SecretToken::parse(folder.operator_token()?.reveal()).map_err(UpError::Token)?;
    let phone_key = folder.phone_key()?;
    Ok(Settings {
        zones: config.zones()?,
        phone_keys: PhoneKeys::new(phone_key.reveal().as_bytes()),
        seals: Seals::new(phone_key.reveal().as_bytes(), &[]),
        pages: Pages {
            links: Links::new(phone_key.reveal().as_bytes()),
            base_url: base_url.to_owned(),
        },
        links_in_texts: config.links_in_texts,
        stop_reply: match config.stop_reply() {
            config::StopReply::Twilio => StopReply::Provider,
            config::StopReply::Ourselves => StopReply::Ourselves,
        },
        webhook: WebhookSettings {
            public_base_url: base_url.to_owned(),
            auth_tokens: provider.auth_tokens.clone(),
        },
        operator_token: Some(token),
        guard: guard(config)?,
        default_country: Some(config.default_country.clone()),
        countries: config.countries.clone(),
        hours: config.hours,
        retention: config.retention,
        lane: config.lane(),
        alerts: AlertSettings {
            dashboard: Some(format!("{base_url}/dashboard")),
            ..config.alert_settings()
        },
        composing: config.composing(),
        ceiling: config.ceiling.clone(),
    })
}

/// Whose tokens open the API besides the operator's.
fn guard(config: &Config) -> Result<Guard, BadTransport> {
    let transport: Arc<dyn Transport> = Arc::new(transport()?);
    let issuer = config.access.issuer.clone();
    let issuer = issuer.map(|issuer| OidcIssuer::new(issuer, transport));
    Ok(Guard {
        issuer: issuer.map(|issuer| Arc::new(issuer) as Arc<dyn TokenIssuer>),
        entropy: Some(Arc::new(SystemEntropy)),
        rates: config.access.rates,
        signs_up: config.access.signs_up,
    })
}

/// The channels of alerts. The machine's roots are trusted, as its owner may have a proxy.
fn channels(config: &Config) -> Result<Vec<Arc<dyn AlertChannel>>, UpError> {
    let table = &config.alerts;
    let reveal = |secret: &Option<config::Secret>| secret.as_ref().map(|s| s.reveal().to_owned());
    let settings = ChannelSettings {
        pagerduty_routing_key: reveal(&table.pagerduty_routing_key),
        pagerduty_base_url: table.pagerduty_base_url.clone(),
        slack_webhook_url: reveal(&table.slack_webhook_url),
        smtp_url: reveal(&table.smtp_url),
        email_from: table.email_from.clone(),
        email_to: table.email_to.clone(),
    };
    let roots = Roots::Machine;
    let transport = TransportSettings { roots, ..TransportSettings::of_alerts() };
    let transport: Arc<dyn Transport> = Arc::new(ReqwestTransport::new(&transport)?);
    Ok(settings.made(&transport))
}

/// Adds the users that are given, and two for a demonstration if there is nobody else. Returns how
/// many there are.
async fn first_users(
    ports: &Ports,
    settings: &Settings,
    options: Options,
    is_sandbox: bool,
) -> Result<usize, StoreError> {
    let (users, now) = (ports.users(settings), ports.clock.now());
    for first in options.users {
        let id = first.user.id.clone();
        add_user(&users, first.user, now).await?;
        if let (Some(ics), Ok(calendar)) = (first.ics, CalendarId::parse("file")) {
            put_ics(&users, &id, &calendar, &ics, now).await?;
        }
    }
    let known = ports.stores.users.users(None, 1_000).await?.len();
    if known > 0 || !options.with_demo || !is_sandbox {
        return Ok(known);
    }
    let country = settings.default_country.as_deref().unwrap_or("US");
    let people = demo(&settings.zones, country, now);
    let added = people.len();
    for person in people {
        let id = person.user.id.clone();
        add_user(&users, person.user, now).await?;
        put_ics(&users, &id, &person.calendar, &person.ics, now).await?;
    }
    Ok(added)
}

/// A listener, and where it listens.
async fn bound(asked: SocketAddr) -> Result<(TcpListener, SocketAddr), UpError> {
    let listener = listen(asked).await?;
    let address = listener.local_addr().map_err(|source| listen_error(asked, source))?;
    Ok((listener, address))
}

pub(super) async fn listen(address: SocketAddr) -> Result<TcpListener, UpError> {
    TcpListener::bind(address).await.map_err(|source| listen_error(address, source))
}

pub(super) fn listen_error(address: SocketAddr, source: io::Error) -> UpError {
    match source.kind() {
        io::ErrorKind::AddrInUse => UpError::PortInUse { address },
        _ => UpError::Listen { address, source },
    }
}
