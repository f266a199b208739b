//! The monitor's part: carry out what is pending, watch the guardrails, look at the gate.

use domain::alerts::{Severity, Standing, Watch, rules};
use domain::gates::guardrail::{Breach, Window, breach};
use domain::gates::{GateFigures, Verdict, default_gate, evaluate};
use domain::rollout::Rollout;
use domain::statistics::Share;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info};

use super::bugs::bugs;
use super::carry_out::finish;
use super::change::{advance, decide, note_switched_off};
use super::figures::{measured, model_cost_between, opted_out_between};
use super::progress::{
    DecisionKind, Evidence, Look, Mark, OnBreach, Progress, Settings, progress, write,
};
use super::survey::{Survey, usd};
use super::{Author, ChangeError, RolloutPorts, figures_between};
use crate::alerts::board;
use crate::ports::Control;

/// How long one run works on the reminders that wait: less than its function may take.
const BUDGET: SignedDuration = SignedDuration::from_secs(45);

/// What decides in the monitor's name.
const MONITOR: &str = "monitor";

/// How often settings are tried to be written while others write.
const TRIES_MAX: usize = 20;

/// What a run of the watch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Watched {
    /// Nothing was to be done.
    Nothing,
    /// What was decided before is still being carried out.
    Pending,
    /// A guardrail was broken, and the rollout taken back.
    RolledBack,
    /// The gate passed, and the rollout went on.
    Advanced,
}

/// Watches the rollout once.
///
/// # Errors
/// [`ChangeError`]; the next run goes on.
pub async fn watch(ports: &RolloutPorts) -> Result<Watched, ChangeError> {
    let mut course = progress(&*ports.control).await?;
    let mut idle = Watched::Nothing;
    if course.pending.is_some() {
        if !finish(ports, BUDGET).await? {
            idle = Watched::Pending;
        }
        course = progress(&*ports.control).await?;
    }
    let rollout = ports.control.rollout().await?;
    let now = ports.clock.now();
    if !rollout.is_on {
        let is_told = course.pending.is_some() || !note_switched_off(ports, &rollout, now).await?;
        return Ok(if is_told { idle } else { Watched::Pending });
    }
    let counters = ports.metrics.totals().await?;
    let broken = broken_now(&course, &counters);
    let is_last = rollout.stage.next().is_none();
    if let Some(broken) = broken.filter(|_| !is_last) {
        roll_back_by_itself(ports, &rollout, &course, broken, now).await?;
        return Ok(Watched::RolledBack);
    }
    // Once everybody is in, a bad hour of a carrier must not silence them all: people decide.
    if let Some(broken) = &broken {
        tell_of(broken);
    }
    let breaks = is_last && course.note_at_last(broken, now);
    let marks = renew_marks(&mut course, &counters, now);
    let looks = look_if_due(ports, &mut course, &rollout, &counters, now).await?;
    // Whoever wrote meanwhile changed what this was made from: the next run makes it anew.
    if (breaks || looks || marks) && !write(&*ports.control, &mut course).await? {
        return Ok(Watched::Pending);
    }
    let passes = course.look.as_ref().is_some_and(|look| look.report.verdict == Verdict::Pass);
    // What was taken back by itself is not gone on with by itself: somebody found the cause first.
    let is_free = course.open_breaches().next().is_none();
    if course.settings.advances_by_itself && passes && is_free && !is_last {
        return match advance(ports, false, author("the gate passed", now)).await {
            // A bug was filed since the gate was looked at.
            Err(ChangeError::NotPassed { .. }) => Ok(idle),
            advanced => advanced.map(|_| Watched::Advanced),
        };
    }
    Ok(idle)
}

/// The first guardrail that the counters, as they are now, break beyond doubt.
pub fn broken_now(course: &Progress, counters: &[(String, i64)]) -> Option<Breach> {
    // Without anybody inside there is nobody to guard.
    let inside = course.inside.filter(|inside| *inside > 0);
    course.marks.iter().find_map(|mark| {
        let mut figures = figures_between(&mark.counters, counters);
        let opted_out = opted_out_between(&mark.counters, counters);
        let cost = model_cost_between(&mark.counters, counters);
        figures.opted_out = inside.zip(opted_out).map(|(of, hits)| Share::new(hits, of));
        figures.model_cost_usd = inside.zip(cost).map(|(of, micros)| usd(micros, of));
        breach(&course.settings.guardrails, mark.window, &figures)
    })
}

fn tell_of(broken: &Breach) {
    error!(metric.guardrail_broken = 1, "A guardrail is broken: {}", broken.words());
}

