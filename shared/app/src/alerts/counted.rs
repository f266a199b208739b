//! The figures of alerts from the counters of all users: marks of each hour of a day, and what was
//! counted since.

use std::sync::Arc;

use async_trait::async_trait;
use domain::alerts::{DailyCost, Spending};
use domain::figures::names::{self, PLANNED};
use domain::figures::{Counts, Dimension, Figures as Counted};
use domain::statistics::Share;
use domain::time::{ahead, back, utc_date};
use futures::join;
use jiff::{SignedDuration, Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::board::{KIND, unreadable};
use crate::figures;
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

type Hours = Vec<(Timestamp, Counts)>;

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
        let (counters, marks, hours) =
            join!(self.metrics.totals(), self.control.document(KIND, MARKS), self.hours(now));
        let (counters, hours) = (counters?, hours?);
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
            let model = sum(hours.iter().filter(|(at, _)| *at >= from)).model;
            Share::new(model.refused, model.calls)
        });
        let last_day = sum(hours.iter().filter(|(at, _)| *at <= now));
        Ok(AlertFigures {
            delivered,
            model_failed: model_failed.collect(),
            opted_out: Some(last_day.opt_outs()),
            model_cost: self.model_cost(&hours, now).await?,
            model_budget: self.budget(Budget::Models, self.budgets.models, now).await?,
            texts_budget: self.budget(Budget::Texts, self.budgets.texts, now).await?,
            planned,
        })
    }
}

impl CountedFigures {
    /// The counters of each hour from a day ago to a day ahead: a model is asked long before the
    /// hour in which its text counts. They are added up several times, and most are of reasons and
    /// sketches that nobody asks for here.
    async fn hours(&self, now: Timestamp) -> Result<Hours, StoreError> {
        let all = Dimension::all();
        let mut hours = self.metrics.hours(&all, back(now, DAY), ahead(now, DAY)).await?;
        let is_kept = |name: &str| {
            name == names::POSTED
                || name == names::OPTED_OUT
                || name == names::USERS_TEXTED
                || name.starts_with(names::MODEL_CALLS)
        };
        hours.iter_mut().for_each(|(_, counts)| counts.retain(|name, _| is_kept(name)));
        Ok(hours)
    }

    /// What texts of today cost, beside those of the active days before. Days before are only read
    /// where a model costs anything.
    async fn model_cost(
        &self,
        hours: &Hours,
        now: Timestamp,
    ) -> Result<Option<DailyCost>, StoreError> {
        let today = utc_date(now);
        let of_today = sum(hours.iter().filter(|(at, _)| utc_date(*at) == today));
        let today_micros = of_today.model.cost_microdollars;
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
    ) -> Result<Vec<CounterMark>, StoreError> {
        let version = stored.as_ref().map_or(0, |document| document.version);
        let read = |document: Document| records::from_json::<CounterMarksV1>(&document.body);
        let marks = stored.map(read).transpose().map_err(unreadable)?;
        let mut marks = marks.unwrap_or_default();
        if marks.last().is_some_and(|last| last.at.duration_until(now) < MARK_EVERY) {
            return Ok(marks);
        }
        // They are read every minute, and most counters are of reasons that nobody asks for.
        let is_kept = |(name, _): &&(String, i64)| name == PLANNED || is_measured(name);
        let counters = counters.iter().filter(is_kept).cloned().collect();
        marks.push(CounterMark { at: now, counters });
        // One beyond a day is kept, from which the day is counted.
        let beyond = marks.iter().filter(|mark| mark.at <= back(now, DAY)).count();
        marks.drain(..beyond.saturating_sub(1));
        let body = records::to_json::<CounterMarksV1>(&marks).map_err(unreadable)?;
        // If another run wrote meanwhile, its mark is as good.
        self.control.put_document(KIND, MARKS, &Document { version: version + 1, body }).await?;
        Ok(marks)
    }
}

fn sum<'a>(hours: impl Iterator<Item = &'a (Timestamp, Counts)>) -> Counted {
    let counts = hours.flat_map(|(_, counts)| counts);
    Counted::of(counts.map(|(name, count)| (name.as_str(), *count)))
}

fn rise(name: &str, before: &[(String, i64)], now: &[(String, i64)]) -> u64 {
    let of = |counters: &[(String, i64)]| {
        counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count)
    };
    // Who is erased takes their counts along.
    u64::try_from(of(now) - of(before)).unwrap_or(0)
}
