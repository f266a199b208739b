//! The use cases, and the ports they need. This crate orders the effects and names no technology.

pub mod cancel;
pub mod causes;
pub mod compose;
pub mod domain_events;
pub mod figures;
pub mod fold;
pub mod inbound;
pub mod jobs;
mod line;
pub mod pace;
pub mod plan;
pub mod ports;
pub mod promote;
mod rate;
pub mod receipt;
pub mod records;
pub mod rollout;
pub mod send;
pub mod settle;
pub mod simulate;
pub mod sweep;
pub mod tick;
pub mod update;
pub mod users;
pub mod verify;
pub mod why;
