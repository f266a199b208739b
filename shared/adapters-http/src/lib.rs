//! The outer world: Twilio, models, calendars, and the channels of alerts.

pub mod accounts;
pub mod alerts;
pub mod caldav;
pub mod chat;
mod entries;
pub mod entropy;
pub mod feed;
pub mod google;
pub mod ics;
pub mod microsoft;
pub mod oauth;
pub mod oidc;
pub mod providers;
pub mod twilio;
