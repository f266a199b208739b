//! The whole system on embedded adapters and a manual clock.

mod deploy;
mod later;
mod maker;
mod model;
mod told;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use adapters_embedded::clock::ManualClock;
use adapters_embedded::sms_sandbox::{
    Direction, InboundOutcome, InboundText, SandboxConfig, SandboxText, SmsSandbox,
};
use adapters_embedded::store::SqliteStore;
use app::ceiling::CeilingSettings;
use app::fold::FoldError;
use app::inbound::StopReply;
use app::ports::{Clock, StoreError};
use app::users::{
    AddUser, ChangeSettings, PutIcs, SettingsChange, add_user, change_settings, put_ics,
};
use axum::body::Body;
use beforehand::system::{Ports, Settings, Stores, System};
use domain::countries::Countries;
use domain::ids::{CalendarId, ReminderId};
use domain::reminder::Reminder;
use domain::retention::Retention;
use domain::text_hours::Preset;
use domain::time::Zones;
use http::{Method, Request};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use twilio_webhook::INBOUND_PATH;

use crate::calendar_server::CalendarServer;
use crate::events::{Event, calendar};
use crate::google_server::GoogleServer;
use crate::leaks::Known;
use crate::memory::MemoryStore;
use crate::microsoft_server::MicrosoftServer;
use crate::stand_ins::{InProcessWebhooks, answer};
use crate::users::{UserSpec, phone_of};

pub use self::later::Later;
pub use self::maker::Maker;
pub use self::model::ModelWish;
pub use self::told::{Text, instant, outcome, user_id};

/// The number that all texts come from.
pub const SENDER: &str = "+12025550199";

/// Where Twilio finds us, as far as signatures know.
pub const PUBLIC_URL: &str = "https://reminders.test";

/// What phone numbers are keyed with.
const SECRET: &str = "a secret of tests";

/// The whole system, and what its world consists of.
pub struct World {
    /// The time; nothing else moves it.
    pub clock: Arc<ManualClock>,
    /// The store.
    pub store: SqliteStore,
    /// Twilio's side.
    pub sandbox: Arc<SmsSandbox>,
    /// Our side.
    pub system: Arc<System>,
    /// The release before, which still works while another is being deployed.
    leaving: Option<Arc<System>>,
    /// What stands behind which port.
    pub ports: Ports,
    /// The store itself, whatever stands before it in `ports`.
    pub stores: Stores,
    /// What is configured.
    pub settings: Settings,
    /// Where calendars are published.
    pub calendars: Arc<CalendarServer>,
    pub(crate) memory: Option<MemoryStore>,
    /// Where calendars are that their owners allow us to read.
    pub google: Arc<GoogleServer>,
    /// Microsoft.
    pub microsoft: Arc<MicrosoftServer>,
    /// The language model, if it was wished for.
    pub model: ModelWish,
    /// What no log may hold.
    pub known: Arc<Known>,
    webhooks: Arc<InProcessWebhooks>,
    expects_dead_letters: AtomicBool,
    is_finished: AtomicBool,
}

impl World {
    /// An empty world at an instant.
    pub fn at(start: &str) -> Self {
        Self::maker(start).make()
    }

    /// A world to be made otherwise.
    pub fn maker(start: &str) -> Maker {
        let sandbox = SandboxConfig {
            inbound_url: Some(format!("{PUBLIC_URL}{INBOUND_PATH}")),
            ..SandboxConfig::default()
        };
        Maker {
            start: instant(start),
            sandbox,
            stop_reply: StopReply::Provider,
            rate: None,
            store: None,
            memory: None,
            is_in_memory: false,
            clock: None,
            old_sandbox: None,
            calendars: None,
            known: Arc::default(),
            zones: Zones::bundled(),
            model: ModelWish::default(),
            ceiling: CeilingSettings::default(),
            links_in_texts: false,
            countries: Countries::ALL,
            hours: Preset::None,
            retention: Retention::default(),
            wrap: Box::new(|ports| ports),
        }
    }

    /// The same world after the process was killed and started again: the store, the clock and
    /// Twilio stay, the queues are rebuilt.
    pub async fn restart(self) -> Self {
        let zones = self.settings.zones.clone();
        self.restart_with_zones(zones).await
    }

    /// As [`Self::restart`], with another zone database.
    pub async fn restart_with_zones(self, zones: Zones) -> Self {
        self.restart_as(zones, |ports| ports).await
    }

    /// As [`Self::restart`], with other ports, such as ones that fail when told to.
    pub async fn restart_with(self, wrap: impl FnOnce(Ports) -> Ports + 'static) -> Self {
        let zones = self.settings.zones.clone();
        self.restart_as(zones, wrap).await
    }

