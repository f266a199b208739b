//! Simulation: a few people live through some days in which everything goes wrong that may, as a
//! seed has it. After each step the promise is checked against what reached the provider; in the
//! end every reminder is somewhere for good, and the counters equal a recount.
//!
//! The whole local system runs: its handlers, queues, schedules and webhooks, on a manual clock.
//! `tests/simulate --seed 7` repeats one seed and tells its story.

pub mod campaign;
mod chaos;
mod doubt;
mod model;
mod peace;
pub mod planted;
mod releases;
mod size;
mod surprise;
pub mod totals;
mod watch;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use crate::chance::Chance;
use crate::faults::{Faults, faulty};
use crate::users::{UserSpec, phone_of, user};
use crate::world::{World, instant, user_id};
use domain::quiet_hours::QuietPolicy;
use domain::quiet_parse;
use domain::reasons::SkipReason;
use domain::reminder::{Reminder, State};
use domain::time::Zones;
use http::Method;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use beforehand::system::Ports;

use self::doubt::Doubts;
use self::model::{Model, Person};
use self::peace::{is_beyond_limit, is_in_time, is_of_old, is_told_by_another};
pub use self::size::Size;
use self::totals::Totals;
use self::watch::Watch;

/// Europe's clocks go back on the first night.
const START: &str = "2026-10-24T12:00:00Z";

const ZONES: [&str; 6] = [
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Auckland",
    "Europe/London",
    "America/St_Johns",
    "Australia/Lord_Howe",
];

/// Lead times to choose from, in minutes.
const LEADS: [&[u32]; 6] = [&[15], &[5], &[60, 10], &[120, 30, 5], &[5, 45], &[240]];

/// Quiet hours to choose from.
const WINDOWS: [&[&str]; 5] = [
    &[],
    &["22:00-08:00"],
    &["23:30-06:15", "mon-fri 12:00-13:00"],
    &["20:00-09:30"],
    &["13:00-15:00"],
];

const POLICIES: [QuietPolicy; 3] = [QuietPolicy::Defer, QuietPolicy::Advance, QuietPolicy::Skip];

/// Texts a second to choose from; none: as many as come.
const RATES: [Option<u32>; 6] = [None, None, None, Some(1), Some(3), Some(20)];

/// Of 256 calls so many let other work go first on a day of peace.
const IN_PEACE: u8 = 40;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How a simulation is set up, whatever its seed.
#[derive(Clone)]
pub struct Setting {
    /// Days of life, the last of them in peace: two or more. A day and a half follow, in which what
    /// is still ahead comes to its end.
    pub days: i64,
    /// Who lives together. None: as each seed has it.
    pub size: Option<Size>,
    /// Whether the store is the one in memory, and not a database.
    pub is_in_memory: bool,
    /// Of a hundred posts so many go without an answer, and nothing else goes wrong. 0: everything
    /// goes wrong that may.
    pub unknown_percent: u64,
    /// A bug that is planted between the system and its ports, if any.
    pub planted: Option<planted::Bug>,
}

impl Setting {
    /// So many days of a village on the store in memory, without a bug.
    pub fn of_days(days: i64) -> Self {
        let size = Some(Size::Village);
        Self { days, size, is_in_memory: true, unknown_percent: 0, planted: None }
    }

    /// Ports that fail when they are told to, before a bug, before a judge of every text.
    fn wrap(&self, watch: &Watch, faults: &Arc<Faults>) -> impl FnOnce(Ports) -> Ports + use<> {
        let (watch, faults, planted) = (watch.clone(), faults.clone(), self.planted);
        move |ports| {
            let watched = watch.over(ports);
            let bent = match planted {
                Some(bug) => planted::plant(bug, watched),
                None => watched,
            };
            faulty(&faults, bent)
        }
    }
}

/// Lives through one seed. Returns what happened.
///
/// # Panics
/// Where the promise does not hold; the message tells the story of the seed.
pub async fn live(setting: &Setting, seed: u64) -> Totals {
    Simulation::begin(setting, seed).await.live().await
}

