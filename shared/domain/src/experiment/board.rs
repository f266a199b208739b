//! All experiments, how each stands, and what is usual for everybody beside them.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{BadExperiment, Experiment, Promotion, Treatment, WordSource};
use crate::lead_choice::{Belief, with_found};
use crate::lead_time::{LeadTime, LeadTimes};
use crate::limits;
use crate::texts::TemplateVersion;
use crate::time::ahead;
use crate::user::{Preferences, User};

/// How long texts are under way, rated or answered with an opt-out.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// One arm of one experiment, as a reminder remembers it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InArm {
    /// The experiment.
    pub experiment: String,
    /// The arm.
    pub arm: String,
}

/// What experiments have to do with a reminder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trial {
    /// The arms that its user was in when it was last planned. Once a text went out they stay.
    pub arms: Vec<InArm>,
    /// Whether its lead time is not its user's: they have chosen none, and an arm or what is usual
    /// by now gave it.
    pub is_lead_given: bool,
    /// What its lead time was drawn by, where it was found for its user.
    pub lead_by: Vec<Belief>,
    /// When its reader opted out, if no other text came in between.
    pub opted_out_at: Option<Timestamp>,
    /// When its reader first looked at what its link opens.
    pub opened_at: Option<Timestamp>,
}

/// How an experiment stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunState {
    /// Written down; nobody is in it.
    Draft,
    /// Between its start and its end users are in its arms.
    Running,
    /// Over, without a consequence.
    Stopped,
    /// Over; an arm became what is usual.
    Promoted,
}

impl RunState {
    /// The name for people and programs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Promoted => "promoted",
        }
    }
}

/// Something that was decided about an experiment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// What it was from then on.
    pub state: RunState,
    /// By whom: a name, or `monitor`.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// The arm that was promoted, if one was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arm: Option<String>,
    /// What was usual before a promotion, so that it can be taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Usual>,
}

/// An experiment and what became of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The experiment.
    pub experiment: Experiment,
    /// How it stands.
    pub state: RunState,
    /// What was decided, oldest first.
    pub decided: Vec<Decided>,
    /// The winner that awaits somebody's approval, if there is one.
    pub proposed: Option<Proposed>,
    /// For how many whole days since the start the monitor has looked for a winner.
    pub looked_days: u32,
}

/// A winner that the monitor found, and by what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposed {
    /// The arm.
    pub arm: String,
    /// What the report said of it.
    pub evidence: String,
    /// When.
    pub at: Timestamp,
}

impl Run {
    /// A draft, as somebody decided.
    pub fn draft(experiment: Experiment, decided: Decided) -> Self {
        let (state, decided) = (RunState::Draft, vec![decided]);
        Self { experiment, state, decided, proposed: None, looked_days: 0 }
    }

    /// The winner that awaits somebody's approval, while it runs.
    pub fn awaits_approval(&self) -> Option<&Proposed> {
        self.proposed.as_ref().filter(|_| self.state == RunState::Running)
    }

    /// The days since the start after which the monitor is to look for a winner, if it has not yet:
    /// each whole day until the end, and one more for what was still on its way then.
    pub fn look_due(&self, now: Timestamp) -> Option<u32> {
        let started_at = self.started_at()?;
        let until = now.min(ahead(self.experiment.ends_at, A_DAY));
        let days = started_at.duration_until(until).as_hours().div_euclid(24);
        let days = u32::try_from(days).unwrap_or(0);
        let is_asked = self.experiment.promotion != Promotion::ByHand && !self.experiment.is_a_a();
        let waits = self.state == RunState::Running && self.proposed.is_none();
        (is_asked && waits && days > self.looked_days).then_some(days)
    }

    /// Whether users are in it at an instant.
    pub fn is_on(&self, now: Timestamp) -> bool {
        self.state == RunState::Running && self.experiment.runs_at(now)
    }

    /// When it was started; none if it never was.
    pub fn started_at(&self) -> Option<Timestamp> {
        let started = self.decided.iter().find(|decided| decided.state == RunState::Running);
        started.map(|decided| decided.at.max(self.experiment.starts_at))
    }

