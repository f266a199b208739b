//! MET: figures equal what the reminders themselves say, and say nothing where nothing happened.

mod feed;
mod figures;
mod traces;
