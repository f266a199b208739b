//! A sender and a provider in a few lines, for properties of plans.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::counting::preference;
use crate::fixtures::{Desk, accepted, outcome, receipt};
use crate::ids::{MessageSid, ReminderId};
use crate::pre_send::{SendDecision, Surroundings, check_before_send};
use crate::reasons::DeferReason;
use crate::reminder::{Circumstances, DeliveryStatus, Reminder, SendOutcome, State};
use crate::states::{Change, apply};
use crate::time::{ahead, local_date};

/// What was claimed, and how many texts are out.
#[derive(Debug, Default)]
pub(super) struct Sender {
    claimed: BTreeMap<Date, Vec<ReminderId>>,
    posts: usize,
}

impl Sender {
    fn decide(&self, desk: &Desk, row: &Reminder, now: Timestamp) -> SendDecision {
        let wishes = &desk.user.preferences.counting;
        let copies = desk.events.iter().filter(|event| event.uid == row.uid);
        let today = local_date(now, &desk.zone);
        let around = Surroundings {
            event: copies.min_by_key(|event| preference(event, wishes, Some(&row.calendar))),
            claimed_today: self.claimed.get(&today).map_or(&[], Vec::as_slice),
            ..desk.surroundings()
        };
        check_before_send(row, &around, now)
    }

    /// What was just planned must not make the sender wait for another plan.
    pub(super) fn check_agreement(
        &self,
        desk: &Desk,
        row: &Reminder,
        now: Timestamp,
    ) -> Result<(), TestCaseError> {
        let decision = self.decide(desk, row, now);
        let waits_for_plan =
            matches!(decision, SendDecision::Defer { reason: DeferReason::PlanPending, .. });
        prop_assert!(!waits_for_plan, "{:#?}", row);
        Ok(())
    }

    pub(super) fn send_what_is_due(
        &mut self,
        desk: &mut Desk,
        now: Timestamp,
        dice: &[u8],
    ) -> Result<(), TestCaseError> {
        for index in 0..desk.rows.len() {
            let row = desk.rows[index].clone();
            let die = dice[index % dice.len()];
            desk.rows[index] = match row.state {
                State::Scheduled if row.send_at <= now => self.look(desk, row, now, die)?,
                State::Unknown => settle(&row, now, die),
                _ => continue,
            };
            let row = &desk.rows[index];
            if !row.may_have_been_texted() {
                self.claimed.values_mut().for_each(|day| day.retain(|id| *id != row.id));
            }
        }
        Ok(())
    }

    fn look(
        &mut self,
        desk: &Desk,
        row: Reminder,
        now: Timestamp,
        die: u8,
    ) -> Result<Reminder, TestCaseError> {
        let change = match self.decide(desk, &row, now) {
            SendDecision::Send { validity } => {
                prop_assert!(row.send_at <= now && now < row.last_at, "{:#?}", row);
                let quiet = &desk.user.preferences.quiet_hours;
                prop_assert!(!quiet.is_quiet(now, &desk.zone), "{:#?}", row);
                prop_assert!(
                    !quiet
                        .is_quiet(ahead(now, validity) - SignedDuration::from_secs(1), &desk.zone)
                );
                return self.post(desk, &row, now, die);
            }
            SendDecision::Defer { reason: DeferReason::PlanPending, .. } => return Ok(row),
            SendDecision::Defer { until, last_at, reason } => {
                prop_assert!(until > now && last_at > until, "{:#?} {} {}", row, until, last_at);
                let day_on = local_date(until, &desk.zone);
                Change::Defer { until, last_at, day_on, reason }
            }
            SendDecision::Skip { reason } => Change::Skip(reason),
            SendDecision::Cancel { reason } => Change::Cancel(reason),
        };
        Ok(apply(&row, change, now).unwrap())
    }

    fn post(
        &mut self,
        desk: &Desk,
        row: &Reminder,
        now: Timestamp,
        die: u8,
    ) -> Result<Reminder, TestCaseError> {
        let today = local_date(now, &desk.zone);
        let set = self.claimed.entry(today).or_default();
        if !set.contains(&row.id) {
            set.push(row.id);
        }
        let text = row.body.render(now, row.facts.start, desk.user.locale);
        let claim = Change::Claim {
            to: desk.user.phone.clone(),
            text,
            day_on: today,
            waited_since: None,
            circumstances: Circumstances::default(),
        };
        let row = apply(row, claim, now).unwrap();
        let live = row.attempts.iter().filter(|attempt| attempt.is_live()).count();
        prop_assert_eq!(live, 1, "{:#?}", row);
        let number = row.last_attempt().unwrap().number;
        self.posts += 1;
        let sid = MessageSid::parse(&format!("SM{}", self.posts)).unwrap();
        let then = |row: &Reminder, change| apply(row, change, now).unwrap();
        Ok(match die % 8 {
            0 => row,
            1 => then(&row, Change::GiveBack),
            2 => then(&row, outcome(number, SendOutcome::NotProcessed)),
            3 => then(&row, outcome(number, SendOutcome::Unknown)),
            4 => then(&row, outcome(number, SendOutcome::Rejected(30_001))),
            5 => {
                let row = then(&row, accepted(number, &sid));
                then(&row, receipt(number, &sid, DeliveryStatus::Undelivered, Some(30_003)))
            }
            _ => {
                let row = then(&row, accepted(number, &sid));
                then(&row, receipt(number, &sid, DeliveryStatus::Delivered, None))
            }
        })
    }
}

/// One more list without the text, or news of it.
fn settle(row: &Reminder, now: Timestamp, die: u8) -> Reminder {
    let change = if die.is_multiple_of(3) {
        Change::FoundInList { sid: MessageSid::parse(&format!("SMfound{}", row.id)).unwrap() }
    } else {
        Change::NotListed
    };
    apply(row, change, now).unwrap_or_else(|_| row.clone())
}
