//! Looking at the system.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::alerts::{Observations, Planning};
use domain::limits;
use domain::time::back;
use futures::join;
use jiff::{SignedDuration, Timestamp};
use tracing::warn;

use super::heartbeat::{SCHEDULER, last_beat};
use crate::causes::in_full;
use crate::pace::Pacer;
use crate::ports::{
    AlertFigures, Backlogs, ChangeFeed, Control, Figures, Keeper, Metrics, Reminders, StoreError,
    Users,
};
use crate::rollout::seen as seen_course;
use crate::sync::silent_since;

/// Users who are looked at for whether anybody is eligible: enough to find some.
const USERS_LOOKED_AT: usize = 25;

/// What is looked at.
#[derive(Clone)]
pub struct SightPorts {
    /// Heartbeats, the promoter's cursor and the rollout.
    pub control: Arc<dyn Control>,
    /// Who might get reminders.
    pub users: Arc<dyn Users>,
    /// What is due.
    pub reminders: Arc<dyn Reminders>,
    /// How far the feed was folded.
    pub metrics: Arc<dyn Metrics>,
    /// What changed, where it can be read.
    pub feed: Option<Arc<dyn ChangeFeed>>,
    /// The queues, where they can be looked at.
    pub backlogs: Option<Arc<dyn Backlogs>>,
    /// What was counted.
    pub figures: Arc<dyn Figures>,
    /// How the provider takes texts.
    pub pacer: Arc<Pacer>,
}

/// What can be seen now. What cannot be read is left out and told of: for the rules it is not
/// enough data, which is never "all is well".
///
/// This is the one place that fills [`Observations`]. The figures of the model and of opt-outs are
/// whatever the port [`Figures`] tells.
pub async fn observe(ports: &SightPorts, now: Timestamp) -> Observations {
    // All at once: each of them waits for the store.
    let counted = async {
        let figures = seen("the figures", ports.figures.figures(now).await).unwrap_or_default();
        let planning = seen("who is eligible", planning(ports, &figures).await).flatten();
        (figures, planning)
    };
    let ((figures, planning), ticks, overdue, pace, lag, silence, guardrails) = join!(
        counted,
        tick_ages(ports, now),
        overdue(ports, now),
        ports.pacer.pace(),
        feed_lag(ports, now),
        silence(ports, now),
        guardrails(&*ports.control),
    );
    let AlertFigures { delivered, model_failed, opted_out, model_cost, .. } = figures;
    let mut observed = Observations {
        delivered,
        model_failed,
        opted_out,
        model_cost,
        model_budget: figures.model_budget,
        texts_budget: figures.texts_budget,
        planning,
        tick_age: seen("the schedules", ticks).unwrap_or_default(),
        overdue: seen("what is due", overdue),
        provider_failures: seen("the pace", pace).map(|pace| u64::from(pace.strikes)),
        feed_lag: seen("the feed", lag).flatten(),
        guardrails: seen("the guardrails", guardrails),
        channel_silence: seen("the pushes", silence).unwrap_or_default(),
        ..Observations::default()
    };
    if let Some(backlogs) = &ports.backlogs {
        for backlog in backlogs.backlogs().await {
            let queue = backlog.queue;
            observed.job_age.extend(backlog.oldest_for.map(|age| (queue.clone(), age)));
            observed.dead_letters.extend(backlog.dead_letters.map(|count| (queue, count)));
        }
    }
    observed
}

fn seen<T>(what: &str, read: Result<T, StoreError>) -> Option<T> {
    read.map_err(|error| warn!("Could not look at {what}: {}", in_full(&error))).ok()
}

/// How long ago each schedule ran. One that never did is not known: nothing was deployed to run.
async fn tick_ages(
    ports: &SightPorts,
    now: Timestamp,
) -> Result<BTreeMap<String, SignedDuration>, StoreError> {
    let mut ages = BTreeMap::new();
    if let Some(at) = last_beat(&*ports.control, SCHEDULER).await? {
        ages.insert(SCHEDULER.to_owned(), age(at, now));
    }
    if let Some(until) = ports.control.promoted_until().await? {
        // A run promotes up to the horizon.
        ages.insert("promoter".to_owned(), age(back(until, limits::HORIZON), now));
    }
    Ok(ages)
}

/// How long ago each provider told of a change in any calendar, if it has any to tell of.
async fn silence(
    ports: &SightPorts,
    now: Timestamp,
) -> Result<BTreeMap<String, SignedDuration>, StoreError> {
    let mut ages = BTreeMap::new();
    for provider in Keeper::ALL.map(Keeper::as_str) {
        if let Some(at) = silent_since(&*ports.control, provider, now).await? {
            ages.insert(provider.to_owned(), age(at, now));
        }
    }
    Ok(ages)
}

/// The guardrails that were broken, by stage, with the evidence of those that nobody answered.
async fn guardrails(control: &dyn Control) -> Result<BTreeMap<String, Option<String>>, StoreError> {
    let course = seen_course(control).await?;
    let told = course
        .broken
        .iter()
        .map(|broken| (broken.stage.name().to_owned(), (!broken.is_over).then(|| broken.words())));
    Ok(told.collect())
}

/// How late the latest row is that needs a look.
async fn overdue(ports: &SightPorts, now: Timestamp) -> Result<SignedDuration, StoreError> {
    let first = ports.reminders.due(Timestamp::MIN, now, None, 1).await?;
    Ok(first.first().map_or(SignedDuration::ZERO, |row| age(row.due_at, now)))
}

/// How old the oldest change is that was not folded. None where the feed cannot be read.
async fn feed_lag(
    ports: &SightPorts,
    now: Timestamp,
) -> Result<Option<SignedDuration>, StoreError> {
    let Some(feed) = &ports.feed else { return Ok(None) };
    let folded = ports.metrics.folded_until().await?;
    let next = feed.changes_after(folded, 1).await?;
    let changed_at =
        next.first().and_then(|entry| entry.row.trail.entries().last()).map(|entry| entry.at);
    Ok(Some(changed_at.map_or(SignedDuration::ZERO, |at| age(at, now))))
}

/// What was planned, and whether anybody is there to plan for. None while that is not counted.
async fn planning(
    ports: &SightPorts,
    figures: &AlertFigures,
) -> Result<Option<Planning>, StoreError> {
    let Some(planned) = figures.planned else { return Ok(None) };
    let rollout = ports.control.rollout().await?;
    let users = ports.users.users(None, USERS_LOOKED_AT).await?;
    let is_eligible = |user: &&domain::user::User| {
        user.preferences.reminders_on && user.is_phone_verified && rollout.includes(&user.id)
    };
    let eligible = u64::try_from(users.iter().filter(is_eligible).count()).unwrap_or(u64::MAX);
    Ok(Some(Planning { eligible, planned }))
}

fn age(at: Timestamp, now: Timestamp) -> SignedDuration {
    at.duration_until(now).max(SignedDuration::ZERO)
}
