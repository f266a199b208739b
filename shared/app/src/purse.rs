//! A day's budget that many processes share: that of all calls to models, and that of all texts.
//!
//! Money is taken from the stored budget before it is spent, in portions, by a conditional write:
//! however many processes there are, together they never spend more than the day's budget. What a
//! portion leaves over is spent later; what a process that dies had in hand counts as spent. So a
//! process begins with what it needs, and takes as much again whenever that is used up: functions
//! that come and go all day lose little more than they spend.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::utc_date;
use futures::lock::Mutex as TakingTurns;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::ports::{Control, Document, StoreError};
use crate::records::{self, SpendV1};

/// The name of the document; its kind is the budget's.
const NAME: &str = "spend";

/// How often a portion is asked for when others take theirs at the same time.
const TRIES_MAX: usize = 10;

/// A portion is at most this part of the day's budget, or what is needed at once.
const PORTIONS: u64 = 100;

/// What money is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Budget {
    /// Calls to models.
    Models,
    /// Texts.
    Texts,
    /// The part of all texts that asks owners of numbers whether they signed up.
    OptIns,
}

impl Budget {
    fn kind(self) -> &'static str {
        match self {
            Self::Models => "model",
            Self::Texts => "texts",
            Self::OptIns => "opt-ins",
        }
    }
}

/// What may be spent on a UTC day, in millionths of a US dollar; none: there is no such budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DayBudgets {
    /// On calls to models.
    pub models: Option<u64>,
    /// On texts.
    pub texts: Option<u64>,
}

/// What was taken from the budget of a UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spend {
    /// The day.
    pub on: Date,
    /// How much, in millionths of a US dollar.
    pub microdollars: u64,
}

/// The budget, and what this process has in hand of it.
pub struct Purse {
    budget: Budget,
    control: Arc<dyn Control>,
    day_max: u64,
    in_hand: Mutex<InHand>,
    /// Whoever takes a portion: the others of this process wait, for it may do for them as well.
    taking: TakingTurns<()>,
}

/// What a process has of a day's budget.
#[derive(Debug, Clone, Copy)]
struct InHand {
    on: Date,
    /// In hand, in millionths of a US dollar.
    left: u64,
    /// Taken on that day by this process, what is in hand included.
    taken: u64,
}

impl InHand {
    fn nothing(on: Date) -> Self {
        Self { on, left: 0, taken: 0 }
    }
}

impl Purse {
    /// A purse for a budget of `day_max` millionths of a US dollar.
    pub fn new(budget: Budget, control: Arc<dyn Control>, day_max: u64) -> Self {
        let in_hand = Mutex::new(InHand::nothing(Date::MIN));
        Self { budget, control, day_max, in_hand, taking: TakingTurns::default() }
    }

    /// Takes what something may cost at most. False if the day's budget does not have it. What
    /// will `soon` be needed for more of the kind is taken with it, if money has to be taken.
    ///
    /// # Errors
    /// [`StoreError`]; nothing was taken then, and nothing may be spent.
    pub async fn take(
        &self,
        microdollars: u64,
        soon: u64,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let on = utc_date(now);
        if self.take_in_hand(microdollars, on) {
            return Ok(true);
        }
        let _turn = self.taking.lock().await;
        for _ in 0..TRIES_MAX {
            if self.take_in_hand(microdollars, on) {
                return Ok(true);
            }
            let document = self.control.document(self.budget.kind(), NAME).await?;
            let taken = stored(document.as_ref())?.filter(|spend| spend.on >= on);
            // A clock that is behind another's spends that other's day.
            let before = taken.unwrap_or(Spend { on, microdollars: 0 });
            let left = self.day_max.saturating_sub(before.microdollars);
            let more = self.taken(on).max(microdollars.saturating_add(soon));
            let portion = microdollars.max(more.min(self.day_max / PORTIONS)).min(left);
            if portion < microdollars {
                return Ok(false);
            }
            let after = Spend { microdollars: before.microdollars + portion, ..before };
            let version = document.map_or(0, |document| document.version) + 1;
            let body = records::to_json::<SpendV1>(&after).map_err(unreadable)?;
            let document = Document::new(version, body);
            if self.control.put_document(self.budget.kind(), NAME, &document).await? {
                self.put_in_hand(portion, on);
            }
        }
        // That others were faster each time says nothing of what is left.
        Err(StoreError::Transient {
            operation: "take from a day's budget",
            source: "others took theirs each time".into(),
        })
    }

    /// Puts back what was taken at `taken_at` and not spent. On another day it is worth nothing.
    pub fn give_back(&self, microdollars: u64, taken_at: Timestamp) {
        let mut in_hand = self.in_hand();
        if in_hand.on == utc_date(taken_at) {
            in_hand.left = in_hand.left.saturating_add(microdollars);
        }
    }

    fn take_in_hand(&self, microdollars: u64, on: Date) -> bool {
        let mut in_hand = self.in_hand();
        let is_enough = in_hand.on == on && in_hand.left >= microdollars;
        if is_enough {
            in_hand.left -= microdollars;
        }
        is_enough
    }

    fn put_in_hand(&self, microdollars: u64, on: Date) {
        let mut in_hand = self.in_hand();
        // What was taken on another day is not this day's to spend.
        if in_hand.on != on {
            *in_hand = InHand::nothing(on);
        }
        in_hand.left = in_hand.left.saturating_add(microdollars);
        in_hand.taken = in_hand.taken.saturating_add(microdollars);
    }

    /// What this process took on a day.
    fn taken(&self, on: Date) -> u64 {
        let in_hand = self.in_hand();
        if in_hand.on == on { in_hand.taken } else { 0 }
    }

    fn in_hand(&self) -> MutexGuard<'_, InHand> {
        self.in_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was taken from the budget on the day of `now`, portions in hand included.
///
/// # Errors
/// [`StoreError`].
pub async fn spent(
    budget: Budget,
    control: &dyn Control,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let document = control.document(budget.kind(), NAME).await?;
    let spend = stored(document.as_ref())?.filter(|spend| spend.on == utc_date(now));
    Ok(spend.map_or(0, |spend| spend.microdollars))
}

fn stored(document: Option<&Document>) -> Result<Option<Spend>, StoreError> {
    let read = |document: &Document| records::in_document::<SpendV1>(document);
    document.map(read).transpose().map_err(unreadable)
}

fn unreadable(bad: records::BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write what was spent", what: bad.to_string() }
}
