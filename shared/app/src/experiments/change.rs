//! What people decide about experiments.

use domain::experiment::Experiment;
use domain::experiment::board::{Board, Decided, Run, RunState, Usual};
use tracing::info;

use super::{ExperimentError, ExperimentPorts, Told, board, report, write};
use crate::compose::prompts;
use crate::rollout::{Author, ask_for_plans_of};

/// How often a change is tried while others change the board.
const TRIES_MAX: usize = 20;

/// Keeps an experiment as a draft, if it can be run.
///
/// # Errors
/// [`ExperimentError`] if it cannot, or the store does not answer.
pub async fn create(
    ports: &ExperimentPorts,
    experiment: Experiment,
    author: &Author,
) -> Result<Run, ExperimentError> {
    for version in experiment.arms.iter().filter_map(|arm| arm.treatment.prompt) {
        if prompts::version(&*ports.control, version).await?.is_none() {
            return Err(ExperimentError::NoPrompt { version });
        }
    }
    let decided = decided(RunState::Draft, author);
    let run = Run::draft(experiment, decided);
    change(ports, |board| {
        let name = run.experiment.name.clone();
        if board.run(&name).is_some() {
            return Err(ExperimentError::Exists { name });
        }
        if !board.has_room() {
            return Err(ExperimentError::Full);
        }
        board.check(&run.experiment)?;
        board.runs.push(run.clone());
        Ok(run.clone())
    })
    .await
}

/// Starts a draft: from its start on, plans put users in its arms.
///
/// # Errors
/// [`ExperimentError`] if it is no draft, or cannot run beside others any more.
pub async fn start(
    ports: &ExperimentPorts,
    name: &str,
    author: &Author,
) -> Result<Run, ExperimentError> {
    change_and_replan(ports, |board| {
        let run = find(board, name)?;
        stands(&run, &[RunState::Draft], "a draft", "started")?;
        let at = run.experiment.ends_at;
        if at <= author.at {
            return Err(ExperimentError::Over { name: name.to_owned(), at });
        }
        board.check(&run.experiment)?;
        Ok(settle(board, run, decided(RunState::Running, author)))
    })
    .await
}

/// Ends an experiment without a consequence. What waits leaves its arms; what went out stays.
///
/// # Errors
/// [`ExperimentError`] if it is over already.
pub async fn stop(
    ports: &ExperimentPorts,
    name: &str,
    author: &Author,
) -> Result<Run, ExperimentError> {
    change_and_replan(ports, |board| {
        let run = find(board, name)?;
        stands(&run, &[RunState::Draft, RunState::Running], "a draft or running", "stopped")?;
        Ok(settle(board, run, decided(RunState::Stopped, author)))
    })
    .await
}

/// Makes what an arm does usual for everybody, and ends the experiment: if the arm won, or if
/// `is_forced`.
///
/// # Errors
/// [`ExperimentError`] if there is no such arm, or it did not win.
pub async fn promote(
    ports: &ExperimentPorts,
    (name, arm): (&str, &str),
    is_forced: bool,
    author: &Author,
) -> Result<Run, ExperimentError> {
    let told = report(ports, name).await?;
    if !is_forced && let Some(why) = stands_against(&told, arm) {
        return Err(ExperimentError::NoWinner { arm: arm.to_owned(), why });
    }
    change_and_replan(ports, |board| {
        let run = find(board, name)?;
        stands(&run, &[RunState::Running, RunState::Stopped], "running or stopped", "promoted")?;
        let Some(winner) = run.experiment.arm(arm) else {
            let arms: Vec<_> = run.experiment.arms.iter().map(|arm| arm.name.as_str()).collect();
            let (name, arm, arms) = (name.to_owned(), arm.to_owned(), arms.join(", "));
            return Err(ExperimentError::NoArm { name, arm, arms });
        };
        let before = board.usual;
        let next = before.with(winner.treatment);
        board.label(next.prompt, false, &author.by, &author.reason, author.at);
        board.usual = next;
        let mut decided = decided(RunState::Promoted, author);
        (decided.arm, decided.before) = (Some(arm.to_owned()), Some(before));
        Ok(settle(board, run, decided))
    })
    .await
}

