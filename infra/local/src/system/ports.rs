//! Which adapter stands behind which port, and what each function is given of them.

use std::sync::Arc;

use adapters_embedded::store::SqliteStore;
use api::ApiState;
use app::alerts::{AlertPorts, AlertSettings, CountedFigures, SightPorts};
use app::ceiling::{Ceiling, CeilingSettings};
use app::compose::{ComposePorts, ComposeSettings, Composing};
use app::figures::RebuildPorts;
use app::fold::{FeedPorts, FoldPorts};
use app::inbound::{InboundPorts, StopReply};
use app::links::Pages;
use app::pace::Pacer;
use app::plan::PlanPorts;
use app::ports::{
    AlertChannel, Backlogs, CalendarProvider, CalendarReader, Calendars, ChangeFeed, Channels,
    Claims, Clock, ComposeQueue, Connections, Consents, Control, Dice, DomainEvents, Erasure,
    EventBus, Events, Figures, Metrics, NoticeQueue, OptInQueue, PhoneCodes, PhoneKeys, Phones,
    PlanQueue, Reminders, SendQueue, SmsGateway, StoreClock, SyncQueue, TextModel, Users,
};
use app::promote::PromotePorts;
use app::purse::{Budget, DayBudgets, Purse};
use app::receipt::ReceiptPorts;
use app::rollout::RolloutPorts;
use app::seals::Seals;
use app::send::SendPorts;
use app::sign_up::{Confirming, OptIns};
use app::sync::{ConnectPorts, PeriodicPorts, PushPorts, SyncPorts};
use app::tick::TickPorts;
use app::users::{MirrorPorts, UserPorts};
use domain::countries::Countries;
use domain::pace::Lane;
use domain::retention::Retention;
use domain::text_hours::Preset;
use domain::time::Zones;
use monitor::MonitorPorts;
use twilio_webhook::{WebhookPorts, WebhookSettings};

/// The store, once for each port it stands behind.
#[derive(Clone)]
pub struct Stores {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Phones.
    pub phones: Arc<dyn Phones>,
    /// What removes people.
    pub erasure: Arc<dyn Erasure>,
    /// Calendars.
    pub calendars: Arc<dyn Calendars>,
    /// Where calendars live that are connected.
    pub connections: Arc<dyn Connections>,
    /// The mirror.
    pub events: Arc<dyn Events>,
    /// Reminders.
    pub reminders: Arc<dyn Reminders>,
    /// Claims.
    pub claims: Arc<dyn Claims>,
    /// What controls everybody.
    pub control: Arc<dyn Control>,
    /// Counters.
    pub metrics: Arc<dyn Metrics>,
    /// The change feed.
    pub feed: Arc<dyn ChangeFeed>,
    /// The store's clock.
    pub clock: Arc<dyn StoreClock>,
    /// The store, where what is old must be removed from it.
    pub swept: Option<SqliteStore>,
}

impl From<SqliteStore> for Stores {
    fn from(store: SqliteStore) -> Self {
        Self { swept: Some(store.clone()), ..Self::of(Arc::new(store)) }
    }
}

impl Stores {
    /// The ports of a store that stands behind all of them.
    pub fn of<S>(store: Arc<S>) -> Self
    where
        S: Users
            + Phones
            + Erasure
            + Calendars
            + Connections
            + Events
            + Reminders
            + Claims
            + Control
            + Metrics
            + ChangeFeed
            + StoreClock
            + 'static,
    {
        Self {
            users: store.clone(),
            phones: store.clone(),
            erasure: store.clone(),
            calendars: store.clone(),
            connections: store.clone(),
            events: store.clone(),
            reminders: store.clone(),
            claims: store.clone(),
            control: store.clone(),
            metrics: store.clone(),
            feed: store.clone(),
            clock: store,
            swept: None,
        }
    }
}

impl Stores {
    /// The figures of alerts, from the counters; beside what may be spent in a day.
    pub fn figures(&self, budgets: DayBudgets) -> Arc<dyn Figures> {
        Arc::new(CountedFigures {
            metrics: self.metrics.clone(),
            control: self.control.clone(),
            budgets,
        })
    }
}

