//! The HTTP API: users, settings, calendars, reminders, and why.
//!
//! [`router`] is served by hyper on a laptop and as a Lambda function behind an API gateway. It
//! names no adapter: whoever wires it up fills [`ApiState`].

mod auth;
mod body;
mod dashboard;
mod definition;
mod etag;
mod extract;
mod gate;
mod idempotency;
mod limits;
mod openapi;
mod page;
pub mod pages;
mod problem;
mod prometheus;
mod routes;
mod state;

pub use auth::{BadToken, SecretToken};
pub use definition::definition;
pub use gate::Guard;
pub use openapi::{document, to_json};
pub use problem::{FieldError, Problem};
pub use routes::router;
pub use state::ApiState;
