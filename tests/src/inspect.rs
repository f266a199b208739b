//! A closer look at a world: what is stored beside the texts, and what waits in its queues.

use std::collections::BTreeMap;

use app::jobs::SendJob;
use app::ports::Phone;
use beforehand::system::Queues;
use domain::reminder::Reminder;
use domain::trail::Step;
use jiff::SignedDuration;
use jiff::civil::Date;

use crate::users::phone_of;
use crate::world::{World, user_id};

impl World {
    /// What is known of a user's number, as their id gives it.
    pub async fn phone(&self, user: &str) -> Phone {
        let key = self.settings.phone_keys.key(&phone_of(user));
        let phone = self.ports.stores.phones.phone(&key).await.expect("the store answers");
        phone.expect("the number is known")
    }

    /// The counters of a user's local date, by name.
    pub async fn counters(&self, user: &str, on: &str) -> BTreeMap<String, i64> {
        let (user, on) = (user_id(user), date(on));
        let counters = self.ports.stores.metrics.counters(&user, on).await;
        counters.expect("the store answers").into_iter().collect()
    }

    /// How many reminders have a place in the limit of a user's local date.
    pub async fn claimed_on(&self, user: &str, on: &str) -> usize {
        let claimed = self.ports.stores.claims.claimed_on(&user_id(user), date(on)).await;
        claimed.expect("the store answers").len()
    }

    /// The reminder of a user whose event has this title.
    pub async fn reminder_of(&self, user: &str, title: &str) -> Reminder {
        let rows = self.reminders(user).await;
        let mut rows = rows.into_iter().filter(|row| row.facts.title == title);
        let row = rows.next().unwrap_or_else(|| panic!("{user} has a reminder of {title}"));
        assert!(rows.next().is_none(), "{user} has one reminder of {title}");
        row
    }

    /// Puts a message into the sender's queue, as it stands.
    pub fn push_send(&self, body: &str) {
        let messages = vec![(body.to_owned(), SignedDuration::ZERO)];
        self.system.queues().sends.push(messages).expect("the queue has room");
    }

    /// Loses every plan that was asked for and is not made yet.
    pub fn lose_plans(&self) {
        self.system.queues().plans.clear();
    }

    /// Loses everything that waits in any queue.
    pub fn lose_queues(&self) {
        let Queues { sends, plans, composes, syncs, bus } = self.system.queues();
        [sends, plans, composes, syncs, bus].into_iter().for_each(|queue| queue.clear());
    }
}

/// The message that asks the sender to look at a reminder.
pub fn send_job(row: &Reminder) -> String {
    SendJob::of(row).to_json()
}

/// What happened to a reminder, in the words of its trail: `deferred quiet_hours`, `claimed 2`,
/// `receipt delivered`; without instants.
pub fn steps(row: &Reminder) -> Vec<String> {
    row.trail.entries().iter().map(|entry| words(&entry.step)).collect()
}

/// The same, with when.
pub fn timed_steps(row: &Reminder) -> String {
    let entries = row.trail.entries().iter();
    let steps = entries.map(|entry| format!("\n  {} {}", entry.at, words(&entry.step)));
    steps.collect()
}

fn words(step: &Step) -> String {
    let fields = serde_json::to_value(step).expect("a step is plain data");
    let said = ["step", "attempt", "reason", "status", "code"];
    let word = |name: &str| match &fields[name] {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    said.into_iter().filter_map(word).collect::<Vec<_>>().join(" ")
}

/// A date as tests write it.
fn date(text: &str) -> Date {
    text.parse().unwrap_or_else(|_| panic!("{text} is a date such as 2026-11-24"))
}
