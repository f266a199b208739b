//! From the plan of a day to the rows to write: only what differs.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::day_plan::{DayPlan, Fate, PlanInput, Wanted};
use crate::experiment::WordSource;
use crate::experiment::board::Trial;
use crate::ids::ReminderId;
use crate::lead_choice::Belief;
use crate::reminder::{Reminder, State, TextSource};
use crate::states::{Change, Place, apply, is_allowed};
use crate::texts::{Body, EventFacts, template_id, write};
use crate::trail::{Step, Trail};

/// One row to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowWrite {
    /// The row as it should be.
    pub row: Reminder,
    /// The revision it must have now; none where it must not exist.
    pub expected: Option<u64>,
}

/// What must be written so that the stored rows are what the plan says. Planning again from the
/// result yields nothing.
pub fn difference(plan: &DayPlan, input: &PlanInput<'_>, now: Timestamp) -> Vec<RowWrite> {
    let existing: HashMap<ReminderId, &Reminder> =
        input.existing.iter().map(|row| (row.id, row)).collect();
    let mut writes = Vec::with_capacity(plan.wanted.len());
    for wanted in &plan.wanted {
        match existing.get(&wanted.id) {
            None => writes.push(RowWrite { row: create(wanted, input, now), expected: None }),
            Some(row) => writes.extend(adjust(row, wanted, input, now)),
        }
    }
    for (id, reason) in &plan.withdrawn {
        if let Some(row) = existing.get(id) {
            writes.extend(changed(row, Change::Cancel(*reason), now));
        }
    }
    writes
}

fn create(wanted: &Wanted, input: &PlanInput<'_>, now: Timestamp) -> Reminder {
    let event = &input.events[wanted.event];
    let (facts, body, source) = words(wanted, input);
    let send_at = wanted.send_at;
    let mut trail = Trail::default();
    let is_late = wanted.fate == Fate::Schedule && wanted.wanted_at > wanted.nominal.at;
    trail
        .push(now, if is_late { Step::PlannedLate { send_at } } else { Step::Planned { send_at } });
    let state = match wanted.fate {
        Fate::Schedule => State::Scheduled,
        Fate::Skip(reason) => {
            trail.push(now, Step::Skipped { reason });
            State::Skipped(reason)
        }
        Fate::Cancel(reason) => {
            trail.push(now, Step::Cancelled { reason });
            State::Cancelled(reason)
        }
    };
    Reminder {
        user: input.user.id.clone(),
        id: wanted.id,
        calendar: wanted.calendar.clone(),
        uid: event.uid.clone(),
        occurrence: event.occurrence.clone(),
        slot: wanted.nominal.slot,
        round: wanted.round,
        lead: wanted.nominal.lead,
        when: event.when,
        facts,
        state,
        revision: 1,
        nominal_at: wanted.nominal.at,
        wanted_at: wanted.wanted_at,
        send_at,
        last_at: wanted.last_at,
        day_on: wanted.day_on,
        retry_at: None,
        body,
        source,
        attempts: Vec::new(),
        planned_at: now,
        rating: None,
        trial: trial(None, wanted, input),
        acknowledged_at: None,
        snoozes: Vec::new(),
        trail,
    }
}

fn adjust(
    row: &Reminder,
    wanted: &Wanted,
    input: &PlanInput<'_>,
    now: Timestamp,
) -> Option<RowWrite> {
    let is_waiting = row.state == State::Scheduled;
    match wanted.fate {
        // Asked before the row is copied: most of what a plan leaves out was closed by one before.
        Fate::Skip(reason) if is_allowed(row.state, State::Skipped(reason)) => {
            changed(row, Change::Skip(reason), now)
        }
        Fate::Cancel(reason) if is_allowed(row.state, State::Cancelled(reason)) => {
            changed(row, Change::Cancel(reason), now)
        }
        Fate::Skip(_) | Fate::Cancel(_) => None,
        Fate::Schedule => {
            let (facts, body, source) = words(wanted, input);
            let (body, source) = if input.enrolment.source == Some(WordSource::Template) {
                (body, source)
            } else {
                kept_words(row, (&facts, body, source), wanted.day_on, input)
            };
            let is_placed = is_waiting
                && !row.is_moved(&input.events[wanted.event])
                && row.lead == wanted.nominal.lead
                && row.nominal_at == wanted.nominal.at
                && row.send_at == wanted.send_at
                && row.last_at == wanted.last_at
                && row.day_on == wanted.day_on;
            if !is_placed {
                let place = Place {
                    lead: wanted.nominal.lead,
                    when: input.events[wanted.event].when,
                    facts,
                    body,
                    source,
                    nominal_at: wanted.nominal.at,
                    wanted_at: wanted.wanted_at,
                    send_at: wanted.send_at,
                    last_at: wanted.last_at,
                    day_on: wanted.day_on,
                };
                let change = Some(Change::Place(Box::new(place)));
                return enrolled(row, change, trial(Some(row), wanted, input), now);
            }
            let is_said = row.facts.title == facts.title
                && row.facts.location == facts.location
                && row.facts.meeting_link == facts.meeting_link
                && row.facts.first_of == facts.first_of
                && row.body == body;
            let change = (!is_said).then_some(Change::Retext { facts, body, source });
            enrolled(row, change, trial(Some(row), wanted, input), now)
        }
    }
}

