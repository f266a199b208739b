//! The rollout.

use std::collections::BTreeSet;

use app::rollout::{Decision, DecisionKind, Look, Progress};
use domain::gates::{Bound, Finding, Verdict};
use domain::ids::UserId;
use domain::rollout::{Rollout, RolloutStage};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{FieldError, Problem};

/// Characters of a name or reason that are kept with a decision.
const WORDS_MAX: usize = 500;

/// The rollout switch as somebody asks for it.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolloutBody {
    /// Whether anybody gets reminders.
    pub(crate) on: bool,
}

/// Who decides, and why. It is kept.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct DecisionBody {
    /// The name of whoever decides.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(crate) by: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    pub(crate) reason: String,
    /// With `advance`: although the gate has not passed.
    #[serde(default)]
    pub(crate) force: bool,
    /// With `rollback`: to which stage, in place of the one before: `internal`, `beta`,
    /// `percent10`, `percent25` or `percent50`.
    #[serde(default)]
    pub(crate) to: Option<String>,
}

impl DecisionBody {
    /// The name and the reason, if there are any.
    pub(crate) fn words(&self) -> Result<(String, String), Problem> {
        let given = [("by", &self.by), ("reason", &self.reason)];
        let fits = |text: &str| (1..=WORDS_MAX).contains(&text.trim().chars().count());
        let wrong: Vec<_> = given
            .into_iter()
            .filter(|(_, text)| !fits(text))
            .map(|(field, _)| FieldError::new(field, format!("1 to {WORDS_MAX} characters")))
            .collect();
        if !wrong.is_empty() {
            return Err(Problem::fields(wrong));
        }
        Ok((self.by.trim().to_owned(), self.reason.trim().to_owned()))
    }

    /// The stage that is named, if one is.
    pub(crate) fn stage(&self) -> Result<Option<RolloutStage>, Problem> {
        let Some(name) = &self.to else { return Ok(None) };
        let names = RolloutStage::ALL.map(RolloutStage::name).join(", ");
        let unknown = || Problem::field("to", format!("there is no such stage; one of {names}"));
        RolloutStage::parse(name).map(Some).ok_or_else(unknown)
    }
}

/// The users of the first two stages.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NamesBody {
    /// Those of stage `internal`.
    #[schema(value_type = Vec<String>)]
    pub(crate) internal: BTreeSet<UserId>,
    /// Those whom stage `beta` adds.
    #[schema(value_type = Vec<String>)]
    pub(crate) beta: BTreeSet<UserId>,
    /// Draws the shares of the later stages. Taken once, while everybody is in; then kept.
    #[serde(default)]
    pub(crate) salt: String,
}

/// The rollout.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct RolloutView {
    /// Whether anybody gets reminders.
    on: bool,
    /// The stage: `internal`, `beta`, `percent10`, `percent25`, `percent50` or `everyone`.
    stage: &'static str,
    /// Rises with every change.
    version: u64,
}

impl From<&Rollout> for RolloutView {
    fn from(rollout: &Rollout) -> Self {
        Self { on: rollout.is_on, stage: rollout.stage.name(), version: rollout.version }
    }
}

/// The rollout's course.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct CourseView {
    /// The rollout.
    rollout: RolloutView,
    /// The stage after this one.
    next: Option<&'static str>,
    /// Users named for stage `internal`.
    internal: usize,
    /// Users named for stage `beta`.
    beta: usize,
    /// Whether the last decision is still being carried out.
    pending: bool,
    /// The last daily look at the gate of this stage.
    gate: Option<GateView>,
}

impl CourseView {
    pub(crate) fn of(rollout: &Rollout, course: &Progress) -> Self {
        Self {
            rollout: rollout.into(),
            next: rollout.stage.next().map(RolloutStage::name),
            internal: rollout.internal.len(),
            beta: rollout.beta.len(),
            pending: course.pending.is_some(),
            gate: course.look.as_ref().map(GateView::from),
        }
    }
}

