//! What goes wrong, and what people do meanwhile.

use crate::events::{Event, calendar, event};
use crate::faults::Fault;
use crate::inspect::send_job;
use crate::users::phone_of;
use adapters_embedded::sms_sandbox::{Answer, CallbackPlan, Delays, Fate, Script, TextStatus};
use app::users::SettingsChange;
use domain::lead_time::LeadTime;
use domain::quiet_parse;
use domain::reminder::State;
use domain::time::Zones;
use domain::user::DailyLimit;
use http::Method;
use jiff::{SignedDuration, Timestamp};

use super::model::{Entry, Person};
use super::{IN_PEACE, LEADS, POLICIES, Simulation, WINDOWS, ZONES};

/// How far ahead events lie.
const AHEAD_MINUTES: i64 = 36 * 60;

impl Simulation {
    /// Things happen, while what failed before may still fail.
    pub(super) async fn wreak_havoc(&mut self) {
        for _ in 0..self.size.deeds() {
            self.happen().await;
        }
        self.revive().await;
        self.faults.stop();
        let turns = *self.chance.pick(&[0, 20, 128]);
        self.faults.interleave(self.chance.number(), turns);
        self.trouble_the_process();
    }

    /// One thing happens.
    async fn happen(&mut self) {
        let ids = self.ids();
        let id = self.chance.pick(&ids).clone();
        let (is_off, is_anybody_out) = {
            let model = self.watch.model.lock().unwrap();
            (!model.is_on, !model.stopped.is_empty())
        };
        // Otherwise there would soon be nobody left to be texted.
        if is_off && self.chance.one_in(3) {
            self.set_switch(true).await;
        }
        if self.chance.one_in(2 * self.size.share_for_all()) {
            self.go_on().await;
        }
        if is_anybody_out && self.chance.one_in(6) {
            self.everybody_starts().await;
        }
        match self.kind() {
            0..=5 => self.edit(&id).await,
            6 | 7 => self.change_settings(&id).await,
            8 => self.stop_or_start(&id).await,
            9 => self.cancel_one(&id).await,
            10..=13 => self.trouble_the_provider(),
            14 => {
                self.note("reads of the provider fail three times".to_owned());
                self.world().sandbox.script_reads(Answer::ServerError { processed: false }, 3);
            }
            15 => self.repeat_jobs(&id).await,
            16 => self.switch().await,
            17 => self.restart().await,
            18 => {
                self.note("all queues get lost".to_owned());
                self.world().lose_queues();
            }
            19 => self.stand_still(),
            20 => self.deploy(),
            21 => self.take_back().await,
            _ => {}
        }
    }

    /// What kind of thing happens next. What happens to everybody happens as often in a town as in
    /// a village, where fewer things happen.
    fn kind(&self) -> u64 {
        let kind = self.chance.below(24);
        let is_for_all = (16..=21).contains(&kind);
        let share = self.size.share_for_all();
        if is_for_all && share > 1 && !self.chance.one_in(share) { 0 } else { kind }
    }

    /// What goes wrong in the process until the next thing happens.
    fn trouble_the_process(&mut self) {
        match self.chance.below(12) {
            8..=11 => {
                // What changes between a look and its claim changes for several looks at once.
                self.faults.interleave(self.chance.number(), 128);
                self.surprise();
            }
            0 => {
                let (seed, in_256) = (self.chance.number(), *self.chance.pick(&[2, 10, 60]));
                self.faults.fail_randomly(seed, in_256);
                self.note(format!("ports fail {in_256} of 256 times"));
            }
            1 => {
                let call = usize::try_from(self.chance.below(150)).expect("small");
                let fault = *self.chance.pick(&[Fault::Before, Fault::After]);
                self.faults.kill_at_call(call, fault);
                self.note(format!("dies {fault:?} call {call}"));
            }
            2 => {
                let by = SignedDuration::from_millis(self.chance.between(-300_000, 300_000));
                self.faults.skew_store_clock(by);
                self.note(format!("the store's clock is {by:#} ahead"));
            }
            3 => {
                let call = *self.chance.pick(&["Claims::claim", "SmsGateway::send"]);
                let clock = self.world().clock.clone();
                let by = SignedDuration::from_millis(self.chance.between(0, 90_000));
                let freeze = async move { clock.advance(by) };
                self.faults.after(call, Box::new(|| Box::pin(freeze)));
                self.note(format!("freezes for {by:#} after {call}"));
            }
            _ => {}
        }
    }

