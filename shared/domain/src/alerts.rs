//! Alerts: what is watched, when somebody is told, and by which channel.
//!
//! Rules are data ([`rules`]). [`evaluate`] looks at what was observed and at how each rule stood,
//! and says how it stands now and which incidents began or ended. Data that is missing is a state
//! of its own: it opens nothing, and it ends nothing.

pub mod digest;
mod incidents;
mod notices;
mod observations;
mod rules;
#[cfg(test)]
mod tests;

pub use self::incidents::{
    Acknowledged, Evaluated, Incident, IncidentChange, Standing, State, evaluate,
};
pub use self::notices::{Channel, Course, Delivery, Notice, NoticeKind, Routing, Tries};
pub use self::observations::{DailyCost, Measured, Observations, Planning, Spending};
pub use self::rules::{AlertRule, Broken, Severity, Unit, Watch, rules};
