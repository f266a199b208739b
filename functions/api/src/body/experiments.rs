//! Experiments.

use app::experiments::{ArmCounts, Told};
use domain::experiment::board::{Board, Decided, Run, Usual};
use domain::experiment::report::{ArmReport, Comparison, Finding};
use domain::experiment::{Experiment, Metric, Slice, Treatment, Variant, WordSource};
use domain::gates::guardrail::Guardrails;
use domain::lead_time::LeadTime;
use domain::statistics::Interval;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::rollout::DecisionBody;
use crate::problem::{FieldError, Problem};

/// An experiment as somebody defines it, who they are, and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExperimentBody {
    /// The name of whoever defines it.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    by: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// Its name: letters, digits, - and _.
    #[schema(example = "lead-times")]
    name: String,
    /// What is put in arms: `user`, which is all there is.
    #[serde(default)]
    unit: Option<String>,
    /// Makes its arms others than those of the next experiment; its name, if it is left out.
    #[serde(default)]
    salt: Option<String>,
    /// Users are in one experiment of a layer at most; layers are independent.
    #[schema(example = "time")]
    layer: String,
    /// The first of the layer's 10,000 buckets that it has; 0 if it is left out.
    #[serde(default)]
    from: Option<u32>,
    /// The first bucket beyond; 10,000 if it is left out.
    #[serde(default)]
    until: Option<u32>,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// What arms are compared by: `delivery`, `rating` or `opt_out`.
    #[schema(example = "rating")]
    metric: String,
    /// Its arms; the first is the one that others are compared with.
    arms: Vec<ArmBody>,
    /// What is never allowed in an arm: beyond it, the experiment stops by itself.
    #[serde(default)]
    guardrails: Option<GuardrailsBody>,
}

/// What is never allowed in an arm.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GuardrailsBody {
    /// The lowest delivery rate, from 0 to 1; 0.9 if it is left out.
    #[serde(default = "delivered_min")]
    delivered_min: f64,
    /// The highest share of texts after which people opt out, from 0 to 1; 0.15 if it is left out.
    #[serde(default = "opted_out_max")]
    opted_out_max: f64,
}

fn delivered_min() -> f64 {
    Guardrails::default().delivered_min
}

fn opted_out_max() -> f64 {
    Guardrails::default().opted_out_max
}

impl From<GuardrailsBody> for Guardrails {
    fn from(body: GuardrailsBody) -> Self {
        let GuardrailsBody { delivered_min, opted_out_max } = body;
        // What the model costs is not judged by the arm.
        Self { delivered_min, opted_out_max, ..Self::default() }
    }
}

/// One arm.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ArmBody {
    /// Its name: letters, digits, - and _.
    name: String,
    /// Its part of the users, relative to the others'.
    weight: u32,
    /// Who writes: `template` or `model`. As for everybody, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    /// The version of the prompt. As for everybody, if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prompt: Option<u32>,
    /// The lead time of users who have chosen none: 5, 10, 15, 30 or 60.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lead_minutes: Option<u32>,
}

impl ExperimentBody {
    /// The experiment, with who defines it and why.
    pub(crate) fn read(self) -> Result<(Experiment, (String, String)), Problem> {
        let words = DecisionBody { by: self.by, reason: self.reason, force: false, to: None };
        let words = words.words()?;
        let mut wrong = Vec::new();
        if self.unit.as_deref().is_some_and(|unit| unit != "user") {
            wrong.push(FieldError::new("unit", "the unit is always `user`"));
        }
        let metric = Metric::ALL.into_iter().find(|metric| metric.name() == self.metric);
        if metric.is_none() {
            let names = Metric::ALL.map(Metric::name).join(", ");
            wrong.push(FieldError::new("metric", format!("choose one of {names}")));
        }
        let arms: Vec<_> = self.arms.iter().filter_map(|arm| arm.read(&mut wrong)).collect();
        let Some(metric) = metric.filter(|_| wrong.is_empty()) else {
            return Err(Problem::fields(wrong));
        };
        let whole = domain::buckets::BUCKETS;
        let (from, until) = (self.from.unwrap_or(0), self.until.unwrap_or(whole));
        let experiment = Experiment {
            salt: self.salt.unwrap_or_else(|| self.name.clone()),
            name: self.name,
            slice: Slice { layer: self.layer, from, until },
            arms,
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            metric,
            guardrails: self.guardrails.map(Guardrails::from).unwrap_or_default(),
        };
        Ok((experiment, words))
    }
}