/// Everything that stands behind ports.
#[derive(Clone)]
pub struct Ports {
    /// The store.
    pub stores: Stores,
    /// Where send jobs go.
    pub sends: Arc<dyn SendQueue>,
    /// Where jobs go that ask owners of numbers.
    pub opt_ins: Arc<dyn OptInQueue>,
    /// Where users are told of a rollback.
    pub notices: Arc<dyn NoticeQueue>,
    /// Where plan jobs go.
    pub plans: Arc<dyn PlanQueue>,
    /// Where compose jobs go.
    pub composes: Arc<dyn ComposeQueue>,
    /// Where sync jobs go.
    pub syncs: Arc<dyn SyncQueue>,
    /// Where local days are announced.
    pub bus: Arc<dyn EventBus>,
    /// Where domain events go.
    pub domain_events: Arc<dyn DomainEvents>,
    /// The SMS provider.
    pub gateway: Arc<dyn SmsGateway>,
    /// What sends codes to phones, where that is set up.
    pub codes: Option<Arc<dyn PhoneCodes>>,
    /// The language model, if there is one.
    pub model: Option<Arc<dyn TextModel>>,
    /// Reads calendars.
    pub reader: Arc<dyn CalendarReader>,
    /// Looks at calendars where they live.
    pub provider: Arc<dyn CalendarProvider>,
    /// Lets people allow us to read their calendars, where that is set up.
    pub consents: Consents,
    /// Opens channels to be told of changes, where there are any.
    pub channels: Option<Arc<dyn Channels>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Jitter.
    pub dice: Arc<dyn Dice>,
    /// The queues, to be looked at.
    pub backlogs: Arc<dyn Backlogs>,
    /// What was counted.
    pub figures: Arc<dyn Figures>,
    /// The ways to tell people of alerts.
    pub alert_channels: Vec<Arc<dyn AlertChannel>>,
}

/// What is configured.
#[derive(Clone)]
pub struct Settings {
    /// The zone database.
    pub zones: Zones,
    /// Names phones.
    pub phone_keys: PhoneKeys,
    /// Seals what opens calendars.
    pub seals: Seals,
    /// Makes what opens people's own pages.
    pub pages: Pages,
    /// Whether texts carry a link to their reminder.
    pub links_in_texts: bool,
    /// Who answers STOP, START and HELP.
    pub stop_reply: StopReply,
    /// What webhooks are checked against.
    pub webhook: WebhookSettings,
    /// What opens the API; none leaves it open, which only tests do.
    pub operator_token: Option<api::SecretToken>,
    /// How others than the operator prove who they are.
    pub guard: api::Guard,
    /// The country of phone numbers that are written without one.
    pub default_country: Option<String>,
    /// Where texts may go.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// How long what is stored is kept.
    pub retention: Retention,
    /// Who texts go out from, and how fast.
    pub lane: Lane,
    /// How alerts are told.
    pub alerts: AlertSettings,
    /// Who gets texts that the model writes, and what they may cost.
    pub composing: ComposeSettings,
    /// What texts cost, and what they may.
    pub ceiling: CeilingSettings,
}

impl Ports {
    /// What the scheduler is given.
    pub fn ticks(&self, settings: &Settings) -> TickPorts {
        TickPorts {
            users: self.stores.users.clone(),
            bus: self.bus.clone(),
            plans: self.plans.clone(),
            control: self.stores.control.clone(),
            zones: settings.zones.clone(),
        }
    }

    /// What the planner is given.
    pub fn plans(&self, settings: &Settings) -> PlanPorts {
        PlanPorts {
            users: self.stores.users.clone(),
            phones: self.stores.phones.clone(),
            events: self.stores.events.clone(),
            reminders: self.stores.reminders.clone(),
            control: self.stores.control.clone(),
            sends: self.sends.clone(),
            composing: self
                .model
                .is_some()
                .then(|| Composing { queue: self.composes.clone(), arm: settings.composing.arm }),
            mirror: self.mirror(),
            countries: settings.countries.clone(),
            hours: settings.hours,
            zones: settings.zones.clone(),
            phone_keys: settings.phone_keys.clone(),
        }
    }

