//! Composing: a model writes a reminder's text, the facts checker judges it, and whatever goes
//! wrong leaves the template, with the reason.
//!
//! A reminder has a template's text from birth, so nothing here is ever waited for. A model is
//! asked once for an event and a prompt: what came of it stays with the reminder, and a new plan of
//! the same event keeps it.

pub mod prompt;
pub mod prompts;
pub mod regression;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use domain::buckets::{BUCKETS, bucket_of};
use domain::experiment::WordSource;
use domain::facts_check::{self, Expected};
use domain::ids::{ReminderId, UserId};
use domain::limits;
use domain::reminder::{ModelCall, NO_BUDGET, Reminder, State, TextSource};
use domain::states::{Change, apply};
use domain::texts::{Locale, TemplateVersion, template_id};
use domain::time::{UnknownZone, Zones};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use tracing::{instrument, warn};

use self::prompt::Prompt;
use crate::experiments::board;
use crate::ports::{
    Clock, ComposeQueue, Control, ModelAnswer, ModelError, ModelRequest, Reminders, StoreError,
    TextModel, Users,
};
use crate::purse::Purse;
use crate::steps;
use crate::update;

/// How long before its instant a reminder is left alone: a sender may be at it.
const LEAVE_ALONE: SignedDuration = SignedDuration::from_secs(30);

/// Calls for one text, where the first one failed in passing.
const CALLS_MAX: u32 = 2;

/// Who gets texts that a model writes: a share of the users, the same for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelArm {
    /// In percent.
    pub share_percent: u32,
}

impl ModelArm {
    /// Whether a user is in it.
    pub fn holds(self, user: &UserId) -> bool {
        bucket_of(&["model"], user) < self.share_percent.saturating_mul(BUCKETS / 100)
    }
}

/// Where a planner sends what a model may write.
#[derive(Clone)]
pub struct Composing {
    /// The composer's queue.
    pub queue: Arc<dyn ComposeQueue>,
    /// For whom.
    pub arm: ModelArm,
}

/// What a model costs, in millionths of a US dollar for a thousand tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModelPrice {
    /// For what it reads.
    pub input: u64,
    /// For what it writes.
    pub output: u64,
}

impl ModelPrice {
    /// What a thousand tokens cost where a million cost so many millionths of a US dollar. None if
    /// that would have to be rounded.
    pub fn per_thousand(per_million: u64) -> Option<u64> {
        per_million.is_multiple_of(1_000).then_some(per_million / 1_000)
    }

    /// What a call cost, in millionths of a US dollar, rounded up.
    pub fn of(self, input_tokens: u32, output_tokens: u32) -> u64 {
        let cost = self
            .input
            .saturating_mul(input_tokens.into())
            .saturating_add(self.output.saturating_mul(output_tokens.into()));
        cost.div_ceil(1000)
    }
}

/// What a composer may spend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComposeSettings {
    /// For whom it writes.
    pub arm: ModelArm,
    /// What the model costs.
    pub price: ModelPrice,
    /// What the texts of one user's local day may cost, in millionths of a US dollar.
    pub user_day_microdollars_max: u64,
    /// What all texts of one UTC day may cost, in millionths of a US dollar.
    pub day_microdollars_max: u64,
}

impl ComposeSettings {
    /// What is usual, at a price.
    pub fn new(price: ModelPrice) -> Self {
        Self {
            arm: ModelArm { share_percent: 100 },
            price,
            user_day_microdollars_max: limits::MODEL_USER_DAY_MICRODOLLARS,
            day_microdollars_max: limits::MODEL_DAY_MICRODOLLARS,
        }
    }

    /// With what is said otherwise: the share in percent, and what a user's day and everybody's may
    /// cost in millionths of a US dollar.
    pub fn with(self, share: Option<u32>, user_day: Option<u64>, day: Option<u64>) -> Self {
        Self {
            arm: share.map_or(self.arm, |share_percent| ModelArm { share_percent }),
            user_day_microdollars_max: user_day.unwrap_or(self.user_day_microdollars_max),
            day_microdollars_max: day.unwrap_or(self.day_microdollars_max),
            ..self
        }
    }
}

