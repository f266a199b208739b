//! What requests and answers carry. These structs are the API's own: the domain may change without
//! them.

pub(crate) mod alerts;
pub(crate) mod bugs;
pub(crate) mod calendar;
pub(crate) mod codes;
pub(crate) mod connection;
pub(crate) mod consent;
pub(crate) mod experiment_report;
pub(crate) mod experiments;
pub(crate) mod ics;
pub(crate) mod import;
pub(crate) mod key;
pub(crate) mod metrics;
pub(crate) mod outlook;
pub(crate) mod person;
pub(crate) mod prompts;
pub(crate) mod ratings;
pub(crate) mod readers;
pub(crate) mod reminder;
pub(crate) mod rollout;
pub(crate) mod rollout_settings;
pub(crate) mod settings;
pub(crate) mod system;
pub(crate) mod user;
pub(crate) mod verify;
pub(crate) mod why;

use domain::lead_time::LeadTime;

/// A lead time as people write it: `15m`, `1h`, `2d`.
pub(crate) fn lead(lead: LeadTime) -> String {
    match lead.minutes() {
        minutes if minutes % (24 * 60) == 0 => format!("{}d", minutes / (24 * 60)),
        minutes if minutes % 60 == 0 => format!("{}h", minutes / 60),
        minutes => format!("{minutes}m"),
    }
}