    /// When it was over, if it is.
    pub fn over_at(&self) -> Option<Timestamp> {
        let is_end =
            |decided: &&Decided| matches!(decided.state, RunState::Stopped | RunState::Promoted);
        self.decided.iter().find(is_end).map(|decided| decided.at)
    }
}

/// What is usual for everybody whom no arm treats otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usual {
    /// The lead time of users who have chosen none, if it is not the one of old.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lead: Option<LeadTime>,
    /// Who writes; none leaves that to the configured share of the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<WordSource>,
    /// The version of the prompt with the label `production`.
    pub prompt: u32,
    /// The version of the templates, if it is not the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<TemplateVersion>,
}

impl Default for Usual {
    fn default() -> Self {
        Self { lead: None, source: None, prompt: 1, template: None }
    }
}

impl Usual {
    /// With what a treatment names.
    pub fn with(self, treatment: Treatment) -> Self {
        Self {
            lead: treatment.lead.or(self.lead),
            source: treatment.source.or(self.source),
            prompt: treatment.prompt.unwrap_or(self.prompt),
            template: treatment.template.or(self.template),
        }
    }
}

/// A version of the prompt that was given the label `production`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    /// The version.
    pub version: u32,
    /// The one before.
    pub before: u32,
    /// Whether that took back an earlier change.
    #[serde(default)]
    pub is_taken_back: bool,
    /// By whom.
    pub by: String,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// All experiments, and what is usual.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Board {
    /// The version of the document; none was stored at 0.
    pub version: u64,
    /// The experiments, oldest first.
    pub runs: Vec<Run>,
    /// What is usual.
    pub usual: Usual,
    /// Which prompts were usual, oldest first; the latest are kept.
    pub labelled: Vec<Labelled>,
}

/// What a plan does to one user because of experiments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enrolment {
    /// The arms they are in.
    pub arms: Vec<InArm>,
    /// The lead time that takes the place of the one they never chose.
    pub lead: Option<LeadTime>,
    /// Who writes, if an arm says so.
    pub source: Option<WordSource>,
    /// The version of the templates that their texts are written by.
    pub template: TemplateVersion,
    /// What is known of the lead times of which one is found for them.
    pub beliefs: Vec<Belief>,
}

impl Enrolment {
    /// Nobody treats them.
    pub const NONE: &'static Self = &Self {
        arms: Vec::new(),
        lead: None,
        source: None,
        template: TemplateVersion::FIRST,
        beliefs: Vec::new(),
    };

    /// The user, as a plan is to see them. The lead time stays in its slot.
    pub fn treat(&self, user: &User) -> User {
        let mut treated = user.clone();
        if let Some(leads) = self.lead.and_then(|lead| given(&user.preferences, lead)) {
            treated.preferences.lead_times = leads;
        }
        treated
    }
}

/// Who writes a text, and with which prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// Who.
    pub source: WordSource,
    /// The version of the prompt, if it is the model.
    pub prompt: u32,
}

impl Board {
    /// The run of an experiment.
    pub fn run(&self, name: &str) -> Option<&Run> {
        self.runs.iter().find(|run| run.experiment.name == name)
    }

    /// Whether an experiment may join: it can be run beside those that are not over.
    ///
    /// # Errors
    /// [`BadExperiment`], the first that applies.
    pub fn check(&self, experiment: &Experiment) -> Result<(), BadExperiment> {
        let is_open = |run: &&Run| matches!(run.state, RunState::Draft | RunState::Running);
        let others: Vec<_> =
            self.runs.iter().filter(is_open).map(|run| run.experiment.clone()).collect();
        experiment.check(&others)
    }

    /// What a plan does to a user. In an experiment is only whom its arms can treat: one of lead
    /// times has nobody who chose their own, one of words nobody for whom no model writes. One of
    /// templates may have anybody, since a template stands in wherever a model fails.
    pub fn enrol(&self, user: &User, is_composed: bool, now: Timestamp) -> Enrolment {
        let has_chosen = has_chosen_leads(&user.preferences);
        let mut enrolment = Enrolment {
            lead: self.usual.lead.filter(|_| !has_chosen),
            template: self.usual.template.unwrap_or_default(),
            ..Enrolment::default()
        };
        for run in self.runs.iter().filter(|run| run.is_on(now)) {
            let experiment = &run.experiment;
            if (experiment.is_of_leads() && has_chosen)
                || (experiment.is_of_words() && !is_composed)
            {
                continue;
            }
            let Some(arm) = experiment.arm_of(&user.id).and_then(|arm| experiment.arms.get(arm))
            else {
                continue;
            };
            enrolment.lead = arm.treatment.lead.or(enrolment.lead);
            enrolment.source = arm.treatment.source.or(enrolment.source);
            enrolment.template = arm.treatment.template.unwrap_or(enrolment.template);
            enrolment
                .arms
                .push(InArm { experiment: experiment.name.clone(), arm: arm.name.clone() });
        }
        enrolment
    }

