//! What happens just before a claim or a plan is written: whatever it was decided on changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use app::ports::PhoneKeys;
use beforehand::system::Stores;
use domain::reminder::{Reminder, State};
use domain::user::Consent;
use futures::future::BoxFuture;
use http::Method;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::Simulation;
use super::watch::Watch;
use crate::faults::{Fault, Faults};
use crate::users::phone_of;
use crate::world::{Later, user_id};

/// Of so many reminders that are due it is known whose they are.
const DUE_MAX: usize = 1_000;

/// What somebody does, or another process.
#[derive(Debug, Clone, Copy)]
enum Surprise {
    /// Switches reminders off.
    Off,
    /// Says STOP.
    Stop,
    /// Says STOP, and the process that notes it gets no further.
    StopNoted,
    /// Wants one more text that day, while several are due.
    OneMore,
    /// All jobs that wait are handled by another process.
    Others,
}

impl Simulation {
    /// Something happens in the middle of the next claim or plan.
    pub(super) fn surprise(&mut self) {
        let ids = self.ids();
        let id = self.chance.pick(&ids).clone();
        let kinds = [
            Surprise::Off,
            Surprise::Stop,
            Surprise::StopNoted,
            Surprise::OneMore,
            Surprise::OneMore,
            Surprise::Others,
            Surprise::Others,
        ];
        let what = *self.chance.pick(&kinds);
        let call = *self.chance.pick(&["Claims::claim", "Claims::claim", "Reminders::write_plan"]);
        self.note(format!("{id}: {what:?} in the middle of {call}"));
        let scene = Scene {
            later: self.world().later(),
            watch: self.watch.clone(),
            stores: self.world().stores.clone(),
            phone_keys: self.world().settings.phone_keys.clone(),
            faults: self.faults.clone(),
        };
        Arc::new(scene).lie_in_wait(call, what, id);
    }
}

/// Where it happens.
struct Scene {
    later: Later,
    watch: Watch,
    stores: Stores,
    phone_keys: PhoneKeys,
    faults: Arc<Faults>,
}

impl Scene {
    /// Happens before the next call, or before one after it if its time has not come.
    fn lie_in_wait(self: Arc<Self>, call: &'static str, what: Surprise, id: String) {
        let faults = self.faults.clone();
        let hook = move || -> BoxFuture<'static, ()> {
            Box::pin(async move {
                // What is claimed meanwhile could go out later, and the judge would not know why.
                self.faults.hold_still(true);
                let has_happened = self.happen(what, &id).await;
                self.faults.hold_still(false);
                if !has_happened {
                    self.lie_in_wait(call, what, id);
                }
            })
        };
        faults.before(call, Box::new(hook));
    }

    /// Whether its time had come.
    async fn happen(&self, what: Surprise, id: &str) -> bool {
        let (who, due) = match what {
            Surprise::StopNoted | Surprise::OneMore => self.most_due().await.unzip(),
            Surprise::Off | Surprise::Stop | Surprise::Others => (None, None),
        };
        let is_too_soon = matches!(what, Surprise::OneMore) && due.is_none_or(|due| due < 2);
        let id = who.as_deref().unwrap_or(id);
        if is_too_soon || self.is_anything_claimed(id).await {
            return false;
        }
        match what {
            Surprise::Off => {
                if self.patch(id, "{\"reminders\": false}").await {
                    self.watch.person(id, |person| person.is_on = false);
                }
            }
            Surprise::OneMore => self.one_more(id).await,
            Surprise::Stop => {
                let owner = self.owner_of(id);
                if self.later.text_us(&owner, "Stop").await {
                    self.is_stopped(&owner);
                }
            }
            Surprise::StopNoted => self.stop_is_noted(id).await,
            Surprise::Others => {
                self.later.beside.consume_all().await;
            }
        }
        true
    }

    async fn one_more(&self, id: &str) {
        let today = {
            let model = self.watch.model.lock().expect("nobody panics in here");
            model.people[id].rules.to_datetime(self.later.now()).date()
        };
        let claimed = self.stores.claims.claimed_on(&user_id(id), today).await;
        let claimed = claimed.expect("the store itself does not fail").len();
        let limit = u32::try_from(claimed + 1).expect("a few");
        if self.patch(id, &format!("{{\"limit\": {limit}}}")).await {
            self.watch.person(id, |person| person.limit = limit);
        }
    }

    /// STOP is written down, and what it withdraws is not withdrawn.
    async fn stop_is_noted(&self, id: &str) {
        const NEXT: &str = "Reminders::reminders_between";
        let owner = self.owner_of(id);
        self.faults.fail(NEXT, Fault::Before, 1);
        self.later.text_us(&owner, "Stop").await;
        self.faults.heal(NEXT);
        let key = self.phone_keys.key(&phone_of(&owner));
        let phone = self.stores.phones.phone(&key).await.expect("the store itself does not fail");
        if phone.is_some_and(|phone| phone.consent == Consent::OptedOut) {
            self.is_stopped(&owner);
        }
    }

    fn is_stopped(&self, owner: &str) {
        let mut model = self.watch.model.lock().expect("nobody panics in here");
        model.stopped.insert(phone_of(owner).as_e164().to_owned());
    }

    fn owner_of(&self, id: &str) -> String {
        let model = self.watch.model.lock().expect("nobody panics in here");
        model.people[id].owner.clone()
    }

    async fn patch(&self, id: &str, body: &str) -> bool {
        let path = format!("/v1/users/{id}/settings");
        self.later.request(Method::PATCH, &path, body).await == 200
    }

    /// Who has the most texts waiting that are due now, and how many.
    async fn most_due(&self) -> Option<(String, usize)> {
        let reminders = &self.stores.reminders;
        let until = self.later.now() + SignedDuration::from_nanos(1);
        let due = reminders.due(Timestamp::MIN, until, None, DUE_MAX).await;
        let mut waiting = BTreeMap::<_, usize>::new();
        for due in due.expect("the store itself does not fail") {
            let row = reminders.reminder(&due.user, due.reminder).await;
            let row = row.expect("the store itself does not fail");
            if row.is_some_and(|row| row.state == State::Scheduled) {
                *waiting.entry(due.user.as_str().to_owned()).or_default() += 1;
            }
        }
        // Of several the first by name.
        waiting.into_iter().rev().max_by_key(|(_, due)| *due)
    }

    /// What was claimed before something happens may still go out after it.
    async fn is_anything_claimed(&self, id: &str) -> bool {
        let sharers: Vec<_> = {
            let model = self.watch.model.lock().expect("nobody panics in here");
            let owner = &model.people[id].owner;
            let sharers = model.people.iter().filter(|(_, person)| person.owner == *owner);
            sharers.map(|(id, _)| id.clone()).collect()
        };
        for sharer in &sharers {
            if self.rows(sharer).await.iter().any(|row| row.state == State::Claimed) {
                return true;
            }
        }
        false
    }

    async fn rows(&self, id: &str) -> Vec<Reminder> {
        let reminders = &self.stores.reminders;
        let rows = reminders.reminders_between(&user_id(id), Date::MIN, Date::MAX).await;
        rows.expect("the store itself does not fail")
    }
}
