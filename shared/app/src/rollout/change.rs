//! Decisions of people: on, off, forward, back.

use std::collections::BTreeSet;

use domain::gates::{GateReport, Verdict};
use domain::ids::UserId;
use domain::rollout::{Rollout, RolloutRefusal, RolloutStage};
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use super::bugs::bugs;
use super::carry_out::finish;
use super::progress::{Decision, DecisionKind, Evidence, Former, decisions, keep, progress, write};
use super::{Author, ChangeError, RolloutPorts};
use crate::causes::in_full;
use crate::ports::StoreError;

/// How often a change is tried while others change the rollout.
const TRIES_MAX: usize = 20;

/// Versions of the rollout among which the last decision lies: names raise them, too.
const DECISIONS_LOOKED_AT: u64 = 50;

/// How long whoever decides waits for the reminders to follow; the monitor does the rest.
const PATIENCE: SignedDuration = SignedDuration::from_secs(5);

/// The rollout with its switch turned; the same if it stood so before. Off is the kill switch: it
/// needs nothing but the rollout's row, and stops every claim at once.
pub async fn switch(
    ports: &RolloutPorts,
    is_on: bool,
    author: Author,
) -> Result<Rollout, ChangeError> {
    for _ in 0..TRIES_MAX {
        let before = ports.control.rollout().await?;
        if before.is_on == is_on {
            return Ok(before);
        }
        let next = before.at(before.stage, is_on);
        if !ports.control.put_rollout(&next).await? {
            continue;
        }
        info!(rollout.is_on = is_on, "Switched reminders {}", if is_on { "on" } else { "off" });
        let kind = if is_on { DecisionKind::Resumed } else { DecisionKind::SwitchedOff };
        let decision = decided(kind, &before, (next.stage, is_on), author, Evidence::default());
        // Made already: what follows is told of, and never undoes it.
        if let Err(failed) = pend(ports, decision).await {
            let why = in_full(&failed);
            warn!("The reminders that wait follow the switch at their claim or next plan: {why}");
        }
        return Ok(next);
    }
    Err(ChangeError::Restless)
}

/// To the next stage, if the gate passed at its last daily look, or if `is_forced`.
pub async fn advance(
    ports: &RolloutPorts,
    is_forced: bool,
    author: Author,
) -> Result<Rollout, ChangeError> {
    let before = ports.control.rollout().await?;
    if !before.is_on {
        return Err(ChangeError::Off);
    }
    let stage = before.stage.next().ok_or(RolloutRefusal::NoStage(before.stage))?;
    let look = progress(&*ports.control).await?.look;
    let report = look.as_ref().map(|look| &look.report);
    let has_passed = report.is_some_and(|report| report.verdict == Verdict::Pass);
    // The look may be from this morning, and the bug from a minute ago.
    let has_bug = bugs(&*ports.control).await?.iter().any(|bug| bug.closed.is_none());
    let kind = match (has_passed && !has_bug, is_forced) {
        (true, _) => DecisionKind::Advanced,
        (false, true) => DecisionKind::Forced,
        (false, false) => {
            return Err(ChangeError::NotPassed {
                stage: before.stage,
                why: if has_bug { "a bug is open".to_owned() } else { what_is_missing(report) },
            });
        }
    };
    let evidence = Evidence { look, breach: None };
    decide(ports, kind, &before, (stage, true), author, evidence).await
}

fn what_is_missing(report: Option<&GateReport>) -> String {
    let Some(report) = report else {
        return "it is looked at once a day, and no day has passed yet".to_owned();
    };
    let failed = report.findings.iter().filter(|finding| finding.verdict == Verdict::Fail).count();
    if failed > 0 {
        return format!("{failed} of its criteria do not hold");
    }
    if !report.is_long_enough {
        return "the stage has not lasted long enough".to_owned();
    }
    "there is not enough data".to_owned()
}

/// Back to an earlier stage, or off if there is none given and none before.
pub async fn roll_back(
    ports: &RolloutPorts,
    to: Option<RolloutStage>,
    author: Author,
) -> Result<Rollout, ChangeError> {
    let before = ports.control.rollout().await?;
    let stage = match to {
        Some(stage) => stage,
        None => before.stage.before().ok_or(RolloutRefusal::NoStage(before.stage))?,
    };
    if stage >= before.stage {
        return Err(ChangeError::There);
    }
    let kind = DecisionKind::RolledBack;
    let look = progress(&*ports.control).await?.look;
    let evidence = Evidence { look, breach: None };
    decide(ports, kind, &before, (stage, before.is_on), author, evidence).await
}

/// On again at the stage it was switched off at, or at the one that a broken guardrail took it back
/// from: the same users, and their reminders that are still ahead.
pub async fn resume(ports: &RolloutPorts, author: Author) -> Result<Rollout, ChangeError> {
    let before = ports.control.rollout().await?;
    let course = progress(&*ports.control).await?;
    // Taken back twice, it goes on by the stage that was left last.
    let left = course.open_breaches().map(|broken| broken.stage);
    let left = left.filter(|stage| *stage > before.stage).min();
    let stage = match (before.is_on, left) {
        (false, _) => before.stage,
        (true, Some(left)) => left,
        (true, None) => return Err(ChangeError::There),
    };
    let to = (stage, true);
    decide(ports, DecisionKind::Resumed, &before, to, author, Evidence::default()).await
}

