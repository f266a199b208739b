//! A lead time that is found for one user, among those that they allow, by what they think of their
//! texts (Thompson 1933).
//!
//! For each lead time a Beta distribution says how likely its reader is to like a text of it. One
//! share is drawn from each, and the lead time with the largest is taken. So what is liked is taken
//! more and more often, and what little is known of is still tried.
//!
//! What is known is counted anew from the reminders of the last weeks, which are the only record:
//! no counter can disagree with them, a taste that changes is followed, and who is erased is
//! forgotten. A reminder keeps the lead time that it was planned with.

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF};

use crate::buckets::share_of;
use crate::ids::UserId;
use crate::lead_time::{BadLeadTime, LeadSlot, LeadTime, LeadTimes};
use crate::limits;
use crate::ratings::GOOD_STARS_MIN;
use crate::reminder::{Reminder, State};
use crate::time::back;
use crate::user::Preferences;

/// Parts of an opinion: a text that was answered counts as so many, and one that was not as one
/// that was not liked. Who does not answer may have liked it, so that says little; but that texts
/// of one lead time are answered more often than those of another says something.
pub const PARTS: u32 = 4;

/// How long its reader may say something before a text counts as not answered.
const SILENT_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Steps of a bisection; more than a draw needs, and the same everywhere.
const BISECTIONS: u32 = 40;

/// The lead times of which one is found; none where that is switched off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct LeadChoice(Vec<LeadTime>);

/// What is known of a lead time, in quarters of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Belief {
    /// The lead time.
    pub lead: LeadTime,
    /// What was liked.
    pub good: u32,
    /// What was not, or not answered.
    pub bad: u32,
}

impl LeadChoice {
    /// A choice among lead times; of none, which switches it off.
    ///
    /// # Errors
    /// [`BadLeadTime::Count`] if there are too many, or one, which is no choice.
    pub fn new(leads: &[LeadTime]) -> Result<Self, BadLeadTime> {
        let mut leads = leads.to_vec();
        leads.sort();
        leads.dedup();
        if leads.len() == 1 || leads.len() > limits::LEAD_TIMES_MAX {
            return Err(BadLeadTime::Choice { count: leads.len() });
        }
        Ok(Self(leads))
    }

    /// Whether a lead time is to be found.
    pub fn is_on(&self) -> bool {
        !self.0.is_empty()
    }

    /// Whether their lead times are as they named them.
    pub fn is_off(&self) -> bool {
        !self.is_on()
    }

    /// Whether a lead time is among them.
    pub fn allows(&self, lead: LeadTime) -> bool {
        self.0.contains(&lead)
    }

    /// The lead times, the shortest first.
    pub fn iter(&self) -> impl Iterator<Item = LeadTime> + '_ {
        self.0.iter().copied()
    }

    /// What a user's reminders say of each lead time.
    pub fn beliefs(&self, rows: &[Reminder], now: Timestamp) -> Vec<Belief> {
        let of = |lead: LeadTime| {
            let mine = rows.iter().filter(|row| row.lead == Some(lead));
            let verdicts = mine.filter_map(|row| verdict(row, now));
            verdicts.fold(Belief { lead, good: 0, bad: 0 }, |belief, (good, bad)| Belief {
                good: belief.good + good,
                bad: belief.bad + bad,
                ..belief
            })
        };
        self.iter().map(of).collect()
    }

    /// The lead time for the events that begin on a date of the user's, by what is known. Who is
    /// planned twice gets the same, since the dice are a hash of user, date and lead time.
    pub fn of_day(&self, user: &UserId, on: Date, beliefs: &[Belief]) -> Option<LeadTime> {
        let dice = |lead: LeadTime| {
            let (on, minutes) = (on.to_string(), lead.minutes().to_string());
            share_of(&["lead", &on, &minutes], user)
        };
        let known = |lead| beliefs.iter().find(|belief| belief.lead == lead).copied();
        let known = |lead| known(lead).unwrap_or(Belief { lead, good: 0, bad: 0 });
        drawn(self.iter().map(known), dice)
    }
}

impl Belief {
    /// How likely its texts are liked, as far as is known: a half where nothing is.
    pub fn expected(self) -> f64 {
        let (good, bad) = self.shape();
        good / (good + bad)
    }

    /// The share below which the true one lies with the probability `p`.
    pub fn quantile(self, p: f64) -> f64 {
        let (good, bad) = self.shape();
        let Ok(beta) = Beta::new(good, bad) else { return p };
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..BISECTIONS {
            let middle = f64::midpoint(low, high);
            if beta.cdf(middle) < p { low = middle } else { high = middle }
        }
        f64::midpoint(low, high)
    }

    /// The parameters of its Beta distribution, which begins as an even one.
    fn shape(self) -> (f64, f64) {
        let texts = |parts: u32| 1.0 + f64::from(parts) / f64::from(PARTS);
        (texts(self.good), texts(self.bad))
    }
}

/// The lead time whose share, drawn with the dice it gets, is the largest.
pub fn drawn(
    beliefs: impl Iterator<Item = Belief>,
    dice: impl Fn(LeadTime) -> f64,
) -> Option<LeadTime> {
    let draws = beliefs.map(|belief| (belief.quantile(dice(belief.lead)), belief.lead));
    draws.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, lead)| lead)
}

/// A user's wishes with a lead time that was found for them, in the place of all they named. It
/// takes their first slot, so a text of an event is one, whatever its lead time becomes.
pub fn with_found(preferences: &Preferences, lead: LeadTime) -> Cow<'_, Preferences> {
    match LeadTimes::in_slot(first_slot(preferences), lead) {
        same if same == preferences.lead_times => Cow::Borrowed(preferences),
        lead_times => Cow::Owned(Preferences { lead_times, ..preferences.clone() }),
    }
}

/// The slot that a lead time takes that is found.
pub fn first_slot(preferences: &Preferences) -> LeadSlot {
    preferences.lead_times.iter().map(|(slot, _)| slot).min().unwrap_or(LeadSlot::new(0))
}

/// What a text says of its lead time, in parts: liked, and not. None where it says nothing, as
/// while it may still be answered.
fn verdict(row: &Reminder, now: Timestamp) -> Option<(u32, u32)> {
    let good = Some((PARTS, 0));
    let bad = Some((0, PARTS));
    if row.trial.opted_out_at.is_some() {
        return bad;
    }
    if let Some(rating) = &row.rating {
        return if rating.stars >= GOOD_STARS_MIN { good } else { bad };
    }
    if row.acknowledged_at.is_some() {
        return good;
    }
    let is_silent = row.state == State::Delivered
        && row.snoozes.is_empty()
        && row.send_at <= back(now, SILENT_AFTER);
    is_silent.then_some((0, 1))
}
