//! The local web pages: phones that show texts as they arrive, the reminders of each day with
//! their reasons, and the clock that lets a day pass in a minute.
//!
//! They are served to a browser on the same machine and speak to nobody else. Phones and clock
//! exist only with the SMS sandbox; without it the page lists reminders and shows no number.

mod actions;
mod assets;
mod calendars;
mod clock;
mod days;
mod guard;
mod home;
mod layout;
mod live;
mod next;
mod people;
mod phones;
mod problem;
mod why;
mod words;

use std::sync::Arc;

use adapters_embedded::sms_sandbox::{CallbackSender, SmsSandbox};
use app::cancel::CancelPorts;
use app::ports::{ChangeFeed, Clock, Events, Metrics, PhoneKeys, Phones, Reminders, Users};
use app::sync::ConnectPorts;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};
use domain::text_hours::Preset;
use domain::time::Zones;
use tokio::sync::watch;

pub use self::guard::{Door, FormToken};

use self::live::Seats;
use crate::system::{LocalClock, Ports, Settings};

/// The largest form that is read: a long reply, each byte of it percent-encoded, and the rest.
const FORM_BYTES_MAX: usize = 32 * 1024;

/// What the pages read. What they write are cancelled reminders, and connections of calendars.
struct PagesPorts {
    users: Arc<dyn Users>,
    phones: Arc<dyn Phones>,
    events: Arc<dyn Events>,
    reminders: Arc<dyn Reminders>,
    cancels: CancelPorts,
    connecting: ConnectPorts,
    /// Tells that reminders changed.
    feed: Arc<dyn ChangeFeed>,
    /// Tells where the feed stands.
    metrics: Arc<dyn Metrics>,
    clock: Arc<dyn Clock>,
    hours: Preset,
    zones: Zones,
    phone_keys: PhoneKeys,
}

impl PagesPorts {
    fn of(ports: &Ports, settings: &Settings) -> Self {
        let stores = &ports.stores;
        Self {
            users: stores.users.clone(),
            phones: stores.phones.clone(),
            events: stores.events.clone(),
            reminders: stores.reminders.clone(),
            cancels: CancelPorts {
                reminders: stores.reminders.clone(),
                plans: ports.plans.clone(),
            },
            connecting: ports.connecting(settings),
            feed: stores.feed.clone(),
            metrics: stores.metrics.clone(),
            clock: ports.clock.clone(),
            hours: settings.hours,
            zones: settings.zones.clone(),
            phone_keys: settings.phone_keys.clone(),
        }
    }
}

/// What there is only with the SMS sandbox: phones, and a clock that may be moved.
#[derive(Clone)]
pub struct Desk {
    /// Holds the texts.
    pub sandbox: Arc<SmsSandbox>,
    /// Posts what phones send to the webhook.
    pub callbacks: Arc<dyn CallbackSender>,
    /// The clock that the whole system runs by.
    pub clock: LocalClock,
    /// The number that texts come from and replies go to.
    pub our_number: String,
}

/// Everything the pages stand on. Clones share it.
#[derive(Clone)]
pub struct PagesState {
    inner: Arc<Pages>,
}

/// What [`PagesState`] shares.
struct Pages {
    ports: PagesPorts,
    desk: Option<Desk>,
    door: Door,
    seats: Seats,
    closing: watch::Sender<bool>,
}

impl PagesState {
    /// Pages over these ports, with phones if there is a desk.
    pub fn new(ports: &Ports, settings: &Settings, desk: Option<Desk>, door: Door) -> Self {
        let ports = PagesPorts::of(ports, settings);
        let closing = watch::Sender::new(false);
        Self { inner: Arc::new(Pages { ports, desk, door, seats: Seats::default(), closing }) }
    }

    /// Ends every stream of news, for good. They never end by themselves, so a server that waits
    /// for its connections before it stops must call this first.
    pub fn close(&self) {
        self.inner.closing.send_replace(true);
    }
}

/// The routes of the pages. Serve them with [`axum::extract::ConnectInfo`], so that they know who
/// asks.
pub fn router(state: PagesState) -> Router {
    Router::new()
        .route("/", get(home::page))
        .route("/fragment/phones", get(home::phones_fragment))
        .route("/fragment/reminders", get(home::reminders_fragment))
        .route("/why/{reminder}", get(why::page))
        .route("/calendars", get(calendars::page))
        .route("/calendars/connect", post(calendars::connect_one))
        .route("/calendars/sync", post(calendars::sync_one))
        .route("/calendars/disconnect", post(calendars::disconnect_one))
        .route("/events", get(live::events))
        .route("/reply", post(actions::reply))
        .route("/clock", post(actions::set_clock))
        .route("/cancel", post(actions::cancel_reminder))
        .route("/assets/{version}/{name}", get(assets::serve))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(from_fn_with_state(state.clone(), guard::guard))
        .with_state(state)
}