/// A world that lives by a seed.
struct Simulation {
    setting: Setting,
    seed: u64,
    size: Size,
    chance: Chance,
    watch: Watch,
    faults: Arc<Faults>,
    world: Option<World>,
    titles: u32,
    log: Vec<String>,
    /// Everybody's name.
    ids: Arc<[String]>,
}

impl Simulation {
    async fn begin(setting: &Setting, seed: u64) -> Self {
        let (chance, percent) = (Chance::new(seed), setting.unknown_percent);
        let size = setting.size.unwrap_or_else(|| Size::of_seed(seed));
        let mut people = BTreeMap::new();
        let mut specs = Vec::new();
        for n in 0..size.people() {
            let (spec, person) = somebody(&chance, n);
            people.insert(spec.user.id.as_str().to_owned(), person);
            specs.push(spec);
        }
        let ids = people.keys().cloned().collect();
        let watch = Watch {
            model: Arc::new(Mutex::new(Model::new(people))),
            sandbox: Arc::new(OnceLock::new()),
            doubts: (percent > 0).then(|| Arc::new(Doubts::new(seed, percent))),
        };
        let faults = Arc::<Faults>::default();
        let lag = SignedDuration::from_secs(chance.between(0, 25));
        let maker = World::maker(START)
            .answering_stop_ourselves()
            .sandbox(|config| config.list_lag = lag)
            .ports(setting.wrap(&watch, &faults));
        let maker = if setting.is_in_memory { maker.in_memory() } else { maker };
        let maker = match *chance.pick(&RATES) {
            Some(texts) => maker.texts_per_second(texts),
            None => maker,
        };
        let world = maker.make();
        assert!(watch.sandbox.set(world.sandbox.clone()).is_ok());
        for spec in specs {
            world.add(spec).await;
        }
        let (world, log) = (Some(world), Vec::new());
        let setting = setting.clone();
        let mut simulation =
            Self { setting, seed, size, chance, watch, faults, world, titles: 0, log, ids };
        for id in simulation.ids().iter() {
            simulation.refill(id).await;
        }
        simulation
    }

    fn world(&self) -> &World {
        self.world.as_ref().expect("there is a world")
    }

    fn now(&self) -> Timestamp {
        self.world().now()
    }

    fn people(&self) -> BTreeMap<String, Person> {
        self.watch.model.lock().unwrap().people.clone()
    }

    fn ids(&self) -> Arc<[String]> {
        self.ids.clone()
    }

    fn note(&mut self, what: String) {
        self.log.push(format!("{} {what}", self.now()));
    }

    /// Lets time pass; a process that dies is started again.
    async fn pass(&mut self, time: SignedDuration) {
        let until = self.now() + time;
        loop {
            let faults = self.faults.clone();
            if self.world().run_unless(until, || faults.is_dead()).await {
                return;
            }
            self.restart().await;
        }
    }

    async fn restart(&mut self) {
        self.note("starts again".to_owned());
        self.faults = Arc::default();
        let world = self.world.take().expect("there is a world");
        let wrap = self.setting.wrap(&self.watch, &self.faults);
        self.world = Some(world.restart_with(wrap).await);
    }

    /// Starts the process again if it is dead.
    async fn revive(&mut self) {
        if self.faults.is_dead() {
            self.restart().await;
        }
    }

    /// All reminders of somebody, whatever fails.
    async fn rows(&self, user: &str) -> Vec<Reminder> {
        let reminders = &self.world().stores.reminders;
        let rows = reminders.reminders_between(&user_id(user), Date::MIN, Date::MAX).await;
        rows.expect("the store itself does not fail")
    }

    /// What happened to one user, and to everybody.
    fn story(&self, user: &str) -> String {
        let concerns = |line: &&String| line.contains(user) || !line.contains("user");
        self.log.iter().filter(concerns).cloned().collect::<Vec<_>>().join("\n")
    }