async fn roll_back_by_itself(
    ports: &RolloutPorts,
    rollout: &Rollout,
    course: &Progress,
    broken: Breach,
    now: Timestamp,
) -> Result<(), ChangeError> {
    let before = match course.settings.on_breach {
        OnBreach::SwitchOff => None,
        OnBreach::StageBefore => rollout.stage.before(),
    };
    let to = before.map_or((rollout.stage, false), |stage| (stage, true));
    let evidence = Evidence { look: course.look.clone(), breach: Some(broken) };
    let author = author("a guardrail was broken", now);
    decide(ports, DecisionKind::RolledBackByItself, rollout, to, author, evidence).await?;
    error!(
        rollout.from = rollout.stage.name(),
        rollout.to = to.0.name(),
        rollout.is_on = to.1,
        metric.rollout_rolled_back = 1,
        "Rolled back from stage {}: {}",
        rollout.stage.name(),
        broken.words(),
    );
    Ok(())
}

/// Looks at the gate once for every whole day that the stage has lasted; before the first, users
/// inside are counted. A reading that takes longer than this run goes on with the next. Says
/// whether anything came of it.
async fn look_if_due(
    ports: &RolloutPorts,
    course: &mut Progress,
    rollout: &Rollout,
    counters: &[(String, i64)],
    now: Timestamp,
) -> Result<bool, ChangeError> {
    let Some(began) = course.mark(Window::Stage).cloned() else { return Ok(false) };
    let days = began.at.duration_until(now).as_hours() / 24;
    let days = u32::try_from(days).unwrap_or(0);
    let is_due = days > course.look.as_ref().map_or(0, |look| look.report.look);
    if !is_due && course.inside.is_some() {
        return Ok(false);
    }
    let mut survey = course.survey.take().unwrap_or_else(|| Survey::begin(now));
    if !survey.go_on(ports, rollout, began.at).await? {
        course.survey = Some(survey);
        return Ok(true);
    }
    course.inside = Some(survey.found.inside);
    if !is_due {
        return Ok(true);
    }
    let mut figures = figures_between(&began.counters, counters);
    let opted_out = opted_out_between(&began.counters, counters);
    survey.found.complete(&mut figures, rollout.internal.len(), opted_out);
    note_faults(&*ports.control, &mut figures, began.at).await?;
    let (stage, former) = (rollout.stage, course.former.map(|former| former.figures));
    let report = evaluate(&default_gate(stage), &figures, former.as_ref(), days);
    info!(
        rollout.stage = stage.name(),
        rollout.day = days,
        "Day {days} of stage {}: the gate says {:?}",
        stage.name(),
        report.verdict
    );
    course.look = Some(Look { at: now, figures, report });
    Ok(true)
}

/// Notes what is open against going on: alerts that wake somebody, bugs that somebody filed, and
/// budgets that were nearly used up since the stage began.
async fn note_faults(
    control: &dyn Control,
    figures: &mut GateFigures,
    began_at: Timestamp,
) -> Result<(), ChangeError> {
    let standings = board(control).await?.standings;
    let alerts = standings.iter().filter_map(Standing::open);
    let alerts = alerts.filter(|incident| incident.severity == Severity::Critical).count();
    let bugs = bugs(control).await?.iter().filter(|bug| bug.closed.is_none()).count();
    let watches_budget = |standing: &&Standing| {
        let rule = rules().iter().find(|rule| rule.name == standing.rule);
        rule.is_some_and(|rule| matches!(rule.watches, Watch::ModelBudget | Watch::TextsBudget))
    };
    let of_budgets = standings.iter().filter(watches_budget);
    let since = of_budgets.flat_map(|standing| &standing.incidents);
    let over = since.filter(|incident| incident.opened_at >= began_at).count();
    figures.open_faults = u64::try_from(alerts + bugs).ok();
    figures.over_budget = u64::try_from(over).ok();
    Ok(())
}

/// Begins the windows that have not begun or are over. Says whether any did.
fn renew_marks(course: &mut Progress, counters: &[(String, i64)], now: Timestamp) -> bool {
    let goes_on = |mark: &Mark| !mark.window.is_over(mark.at, now);
    course.marks.retain(goes_on);
    let missing: Vec<_> =
        Window::ALL.into_iter().filter(|window| course.mark(*window).is_none()).collect();
    let begin = |window: &Window| Mark { window: *window, at: now, counters: measured(counters) };
    course.marks.extend(missing.iter().map(begin));
    !missing.is_empty()
}

fn author(reason: &str, at: Timestamp) -> Author {
    Author { by: MONITOR.to_owned(), reason: reason.to_owned(), at }
}

/// Changes what is configured.
///
/// # Errors
/// [`ChangeError`] if the store does not answer, or others keep writing.
pub async fn set_settings(ports: &RolloutPorts, settings: Settings) -> Result<(), ChangeError> {
    for _ in 0..TRIES_MAX {
        let mut course = progress(&*ports.control).await?;
        course.settings = settings;
        if write(&*ports.control, &mut course).await? {
            return Ok(());
        }
    }
    Err(ChangeError::Restless)
}
