//! What a reminder is and when it may be sent: pure rules over plain values.
//!
//! Nothing here waits, reads or writes, knows the time or throws dice; whoever calls passes all of
//! that in. There is one policy: the planner, the sender, the simulator, `why` and the API's
//! preview call these same functions.

pub mod access;
pub mod alerts;
pub mod area_codes;
pub mod buckets;
pub mod calendar_address;
pub mod calendar_event;
pub mod counting;
pub mod countries;
pub mod day_plan;
pub mod difference;
pub mod experiment;
pub mod facts_check;
pub mod figures;
#[cfg(test)]
mod fixtures;
pub mod gates;
pub mod ids;
pub mod keywords;
pub mod lead_choice;
pub mod lead_time;
pub mod limits;
pub mod money;
pub mod pace;
pub mod phone;
pub mod placement;
pub mod pre_send;
pub mod provider_codes;
pub mod quiet_hours;
pub mod quiet_parse;
pub mod ratings;
pub mod reasons;
pub mod reminder;
pub mod retention;
pub mod retry;
pub mod rollout;
pub mod segments;
pub mod sketch;
pub mod snooze;
pub mod states;
pub mod statistics;
pub mod syncing;
pub mod text_hours;
pub mod text_prices;
pub mod texts;
pub mod time;
pub mod trail;
pub mod user;
