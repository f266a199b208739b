//! A life in which nothing fails but the answers of the provider, many of which never come.

use std::collections::{BTreeMap, BTreeSet};

use adapters_embedded::dice::SeededDice;
use adapters_embedded::sms_sandbox::{Answer, CallbackPlan, Script, SmsSandbox};
use app::ports::Dice;
use domain::reasons::SkipReason;
use domain::reminder::{AttemptOutcome, Reminder, State};
use jiff::SignedDuration;

use super::Simulation;
use super::totals::Totals;

/// A text that has less time from its first claim to its last instant may well be too late: to know
/// that one never arrived takes a minute.
const TIME_ENOUGH: SignedDuration = SignedDuration::from_secs(290);

/// Which posts end without an answer.
pub(super) struct Doubts {
    dice: SeededDice,
    percent: u64,
}

impl Doubts {
    pub(super) fn new(seed: u64, percent: u64) -> Self {
        Self { dice: SeededDice::new(seed.wrapping_mul(0x9e37_79b9) ^ 0x00d0_0b75), percent }
    }

    /// Decides what becomes of the answer to the next post to this number. Says whether it is lost.
    pub(super) fn script(&self, sandbox: &SmsSandbox, to: &str) -> bool {
        let number = u64::from_le_bytes(std::array::from_fn(|_| self.dice.byte()));
        if number % 100 >= self.percent {
            return false;
        }
        let processed = self.dice.byte() < 128;
        let is_lost = self.dice.byte() < 128;
        let answer =
            if is_lost { Answer::Lost { processed } } else { Answer::ServerError { processed } };
        // Without a callback only the list can tell.
        let plans = [CallbackPlan::AsItHappens, CallbackPlan::Never, CallbackPlan::Twice];
        let callbacks = plans[usize::from(self.dice.byte()) % plans.len()].clone();
        let script = Script { answer, callbacks, ..Script::default() };
        sandbox.script_next_to(to, &script, 1);
        true
    }
}

impl Simulation {
    /// People edit their calendars, and nothing else happens.
    pub(super) async fn doubt(&mut self) {
        let id = self.chance.pick(&self.ids()).clone();
        self.edit(&id).await;
    }
}

/// How many reminders have a text, by number and words.
pub(super) fn alike(rows: &[Reminder]) -> BTreeMap<(String, String), usize> {
    let mut alike = BTreeMap::new();
    for row in rows {
        let texts = row.attempts.iter().map(|one| (one.to.as_e164().to_owned(), one.text.clone()));
        for text in texts.collect::<BTreeSet<_>>() {
            *alike.entry(text).or_default() += 1;
        }
    }
    alike
}

/// Counts a reminder that was posted and could have arrived, and whether it is known that it did.
pub(super) fn count(
    totals: &mut Totals,
    row: &Reminder,
    alike: &BTreeMap<(String, String), usize>,
) {
    let posted =
        |attempt: &&domain::reminder::Attempt| attempt.outcome != AttemptOutcome::GivenBack;
    let Some(first) = row.attempts.iter().find(posted) else { return };
    // Whoever withdrew it, or may not be disturbed, does not want it any more.
    let is_withdrawn = matches!(
        row.state,
        State::Cancelled(_)
            | State::Skipped(SkipReason::QuietHours | SkipReason::QuietUntilAfterStart)
    );
    if is_withdrawn || first.claimed_at + TIME_ENOUGH > row.last_at {
        return;
    }
    // Two lead times of one event may come to one instant, and their texts cannot be told apart: if
    // one of them is found, none is sent again.
    let is_alike = |one: &domain::reminder::Attempt| {
        alike.get(&(one.to.as_e164().to_owned(), one.text.clone())).is_some_and(|count| *count > 1)
    };
    if row.attempts.iter().any(is_alike) {
        totals.alike += 1;
        totals.alike_arrived += u64::from(row.state == State::Delivered);
        return;
    }
    totals.could_arrive += 1;
    if row.state == State::Delivered {
        totals.arrived += 1;
    } else {
        let (id, steps) = (row.id, crate::inspect::timed_steps(row));
        totals.astray.push(format!("{id} of {} until {}: {steps}", row.user, row.last_at));
    }
}