    fn trouble_the_provider(&mut self) {
        let lost = [true, false].map(|processed| Answer::Lost { processed });
        let broken = [true, false].map(|processed| Answer::ServerError { processed });
        let full = Answer::Reject { status: 400, code: 21611 };
        let others = [Answer::RateLimited, Answer::NotReached, full, Answer::Proper];
        let answers = [&lost[..], &broken[..], &others[..]].concat();
        let codes = [30003, 30008].map(|code| Fate::Undeliver { code });
        let fates = [
            Fate::Deliver,
            Fate::Deliver,
            codes[0],
            codes[1],
            Fate::Fail { code: 30001 },
            Fate::StopAt(TextStatus::Sent),
        ];
        let plans = [
            CallbackPlan::AsItHappens,
            CallbackPlan::Never,
            CallbackPlan::Twice,
            CallbackPlan::Reversed,
            CallbackPlan::BeforeAnswer,
        ];
        let seconds = |most: i64| SignedDuration::from_secs(self.chance.between(0, most));
        let delays = Delays {
            queued: seconds(1),
            sending: seconds(20),
            sent: seconds(60),
            ended: seconds(300),
        };
        let callbacks = self.chance.pick(&plans).clone();
        // What is told before the answer must have happened by then.
        let is_at_once = callbacks == CallbackPlan::BeforeAnswer;
        let script = Script {
            answer: *self.chance.pick(&answers),
            fate: *self.chance.pick(&fates),
            callbacks,
            delays: Some(if is_at_once { Delays::NONE } else { delays }),
        };
        let times = usize::try_from(self.chance.between(1, 4)).expect("small");
        self.note(format!("the next {times} texts: {script:?}"));
        self.world().sandbox.script_next(&script, times);
    }

    /// The process stands still for a while.
    fn stand_still(&mut self) {
        let minutes = self.chance.between(1, 90);
        self.note(format!("stands still for {minutes} minutes"));
        self.world().clock.advance(SignedDuration::from_mins(minutes));
    }

    async fn repeat_jobs(&mut self, id: &str) {
        self.note(format!("{id}: all jobs again"));
        for row in self.rows(id).await {
            self.world().push_send(&send_job(&row));
        }
    }

    /// Ends all trouble and switches everything on. Returns when.
    pub(super) async fn make_peace(&mut self) -> Timestamp {
        self.revive().await;
        self.faults.stop();
        self.world().sandbox.clear_scripts();
        self.set_switch(true).await;
        self.roll_out().await;
        for id in self.ids().iter() {
            self.refill(id).await;
        }
        self.faults.interleave(self.seed, IN_PEACE);
        self.note("peace".to_owned());
        self.now()
    }

    /// Somebody's calendar gets events for the time to come.
    pub(super) async fn refill(&mut self, id: &str) {
        self.add_some(id, self.size.first_events()).await;
    }

    /// Everybody's calendar gets so many events.
    pub(super) async fn write_down(&mut self, count: usize) {
        if count > 0 {
            for id in self.ids().iter() {
                self.add_some(id, count).await;
            }
        }
    }

    async fn add_some(&mut self, id: &str, count: usize) {
        for _ in 0..count {
            let entry = self.new_entry();
            self.add(id, entry);
        }
        self.put(id).await;
    }

