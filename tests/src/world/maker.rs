//! How a world is made.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use adapters_embedded::clock::ManualClock;
use adapters_embedded::dice::SeededDice;
use adapters_embedded::domain_events::LoggedDomainEvents;
use adapters_embedded::sms_sandbox::{OptOutHandling, SandboxConfig, SmsSandbox};
use adapters_embedded::store::SqliteStore;
use adapters_http::accounts::Accounts;
use adapters_http::entropy::SystemEntropy;
use adapters_http::feed::Reach;
use adapters_http::google::Google;
use adapters_http::ics::IcsReader;
use adapters_http::microsoft::Microsoft;
use adapters_http::providers::Providers;
use api::Guard;
use app::alerts::AlertSettings;
use app::ceiling::CeilingSettings;
use app::inbound::StopReply;
use app::links::{Links, Pages};
use app::ports::{CalendarProvider, Clock, PhoneKeys};
use app::purse::DayBudgets;
use app::seals::Seals;
use beforehand::system::{Ports, Queues, Settings, System};
use domain::countries::Countries;
use domain::pace::{Lane, Rate};
use domain::retention::Retention;
use domain::text_hours::Preset;
use domain::time::Zones;
use jiff::Timestamp;
use twilio_webhook::WebhookSettings;

use super::{ModelWish, PUBLIC_URL, SECRET, SENDER, World};
use crate::calendar_server::CalendarServer;
use crate::google_server::GoogleServer;
use crate::leaks::{self, Known};
use crate::memory::MemoryStore;
use crate::microsoft_server::MicrosoftServer;
use crate::stand_ins::{InProcessWebhooks, codes, gateway};

/// How a world is made.
pub struct Maker {
    pub(super) start: Timestamp,
    pub(super) sandbox: SandboxConfig,
    pub(super) stop_reply: StopReply,
    pub(super) rate: Option<Rate>,
    pub(super) store: Option<SqliteStore>,
    pub(super) memory: Option<MemoryStore>,
    pub(super) is_in_memory: bool,
    pub(super) clock: Option<Arc<ManualClock>>,
    pub(super) old_sandbox: Option<Arc<SmsSandbox>>,
    pub(super) calendars: Option<Arc<CalendarServer>>,
    pub(super) known: Arc<Known>,
    pub(super) zones: Zones,
    pub(super) model: ModelWish,
    pub(super) ceiling: CeilingSettings,
    pub(super) links_in_texts: bool,
    pub(super) countries: Countries,
    pub(super) hours: Preset,
    pub(super) retention: Retention,
    pub(super) wrap: Box<dyn FnOnce(Ports) -> Ports>,
}

impl Maker {
    /// With other settings of the sandbox.
    pub fn sandbox(mut self, change: impl FnOnce(&mut SandboxConfig)) -> Self {
        change(&mut self.sandbox);
        self
    }

    /// With STOP, START and HELP answered by us; the sandbox then leaves them alone.
    pub fn answering_stop_ourselves(mut self) -> Self {
        self.stop_reply = StopReply::Ourselves;
        self.sandbox.opt_out = OptOutHandling::Off;
        self
    }

    /// With a link to its reminder in each text.
    pub fn with_links_in_texts(mut self) -> Self {
        self.links_in_texts = true;
        self
    }

    /// With a store that is faster than a database, and keeps nothing but what tests look at.
    pub fn in_memory(mut self) -> Self {
        self.is_in_memory = true;
        self
    }

    /// With texts that may cost no more than this in a day, in millionths of a US dollar.
    pub fn spending_at_most(mut self, microdollars: u64) -> Self {
        self.ceiling.day_microdollars_max = Some(microdollars);
        self
    }

    /// With so many texts a second, and no more.
    pub fn texts_per_second(mut self, texts: u32) -> Self {
        self.rate = Some(Rate::new(texts).expect("a test names a rate"));
        self
    }

    /// With hours that hold for whoever chose no others.
    pub fn usual_hours(mut self, hours: Preset) -> Self {
        self.hours = hours;
        self
    }

    /// With other ports, such as ones that fail when told to.
    pub fn ports(mut self, wrap: impl FnOnce(Ports) -> Ports + 'static) -> Self {
        self.wrap = Box::new(wrap);
        self
    }

    /// With a store and a provider that were there before.
    pub fn with(
        self,
        store: SqliteStore,
        clock: Arc<ManualClock>,
        sandbox: Arc<SmsSandbox>,
    ) -> Self {
        Self { store: Some(store), clock: Some(clock), old_sandbox: Some(sandbox), ..self }
    }

    /// What the provider is made with.
    pub fn sandbox_config(self) -> SandboxConfig {
        self.sandbox
    }

    /// A simulation plays more than anybody could log.
    fn listen(&self) {
        let is_simulated = self.is_in_memory || self.memory.is_some();
        if is_simulated { leaks::ignore() } else { leaks::listen() }
    }

    fn budgets(&self) -> DayBudgets {
        DayBudgets { models: self.model.day_max(), texts: self.ceiling.day_microdollars_max }
    }