/// What the composer needs.
#[derive(Clone)]
pub struct ComposePorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Reminders.
    pub reminders: Arc<dyn Reminders>,
    /// The experiments, and the prompts.
    pub control: Arc<dyn Control>,
    /// The model.
    pub model: Arc<dyn TextModel>,
    /// The day's budget for everybody.
    pub purse: Arc<Purse>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The zone database.
    pub zones: Zones,
    /// Prices and budgets.
    pub settings: ComposeSettings,
}

/// A text that could not be composed; its job is tried again.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The user's zone is not in the database.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Composed {
    /// The model's text stands.
    ByModel,
    /// The template stands, for this reason.
    ByTemplate(&'static str),
    /// Nothing was to be done: no such reminder, not waiting, due too soon, or asked before.
    Nothing,
}

/// Composes the text of one reminder.
#[instrument(skip_all, fields(reminder.id = %id, outcome))]
pub async fn compose(
    ports: &ComposePorts,
    user: &UserId,
    id: ReminderId,
) -> Result<Composed, ComposeError> {
    steps::ended(compose_now(ports, user, id).await)
}

async fn compose_now(
    ports: &ComposePorts,
    user: &UserId,
    id: ReminderId,
) -> Result<Composed, ComposeError> {
    let (Some(row), Some(person)) =
        (ports.reminders.reminder(user, id).await?, ports.users.user(user).await?)
    else {
        return Ok(Composed::Nothing);
    };
    let words =
        board(&*ports.control).await?.words(&row.trial.arms, ports.settings.arm.holds(user));
    // What may go out after the start needs words that a model cannot foresee.
    if words.source != WordSource::Model
        || !is_wanted(&row, words.prompt, ports.clock.now())
        || person.preferences.quiet_hours.allow_after_start
    {
        return Ok(Composed::Nothing);
    }
    let Some(prompt) = &prompts::version(&*ports.control, words.prompt).await? else {
        let prompt = words.prompt;
        warn!(reminder.id = %id, "Reminder {id} keeps its template: prompt {prompt} is gone");
        return Ok(Composed::Nothing);
    };
    let zone = ports.zones.rules(&person.zone)?;
    let Ok(request) = prompt::request(prompt, &row.facts, row.day_on, &zone, person.locale) else {
        return Ok(Composed::Nothing);
    };
    let asked_at = ports.clock.now();
    let answer = ask_within_budget(ports, &row, &request).await?;
    let now = ports.clock.now();
    let call = call_of(&answer, ports, prompt, now.duration_since(asked_at));
    let (change, composed) = judge(&row, answer, call, &zone, person.locale);
    // Somebody who wrote meanwhile knew better: a plan asks again.
    let Ok(next) = apply(&row, change, now) else { return Ok(Composed::Nothing) };
    if !update::write(&*ports.reminders, &row, &next).await? {
        return Ok(Composed::Nothing);
    }
    if let Composed::ByTemplate(reason) = composed
        && reason != NO_BUDGET
    {
        warn!(reminder.id = %id, reason, "Reminder {id} keeps its template: {reason}");
    }
    Ok(composed)
}

/// Whether a model is to be asked: the reminder waits, there is time, and nobody has asked for this
/// event with this prompt.
pub fn is_wanted(row: &Reminder, prompt: u32, now: Timestamp) -> bool {
    let name = prompt::name_of(prompt);
    let is_asked = row.source.model_call().is_some_and(|call| call.prompt_version == name);
    row.state == State::Scheduled && row.send_at.duration_since(now) > LEAVE_ALONE && !is_asked
}