    /// Checks the promise.
    fn check(&self) {
        let broken = {
            let mut model = self.watch.model.lock().unwrap();
            model.look_at(&self.world().sandbox);
            model.broken.clone()
        };
        assert!(broken.is_empty(), "seed {}: {broken:#?}\n{}", self.seed, self.story("user"));
    }

    /// Some days of chaos, one of peace, and the end. Returns what happened.
    async fn live(mut self) -> Totals {
        let days = self.setting.days.max(2);
        let end_of_chaos = instant(START) + DAY * i32::try_from(days - 1).expect("a few days");
        let is_chaos = self.setting.unknown_percent == 0;
        let mut next_day = instant(START) + DAY;
        while self.now() < end_of_chaos {
            if self.now() >= next_day {
                next_day += DAY;
                self.write_down(self.size.daily_events()).await;
            }
            if is_chaos {
                self.wreak_havoc().await
            } else {
                self.doubt().await
            }
            let minutes = self.chance.between(1, self.size.minutes_max());
            self.pass(SignedDuration::from_mins(minutes)).await;
            self.check();
        }
        if is_chaos {
            let calm_from = self.make_peace().await;
            self.pass_in_peace(DAY).await;
            self.check();
            self.check_peace(calm_from).await;
        } else {
            self.pass(DAY).await;
        }
        // The last event lies a day and a half ahead of the peace, and is judged a day later.
        self.pass(DAY + SignedDuration::from_hours(13)).await;
        self.check();
        self.check_ends().await;
        self.check_sums().await;
        self.world().dead_letters().await;
        self.world().finish().await;
        self.totals().await
    }

    async fn totals(&self) -> Totals {
        let mut totals = Totals { seeds: 1, ..Totals::default() };
        totals.user_days = self.size.people() as u64 * self.setting.days.max(2).cast_unsigned();
        totals.steps = self.log.len() as u64;
        for line in &self.log {
            totals.note(line);
        }
        let mut rows = Vec::new();
        for id in self.ids().iter() {
            rows.extend(self.rows(id).await);
        }
        let alike = doubt::alike(&rows);
        for row in &rows {
            totals.add(row);
            doubt::count(&mut totals, row, &alike);
        }
        let mut model = self.watch.model.lock().unwrap();
        model.look_at(&self.world().sandbox);
        (totals.texts, totals.posts) = (model.texts, model.posts);
        totals.unanswered = model.unanswered;
        totals
    }

    /// On a day without faults everything arrives, unless somebody does not want it.
    async fn check_peace(&self, calm_from: Timestamp) {
        let stopped = self.watch.model.lock().unwrap().stopped.clone();
        let wants = |person: &Person| person.is_on && !stopped.contains(&person.number);
        for (id, person) in self.people().into_iter().filter(|(_, person)| wants(person)) {
            let rows = self.rows(&id).await;
            for entry in &person.events {
                for lead in &person.leads {
                    let nominal = entry.start - SignedDuration::from_mins((*lead).into());
                    let is_calm = nominal > calm_from + SignedDuration::from_mins(30)
                        && entry.start < self.now() - SignedDuration::from_mins(30);
                    if is_calm {
                        let of_event = || rows.iter().filter(|row| row.uid.as_str() == entry.uid);
                        let row = of_event().find(|row| row.nominal_at == nominal);
                        // A row that was closed before its event moved may stay as it was, if
                        // what is new would not be texted either.
                        let is_closed = |row: &&Reminder| {
                            row.is_open_to_plans() && row.state != State::Scheduled
                        };
                        // Quiet hours may have sent it ahead, into the chaos.
                        let was_ahead = |row: &Reminder| row.send_at <= calm_from;
                        let ends_well = match row {
                            Some(row) if was_ahead(row) => true,
                            // What is closed and would be sent ahead stays closed for what it was.
                            Some(row)
                                if is_closed(&row)
                                    && person.policy == QuietPolicy::Advance
                                    && person.meet(nominal, calm_from) =>
                            {
                                true
                            }
                            Some(row) if is_told_by_another(row, &rows, &person) => true,
                            Some(row) if is_beyond_limit(row, &rows, &person) => true,
                            Some(row) => is_wished(row.state, row, &person) && is_in_time(row),
                            // What waits for the morning is planned when its day begins.
                            None if person.after_start && person.meet(nominal, self.now()) => true,
                            None => {
                                of_event().any(|row| is_closed(&row) || is_of_old(row, &person))
                            }
                        };
                        let about = || {
                            let states: Vec<_> = of_event()
                                .map(|row| (row.nominal_at, row.state, &row.trail))
                                .collect();
                            let what = format!("{id} {person:?}, {entry:?}, lead {lead}");
                            format!("{what}: {states:#?}\n{}", self.story(&id))
                        };
                        assert!(ends_well, "seed {}: {}", self.seed, about());
                    }
                }
            }
        }
    }

