//! The outer world: Twilio, models, calendars, and the channels of alerts.

pub mod alerts;
pub mod chat;
pub mod entropy;
pub mod feed;
pub mod ics;
pub mod oidc;
pub mod transport;
pub mod twilio;