    fn add(&mut self, id: &str, mut entry: Entry) {
        // Some things happen at once.
        if self.chance.one_in(4) {
            let now = self.now();
            let others = self.with(id, |person| {
                let ahead = person.events.iter().filter(|event| event.start > now);
                ahead.map(|event| event.start).collect::<Vec<_>>()
            });
            entry.start = if others.is_empty() { entry.start } else { *self.chance.pick(&others) };
        }
        self.note(format!("{id}: new {} {}", entry.uid, entry.start));
        self.person(id, |person| person.events.push(entry));
    }

    pub(super) async fn edit(&mut self, id: &str) {
        for _ in 0..self.chance.between(1, 3) {
            let now = self.now();
            let ahead: Vec<_> = self.with(id, |person| {
                let events = person.events.iter().enumerate();
                events.filter(|(_, event)| event.start > now).map(|(n, _)| n).collect()
            });
            let (kind, entry) = (self.chance.below(5), self.new_entry());
            if ahead.is_empty() || kind == 0 {
                self.add(id, entry);
                continue;
            }
            let which = *self.chance.pick(&ahead);
            let before = self.with(id, |person| person.events[which].uid.clone());
            let then = ["", "gone", "retitled", "moved", "moved"];
            let then = then[usize::try_from(kind).expect("small")];
            self.note(format!("{id}: {before} {then}, {} {}", entry.title, entry.start));
            self.person(id, |person| match kind {
                1 => {
                    person.events.remove(which);
                }
                2 => person.events[which].title = entry.title,
                _ => person.events[which].start = entry.start,
            });
        }
        self.put(id).await;
    }

    /// An event at some minute of the next day and a half, now and then in a few minutes.
    fn new_entry(&mut self) -> Entry {
        self.titles += 1;
        let minutes = match self.chance.below(4) {
            0 => self.chance.between(-10, 30),
            _ => self.chance.between(0, AHEAD_MINUTES),
        };
        let minute = SignedDuration::from_mins(1);
        let start =
            domain::time::aligned(self.now(), minute) + minute * minutes.try_into().unwrap();
        let title = format!("Event {}", self.titles);
        Entry { uid: format!("{}@simulation", self.titles), title, start }
    }

    fn person(&self, id: &str, change: impl FnOnce(&mut Person)) {
        let mut model = self.watch.model.lock().unwrap();
        change(model.people.get_mut(id).expect("they are there"));
    }

    pub(super) fn with<T>(&self, id: &str, read: impl FnOnce(&Person) -> T) -> T {
        read(&self.watch.model.lock().unwrap().people[id])
    }

    /// Puts a calendar until the system says that it has it.
    async fn put(&mut self, id: &str) {
        let (events, has_copies) = self.with(id, |person| {
            (person.events.iter().map(as_event).collect::<Vec<_>>(), person.has_copies)
        });
        let copies = if has_copies { &events[..] } else { &[] };
        for (name, events) in [("work", &events[..]), ("home", copies)] {
            while self.world().try_put(id, name, &calendar(events)).await.is_err() {
                self.revive().await;
            }
        }
    }

