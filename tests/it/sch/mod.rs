//! SCH: planning a day.

mod basics;
mod changes;
mod limits;
mod missed;
mod recurring;
mod titles;

const NEW_YORK: &str = "America/New_York";
