//! Planning a user: roll the mirror, plan each local day in question, write the difference.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use domain::countries::Countries;
use domain::day_plan::{DayPlan, Fate, LeftOut, PlanInput, plan_day};
use domain::difference::{RowWrite, difference};
use domain::experiment::WordSource;
use domain::experiment::board::{Board, Enrolment};
use domain::ids::{ReminderId, UserId};
use domain::lead_choice::Belief;
use domain::limits;
use domain::reminder::{Reminder, State};
use domain::text_hours::{Preset, PresetHours};
use domain::time::{UnknownZone, Zones, ahead, local_date, start_of_day};
use domain::user::{Consent, Planned, User};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use tracing::{error, info, info_span, instrument, warn};

use crate::causes::in_full;
use crate::compose::Composing;
use crate::experiments::board;
use crate::jobs::{ComposeJob, SendJob, day_name};
use crate::ports::{
    Control, Events, LeftOutRecord, MirrorWindow, PhoneKeys, Phones, PlanWrite, PlanWriteResult,
    QueueError, Reminders, RunRecord, SendQueue, StoreError, Users,
};
use crate::promote::{delay_until, is_within_horizon};
use crate::steps;
use crate::users::{MirrorPorts, roll_mirror};

/// How often a plan is made anew because its inputs changed under it.
const TRIES_MAX: usize = 10;

/// Missed days that are still planned, so that what was missed is on record.
const CATCH_UP_DAYS: i64 = 7;

/// Days whose reminders a plan looks back at: the longest lead time, and a deferral at each end.
const LOOK_BACK_DAYS: i64 = 9;

/// What the planner needs.
#[derive(Clone)]
pub struct PlanPorts {
    /// Users and their plans.
    pub users: Arc<dyn Users>,
    /// Their phones.
    pub phones: Arc<dyn Phones>,
    /// The mirror.
    pub events: Arc<dyn Events>,
    /// The reminders.
    pub reminders: Arc<dyn Reminders>,
    /// The rollout switch.
    pub control: Arc<dyn Control>,
    /// Where reminders that are due within minutes go.
    pub sends: Arc<dyn SendQueue>,
    /// Where reminders go that a model may write; none where there is no model.
    pub composing: Option<Composing>,
    /// What rolling the mirror needs.
    pub mirror: MirrorPorts,
    /// Where texts may go.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// The zone database.
    pub zones: Zones,
    /// Names phones.
    pub phone_keys: PhoneKeys,
}

/// A plan that could not be made; its job is tried again, and the next tick asks for it too.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// The inputs keep changing.
    #[error("plan a user: the inputs changed {TRIES_MAX} times while the plan was made")]
    Restless,
}

/// What a plan did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlanOutcome {
    /// Rows written, and what the days' records say.
    Planned {
        /// How many rows were written.
        written: usize,
    },
    /// The user is gone.
    NoUser,
    /// The user's zone is not in the database: nothing is planned in doubt.
    UnknownZone(UnknownZone),
}

/// Plans one user as things stand at `now`.
#[instrument(name = "plan", skip_all, fields(day.planned, rows, outcome))]
pub async fn plan_user(
    ports: &PlanPorts,
    id: &UserId,
    now: Timestamp,
) -> Result<PlanOutcome, PlanError> {
    steps::failed(plan(ports, id, now).await)
}

async fn plan(ports: &PlanPorts, id: &UserId, now: Timestamp) -> Result<PlanOutcome, PlanError> {
    for _ in 0..TRIES_MAX {
        let Some(user) = ports.users.user(id).await? else {
            return Ok(PlanOutcome::NoUser);
        };
        let rules = ports.zones.rules(&user.zone);
        let hours = PresetHours::of(&user, ports.hours, &ports.zones);
        let (zone, preset) = match rules.and_then(|zone| Ok((zone, hours?))) {
            Ok(found) => found,
            Err(unknown) => {
                error!(user.id = %id, "Cannot plan user {id}: {unknown}");
                return Ok(PlanOutcome::UnknownZone(unknown));
            }
        };
        // A roll that changed something raised the inputs' version: look again.
        if roll_mirror(&ports.mirror, &user, &zone, now).await? {
            continue;
        }
        let board = board(&*ports.control).await?;
        let draft = draft(ports, &user, &board, (&zone, &preset), now).await?;
        if draft.rows.is_empty() && user.planned == Some(draft.planned) {
            // A look at a row that is due may have asked for this plan, and comes back by itself.
            // Handing the row over as well would make it ask again at once, and without end.
            let later: Vec<_> = draft.near.into_iter().filter(|(_, at)| *at > now).collect();
            enqueue(ports, &later, now).await?;
            return Ok(PlanOutcome::Planned { written: 0 });
        }
        let write = PlanWrite {
            user: id,
            inputs_version: user.inputs_version,
            planned: draft.planned,
            rows: &draft.rows,
            records: &draft.records,
        };
        if ports.reminders.write_plan(&write).await? == PlanWriteResult::Written {
            enqueue(ports, &draft.near, now).await?;
            ask_for_texts(ports, &board, &draft.rows, now).await;
            note(&user, &draft);
            let written = draft.rows.len();
            info!(user.id = %id, rows = written, "Planned user {id}: {written} rows written");
            return Ok(PlanOutcome::Planned { written });
        }
    }
    Err(PlanError::Restless)
}

