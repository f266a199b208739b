//! Switching reminders on and off for everybody.

use std::sync::Arc;

use domain::limits;
use domain::rollout::Rollout;
use tracing::{info, warn};

use crate::causes::in_full;
use crate::jobs::PlanJob;
use crate::ports::{Control, PlanQueue, StoreError, Users};

/// How often a switch is tried while others switch.
const TRIES_MAX: usize = 20;

/// Users read at a time.
const PAGE: usize = 500;

/// What switching needs.
#[derive(Clone)]
pub struct RolloutPorts {
    /// The switch.
    pub control: Arc<dyn Control>,
    /// Whom it concerns.
    pub users: Arc<dyn Users>,
    /// Where plans are asked for.
    pub plans: Arc<dyn PlanQueue>,
}

/// The switch as it stands now; the same if it stood so before.
///
/// The switch itself stops every claim at once. Then a plan is asked for each user, which withdraws
/// the reminders that wait, or restores those that were withdrawn: what gets lost of that is made
/// up for at the claim, and by each user's next plan.
pub async fn switch(ports: &RolloutPorts, is_on: bool) -> Result<Rollout, StoreError> {
    for _ in 0..TRIES_MAX {
        let before = ports.control.rollout().await?;
        if before.is_on == is_on {
            return Ok(before);
        }
        let next = Rollout { is_on, version: before.version + 1 };
        if ports.control.put_rollout(&next).await? {
            info!(rollout.is_on = is_on, "Switched reminders {}", if is_on { "on" } else { "off" });
            ask_for_plans(ports).await?;
            return Ok(next);
        }
    }
    let source = "others keep switching".into();
    Err(StoreError::Transient { operation: "switch the rollout", source })
}

async fn ask_for_plans(ports: &RolloutPorts) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let page = ports.users.users(after.as_ref(), PAGE).await?;
        let ids: Vec<_> = page.into_iter().map(|user| user.id).collect();
        let Some(last) = ids.last() else { return Ok(()) };
        after = Some(last.clone());
        let jobs: Vec<_> = ids
            .chunks(limits::PLAN_JOB_USERS_MAX)
            .map(|users| PlanJob { users: users.to_vec() })
            .collect();
        if let Err(error) = ports.plans.enqueue(&jobs).await {
            warn!(
                error = in_full(&error),
                "Could not ask for all plans: each user's next plan follows the switch"
            );
            return Ok(());
        }
    }
}