    /// Who writes the text of a reminder: its arms decide, then what is usual, then whether its
    /// user is in the configured share of the model.
    pub fn words(&self, arms: &[InArm], is_in_share: bool) -> Words {
        let by_share = if is_in_share { WordSource::Model } else { WordSource::Template };
        let mut words =
            Words { source: self.usual.source.unwrap_or(by_share), prompt: self.usual.prompt };
        for treatment in arms.iter().filter_map(|in_arm| self.treatment(in_arm)) {
            words.source = treatment.source.unwrap_or(words.source);
            words.prompt = treatment.prompt.unwrap_or(words.prompt);
        }
        words
    }

    /// The prompt that was usual before the one that is; none if that was always so, or went back.
    pub fn prompt_before(&self) -> Option<u32> {
        let now = self.usual.prompt;
        let is_change = |labelled: &&Labelled| labelled.version == now && !labelled.is_taken_back;
        self.labelled.iter().rev().find(is_change).map(|labelled| labelled.before)
    }

    /// Makes a prompt usual, and keeps who did that and why. Nothing if it is.
    pub fn label(
        &mut self,
        version: u32,
        is_taken_back: bool,
        by: &str,
        reason: &str,
        at: Timestamp,
    ) {
        let before = self.usual.prompt;
        if before == version {
            return;
        }
        self.usual.prompt = version;
        let (by, reason) = (by.to_owned(), reason.to_owned());
        self.labelled.push(Labelled { version, before, is_taken_back, by, reason, at });
        let surplus = self.labelled.len().saturating_sub(limits::PROMPTS_MAX);
        self.labelled.drain(..surplus);
    }

    fn treatment(&self, in_arm: &InArm) -> Option<Treatment> {
        let run = self.run(&in_arm.experiment).filter(|run| run.state == RunState::Running)?;
        run.experiment.arm(&in_arm.arm).map(|arm| arm.treatment)
    }

    /// Whether another experiment fits.
    pub fn has_room(&self) -> bool {
        self.runs.len() < limits::EXPERIMENTS_MAX
    }
}

/// Whether somebody has chosen lead times: anything but what they had from the beginning. Whoever
/// asked for exactly that cannot be told from those who asked for nothing.
pub fn has_chosen_leads(preferences: &Preferences) -> bool {
    preferences.lead_times != LeadTimes::default() || preferences.lead_choice.is_on()
}

/// What a reminder's user wants, as far as the reminder is concerned: a lead time that was given to
/// it stands for as long as they choose none, and one that was found for as long as they allow it.
pub fn as_planned<'a>(
    preferences: &'a Preferences,
    trial: &Trial,
    lead: Option<LeadTime>,
) -> Cow<'a, Preferences> {
    let Some(lead) = lead else { return Cow::Borrowed(preferences) };
    let choice = &preferences.lead_choice;
    if choice.is_on() {
        // One that is not allowed is found anew by the plan, for which the reminder waits.
        let allowed = if choice.allows(lead) { Some(lead) } else { choice.iter().next() };
        return with_found(preferences, allowed.unwrap_or(lead));
    }
    let lead = Some(lead).filter(|_| trial.is_lead_given);
    let Some(lead_times) = lead.and_then(|lead| given(preferences, lead)) else {
        return Cow::Borrowed(preferences);
    };
    Cow::Owned(Preferences { lead_times, ..preferences.clone() })
}

/// The lead times of somebody who chose none, with another in the same slot.
fn given(preferences: &Preferences, lead: LeadTime) -> Option<LeadTimes> {
    let leads =
        (!has_chosen_leads(preferences)).then(|| preferences.lead_times.changed_to(&[lead]));
    leads?.ok()
}