/// A plan before it is written.
struct Draft {
    planned: Planned,
    rows: Vec<RowWrite>,
    records: Vec<RunRecord>,
    /// What is due within the horizon, whether this plan changes it or a former one did that was
    /// cut short before it put the jobs into the queue. What is due of a former one is found by the
    /// sweep.
    near: Vec<(SendJob, Timestamp)>,
}

/// Notes which day was planned, and in the trace of each reminder that its plan was written.
fn note(user: &User, draft: &Draft) {
    let span = tracing::Span::current();
    span.record("day.planned", day_name(&user.zone, draft.planned.on));
    span.record("rows", draft.rows.len());
    for RowWrite { row, .. } in &draft.rows {
        let (id, revision, state) = (row.id, row.revision, row.state);
        drop(info_span!("planned", reminder.id = %id, revision, ?state));
    }
}

async fn draft(
    ports: &PlanPorts,
    user: &User,
    board: &Board,
    (zone, preset): (&TimeZone, &PresetHours),
    now: Timestamp,
) -> Result<Draft, PlanError> {
    let mut enrolment = enrolment(ports, user, board, now);
    enrolment.beliefs = beliefs(&*ports.reminders, user, zone, now).await?;
    let enrolment = &enrolment;
    let user = &enrolment.treat(user);
    let (first, last) = days_to_plan(user, zone, now);
    let window = MirrorWindow {
        from: start_of_day(shift(first, -1), zone),
        until: start_of_day(shift(last, limits::MIRROR_DAYS_AHEAD + 1), zone),
    };
    let events = ports.events.events_between(&user.id, window).await?;
    let (from, to) = (shift(first, -LOOK_BACK_DAYS), shift(last, limits::MIRROR_DAYS_AHEAD + 2));
    let existing = ports.reminders.reminders_between(&user.id, from, to).await?;
    let phone = ports.phones.phone(&ports.phone_keys.key(&user.phone)).await?;
    // Every user's phone has a row; if it is gone, nobody is known to have agreed.
    let consent = phone.map_or(Consent::OptedOut, |phone| phone.consent);
    let rollout = ports.control.rollout().await?;
    let input = PlanInput {
        user,
        zone,
        preset,
        consent,
        rollout: &rollout,
        countries: &ports.countries,
        events: &events,
        existing: &existing,
        enrolment,
    };
    let (rows, records) = plan_days(&input, dates(first, last).collect(), now);
    let planned = Planned { on: last, inputs_version: user.inputs_version };
    let near = rows.near(now);
    Ok(Draft { planned, rows: rows.into_writes(), records, near })
}

/// Plans these days and all others on which something waits, one after the other, each on top of
/// those before it.
pub(crate) fn plan_days(
    input: &PlanInput<'_>,
    mut days: BTreeSet<Date>,
    now: Timestamp,
) -> (Rows, Vec<RunRecord>) {
    let waiting = input.existing.iter().filter(|row| row.state == State::Scheduled);
    days.extend(waiting.map(|row| row.day_on));
    let mut rows = Rows::of(input.existing.to_vec());
    let mut records = Vec::new();
    while let Some(day) = days.pop_first() {
        let existing = rows.current();
        let input = PlanInput { existing: &existing, ..*input };
        let plan = plan_day(&input, day, now);
        let writes = difference(&plan, &input, now);
        records.push(record(&plan, day, writes.len(), now));
        // What moves to another day is measured by that day's limit.
        let moved = writes.iter().map(|write| &write.row).filter(|row| row.day_on != day);
        days.extend(moved.filter(|row| row.state == State::Scheduled).map(|row| row.day_on));
        rows.write(writes);
    }
    (rows, records)
}

/// The arms of experiments that a user is in.
fn enrolment(ports: &PlanPorts, user: &User, board: &Board, now: Timestamp) -> Enrolment {
    // No model writes what may go out after the start.
    let is_composed = ports.composing.is_some() && !user.preferences.quiet_hours.allow_after_start;
    board.enrol(user, is_composed, now)
}