/// Asks the model if the user's day and everybody's can pay for the dearest answer. What it does
/// not cost goes back.
async fn ask_within_budget(
    ports: &ComposePorts,
    row: &Reminder,
    request: &ModelRequest,
) -> Result<Result<ModelAnswer, ModelError>, StoreError> {
    let (price, now) = (ports.settings.price, ports.clock.now());
    let most = price.of(tokens_max(request), request.output_tokens_max);
    let is_affordable = spent_on(ports, row).await?.saturating_add(most)
        <= ports.settings.user_day_microdollars_max;
    if !is_affordable || !ports.purse.take(most, 0, now).await? {
        return Ok(Err(ModelError::NoBudget));
    }
    let answer = ask(&*ports.model, request).await;
    let cost = match &answer {
        Ok(answer) => price.of(answer.input_tokens, answer.output_tokens),
        // Whether it was billed is not known.
        Err(ModelError::Timeout | ModelError::Unreadable) => most,
        Err(_) => 0,
    };
    ports.purse.give_back(most.saturating_sub(cost), now);
    Ok(answer)
}

/// Tokens that a request has at most: prose has about one for four bytes, Japanese one for two.
fn tokens_max(request: &ModelRequest) -> u32 {
    let examples = request.examples.iter().map(|one| one.data.len() + one.answer.len());
    let bytes = request.instructions.len() + request.data.len() + examples.sum::<usize>();
    u32::try_from(bytes / 2).unwrap_or(u32::MAX)
}

/// What the calls for the user's other texts of that local day cost.
async fn spent_on(ports: &ComposePorts, row: &Reminder) -> Result<u64, StoreError> {
    let day = ports.reminders.reminders_between(&row.user, row.day_on, row.day_on).await?;
    Ok(day
        .iter()
        .filter_map(|row| row.source.model_call())
        .map(|call| call.cost_microdollars)
        .sum())
}

async fn ask(model: &dyn TextModel, request: &ModelRequest) -> Result<ModelAnswer, ModelError> {
    let mut calls = 1;
    loop {
        match model.write(request).await {
            Err(passing) if passing.is_passing() && calls < CALLS_MAX => calls += 1,
            answer => return answer,
        }
    }
}

fn call_of(
    answer: &Result<ModelAnswer, ModelError>,
    ports: &ComposePorts,
    prompt: &Prompt,
    took: SignedDuration,
) -> ModelCall {
    let tokens = |count: fn(&ModelAnswer) -> u32| answer.as_ref().map_or(0, count);
    let (input_tokens, output_tokens) =
        (tokens(|answer| answer.input_tokens), tokens(|answer| answer.output_tokens));
    ModelCall {
        model: answer
            .as_ref()
            .map_or_else(|_| ports.model.name().to_owned(), |answer| answer.model.clone()),
        prompt_version: prompt::name_of(prompt.version),
        input_tokens,
        output_tokens,
        cost_microdollars: ports.settings.price.of(input_tokens, output_tokens),
        took_ms: u64::try_from(took.as_millis()).unwrap_or_default(),
    }
}

/// What an answer does to a reminder: the model's text, or the template with a reason.
pub fn judge(
    row: &Reminder,
    answer: Result<ModelAnswer, ModelError>,
    call: ModelCall,
    zone: &TimeZone,
    locale: Locale,
) -> (Change, Composed) {
    let (id, template) = match &row.source {
        TextSource::Template { id } | TextSource::Fallback { id, .. } => {
            (id.clone(), row.body.clone())
        }
        TextSource::Model { instead_of, template, .. } => {
            let first = || template_id(&row.facts, locale.by(TemplateVersion::FIRST)).to_owned();
            (template.clone().unwrap_or_else(first), instead_of.clone())
        }
    };
    let expected = Expected { facts: &row.facts, zone, locale, nominal_day: row.day_on };
    let checked = answer.map_err(|failed| failed.reason()).and_then(|answer| {
        facts_check::check(&answer.text, &expected).map_err(|refused| refused.as_str())
    });
    let facts = row.facts.clone();
    match checked {
        Ok(body) => {
            let (call, instead_of) = (Box::new(call), template);
            let source = TextSource::Model { call, instead_of, template: Some(id) };
            (Change::Retext { facts, body, source }, Composed::ByModel)
        }
        Err(reason) => {
            let source =
                TextSource::Fallback { id, call: Box::new(call), reason: reason.to_owned() };
            let change = Change::Retext { facts, body: template, source };
            (change, Composed::ByTemplate(reason))
        }
    }
}