    /// Makes the world. Schedules fire at the first run.
    pub fn make(self) -> World {
        self.listen();
        let budgets = self.budgets();
        let clock = self.clock.unwrap_or_else(|| Arc::new(ManualClock::new(self.start)));
        let as_clock: Arc<dyn Clock> = clock.clone();
        let store = self.store.unwrap_or_else(|| {
            SqliteStore::in_memory(as_clock.clone()).expect("an in-memory store opens")
        });
        // The database then only keeps dead letters.
        let fresh = || self.is_in_memory.then(|| MemoryStore::new(as_clock.clone()));
        let memory = self.memory.or_else(fresh);
        let stores = memory.as_ref().map_or_else(|| store.clone().into(), MemoryStore::stores);
        let (sandbox, webhooks) = twilios_side(self.old_sandbox, self.sandbox, &clock);
        let (calendars, zones) = (self.calendars.unwrap_or_default(), self.zones);
        let queues = Queues::new(as_clock.clone(), &store);
        let (google, microsoft, accounts) = accounts(&clock);
        let ports = (self.wrap)(Ports {
            backlogs: queues.backlogs(as_clock.clone(), &store),
            figures: stores.figures(budgets),
            alert_channels: Vec::new(),
            stores: stores.clone(),
            sends: queues.sends.clone(),
            opt_ins: queues.sends.clone(),
            notices: queues.sends.clone(),
            plans: queues.plans.clone(),
            composes: queues.composes.clone(),
            syncs: queues.syncs.clone(),
            bus: queues.bus.clone(),
            domain_events: Arc::new(LoggedDomainEvents),
            gateway: gateway(&sandbox, as_clock.clone()),
            codes: Some(codes(&sandbox)),
            model: self.model.model(),
            reader: Arc::new(IcsReader::new(zones.clone())),
            provider: provider(&calendars, &accounts),
            consents: accounts.consents(),
            channels: accounts.channels(),
            clock: as_clock,
            dice: Arc::new(SeededDice::new(7)),
        });
        let settings = Settings {
            stop_reply: self.stop_reply,
            composing: self.model.settings,
            ceiling: self.ceiling,
            links_in_texts: self.links_in_texts,
            countries: self.countries,
            hours: self.hours,
            retention: self.retention,
            ..settings(zones, Lane { sender: SENDER.to_owned(), rate: self.rate }, &sandbox)
        };
        let system = Arc::new(System::new(&ports, queues, settings.clone()));
        webhooks.connect(system.router());
        self.known.add("secret", &sandbox.config().auth_token);
        self.known.add("secret", SECRET);
        World {
            clock,
            store,
            sandbox,
            system,
            leaving: None,
            ports,
            stores,
            memory,
            model: self.model,
            settings,
            calendars,
            google,
            microsoft,
            known: self.known,
            webhooks,
            expects_dead_letters: AtomicBool::new(false),
            is_finished: AtomicBool::new(false),
        }
    }
}

/// Calendars at addresses, and those of accounts.
fn provider(calendars: &Arc<CalendarServer>, accounts: &Accounts) -> Arc<dyn CalendarProvider> {
    let providers = Providers::new(calendars.clone(), Reach::PublicOnly);
    Arc::new(providers.with_accounts(accounts.clone()))
}

/// Twilio's side, and what it calls of ours.
fn twilios_side(
    old: Option<Arc<SmsSandbox>>,
    config: SandboxConfig,
    clock: &Arc<ManualClock>,
) -> (Arc<SmsSandbox>, Arc<InProcessWebhooks>) {
    let sandbox = old.unwrap_or_else(|| {
        let time = clock.clone();
        Arc::new(SmsSandbox::new(config, Arc::new(move || time.now())))
    });
    let webhooks = Arc::new(InProcessWebhooks::default());
    sandbox.connect(&(webhooks.clone() as Arc<_>));
    (sandbox, webhooks)
}

/// Google's and Microsoft's side, and our adapters over them.
fn accounts(clock: &Arc<ManualClock>) -> (Arc<GoogleServer>, Arc<MicrosoftServer>, Accounts) {
    let google = Arc::new(GoogleServer::new(clock.clone()));
    let microsoft = Arc::new(MicrosoftServer::new(clock.clone()));
    let at_google = Google::new(GoogleServer::settings(), google.clone());
    let at_microsoft = Microsoft::new(MicrosoftServer::settings(), microsoft.clone());
    let accounts = Accounts {
        google: Some(Arc::new(at_google.expect("the settings are right"))),
        microsoft: Some(Arc::new(at_microsoft.expect("the settings are right"))),
    };
    (google, microsoft, accounts)
}

/// What is configured unless a test says otherwise.
fn settings(zones: Zones, lane: Lane, sandbox: &SmsSandbox) -> Settings {
    Settings {
        zones,
        phone_keys: PhoneKeys::new(SECRET.as_bytes()),
        seals: Seals::new(SECRET.as_bytes(), &[]),
        pages: Pages { links: Links::new(SECRET.as_bytes()), base_url: PUBLIC_URL.to_owned() },
        links_in_texts: false,
        stop_reply: StopReply::Provider,
        webhook: WebhookSettings {
            public_base_url: PUBLIC_URL.to_owned(),
            auth_tokens: vec![sandbox.config().auth_token.clone()],
        },
        operator_token: None,
        guard: Guard { entropy: Some(Arc::new(SystemEntropy)), signs_up: true, ..Guard::default() },
        default_country: Some("US".to_owned()),
        countries: Countries::ALL,
        hours: Preset::None,
        retention: Retention::default(),
        lane,
        alerts: AlertSettings { is_production: true, ..AlertSettings::default() },
        composing: ModelWish::default().settings,
        ceiling: CeilingSettings::default(),
    }
}