    async fn change_settings(&mut self, id: &str) {
        let mut change = SettingsChange::default();
        let yes = self.chance.one_in(2);
        match self.chance.below(9) {
            0 => {
                let leads = *self.chance.pick(&LEADS);
                let read = leads.iter().map(|minutes| LeadTime::from_minutes(*minutes).unwrap());
                change.lead_times = Some(read.collect());
                self.person(id, |person| person.leads = leads.to_vec());
            }
            1 => {
                let limit = u32::try_from(self.chance.below(8)).expect("small");
                change.daily_limit = Some(DailyLimit::new(limit).unwrap());
                self.person(id, |person| person.limit = limit);
            }
            2 => {
                let windows = *self.chance.pick(&WINDOWS);
                let read = windows.iter().map(|window| quiet_parse::window(window).unwrap());
                change.quiet_windows = Some(read.clone().collect());
                self.person(id, |person| person.windows = read.collect());
            }
            3 => {
                let policy = *self.chance.pick(&POLICIES);
                (change.quiet_policy, change.allow_after_start) = (Some(policy), Some(yes));
                self.person(id, |person| (person.policy, person.after_start) = (policy, yes));
            }
            4 => {
                change.reminders_on = Some(yes);
                self.person(id, |person| person.is_on = yes);
            }
            5 => {
                change.is_phone_verified = Some(yes);
                self.person(id, |person| person.is_verified = yes);
            }
            6 => {
                let before = self.with(id, |person| person.number.clone());
                // Of ten thousand numbers it may be theirs.
                let (owner, phone) = loop {
                    self.titles += 1;
                    let owner = format!("{id} by their phone {}", self.titles);
                    let phone = phone_of(&owner);
                    if phone.as_e164() != before {
                        break (owner, phone);
                    }
                };
                let number = phone.as_e164().to_owned();
                change.phone = Some(phone);
                // Now and then somebody vouches for it at once.
                change.is_phone_verified = Some(true).filter(|_| yes);
                self.person(id, |person| {
                    (person.owner, person.number, person.is_verified) = (owner, number, yes);
                });
            }
            7 => {
                self.note(format!("{id}: copies of all events: {yes}"));
                self.person(id, |person| person.has_copies = yes);
                return self.put(id).await;
            }
            _ => {
                let zones = Zones::bundled();
                let zone = zones.parse(self.chance.pick::<&str>(&ZONES)).unwrap();
                self.person(id, |person| person.rules = zones.rules(&zone).unwrap());
                change.zone = Some(zone);
            }
        }
        let said = format!("{change:?}").replace(", counting: ", " ").replace(" }", "");
        let said = said.split(&[',', '{'][..]).filter(|part| !part.contains("None")).skip(1);
        self.note(format!("{id}:{}", said.collect::<Vec<_>>().join(",")));
        while self.world().try_change(id, &change).await.is_err() {
            self.revive().await;
        }
    }

    async fn stop_or_start(&mut self, id: &str) {
        let (owner, phone) = self.with(id, |person| (person.owner.clone(), person.number.clone()));
        let stops = !self.watch.model.lock().unwrap().stopped.contains(&phone);
        let word = if stops { "Stop" } else { "Start" };
        loop {
            let outcome = self.world().text_us(&owner, word).await;
            if outcome.answer.is_some_and(|answer| answer.is_ok_and(|said| said.status == 200)) {
                break;
            }
            self.revive().await;
        }
        self.note(format!("{id}: {word}"));
        let mut model = self.watch.model.lock().unwrap();
        if stops {
            model.stopped.insert(phone);
        } else {
            model.stopped.remove(&phone);
        }
    }

    async fn everybody_starts(&mut self) {
        for id in self.ids().iter() {
            let number = self.with(id, |person| person.number.clone());
            if self.watch.model.lock().unwrap().stopped.contains(&number) {
                self.stop_or_start(id).await;
            }
        }
    }

    async fn cancel_one(&mut self, id: &str) {
        let rows = self.rows(id).await;
        let Some(row) = rows.iter().find(|row| row.state == State::Scheduled) else { return };
        loop {
            let (status, _) = self.world().cancel(row.id).await;
            match status {
                200 => break,
                500.. => self.revive().await,
                _ => return,
            }
        }
        self.note(format!("{id}: cancelled {}", row.id));
        self.watch.model.lock().unwrap().cancelled.insert(row.id.to_string());
    }

    async fn switch(&mut self) {
        let is_on = self.watch.model.lock().unwrap().is_on;
        self.set_switch(!is_on).await;
    }

    async fn set_switch(&mut self, is_on: bool) {
        let body = format!("{{\"on\": {is_on}}}");
        while self.world().request(Method::PUT, "/v1/rollout", &body).await.0 != 200 {
            self.revive().await;
        }
        self.note(format!("everybody is switched: {is_on}"));
        self.watch.model.lock().unwrap().is_on = is_on;
    }
}

pub(super) fn as_event(entry: &Entry) -> Event {
    let start = entry.start.strftime("%Y-%m-%dT%H:%M").to_string();
    event(&entry.title, &start, "Etc/UTC").uid(&entry.uid)
}
