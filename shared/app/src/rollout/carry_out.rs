//! Carrying out a decision, from wherever it was cut short.

use std::collections::BTreeSet;

use domain::ids::UserId;
use domain::limits;
use domain::reasons::CancelReason;
use domain::reminder::{Reminder, State};
use domain::rollout::Rollout;
use domain::states::Change;
use domain::time::ahead;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use super::progress::{Decision, keep, progress, write};
use super::{ChangeError, RolloutPorts};
use crate::jobs::{NoticeJob, PlanJob};
use crate::ports::{DueRow, PlanQueue, StoreError, Users};
use crate::update::change_reminder;

/// Rows read at a time.
const ROWS: usize = 1_000;

/// Rows written side by side: enough for a store to commit many together, few enough that claims
/// in between wait for milliseconds.
const AT_ONCE: usize = 64;

/// Users read at a time.
const USERS: usize = 500;

/// Goes on with the decision that is pending, if one is, for as long as `budget`. Says whether
/// nothing is pending any more.
///
/// # Errors
/// [`ChangeError`]; the next call goes on.
pub async fn finish(ports: &RolloutPorts, budget: SignedDuration) -> Result<bool, ChangeError> {
    let mut course = progress(&*ports.control).await?;
    let Some(decision) = course.pending.clone() else { return Ok(true) };
    let until = ahead(ports.clock.now(), budget);
    let rollout = flip(ports, &decision).await?;
    keep(&*ports.control, &decision).await?;
    // A later decision is pending then, or has been carried out: the row as it is decides.
    let telling = course.settings.tells_users.then_some(&decision);
    if !align(ports, &decision, &rollout, telling, until).await? {
        return Ok(false);
    }
    course.pending = None;
    // Whoever wrote meanwhile keeps the decision pending, and the next run finds nothing to do.
    Ok(write(&*ports.control, &mut course).await?)
}

/// Sees that the rollout's row is as decided, or later. From here on it holds at every claim.
async fn flip(ports: &RolloutPorts, decision: &Decision) -> Result<Rollout, ChangeError> {
    let before = ports.control.rollout().await?;
    if before.version >= decision.version {
        return Ok(before);
    }
    let next = before.at(decision.to.0, decision.to.1);
    if next.version == decision.version && ports.control.put_rollout(&next).await? {
        let (stage, is_on) = (next.stage.name(), next.is_on);
        info!(
            rollout.stage = stage,
            rollout.is_on = is_on,
            "The rollout is at stage {stage}, and {}",
            if is_on { "on" } else { "off" }
        );
        return Ok(next);
    }
    let now = ports.control.rollout().await?;
    if now.version >= decision.version { Ok(now) } else { Err(ChangeError::Restless) }
}

/// Brings the reminders that wait into line: those of users outside are withdrawn, and plans are
/// asked for those who came in. Says whether all of it is done.
async fn align(
    ports: &RolloutPorts,
    decision: &Decision,
    rollout: &Rollout,
    telling: Option<&Decision>,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let before = rollout.at(decision.from.0, decision.from.1);
    let narrows = !rollout.is_on || (before.is_on && rollout.stage < before.stage);
    if narrows {
        // Off is off: nothing goes out, not even that.
        let telling = telling.filter(|_| rollout.is_on);
        return withdraw(ports, rollout, telling, until).await;
    }
    ask_for_plans(ports, &before, rollout).await?;
    Ok(true)
}

/// Cancels what waits of users outside the rollout. What is left to do is what the index of due
/// rows holds, so a pass that was cut short is simply made again.
async fn withdraw(
    ports: &RolloutPorts,
    rollout: &Rollout,
    telling: Option<&Decision>,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let mut after: Option<DueRow> = None;
    let mut cancelled = 0;
    loop {
        let page =
            ports.reminders.due(Timestamp::MIN, Timestamp::MAX, after.as_ref(), ROWS).await?;
        if let Some(decision) = telling {
            ask_to_tell(ports, decision, outside(&page, rollout)).await?;
        }
        let mut changes = Vec::new();
        for row in page.iter().filter(|row| !rollout.includes(&row.user)) {
            changes.push(withdraw_one(ports, row));
        }
        let done: Vec<bool> = stream::iter(changes).buffer_unordered(AT_ONCE).try_collect().await?;
        cancelled += done.into_iter().filter(|is_done| *is_done).count();
        if page.len() < ROWS {
            info!(rows = cancelled, "Withdrew {cancelled} reminders of users outside the rollout");
            return Ok(true);
        }
        if ports.clock.now() > until {
            info!(rows = cancelled, "Withdrew {cancelled} reminders; the next run goes on");
            return Ok(false);
        }
        after = page.into_iter().next_back();
    }
}

/// The users outside among those of a page.
fn outside(page: &[DueRow], rollout: &Rollout) -> BTreeSet<UserId> {
    let outside = page.iter().filter(|row| !rollout.includes(&row.user));
    outside.map(|row| row.user.clone()).collect()
}

/// Asks that users be told, before their reminders are withdrawn: a pass that is cut short in
/// between asks again, and each number is told once.
async fn ask_to_tell(
    ports: &RolloutPorts,
    decision: &Decision,
    users: BTreeSet<UserId>,
) -> Result<(), StoreError> {
    let job = |user| NoticeJob { user, rollout_version: decision.version, decided_at: decision.at };
    let jobs: Vec<_> = users.into_iter().map(job).collect();
    if jobs.is_empty() {
        return Ok(());
    }
    let asked = ports.notices.enqueue_notices(&jobs, SignedDuration::from_secs(1)).await;
    asked.map_err(|error| StoreError::Transient {
        operation: "ask that users be told of a rollback",
        source: error.into(),
    })
}

async fn withdraw_one(ports: &RolloutPorts, row: &DueRow) -> Result<bool, StoreError> {
    let waits = |row: &Reminder| {
        (row.state == State::Scheduled).then_some(Change::Cancel(CancelReason::RolledBack))
    };
    let now = ports.clock.now();
    let changed = change_reminder(&*ports.reminders, &row.user, row.reminder, now, waits).await?;
    Ok(changed.is_changed())
}

/// Asks for the plans of users who are inside now and were not before.
async fn ask_for_plans(
    ports: &RolloutPorts,
    before: &Rollout,
    rollout: &Rollout,
) -> Result<(), StoreError> {
    let came_in = |user: &UserId| rollout.includes(user) && !before.includes(user);
    ask_for_plans_of(&*ports.users, &*ports.plans, came_in).await
}

/// Asks for the plans of all users who are `wanted`.
pub(crate) async fn ask_for_plans_of(
    users: &dyn Users,
    plans: &dyn PlanQueue,
    wanted: impl Fn(&UserId) -> bool + Send,
) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = users.users(after.as_ref(), USERS).await?;
        let ids: Vec<_> = page.into_iter().map(|user| user.id).collect();
        let Some(last) = ids.last().cloned() else { return Ok(()) };
        after = Some(last);
        let wanted: Vec<_> = ids.into_iter().filter(&wanted).collect();
        let jobs: Vec<_> = wanted
            .chunks(limits::PLAN_JOB_USERS_MAX)
            .map(|users| PlanJob { users: users.to_vec() })
            .collect();
        if !jobs.is_empty() {
            plans.enqueue(&jobs).await.map_err(|error| StoreError::Transient {
                operation: "ask for the plans of users",
                source: error.into(),
            })?;
        }
    }
}