/// What a model wrote of the same event stays, and so does that it had nothing good to say, in
/// whichever version the template is by now.
fn kept_words(
    row: &Reminder,
    (facts, body, source): (&EventFacts, Body, TextSource),
    day_on: Date,
    input: &PlanInput<'_>,
) -> (Body, TextSource) {
    let is_same = row.facts.start == facts.start
        && row.facts.title == facts.title
        && row.facts.location == facts.location
        && row.facts.meeting_link == facts.meeting_link
        && row.facts.first_of == facts.first_of;
    let is_by_template = |text: &Body| {
        let version = row.source.template_version();
        let is_written_by = || write(facts, input.zone, input.user.locale.by(version), day_on);
        *text == body || (version != input.enrolment.template && *text == is_written_by())
    };
    match (&row.source, source) {
        (TextSource::Model { instead_of, .. }, _) if is_same && is_by_template(instead_of) => {
            (row.body.clone(), row.source.clone())
        }
        (TextSource::Fallback { call, reason, .. }, TextSource::Template { id })
            if is_same && is_by_template(&row.body) =>
        {
            (body, TextSource::Fallback { id, call: call.clone(), reason: reason.clone() })
        }
        (_, source) => (body, source),
    }
}

/// What experiments have to do with a reminder. The arms under which a text went out stay.
fn trial(row: Option<&Reminder>, wanted: &Wanted, input: &PlanInput<'_>) -> Trial {
    let enrolment = input.enrolment;
    let given = enrolment.lead.filter(|lead| wanted.nominal.lead == Some(*lead));
    let texted = row.filter(|row| row.may_have_been_texted());
    Trial {
        arms: texted.map_or(&enrolment.arms, |row| &row.trial.arms).clone(),
        is_lead_given: given.is_some(),
        lead_by: lead_by(row, wanted, input),
        opted_out_at: row.and_then(|row| row.trial.opted_out_at),
        opened_at: row.and_then(|row| row.trial.opened_at),
    }
}

/// What the lead time of a reminder was drawn by, if it was found: what was known when it was.
fn lead_by(row: Option<&Reminder>, wanted: &Wanted, input: &PlanInput<'_>) -> Vec<Belief> {
    let choice = &input.user.preferences.lead_choice;
    if !wanted.nominal.lead.is_some_and(|lead| choice.allows(lead)) {
        return Vec::new();
    }
    let is_kept = |row: &&Reminder| row.lead == wanted.nominal.lead;
    let known = row.filter(is_kept).map(|row| &row.trial.lead_by);
    known.filter(|known| !known.is_empty()).unwrap_or(&input.enrolment.beliefs).clone()
}

/// The row after a change, if there is one, and in its arms.
fn enrolled(
    row: &Reminder,
    change: Option<Change>,
    trial: Trial,
    now: Timestamp,
) -> Option<RowWrite> {
    let mut next = match change {
        Some(change) => apply(row, change, now).ok()?,
        None => row.clone(),
    };
    if next.trial != trial {
        let Trial { arms, is_lead_given, lead_by, .. } = trial;
        next = apply(&next, Change::Enrol { arms, is_lead_given, lead_by }, now).ok()?;
    }
    (next.revision > row.revision).then_some(RowWrite { row: next, expected: Some(row.revision) })
}

fn changed(row: &Reminder, change: Change, now: Timestamp) -> Option<RowWrite> {
    let next = apply(row, change, now).ok()?;
    Some(RowWrite { row: next, expected: Some(row.revision) })
}

fn words(wanted: &Wanted, input: &PlanInput<'_>) -> (EventFacts, Body, TextSource) {
    let style = input.user.locale.by(input.enrolment.template);
    let event = Reminder::facts_of(&input.events[wanted.event], input.zone);
    let facts = EventFacts { first_of: wanted.first_of, ..event };
    let body = write(&facts, input.zone, style, wanted.day_on);
    let id = template_id(&facts, style).to_owned();
    (facts, body, TextSource::Template { id })
}