/// What is known of the lead times of which one is found for a user; nothing is read where none is.
pub(crate) async fn beliefs(
    reminders: &dyn Reminders,
    user: &User,
    zone: &TimeZone,
    now: Timestamp,
) -> Result<Vec<Belief>, StoreError> {
    let choice = &user.preferences.lead_choice;
    if choice.is_off() {
        return Ok(Vec::new());
    }
    let today = local_date(now, zone);
    let from = shift(today, -limits::LEAD_CHOICE_DAYS);
    Ok(choice.beliefs(&reminders.reminders_between(&user.id, from, today).await?, now))
}

/// From the first local day that has no plan yet, or today, to the one that 20 minutes from now
/// belongs to.
fn days_to_plan(user: &User, zone: &TimeZone, now: Timestamp) -> (Date, Date) {
    let today = local_date(now, zone);
    let last = local_date(ahead(now, limits::PLAN_AHEAD), zone);
    let missed = user.planned.map_or(today, |planned| shift(planned.on, 1));
    let first = missed.clamp(shift(today, -CATCH_UP_DAYS), today);
    (first, last)
}

/// Rows as they will be, while day after day is planned, and what must be written for it.
pub(crate) struct Rows {
    current: BTreeMap<ReminderId, Reminder>,
    writes: BTreeMap<ReminderId, Option<u64>>,
}

impl Rows {
    fn of(existing: Vec<Reminder>) -> Self {
        let current = existing.into_iter().map(|row| (row.id, row)).collect();
        Self { current, writes: BTreeMap::new() }
    }

    pub(crate) fn current(&self) -> Vec<Reminder> {
        self.current.values().cloned().collect()
    }

    fn write(&mut self, writes: Vec<RowWrite>) {
        for write in writes {
            // Of several changes to one row, the first names the stored revision.
            self.writes.entry(write.row.id).or_insert(write.expected);
            self.current.insert(write.row.id, write.row);
        }
    }

    fn near(&self, now: Timestamp) -> Vec<(SendJob, Timestamp)> {
        let waiting = self.current.values().filter(|row| row.state == State::Scheduled);
        let near = waiting.filter(|row| is_within_horizon(row.send_at, now));
        let job = SendJob::of;
        near.map(|row| (job(row), row.send_at)).collect()
    }

    fn into_writes(mut self) -> Vec<RowWrite> {
        let writes = std::mem::take(&mut self.writes).into_iter();
        let rows = writes.filter_map(|(id, expected)| {
            self.current.remove(&id).map(|row| RowWrite { row, expected })
        });
        rows.collect()
    }
}

fn record(plan: &DayPlan, on: Date, written: usize, now: Timestamp) -> RunRecord {
    let left_out = |event: &LeftOut| LeftOutRecord {
        uid: event.uid.as_str().to_owned(),
        occurrence: event.occurrence.as_str().to_owned(),
        start: event.start,
        reason: event.reason.map_or("begun_before_first_seen", |reason| reason.as_str()).to_owned(),
    };
    RunRecord {
        on,
        at: now,
        scheduled: plan.wanted.iter().filter(|wanted| wanted.fate == Fate::Schedule).count(),
        written,
        over_rows: plan.over_rows,
        left_out: plan.left_out.iter().map(left_out).collect(),
    }
}

async fn enqueue(
    ports: &PlanPorts,
    near: &[(SendJob, Timestamp)],
    now: Timestamp,
) -> Result<(), QueueError> {
    let delayed = |(job, at): &(SendJob, Timestamp)| (job.clone(), delay_until(*at, now));
    let jobs: Vec<_> = near.iter().map(delayed).collect();
    if jobs.is_empty() { Ok(()) } else { ports.sends.enqueue(&jobs).await }
}

/// Asks for a model's texts for what was written. A job that is lost here costs nothing but the
/// model's words: the template stands.
async fn ask_for_texts(ports: &PlanPorts, board: &Board, rows: &[RowWrite], now: Timestamp) {
    let Some(composing) = &ports.composing else { return };
    let wanted = rows.iter().map(|write| &write.row).filter(|row| {
        let words = board.words(&row.trial.arms, composing.arm.holds(&row.user));
        words.source == WordSource::Model && crate::compose::is_wanted(row, words.prompt, now)
    });
    let jobs: Vec<_> = wanted.map(ComposeJob::of).collect();
    if jobs.is_empty() {
        return;
    }
    if let Err(failed) = composing.queue.enqueue(&jobs).await {
        let lost = jobs.len();
        warn!("{lost} reminders keep their templates: {}", in_full(&failed));
    }
}

fn shift(date: Date, days: i64) -> Date {
    date.saturating_add(Span::new().days(days))
}

fn dates(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first.series(Span::new().days(1)).take_while(move |date| *date <= last)
}
