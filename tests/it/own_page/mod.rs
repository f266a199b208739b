//! People's own pages, and the links that open them.

mod calendars;
mod links;
mod pages;
mod preview;
mod sign_up;
mod snooze;

const NEW_YORK: &str = "America/New_York";