    async fn restart_as(self, zones: Zones, wrap: impl FnOnce(Ports) -> Ports + 'static) -> Self {
        self.is_finished.store(true, Ordering::Relaxed);
        let maker = Maker {
            start: self.now(),
            sandbox: SandboxConfig::default(),
            stop_reply: self.settings.stop_reply,
            rate: self.settings.lane.rate,
            store: Some(self.store.clone()),
            memory: self.memory.clone(),
            is_in_memory: false,
            clock: Some(self.clock.clone()),
            old_sandbox: Some(self.sandbox.clone()),
            calendars: Some(self.calendars.clone()),
            known: self.known.clone(),
            zones,
            model: self.model.clone(),
            ceiling: self.settings.ceiling.clone(),
            links_in_texts: self.settings.links_in_texts,
            countries: self.settings.countries.clone(),
            hours: self.settings.hours,
            retention: self.settings.retention,
            wrap: Box::new(wrap),
        };
        assert_eq!(self.leaks(), [""; 0], "logs hold nothing personal");
        let world = maker.make();
        world.system.rebuild().await.expect("the store answers");
        world
    }

    /// The instant it is.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Adds a user.
    pub async fn add(&self, spec: UserSpec) {
        self.known.add("phone number", spec.user.phone.as_e164());
        let ports = self.ports.users(&self.settings);
        let added = add_user(&ports, spec.user, self.now()).await.expect("the store answers");
        assert!(matches!(added, AddUser::Added(_)), "the id is free");
    }

    /// Gives a user a calendar of these events, replacing what `calendar` named before.
    pub async fn put(&self, user: &str, name: &str, events: &[Event]) {
        self.put_text(user, name, &calendar(events)).await;
    }

    /// Gives a user a calendar by its text.
    pub async fn put_text(&self, user: &str, name: &str, text: &str) {
        let put = self.try_put(user, name, text).await;
        assert!(matches!(put.expect("the store answers"), PutIcs::Stored(_)), "there is a user");
    }

    /// Gives a user a calendar by its text, where the store may fail.
    pub async fn try_put(&self, user: &str, name: &str, text: &str) -> Result<PutIcs, StoreError> {
        self.known.add_calendar(text);
        let ports = self.ports.users(&self.settings);
        let (user, name) = (user_id(user), CalendarId::parse(name).expect("a calendar id"));
        put_ics(&ports, &user, &name, text, self.now()).await
    }

    /// Changes a user's settings.
    pub async fn change(&self, user: &str, change: &SettingsChange) {
        self.try_change(user, change).await.expect("the store answers");
    }

    /// Changes a user's settings, where the store may fail.
    pub async fn try_change(
        &self,
        user: &str,
        change: &SettingsChange,
    ) -> Result<ChangeSettings, StoreError> {
        let ports = self.ports.users(&self.settings);
        change_settings(&ports, &user_id(user), change).await
    }

    /// A user's phone sends a text, and everything that follows at once is done.
    pub async fn reply(&self, user: &str, body: &str) -> InboundOutcome {
        let outcome = self.text_us(user, body).await;
        self.settle().await;
        outcome
    }

    /// A user's phone sends a text.
    pub async fn text_us(&self, user: &str, body: &str) -> InboundOutcome {
        self.known.add("body", body);
        let text = InboundText {
            from: phone_of(user).as_e164().to_owned(),
            to: SENDER.to_owned(),
            body: body.to_owned(),
        };
        self.sandbox.inbound(text, self.now(), &*self.webhooks).await
    }

    /// Does everything that is due now.
    pub async fn settle(&self) {
        // Most minutes hold a schedule and nothing else, so nothing is begun that is not due.
        let is_due = |due: Option<Timestamp>| due.is_some_and(|due| due <= self.now());
        if is_due(self.next_of_system()) {
            self.run_schedules().await;
        }
        loop {
            let has_jobs = is_due(self.next_of_system());
            let taken = if has_jobs { self.consume_all().await } else { 0 };
            let callbacks = is_due(self.sandbox.next_due());
            if callbacks {
                self.sandbox.run_due(self.now(), &*self.webhooks).await;
            }
            if taken == 0 && !callbacks {
                break;
            }
        }
    }

    /// Lets time pass until an instant, doing everything when it is due.
    pub async fn run_until(&self, until: &str) {
        self.run_to(instant(until)).await;
    }

    /// Lets time pass.
    pub async fn run_for(&self, time: SignedDuration) {
        self.run_to(self.now() + time).await;
    }

    /// Lets time pass until an instant, doing everything when it is due.
    pub async fn run_to(&self, until: Timestamp) {
        self.run_unless(until, || false).await;
    }

