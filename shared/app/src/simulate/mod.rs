//! What would be texted, and why other things would not: the preview of days to come.
//!
//! It decides nothing by itself. It asks the planner's own functions, on what is stored or on a
//! calendar that somebody holds in their hands, and writes the answer down in rows.

mod outlook;
mod row;
mod stored;

pub use outlook::outlook;
pub use row::{Decision, LeftOutRow, Outlook, OutlookRow, rows_of};
pub use stored::{OUTLOOK_DAYS_AHEAD_MAX, SimulateError, SimulatePorts, simulate, simulate_with};

#[cfg(test)]
mod property;
#[cfg(test)]
mod tests;
