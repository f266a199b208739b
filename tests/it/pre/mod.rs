//! PRE: the check before a text is sent.

mod doubt;
mod limits;
mod quiet;
mod withdrawn;

const NEW_YORK: &str = "America/New_York";