/// What a gate said at a daily look.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct GateView {
    /// `pass`, `fail` or `not_enough_data`.
    verdict: &'static str,
    /// When it was looked at.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whole days that the stage had lasted.
    day: u32,
    /// The part of the error of 5 % that this look spent; its intervals are that much wider.
    alpha: f64,
    /// Whether the stage had lasted as long as it must.
    long_enough: bool,
    /// Texts since the stage began.
    texts: u64,
    /// Each criterion.
    findings: Vec<FindingView>,
}

impl From<&Look> for GateView {
    fn from(look: &Look) -> Self {
        Self {
            verdict: verdict(look.report.verdict),
            at: look.at,
            day: look.report.look,
            alpha: look.report.alpha,
            long_enough: look.report.is_long_enough,
            texts: look.figures.texts,
            findings: look.report.findings.iter().map(FindingView::from).collect(),
        }
    }
}

/// What one criterion said.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct FindingView {
    /// What it looks at.
    metric: &'static str,
    /// `pass`, `fail` or `not_enough_data`.
    verdict: &'static str,
    /// The bound, `at_least` or `at_most`.
    side: &'static str,
    /// The bound's value.
    bound: f64,
    /// What was measured; null if nobody measures it.
    value: Option<f64>,
    /// On how many.
    sample: Option<u64>,
    /// The lower and upper end of Wilson's interval.
    interval: Option<[f64; 2]>,
    /// How many more are needed, if the share stays what it is.
    still_needed: Option<u64>,
}

impl From<&Finding> for FindingView {
    fn from(finding: &Finding) -> Self {
        let (side, bound) = match finding.criterion.bound {
            Bound::AtLeast(bound) => ("at_least", bound),
            Bound::AtMost(bound) => ("at_most", bound),
        };
        Self {
            metric: finding.criterion.metric.name(),
            verdict: verdict(finding.verdict),
            side,
            bound,
            value: finding.value,
            sample: finding.sample,
            interval: finding.interval.map(|interval| [interval.low, interval.high]),
            still_needed: finding.still_needed,
        }
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::NotEnoughData => "not_enough_data",
    }
}

/// Which decisions.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DecisionsAsked {
    /// Only those after this version of the rollout.
    pub(crate) after: Option<u64>,
}

/// Decisions, oldest first: up to a hundred.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DecisionsView {
    /// The decisions.
    pub(crate) decisions: Vec<DecisionView>,
}

/// A decision about the rollout.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DecisionView {
    /// The version of the rollout that it made.
    version: u64,
    /// `advanced`, `forced`, `rolled_back`, `rolled_back_by_itself`, `resumed` or `switched_off`.
    kind: &'static str,
    /// By whom.
    by: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The stage before.
    from: &'static str,
    /// The stage after.
    to: &'static str,
    /// Whether anybody got reminders afterwards.
    on: bool,
    /// The last look at the gate before it.
    gate: Option<GateView>,
    /// The guardrail that was broken: what, hits and all.
    breach: Option<BreachView>,
}

/// A guardrail that was broken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct BreachView {
    /// `delivered`, `opted_out` or `model_cost_usd`.
    what: String,
    /// So many.
    hits: u64,
    /// Of so many.
    of: u64,
    /// Where the share certainly lies; of a cost, what it was.
    interval: [f64; 2],
    /// The evidence in words.
    words: String,
}

impl From<Decision> for DecisionView {
    fn from(decision: Decision) -> Self {
        let kind = match decision.kind {
            DecisionKind::Advanced => "advanced",
            DecisionKind::Forced => "forced",
            DecisionKind::RolledBack => "rolled_back",
            DecisionKind::RolledBackByItself => "rolled_back_by_itself",
            DecisionKind::Resumed => "resumed",
            DecisionKind::SwitchedOff => "switched_off",
        };
        let breach = decision.evidence.breach.map(|breach| BreachView {
            what: breach.what.name().to_owned(),
            hits: breach.share.hits,
            of: breach.share.of,
            interval: [breach.interval.low, breach.interval.high],
            words: breach.words(),
        });
        Self {
            version: decision.version,
            kind,
            by: decision.by,
            reason: decision.reason,
            at: decision.at,
            from: decision.from.0.name(),
            to: decision.to.0.name(),
            on: decision.to.1,
            gate: decision.evidence.look.as_ref().map(GateView::from),
            breach,
        }
    }
}
