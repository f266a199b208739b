//! Experiments.

use domain::experiment::board::{Board, Decided, Proposed, Run, Usual};
use domain::experiment::{Experiment, Metric, Promotion, Slice, Treatment, Variant, WordSource};
use domain::gates::guardrail::Guardrails;
use domain::lead_time::LeadTime;
use domain::texts::TemplateVersion;
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
    /// What becomes of a winner: `by_hand` (if it is left out), `when_approved` (the monitor
    /// proposes it), or `by_itself` (the monitor promotes it).
    #[serde(default)]
    #[schema(example = "when_approved")]
    promotion: Option<String>,
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
    /// The version of the templates: 1 (the title first) or 2 (the time first). As for everybody,
    /// if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    template: Option<u32>,
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
        let promotion = self
            .promotion
            .as_deref()
            .map(|given| Promotion::ALL.into_iter().find(|promotion| promotion.name() == given));
        if promotion == Some(None) {
            let names = Promotion::ALL.map(Promotion::name).join(", ");
            wrong.push(FieldError::new("promotion", format!("choose one of {names}")));
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
            promotion: promotion.flatten().unwrap_or_default(),
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
        let (prompt, template) = (self.prompt, self.template.map(TemplateVersion::of));
        let treatment = Treatment { source, prompt, template, lead };
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
            template: arm.treatment.template.map(TemplateVersion::number),
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
    /// The version of the templates.
    template: u32,
}

impl From<Usual> for UsualView {
    fn from(usual: Usual) -> Self {
        Self {
            lead_minutes: usual.lead.map(LeadTime::minutes),
            source: usual.source.map(word),
            prompt: usual.prompt,
            template: usual.template.unwrap_or_default().number(),
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
    /// What becomes of a winner: `by_hand`, `when_approved` or `by_itself`.
    promotion: &'static str,
    /// The winner that awaits somebody's approval, which is a promotion; null if none does.
    proposed: Option<ProposedView>,
    /// What was decided, oldest first.
    decided: Vec<DecidedView>,
}

/// A winner that awaits somebody's approval.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ProposedView {
    /// The arm.
    arm: String,
    /// What the report said of it.
    evidence: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
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
            promotion: it.promotion.name(),
            proposed: run.awaits_approval().map(|Proposed { arm, evidence, at }| ProposedView {
                arm: arm.clone(),
                evidence: evidence.clone(),
                at: *at,
            }),
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