/// Names the users of the first two stages. The salt is taken with the first names, and kept.
pub async fn name_users(
    ports: &RolloutPorts,
    internal: BTreeSet<UserId>,
    beta: BTreeSet<UserId>,
    salt: &str,
) -> Result<Rollout, ChangeError> {
    for _ in 0..TRIES_MAX {
        let before = ports.control.rollout().await?;
        let mut next = before.naming(internal.clone(), beta.clone())?;
        // With everybody in, another salt puts nobody out.
        if before.salt.is_empty() && before.stage == RolloutStage::Everyone {
            salt.clone_into(&mut next.salt);
        }
        if ports.control.put_rollout(&next).await? {
            return Ok(next);
        }
    }
    Err(ChangeError::Restless)
}

/// Makes a decision and carries it out, as far as patience goes.
pub(super) async fn decide(
    ports: &RolloutPorts,
    kind: DecisionKind,
    before: &Rollout,
    to: (RolloutStage, bool),
    author: Author,
    evidence: Evidence,
) -> Result<Rollout, ChangeError> {
    let decision = decided(kind, before, to, author, evidence);
    let version = decision.version;
    pend(ports, decision).await?;
    let now = ports.control.rollout().await?;
    if now.version < version {
        return Err(ChangeError::Restless);
    }
    Ok(now)
}

fn decided(
    kind: DecisionKind,
    before: &Rollout,
    to: (RolloutStage, bool),
    author: Author,
    evidence: Evidence,
) -> Decision {
    let Author { by, reason, at } = author;
    let from = (before.stage, before.is_on);
    Decision { version: before.version + 1, kind, by, reason, at, from, to, evidence }
}

/// Notes that reminders were switched off, where whoever did it was cut short before they could: so
/// what waits is withdrawn all the same. Says whether that was so.
pub(super) async fn note_switched_off(
    ports: &RolloutPorts,
    rollout: &Rollout,
    at: Timestamp,
) -> Result<bool, ChangeError> {
    let after = rollout.version.saturating_sub(DECISIONS_LOOKED_AT);
    let page = usize::try_from(DECISIONS_LOOKED_AT).unwrap_or(usize::MAX);
    let known = decisions(&*ports.control, after, page).await?;
    if known.last().is_some_and(|last| !last.to.1) {
        return Ok(false);
    }
    let version = rollout.version.saturating_sub(1);
    let before = Rollout { is_on: true, version, ..rollout.clone() };
    let reason = "somebody switched off, and was cut short".to_owned();
    let author = Author { by: "monitor".to_owned(), reason, at };
    let to = (rollout.stage, false);
    let evidence = Evidence::default();
    pend(ports, decided(DecisionKind::SwitchedOff, &before, to, author, evidence)).await?;
    Ok(true)
}

/// Notes a decision, so that it is carried out whatever happens to this process, and begins.
async fn pend(ports: &RolloutPorts, decision: Decision) -> Result<(), ChangeError> {
    for _ in 0..TRIES_MAX {
        let mut course = progress(&*ports.control).await?;
        if let Some(other) = &course.pending {
            if ports.control.rollout().await?.version < other.version {
                // It was noted and cut short before it held. It is carried out first, as it was
                // decided first; this one was decided on what the rollout was before.
                finish(ports, PATIENCE).await?;
                return Err(ChangeError::Restless);
            }
            keep(&*ports.control, other).await?;
        }
        course.pending = Some(decision.clone());
        course.note_decision(&decision);
        // Another stage is measured from its own beginning.
        if decision.from.0 != decision.to.0 || decision.from.1 != decision.to.1 {
            course.former = former(&decision, course.former);
            course.marks.clear();
            (course.look, course.survey, course.inside) = (None, None, None);
        }
        if write(&*ports.control, &mut course).await? {
            return begin(ports).await;
        }
    }
    let source = "others keep changing it".into();
    Err(StoreError::Transient { operation: "note a decision about the rollout", source }.into())
}

/// What a stage that is begun is compared with: what was measured of the one it follows. Where the
/// rollout comes back to a stage, what that was compared with before no longer is its past.
fn former(decision: &Decision, before: Option<Former>) -> Option<Former> {
    let (from, to) = (decision.from.0, decision.to.0);
    if from == to {
        return before;
    }
    let look = decision.evidence.look.as_ref().filter(|_| from < to);
    look.map(|look| Former { stage: from, figures: look.figures })
}

/// The first steps. Once the rollout's row is changed the decision holds, and what is left is the
/// monitor's.
async fn begin(ports: &RolloutPorts) -> Result<(), ChangeError> {
    match finish(ports, PATIENCE).await {
        Ok(_) => Ok(()),
        Err(ChangeError::Store(failed)) => {
            error!("The monitor goes on with what was decided: {}", in_full(&failed));
            Ok(())
        }
        Err(other) => Err(other),
    }
}
