//! The figures of alerts from the counters of all users: marks of each hour of a day, and what was
//! counted since.

use std::sync::Arc;

use async_trait::async_trait;
use domain::time::back;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::board::{KIND, unreadable};
use crate::ports::{AlertFigures, Control, Document, Figures, Metrics, StoreError};
use crate::records::{self, CounterMarksV1};
use crate::rollout::figures_between;

/// The name of the document with the marks.
const MARKS: &str = "marks";

/// How far apart marks are made.
const MARK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// The longest time that is looked back.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How far is looked back for a share, in hours: as far as it takes to have enough.
const BACK: [i64; 3] = [1, 6, 24];

/// The counters at an instant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CounterMark {
    /// When.
    pub at: Timestamp,
    /// The counters of all users.
    pub counters: Vec<(String, i64)>,
}

/// Figures from counters. They tell what is delivered and what is planned; nothing of the model and
/// of opt-outs.
#[derive(Clone)]
pub struct CountedFigures {
    /// The counters.
    pub metrics: Arc<dyn Metrics>,
    /// The marks.
    pub control: Arc<dyn Control>,
}

#[async_trait]
impl Figures for CountedFigures {
    async fn figures(&self, now: Timestamp) -> Result<AlertFigures, StoreError> {
        let counters = self.metrics.totals().await?;
        let marks = self.marks(&counters, now).await?;
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
        let planned = a_day_ago.map(|mark| rise("planned", &mark.counters, &counters));
        Ok(AlertFigures { delivered, planned, ..AlertFigures::default() })
    }
}

impl CountedFigures {
    /// The marks, oldest first, with a new one if it is time.
    async fn marks(
        &self,
        counters: &[(String, i64)],
        now: Timestamp,
    ) -> Result<Vec<CounterMark>, StoreError> {
        let stored = self.control.document(KIND, MARKS).await?;
        let version = stored.as_ref().map_or(0, |document| document.version);
        let read = |document: Document| records::from_json::<CounterMarksV1>(&document.body);
        let marks = stored.map(read).transpose().map_err(unreadable)?;
        let mut marks = marks.unwrap_or_default();
        if marks.last().is_some_and(|last| last.at.duration_until(now) < MARK_EVERY) {
            return Ok(marks);
        }
        marks.push(CounterMark { at: now, counters: counters.to_vec() });
        // One beyond a day is kept, from which the day is counted.
        let beyond = marks.iter().filter(|mark| mark.at <= back(now, DAY)).count();
        marks.drain(..beyond.saturating_sub(1));
        let body = records::to_json::<CounterMarksV1>(&marks).map_err(unreadable)?;
        // If another run wrote meanwhile, its mark is as good.
        self.control.put_document(KIND, MARKS, &Document { version: version + 1, body }).await?;
        Ok(marks)
    }
}

fn rise(name: &str, before: &[(String, i64)], now: &[(String, i64)]) -> u64 {
    let of = |counters: &[(String, i64)]| {
        counters.iter().find(|(counter, _)| counter == name).map_or(0, |(_, count)| *count)
    };
    // Who is erased takes their counts along.
    u64::try_from(of(now) - of(before)).unwrap_or(0)
}
