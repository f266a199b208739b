//! The outer world over HTTP: Twilio and calendars.

pub mod chat;
pub mod feed;
pub mod ics;
pub mod transport;
pub mod twilio;
