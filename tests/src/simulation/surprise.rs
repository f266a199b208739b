//! What happens just before a claim or a plan is written: whatever it was decided on changes.

use app::ports::Reminders;
use domain::reminder::State;
use futures::future::BoxFuture;
use http::Method;
use jiff::civil::Date;

use super::Simulation;
use super::watch::Watch;
use crate::users::phone_of;
use crate::world::{Later, user_id};

/// What somebody does, or another process.
#[derive(Debug, Clone, Copy)]
enum Surprise {
    /// Switches reminders off.
    Off,
    /// Says STOP.
    Stop,
    /// All jobs that wait are handled by another process.
    Others,
}

impl Simulation {
    /// Something happens in the middle of the next claim or plan.
    pub(super) fn surprise(&mut self) {
        let ids = self.ids();
        let id = self.chance.pick(&ids).clone();
        let what = *self.chance.pick(&[Surprise::Off, Surprise::Stop, Surprise::Others]);
        let call = *self.chance.pick(&["Claims::claim", "Claims::claim", "Reminders::write_plan"]);
        self.note(format!("{id}: {what:?} in the middle of {call}"));
        let later = self.world().later();
        let (watch, reminders) = (self.watch.clone(), self.world().stores.reminders.clone());
        let hook = move || -> BoxFuture<'static, ()> {
            Box::pin(async move { happen(what, &id, &later, &watch, &*reminders).await })
        };
        self.faults.before(call, Box::new(hook));
    }
}

async fn happen(what: Surprise, id: &str, later: &Later, watch: &Watch, reminders: &dyn Reminders) {
    let sharers: Vec<_> = {
        let model = watch.model.lock().expect("nobody panics while holding the model");
        let owner = &model.people[id].owner;
        model.people.iter().filter(|(_, p)| p.owner == *owner).map(|(id, _)| id.clone()).collect()
    };
    // What was claimed before it happened may still go out, and the judge would not know.
    for sharer in &sharers {
        let rows = reminders.reminders_between(&user_id(sharer), Date::MIN, Date::MAX).await;
        let rows = rows.expect("the store itself does not fail");
        if rows.iter().any(|row| row.state == State::Claimed) {
            return;
        }
    }
    match what {
        Surprise::Off => {
            let path = format!("/v1/users/{id}/settings");
            let body = "{\"reminders\": false}";
            if later.request(Method::PATCH, &path, body).await == 200 {
                let mut model = watch.model.lock().expect("nobody panics in here");
                model.people.get_mut(id).expect("they are there").is_on = false;
            }
        }
        Surprise::Stop => {
            let owner = {
                let model = watch.model.lock().expect("nobody panics in here");
                model.people[id].owner.clone()
            };
            if later.text_us(&owner, "Stop").await {
                let mut model = watch.model.lock().expect("nobody panics in here");
                model.stopped.insert(phone_of(&owner).as_e164().to_owned());
            }
        }
        Surprise::Others => {
            later.system.consume_all().await;
        }
    }
}