/// Takes a promotion back: what was usual before is usual again. The experiment stays over.
///
/// # Errors
/// [`ExperimentError`] if nothing of it was promoted, or what is usual changed since.
pub async fn roll_back(
    ports: &ExperimentPorts,
    name: &str,
    author: &Author,
) -> Result<Run, ExperimentError> {
    change_and_replan(ports, |board| {
        let run = find(board, name)?;
        stands(&run, &[RunState::Promoted], "promoted", "taken back")?;
        let promoted = run.decided.iter().rev().find_map(|decided| {
            let treatment = run.experiment.arm(decided.arm.as_deref()?)?.treatment;
            Some((decided.before?, treatment))
        });
        let not_the_last = || ExperimentError::NotTheLast { name: name.to_owned() };
        let (before, treatment) = promoted.ok_or_else(not_the_last)?;
        if board.usual != before.with(treatment) {
            return Err(not_the_last());
        }
        board.label(before.prompt, true, &author.by, &author.reason, author.at);
        board.usual = before;
        Ok(settle(board, run, decided(RunState::Stopped, author)))
    })
    .await
}

/// Gives the label `production` to a version of the prompt; without one to that which had it
/// before. What a model has written stays.
///
/// # Errors
/// [`ExperimentError`] if there is no such version.
pub async fn set_prompt(
    ports: &ExperimentPorts,
    version: Option<u32>,
    author: &Author,
) -> Result<Usual, ExperimentError> {
    if let Some(version) = version
        && prompts::version(&*ports.control, version).await?.is_none()
    {
        return Err(ExperimentError::NoPrompt { version });
    }
    change(ports, |board| {
        let next = version.or_else(|| board.prompt_before());
        let next = next.ok_or(ExperimentError::NothingBefore)?;
        board.label(next, version.is_none(), &author.by, &author.reason, author.at);
        Ok(board.usual)
    })
    .await
}

/// What stands against an arm as the winner; none if it won.
fn stands_against(told: &Told, arm: &str) -> Option<String> {
    // That there is no such arm is told with those that there are.
    told.run.experiment.arm(arm)?;
    if told.is_a_a {
        return Some("it is an A/A run, which has no winner".to_owned());
    }
    if !told.report.is_sample_sound {
        return Some("users are not in the arms as they should be".to_owned());
    }
    let has_won = told.report.has_won(arm);
    (!has_won).then(|| "there is no verdict yet, or it speaks against it".to_owned())
}

/// Changes the board, and has everybody planned anew by what it says then.
async fn change_and_replan(
    ports: &ExperimentPorts,
    decide: impl FnMut(&mut Board) -> Result<Run, ExperimentError> + Send,
) -> Result<Run, ExperimentError> {
    let run = change(ports, decide).await?;
    replan(ports).await?;
    Ok(run)
}

/// Changes the board, as often as others are faster.
pub(super) async fn change<T>(
    ports: &ExperimentPorts,
    mut decide: impl FnMut(&mut Board) -> Result<T, ExperimentError> + Send,
) -> Result<T, ExperimentError> {
    for _ in 0..TRIES_MAX {
        let mut next = board(&*ports.control).await?;
        let done = decide(&mut next)?;
        if write(&*ports.control, &next).await? {
            return Ok(done);
        }
    }
    Err(ExperimentError::Restless)
}

pub(super) fn find(board: &Board, name: &str) -> Result<Run, ExperimentError> {
    let unknown = || ExperimentError::Unknown { name: name.chars().take(80).collect() };
    board.run(name).cloned().ok_or_else(unknown)
}

fn stands(
    run: &Run,
    allowed: &[RunState],
    wanted: &'static str,
    done: &'static str,
) -> Result<(), ExperimentError> {
    if allowed.contains(&run.state) {
        return Ok(());
    }
    let (name, state) = (run.experiment.name.clone(), run.state);
    Err(ExperimentError::Stands { name, state, wanted, done })
}

fn decided(state: RunState, author: &Author) -> Decided {
    let Author { by, reason, at } = author.clone();
    Decided { state, by, reason, at, arm: None, before: None }
}

/// Puts a run in its place on the board, as decided.
fn settle(board: &mut Board, mut run: Run, decided: Decided) -> Run {
    run.state = decided.state;
    run.decided.push(decided);
    let name = &run.experiment.name;
    info!(experiment = %name, "Experiment {name} is {}", run.state.name());
    if let Some(place) = board.runs.iter_mut().find(|known| known.experiment.name == *name) {
        place.clone_from(&run);
    }
    run
}

/// The reminders that wait follow. What is lost here follows with the user's next plan.
async fn replan(ports: &ExperimentPorts) -> Result<(), ExperimentError> {
    Ok(ask_for_plans_of(&*ports.users, &*ports.plans, |_| true).await?)
}