    /// What the composer is given; none where there is no model.
    pub fn composes(&self, settings: &Settings) -> Option<ComposePorts> {
        let day_max = settings.composing.day_microdollars_max;
        Some(ComposePorts {
            users: self.stores.users.clone(),
            reminders: self.stores.reminders.clone(),
            control: self.stores.control.clone(),
            model: self.model.clone()?,
            purse: Arc::new(Purse::new(Budget::Models, self.stores.control.clone(), day_max)),
            clock: self.clock.clone(),
            zones: settings.zones.clone(),
            settings: settings.composing,
        })
    }

    /// What the sync of calendars is given.
    pub fn syncs(&self, settings: &Settings) -> SyncPorts {
        SyncPorts {
            users: self.users(settings),
            plans: self.plans(settings),
            connections: self.stores.connections.clone(),
            provider: self.provider.clone(),
            channels: self.channels.clone(),
            seals: settings.seals.clone(),
        }
    }

    /// What connecting calendars needs.
    pub fn connecting(&self, settings: &Settings) -> ConnectPorts {
        ConnectPorts {
            users: self.users(settings),
            connections: self.stores.connections.clone(),
            syncs: self.syncs.clone(),
            seals: settings.seals.clone(),
            channels: self.channels.clone(),
        }
    }

    /// What the monitor is given.
    pub fn monitor(&self, settings: &Settings) -> MonitorPorts {
        let syncs = PeriodicPorts {
            connections: self.stores.connections.clone(),
            syncs: self.syncs.clone(),
        };
        MonitorPorts {
            promotions: self.promotions(settings),
            rollout: self.rollout(),
            syncs,
            alerts: self.alerts(settings),
        }
    }

    /// What alerts need.
    pub fn alerts(&self, settings: &Settings) -> AlertPorts {
        AlertPorts {
            control: self.stores.control.clone(),
            sight: SightPorts {
                control: self.stores.control.clone(),
                users: self.stores.users.clone(),
                reminders: self.stores.reminders.clone(),
                metrics: self.stores.metrics.clone(),
                feed: Some(self.stores.feed.clone()),
                backlogs: Some(self.backlogs.clone()),
                figures: self.figures.clone(),
                pacer: self.pacer(settings),
            },
            channels: self.alert_channels.clone(),
            settings: settings.alerts.clone(),
            clock: self.clock.clone(),
        }
    }

    /// What changes to the rollout need.
    pub fn rollout(&self) -> RolloutPorts {
        RolloutPorts {
            control: self.stores.control.clone(),
            users: self.stores.users.clone(),
            reminders: self.stores.reminders.clone(),
            metrics: self.stores.metrics.clone(),
            plans: self.plans.clone(),
            notices: self.notices.clone(),
            clock: self.clock.clone(),
        }
    }

    /// What the promoter is given.
    pub fn promotions(&self, settings: &Settings) -> PromotePorts {
        PromotePorts {
            reminders: self.stores.reminders.clone(),
            control: self.stores.control.clone(),
            sends: self.sends.clone(),
            clock: self.clock.clone(),
            pacer: self.pacer(settings),
        }
    }

    /// What the sender is given.
    pub fn sends(&self, settings: &Settings) -> SendPorts {
        SendPorts {
            users: self.stores.users.clone(),
            receipts: self.receipts(settings),
            events: self.stores.events.clone(),
            claims: self.stores.claims.clone(),
            control: self.stores.control.clone(),
            pacer: self.pacer(settings),
            ceiling: self.ceiling(settings),
            gateway: self.gateway.clone(),
            plans: self.plans.clone(),
            countries: settings.countries.clone(),
            hours: settings.hours,
            clock: self.clock.clone(),
            store_clock: self.stores.clock.clone(),
            dice: self.dice.clone(),
            zones: settings.zones.clone(),
            notices: self.notices.clone(),
            opt_ins: OptIns { queue: self.opt_ins.clone(), seals: settings.seals.clone() },
            links: settings.links_in_texts.then(|| settings.pages.clone()),
        }
    }