    /// What is stored adds up; if not, the rows in question say more than the recount does.
    async fn check_sums(&self) {
        let (_, said) = self.world().request(Method::GET, "/v1/verify", "").await;
        for id in self.ids().iter() {
            for row in self.rows(id).await {
                let is_fine = !said.contains(&row.id.to_string());
                assert!(is_fine, "seed {}: {row:#?}\n{said}\n{}", self.seed, self.story(id));
            }
        }
    }

    /// In the end every reminder is somewhere for good, and can say why.
    async fn check_ends(&self) {
        for id in self.ids().iter() {
            for row in self.rows(id).await {
                let is_over = row.state.is_terminal() && row.due_at().is_none();
                assert!(is_over, "seed {}: {row:#?}\n{}", self.seed, self.story(id));
                let path = format!("/v1/reminders/{}/why", row.id);
                let (status, why) = self.world().request(Method::GET, &path, "").await;
                assert_eq!(status, 200, "seed {}: {why}", self.seed);
            }
        }
    }
}

/// Whether a day without faults may end so.
fn is_wished(state: State, row: &Reminder, person: &Person) -> bool {
    match state {
        State::Delivered | State::Cancelled(_) => true,
        State::Skipped(SkipReason::QuietHours | SkipReason::QuietUntilAfterStart) => true,
        State::Skipped(SkipReason::PhoneUnverified) => !person.is_verified,
        // After the start, in the morning; perhaps in this very minute.
        State::Scheduled | State::Claimed | State::Accepted | State::Sent => {
            person.after_start && row.send_at > row.facts.start
        }
        _ => false,
    }
}

/// Somebody with wishes of their own.
fn somebody(chance: &Chance, n: usize) -> (UserSpec, Person) {
    let id = format!("user{n}");
    let zone = *chance.pick(&ZONES);
    let leads = *chance.pick(&LEADS);
    let windows = *chance.pick(&WINDOWS);
    let policy = *chance.pick(&POLICIES);
    let after_start = chance.one_in(3);
    let limit = u32::try_from(chance.between(2, 12)).expect("small");
    let mut spec = user(&id, zone).leads(leads).limit(limit).quiet(windows).quiet_policy(policy);
    if after_start {
        spec = spec.allow_after_start();
    }
    // Two of five share a phone.
    let owner = if n % 5 == 1 { format!("user{}", n - 1) } else { id };
    spec = spec.sharing_phone_of(&owner);
    let zones = Zones::bundled();
    let person = Person {
        rules: zones.rules(&zones.parse(zone).unwrap()).unwrap(),
        number: phone_of(&owner).as_e164().to_owned(),
        owner,
        has_copies: chance.one_in(3),
        leads: leads.to_vec(),
        limit,
        windows: windows.iter().map(|window| quiet_parse::window(window).unwrap()).collect(),
        policy,
        after_start,
        is_on: true,
        is_verified: true,
        events: Vec::new(),
    };
    (spec, person)
}