    /// Lets time pass until an instant, or until something stops it. Says whether it got there.
    pub async fn run_unless(&self, until: Timestamp, is_stopped: impl Fn() -> bool) -> bool {
        loop {
            self.settle().await;
            if is_stopped() {
                return false;
            }
            let due = [self.next_of_system(), self.sandbox.next_due()];
            match due.into_iter().flatten().min().filter(|due| *due <= until) {
                Some(due) => self.clock.set(due.max(self.now())),
                None => break,
            }
        }
        self.clock.set(until);
        self.settle().await;
        // Where a test lets the bus fail, the next fold goes on where this one stopped.
        if let Err(FoldError::Store(error)) = self.system.fold().await {
            panic!("the store answers: {error}");
        }
        !is_stopped()
    }

    /// Jumps, as if the process had stood still.
    pub fn sleep_until(&self, until: &str) {
        self.clock.set(instant(until));
    }

    /// Every text that reached a phone from us, oldest first: when, to whom, what.
    pub fn texts(&self) -> Vec<Text> {
        let ours = |text: &SandboxText| text.direction == Direction::OutboundApi;
        let mut texts: Vec<_> = self.sandbox.texts_where(ours).iter().map(Text::of).collect();
        texts.sort_by(|a, b| (a.at, &a.to, &a.body).cmp(&(b.at, &b.to, &b.body)));
        texts
    }

    /// The texts to one user's number.
    pub fn texts_to(&self, user: &str) -> Vec<Text> {
        let to = phone_of(user).as_e164().to_owned();
        self.texts().into_iter().filter(|text| text.to == to).collect()
    }

    /// All reminders of a user, by `send_at`.
    pub async fn reminders(&self, user: &str) -> Vec<Reminder> {
        let all = (Date::constant(1970, 1, 1), Date::constant(2200, 1, 1));
        let user = user_id(user);
        let rows = self.ports.stores.reminders.reminders_between(&user, all.0, all.1).await;
        rows.expect("the store answers")
    }

    /// The only reminder of a user.
    pub async fn reminder(&self, user: &str) -> Reminder {
        let mut rows = self.reminders(user).await;
        assert_eq!(rows.len(), 1, "{user} has one reminder: {rows:#?}");
        rows.remove(0)
    }

    /// What becomes of each reminder: `title state[.reason] send_at` in UTC, by `send_at`.
    pub async fn outcomes(&self, user: &str) -> Vec<String> {
        self.reminders(user).await.iter().map(outcome).collect()
    }

    /// Sends one request to the API or the webhooks.
    pub async fn request(&self, method: Method, path: &str, body: &str) -> (u16, String) {
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json");
        let request = request.body(Body::from(body.to_owned())).expect("a test makes requests");
        answer(self.webhooks.router(), request).await
    }

    /// Everything that is served.
    pub fn router(&self) -> axum::Router {
        self.webhooks.router()
    }

    /// Cancels a reminder through the API.
    pub async fn cancel(&self, id: ReminderId) -> (u16, String) {
        self.request(Method::POST, &format!("/v1/reminders/{id}/cancel"), "").await
    }

    /// Messages that were given up, by queue and body.
    pub async fn dead_letters(&self) -> Vec<(String, String)> {
        self.expects_dead_letters.store(true, Ordering::Relaxed);
        let letters = self.store.dead_letters(0, 1_000).await.expect("the store answers");
        letters.into_iter().map(|letter| (letter.queue, letter.body)).collect()
    }

    /// Checks what must hold whatever happened, and ends the world.
    pub async fn finish(&self) {
        self.is_finished.store(true, Ordering::Relaxed);
        self.system.fold().await.expect("the store answers");
        let (status, report) = self.request(Method::GET, "/v1/verify", "").await;
        assert_eq!(status, 200, "{report}");
        let report: serde_json::Value = serde_json::from_str(&report).expect("a report");
        assert_eq!(report["problems"], serde_json::json!([]), "{report:#}");
        if !self.expects_dead_letters.load(Ordering::Relaxed) {
            assert_eq!(self.dead_letters().await, [], "no message is given up");
        }
        assert_eq!(self.leaks(), [""; 0], "logs hold nothing personal");
    }
}

impl World {
    /// Ends a world at which nobody looks any further.
    pub fn abandon(&self) {
        self.is_finished.store(true, Ordering::Relaxed);
    }

    /// The calls that the provider owes us now.
    pub async fn take_callbacks(&self) {
        self.sandbox.run_due(self.now(), &*self.webhooks).await;
    }
}

impl Drop for World {
    /// A world that nobody finished checked nothing.
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let is_finished = self.is_finished.load(Ordering::Relaxed);
            assert!(is_finished, "end every test with `world.finish().await`");
        }
    }
}