    pub(super) fn folds(&self) -> FeedPorts {
        FeedPorts {
            feed: self.stores.feed.clone(),
            fold: FoldPorts {
                metrics: self.stores.metrics.clone(),
                domain_events: self.domain_events.clone(),
            },
        }
    }

    pub(super) fn counting(&self) -> RebuildPorts {
        RebuildPorts {
            users: self.stores.users.clone(),
            reminders: self.stores.reminders.clone(),
            metrics: self.stores.metrics.clone(),
        }
    }

    pub(super) fn webhook(&self, settings: &Settings) -> WebhookPorts {
        let inbound = InboundPorts {
            phones: self.stores.phones.clone(),
            users: self.stores.users.clone(),
            reminders: self.stores.reminders.clone(),
            plans: self.plans.clone(),
            phone_keys: settings.phone_keys.clone(),
            stop_reply: settings.stop_reply,
            domain_events: self.domain_events.clone(),
            metrics: self.stores.metrics.clone(),
            sign_ups: Confirming {
                users: self.users(settings),
                control: self.stores.control.clone(),
                pages: settings.pages.clone(),
            },
        };
        WebhookPorts { receipts: self.receipts(settings), inbound, clock: self.clock.clone() }
    }

    pub(super) fn pushes(&self, settings: &Settings) -> calendar_webhook::WebhookPorts {
        let pushes = PushPorts {
            connections: self.stores.connections.clone(),
            syncs: self.syncs.clone(),
            control: self.stores.control.clone(),
            seals: settings.seals.clone(),
        };
        calendar_webhook::WebhookPorts { pushes, clock: self.clock.clone() }
    }

    /// What changes to users need.
    pub fn users(&self, settings: &Settings) -> UserPorts {
        UserPorts {
            users: self.stores.users.clone(),
            mirror: self.mirror(),
            plans: self.plans.clone(),
            countries: settings.countries.clone(),
            hours: settings.hours,
            zones: settings.zones.clone(),
            phone_keys: settings.phone_keys.clone(),
        }
    }

    pub(super) fn api(&self, settings: &Settings) -> ApiState {
        ApiState {
            users: self.users(settings),
            connections: self.stores.connections.clone(),
            syncs: self.syncs.clone(),
            seals: settings.seals.clone(),
            consents: self.consents.clone(),
            channels: self.channels.clone(),
            phones: self.stores.phones.clone(),
            erasure: self.stores.erasure.clone(),
            reminders: self.stores.reminders.clone(),
            claims: self.stores.claims.clone(),
            control: self.stores.control.clone(),
            metrics: self.stores.metrics.clone(),
            feed: Some(self.stores.feed.clone()),
            clock: self.clock.clone(),
            default_country: settings.default_country.clone(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            operator_token: settings.operator_token.clone(),
            guard: settings.guard.clone(),
            domain_events: self.domain_events.clone(),
            retention: settings.retention,
            pages: settings.pages.clone(),
            opt_ins: self.opt_ins.clone(),
            ceiling: self.ceiling(settings),
            codes: self.codes.clone(),
            notices: self.notices.clone(),
        }
    }

    /// What texts cost, and what they may.
    pub fn ceiling(&self, settings: &Settings) -> Arc<Ceiling> {
        Arc::new(Ceiling::new(&settings.ceiling, self.stores.control.clone()))
    }

    fn pacer(&self, settings: &Settings) -> Arc<Pacer> {
        Arc::new(Pacer::new(settings.lane.clone(), self.stores.control.clone()))
    }

    fn mirror(&self) -> MirrorPorts {
        MirrorPorts {
            calendars: self.stores.calendars.clone(),
            events: self.stores.events.clone(),
            reader: self.reader.clone(),
        }
    }

    fn receipts(&self, settings: &Settings) -> ReceiptPorts {
        ReceiptPorts {
            reminders: self.stores.reminders.clone(),
            phones: self.stores.phones.clone(),
            sends: self.sends.clone(),
            phone_keys: settings.phone_keys.clone(),
            domain_events: self.domain_events.clone(),
            metrics: self.stores.metrics.clone(),
        }
    }
}
