//! The outlook of a day.

use app::simulate::{LeftOutRow, Outlook, OutlookRow};
use app::why::left_out_words;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::settings::SettingsBody;

/// Which day.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DayAsked {
    /// The local date; today in the user's zone if left out.
    #[param(format = Date, example = "2026-11-23")]
    pub(crate) date: Option<String>,
}

/// A day, and the settings to try on it.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WhatIfBody {
    /// The local date; today in the user's zone if left out.
    #[serde(default)]
    #[schema(format = Date, example = "2026-11-23")]
    pub(crate) date: Option<String>,
    /// The settings to try; what is left out is as it is.
    #[serde(default)]
    pub(crate) settings: SettingsBody,
}

/// What a user is or would be texted on a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OutlookView {
    /// Whose.
    pub(crate) user: String,
    /// Which day.
    #[schema(value_type = String, format = Date)]
    pub(crate) date: Date,
    /// A row for each reminder of the day, by the instant it is due.
    pub(crate) rows: Vec<OutlookRowView>,
    /// Events of the day that get no reminder. Told of today and the days ahead.
    pub(crate) left_out: Vec<LeftOutView>,
    /// Reminders beyond the most rows a day may have.
    pub(crate) over_rows: usize,
}

/// One reminder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct OutlookRowView {
    /// The UID of its event.
    uid: String,
    /// Which occurrence of its series; `-` for an event that does not recur.
    occurrence: String,
    /// What the event is called.
    title: String,
    /// When the event begins.
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// How long before the start it is wanted; null for an all-day entry.
    lead_minutes: Option<u32>,
    /// The instant the lead time names.
    #[schema(value_type = String, format = DateTime)]
    nominal_at: Timestamp,
    /// `send`, `skip` or `cancel`.
    decision: &'static str,
    /// The instant it is texted; null if it is not.
    #[schema(value_type = Option<String>, format = DateTime)]
    send_at: Option<Timestamp>,
    /// Why it is not texted; for one that is, why not at its nominal instant, if so.
    reason: Option<&'static str>,
    /// What is texted; null if nothing is.
    body: Option<String>,
    /// How many segments that costs.
    segments: usize,
}

/// An event that gets no reminder.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct LeftOutView {
    /// Its UID.
    pub(crate) uid: String,
    /// Which occurrence of its series; `-` for an event that does not recur.
    pub(crate) occurrence: String,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) start: Timestamp,
    /// Why it gets none.
    #[schema(example = "declined")]
    pub(crate) reason: String,
    /// The same as a sentence.
    pub(crate) words: String,
}

impl OutlookView {
    pub(crate) fn of(user: &str, date: Date, outlook: Outlook) -> Self {
        Self {
            user: user.to_owned(),
            date,
            rows: outlook.rows.into_iter().map(OutlookRowView::from).collect(),
            left_out: outlook.left_out.into_iter().map(LeftOutView::from).collect(),
            over_rows: outlook.over_rows,
        }
    }
}

impl From<OutlookRow> for OutlookRowView {
    fn from(row: OutlookRow) -> Self {
        Self {
            uid: row.uid,
            occurrence: row.occurrence,
            title: row.title,
            start: row.start,
            lead_minutes: row.lead_minutes,
            nominal_at: row.nominal_at,
            decision: row.decision.as_str(),
            send_at: row.send_at,
            reason: row.reason,
            body: row.body,
            segments: row.segments,
        }
    }
}

impl From<LeftOutRow> for LeftOutView {
    fn from(row: LeftOutRow) -> Self {
        let words = left_out_words(row.reason);
        Self {
            uid: row.uid,
            occurrence: row.occurrence,
            start: row.start,
            reason: row.reason.to_owned(),
            words,
        }
    }
}
