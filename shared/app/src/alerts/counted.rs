//! The figures of alerts from the counters of all users: marks of each hour of a day, and what was
//! counted since.

use std::sync::Arc;

use async_trait::async_trait;
use domain::alerts::{DailyCost, Spending};
use domain::figures::Dimension;
use domain::figures::names::{self, PLANNED};
use domain::statistics::Share;
use domain::time::{ahead, back, utc_date};
use futures::join;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::board::{KIND, unreadable};
use crate::figures::{self, Tally, bounds};
use crate::ports::{AlertFigures, Control, Document, Figures, Metrics, StoreError};
use crate::purse::{Budget, DayBudgets, spent};
use crate::records::{self, CounterMarksV1};
use crate::rollout::{figures_between, is_measured};

/// The name of the document with the marks.
const MARKS: &str = "marks";

/// How far apart marks are made.
const MARK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The longest time that is looked back.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How far is looked back for a share, in hours: as far as it takes to have enough.
const BACK: [i64; 3] = [1, 6, 24];

/// Days before today whose cost is compared with today's.
const COST_DAYS: i64 = 14;

/// The counters at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterMark {
    /// When.
    pub at: Timestamp,
    /// Those counters of all users that figures are made of.
    pub counters: Vec<(String, i64)>,
}

/// Figures from counters: what is delivered and planned from marks of the totals, what models did
/// and who opted out from the counters of hours.
#[derive(Clone)]
pub struct CountedFigures {
    /// The counters.
    pub metrics: Arc<dyn Metrics>,
    /// The marks, and what models may have cost.
    pub control: Arc<dyn Control>,
    /// What models and texts may cost.
    pub budgets: DayBudgets,
}

#[async_trait]
impl Figures for CountedFigures {
    async fn figures(&self, now: Timestamp) -> Result<AlertFigures, StoreError> {
        let (counters, marks, counted) =
            join!(self.metrics.totals(), self.control.document(KIND, MARKS), self.counted(now));
        let (counters, counted) = (counters?, counted?);
        let marks = self.marks(marks?, &counters, now).await?;
        let since = |hours: i64| {
            let from = back(now, SignedDuration::from_hours(hours));
            let before = marks.iter().rev().find(|mark| mark.at <= from);
            // A system that is younger than that is looked at from its beginning.
            before.or(marks.first()).map(|mark| &mark.counters)
        };
        let delivered = BACK.into_iter().filter_map(since);
        let delivered =
            delivered.filter_map(|before| figures_between(before, &counters).delivered).collect();
        let a_day_ago = marks.iter().rev().find(|mark| mark.at <= back(now, DAY));
        let planned = a_day_ago.map(|mark| rise(PLANNED, &mark.counters, &counters));
        let model_failed = BACK.into_iter().map(|hours_back| {
            let from = back(now, SignedDuration::from_hours(hours_back));
            let model = counted.between(from, Timestamp::MAX).model;
            Share::new(model.refused, model.calls)
        });
        let last_day = counted.between(Timestamp::MIN, just_after(now));
        Ok(AlertFigures {
            delivered,
            model_failed: model_failed.collect(),
            opted_out: Some(last_day.opt_outs()),
            model_cost: self.model_cost(&counted, now).await?,
            model_budget: self.budget(Budget::Models, self.budgets.models, now).await?,
            texts_budget: self.budget(Budget::Texts, self.budgets.texts, now).await?,
            planned,
        })
    }
}

impl CountedFigures {
    /// The counters from a day ago to a day ahead, between all instants that are asked about: a
    /// model is asked long before the hour in which its text counts. Most counters are of reasons
    /// and sketches that nobody asks for here.
    async fn counted(&self, now: Timestamp) -> Result<Tally, StoreError> {
        let is_wanted = |name: &str| {
            name == names::POSTED
                || name == names::OPTED_OUT
                || name == names::USERS_TEXTED
                || name.starts_with(names::MODEL_CALLS)
        };
        let (begin, end) = bounds(utc_date(now), &TimeZone::UTC);
        let mut asked = vec![begin, end, just_after(now), ahead(now, DAY)];
        asked.extend(BACK.map(|hours| back(now, SignedDuration::from_hours(hours))));
        asked.sort_unstable();
        asked.dedup();
        Tally::read_some(&*self.metrics, &Dimension::all(), &asked, is_wanted).await
    }

    /// What texts of today cost, beside those of the active days before. Days before are only read
    /// where a model costs anything.
    async fn model_cost(
        &self,
        counted: &Tally,
        now: Timestamp,
    ) -> Result<Option<DailyCost>, StoreError> {
        let today = utc_date(now);
        let today_micros = counted.on(today, &TimeZone::UTC).model.cost_microdollars;
        if today_micros == 0 {
            return Ok(None);
        }
        let first = today.saturating_sub(Span::new().days(COST_DAYS));
        let last = today.saturating_sub(Span::new().days(1));
        let before = figures::days(&*self.metrics, &Dimension::all(), first, last).await?;
        let costs = before.parts.iter().map(|(_, figures)| figures.model.cost_microdollars);
        let active: Vec<_> = costs.filter(|cost| *cost > 0).collect();
        Ok(Some(DailyCost {
            today_micros,
            before_micros: active.iter().sum(),
            active_days: u64::try_from(active.len()).unwrap_or(0),
        }))
    }

    async fn budget(
        &self,
        budget: Budget,
        day_max: Option<u64>,
        now: Timestamp,
    ) -> Result<Option<Spending>, StoreError> {
        let Some(budget_micros) = day_max else { return Ok(None) };
        let spent_micros = spent(budget, &*self.control, now).await?;
        Ok(Some(Spending { spent_micros, budget_micros }))
    }

    /// The marks, oldest first, with a new one if it is time.
    async fn marks(
        &self,
        stored: Option<Document>,
        counters: &[(String, i64)],
        now: Timestamp,
    ) -> Result<Arc<Vec<CounterMark>>, StoreError> {
        let version = stored.as_ref().map_or(0, |document| document.version);
        let read = |document: &Document| records::shared_in::<CounterMarksV1>(document);
        let marks = stored.as_ref().map(read).transpose().map_err(unreadable)?;
        let mut marks = marks.unwrap_or_default();
        if marks.last().is_some_and(|last| last.at.duration_until(now) < MARK_EVERY) {
            return Ok(marks);
        }
        // They are read every minute, and most counters are of reasons that nobody asks for.
        let is_kept = |(name, _): &&(String, i64)| name == PLANNED || is_measured(name);
        let counters = counters.iter().filter(is_kept).cloned().collect();
        let kept = Arc::make_mut(&mut marks);
        kept.push(CounterMark { at: now, counters });
        // One beyond a day is kept, from which the day is counted.
        let beyond = kept.iter().filter(|mark| mark.at <= back(now, DAY)).count();
        kept.drain(..beyond.saturating_sub(1));
        let body = records::to_json::<CounterMarksV1>(kept).map_err(unreadable)?;
        // If another run wrote meanwhile, its mark is as good.
        self.control.put_document(KIND, MARKS, &Document::new(version + 1, body)).await?;
        Ok(marks)
    }
}

/// An hour that begins now is one of the last day's.
fn just_after(now: Timestamp) -> Timestamp {
    ahead(now, SignedDuration::from_nanos(1))
}

fn rise(name: &str, before: &[(String, i64)], now: &[(String, i64)]) -> u64 {
    let of = |counters: &[(String, i64)]| {
        counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count)
    };
    // Who is erased takes their counts along.
    u64::try_from(of(now) - of(before)).unwrap_or(0)
}