impl ArmBody {
    fn read(&self, wrong: &mut Vec<FieldError>) -> Option<Variant> {
        let source = match self.source.as_deref() {
            None => None,
            Some("template") => Some(WordSource::Template),
            Some("model") => Some(WordSource::Model),
            Some(_) => {
                wrong.push(FieldError::new("source", "choose `template` or `model`"));
                return None;
            }
        };
        let lead = match self.lead_minutes.map(LeadTime::from_minutes).transpose() {
            Ok(lead) => lead,
            Err(bad) => {
                wrong.push(FieldError::new("lead_minutes", bad));
                return None;
            }
        };
        let treatment = Treatment { source, prompt: self.prompt, lead };
        Some(Variant { name: self.name.clone(), weight: self.weight, treatment })
    }
}

impl From<&Variant> for ArmBody {
    fn from(arm: &Variant) -> Self {
        Self {
            name: arm.name.clone(),
            weight: arm.weight,
            source: arm.treatment.source.map(|source| word(source).to_owned()),
            prompt: arm.treatment.prompt,
            lead_minutes: arm.treatment.lead.map(LeadTime::minutes),
        }
    }
}

fn word(source: WordSource) -> &'static str {
    match source {
        WordSource::Template => "template",
        WordSource::Model => "model",
    }
}

/// All experiments, and what is usual beside them.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExperimentsView {
    /// The experiments, oldest first.
    experiments: Vec<ExperimentView>,
    /// What is usual.
    usual: UsualView,
}

/// What is usual for everybody whom no arm treats otherwise.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct UsualView {
    /// The lead time of users who have chosen none, if one was promoted.
    lead_minutes: Option<u32>,
    /// Who writes, if one was promoted; else the configured share of the model decides.
    source: Option<&'static str>,
    /// The version of the prompt with the label `production`.
    prompt: u32,
}

impl From<Usual> for UsualView {
    fn from(usual: Usual) -> Self {
        Self {
            lead_minutes: usual.lead.map(LeadTime::minutes),
            source: usual.source.map(word),
            prompt: usual.prompt,
        }
    }
}

impl From<&Board> for ExperimentsView {
    fn from(board: &Board) -> Self {
        let experiments = board.runs.iter().map(ExperimentView::from).collect();
        Self { experiments, usual: board.usual.into() }
    }
}

/// An experiment, and how it stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ExperimentView {
    /// Its name.
    name: String,
    /// `draft`, `running`, `stopped` or `promoted`.
    state: &'static str,
    /// The layer.
    layer: String,
    /// The first bucket it has.
    from: u32,
    /// The first bucket beyond.
    until: u32,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// What arms are compared by.
    metric: &'static str,
    /// Whether no arm does anything.
    a_a: bool,
    /// Its arms.
    arms: Vec<ArmBody>,
    /// What is never allowed in an arm.
    guardrails: GuardrailsBody,
    /// What was decided, oldest first.
    decided: Vec<DecidedView>,
}

/// Something that was decided about an experiment.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct DecidedView {
    /// What it was from then on.
    state: &'static str,
    /// The arm that was promoted.
    arm: Option<String>,
    /// By whom.
    by: String,
    /// Why.
    reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
}

impl From<&Run> for ExperimentView {
    fn from(run: &Run) -> Self {
        let it = &run.experiment;
        let decided = |decided: &Decided| DecidedView {
            state: decided.state.name(),
            arm: decided.arm.clone(),
            by: decided.by.clone(),
            reason: decided.reason.clone(),
            at: decided.at,
        };
        Self {
            name: it.name.clone(),
            state: run.state.name(),
            layer: it.slice.layer.clone(),
            from: it.slice.from,
            until: it.slice.until,
            starts_at: it.starts_at,
            ends_at: it.ends_at,
            metric: it.metric.name(),
            a_a: it.is_a_a(),
            arms: it.arms.iter().map(ArmBody::from).collect(),
            guardrails: GuardrailsBody {
                delivered_min: it.guardrails.delivered_min,
                opted_out_max: it.guardrails.opted_out_max,
            },
            decided: run.decided.iter().map(decided).collect(),
        }
    }
}

/// Which arm is promoted, by whom and why.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PromotionBody {
    /// The arm.
    pub(crate) arm: String,
    /// The name of whoever decides.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    by: String,
    /// Why.
    #[schema(min_length = 1, max_length = 500, pattern = r"\S")]
    reason: String,
    /// Although the report names no winner.
    #[serde(default)]
    pub(crate) force: bool,
}

impl PromotionBody {
    /// The name and the reason, if there are any.
    pub(crate) fn words(&self) -> Result<(String, String), Problem> {
        let (by, reason) = (self.by.clone(), self.reason.clone());
        DecisionBody { by, reason, force: self.force, to: None }.words()
    }
}

