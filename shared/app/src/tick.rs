//! The scheduler's tick: which zones begin a new local day, and whom to plan for it.

use std::sync::Arc;

use domain::limits;
use domain::time::{Zones, ahead, local_date};
use jiff::Timestamp;
use tracing::{Span, error, info, info_span, instrument, warn};

use crate::alerts::{SCHEDULER, beat};
use crate::causes::in_full;
use crate::jobs::{LocalDayStarted, PlanJob};
use crate::ports::{Control, EventBus, PlanQueue, QueueError, StoreError, Users};

/// Users whose inputs changed without a plan following, looked at per tick. What is beyond waits
/// for the next tick.
const STALE_PLANS_MAX: usize = 1_000;

/// What the scheduler needs.
#[derive(Clone)]
pub struct TickPorts {
    /// Who lives where, and was planned until when.
    pub users: Arc<dyn Users>,
    /// Where days are announced.
    pub bus: Arc<dyn EventBus>,
    /// Where plans are asked for.
    pub plans: Arc<dyn PlanQueue>,
    /// Where it is noted that the tick came.
    pub control: Arc<dyn Control>,
    /// The zone database.
    pub zones: Zones,
}

/// A tick that could not be carried out; the next one catches up.
#[derive(Debug, thiserror::Error)]
pub enum TickError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The bus or the queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Announces the local day that each zone with users is in or will be in 20 minutes from now, if
/// some of its users are not planned for it yet, and asks again for plans that got lost.
///
/// The tick takes the time from its own clock: schedules fire early, late or not at all.
#[instrument(skip_all, fields(zones))]
pub async fn tick(ports: &TickPorts, now: Timestamp) -> Result<Vec<LocalDayStarted>, TickError> {
    let mut days = Vec::new();
    for zone in ports.users.zones_in_use().await? {
        let rules = match ports.zones.rules(&zone) {
            Ok(rules) => rules,
            Err(unknown) => {
                // Its users' reminders wait: better none than one at a wrong hour.
                error!(zone = %zone, "Cannot plan a zone: {unknown}");
                continue;
            }
        };
        let date = local_date(domain::time::ahead(now, limits::PLAN_AHEAD), &rules);
        if !ports.users.users_planned_before(&zone, date, None, 1).await?.users.is_empty() {
            days.push(LocalDayStarted { zone, date });
        }
    }
    Span::current().record("zones", days.len());
    for day in &days {
        // What follows in other processes is linked to this day by its name.
        drop(info_span!("day_begins", day.began = day.name()));
    }
    if !days.is_empty() {
        info!(zones = days.len(), "A local day begins in {} zones", days.len());
        ports.bus.local_days_started(&days).await?;
    }
    let stale = ports.users.users_with_stale_plans(STALE_PLANS_MAX).await?;
    enqueue_plans(ports, &stale).await?;
    if let Err(failed) = beat(&*ports.control, SCHEDULER, now).await {
        // No day depends on it.
        warn!("Could not note that the tick came: {}", in_full(&failed));
    }
    Ok(days)
}

/// Asks for a plan for each of the zone's users who has none for the date.
#[instrument(name = "ask_for_plans", skip_all, fields(day.began = day.name(), users))]
pub async fn local_day_started(
    ports: &TickPorts,
    day: &LocalDayStarted,
    now: Timestamp,
) -> Result<usize, TickError> {
    // A date further ahead than any zone can be is not a day that begins; nothing would cover it.
    let latest =
        local_date(ahead(now, jiff::SignedDuration::from_hours(48)), &jiff::tz::TimeZone::UTC);
    let date = day.date.min(latest);
    let mut after = None;
    let mut asked = 0;
    loop {
        let page = ports
            .users
            .users_planned_before(&day.zone, date, after.as_ref(), limits::PLAN_JOB_USERS_MAX)
            .await?;
        asked += page.users.len();
        enqueue_plans(ports, &page.users).await?;
        after = page.next;
        if after.is_none() {
            Span::current().record("users", asked);
            return Ok(asked);
        }
    }
}

async fn enqueue_plans(ports: &TickPorts, users: &[domain::ids::UserId]) -> Result<(), QueueError> {
    let jobs: Vec<_> = users
        .chunks(limits::PLAN_JOB_USERS_MAX)
        .map(|users| PlanJob { users: users.to_vec() })
        .collect();
    if jobs.is_empty() { Ok(()) } else { ports.plans.enqueue(&jobs).await }
}