/// What an experiment has shown so far.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ReportView {
    /// The experiment.
    experiment: ExperimentView,
    /// When it was looked at.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// The probability of arms as uneven as these, if users were assigned by the weights.
    sample_ratio_p: Option<f64>,
    /// Whether that is still believable. If not, nothing can be concluded.
    sample_sound: bool,
    /// What may be said of all of it: `no_verdict_yet`, `difference`, `broken_assignment`, or with
    /// arms that do nothing `no_false_alarm` or `false_alarm`.
    verdict: &'static str,
    /// The arms.
    arms: Vec<ArmView>,
}

/// One arm of a report.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ArmView {
    /// Its name.
    name: String,
    /// Users who were exposed: a text of theirs went out.
    exposed: u64,
    /// Reminders, whatever became of them.
    planned: u64,
    /// Texts that the provider took.
    texts: u64,
    /// Their segments.
    segments: u64,
    /// Reminders that were delivered.
    delivered: u64,
    /// Reminders that were not, for good.
    failed: u64,
    /// Reminders that were rated.
    rated: u64,
    /// Those of them with four or five stars.
    rated_well: u64,
    /// Users who rated.
    raters: u64,
    /// Users who opted out after a text.
    opted_out: u64,
    /// What models cost, in US dollars.
    model_cost_usd: f64,
    /// The same for each user who was exposed.
    cost_per_user_usd: Option<f64>,
    /// The rate of the metric.
    rate: Option<f64>,
    /// Of so many users.
    of: u64,
    /// Wilson's interval of the rate (95 %).
    interval: [f64; 2],
    /// How it compares with the first arm; null for that.
    comparison: Option<ComparisonView>,
}

/// How an arm compares with the first.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ComparisonView {
    /// `better`, `worse`, `no_verdict_yet` or `broken_assignment`.
    finding: &'static str,
    /// The difference of the rates: an interval that holds however often one looks.
    at_every_look: [f64; 2],
    /// The difference of the rates: an interval that holds at one look, when the experiment ends.
    at_the_end: Option<[f64; 2]>,
    /// The smallest difference that so many users would show, four times of five.
    detectable: Option<f64>,
}

impl From<&Told> for ReportView {
    fn from(told: &Told) -> Self {
        let arms = told.report.arms.iter().zip(&told.counts);
        Self {
            experiment: (&told.run).into(),
            at: told.at,
            sample_ratio_p: told.report.sample_ratio_p,
            sample_sound: told.report.is_sample_sound,
            verdict: verdict(told),
            arms: arms.map(|(report, counts)| ArmView::of(report, counts)).collect(),
        }
    }
}

/// What may be said of all of it, in the word of the API.
pub(crate) fn verdict(told: &Told) -> &'static str {
    let findings = told.report.arms.iter().filter_map(|arm| arm.comparison);
    let differs = findings
        .map(|comparison| comparison.finding)
        .any(|finding| matches!(finding, Finding::Better | Finding::Worse));
    match (told.report.is_sample_sound, told.is_a_a, differs) {
        (false, ..) => "broken_assignment",
        (true, true, true) => "false_alarm",
        (true, true, false) => "no_false_alarm",
        (true, false, true) => "difference",
        (true, false, false) => "no_verdict_yet",
    }
}

impl ArmView {
    fn of(report: &ArmReport, counts: &ArmCounts) -> Self {
        let figures = &counts.figures;
        Self {
            name: report.name.clone(),
            exposed: figures.exposed,
            planned: figures.planned,
            texts: figures.texts,
            segments: figures.segments,
            delivered: figures.delivered,
            failed: figures.failed + figures.undelivered,
            rated: figures.rated,
            rated_well: figures.rated_well,
            raters: figures.raters,
            opted_out: figures.stopped,
            model_cost_usd: dollars(figures.model.cost_microdollars),
            cost_per_user_usd: report.cost_per_user_usd,
            rate: report.rate,
            of: report.figures.of,
            interval: ends(report.interval),
            comparison: report.comparison.map(ComparisonView::from),
        }
    }
}

impl From<Comparison> for ComparisonView {
    fn from(comparison: Comparison) -> Self {
        let finding = match comparison.finding {
            Finding::Better => "better",
            Finding::Worse => "worse",
            Finding::NoVerdictYet => "no_verdict_yet",
            Finding::BrokenAssignment => "broken_assignment",
        };
        Self {
            finding,
            at_every_look: ends(comparison.at_every_look),
            at_the_end: comparison.at_the_end.map(ends),
            detectable: comparison.detectable,
        }
    }
}

fn ends(interval: Interval) -> [f64; 2] {
    [interval.low, interval.high]
}

#[expect(clippy::cast_precision_loss, reason = "shown, and far below 2^53")]
fn dollars(micro: u64) -> f64 {
    micro as f64 / 1e6
}
