//! Spans of the use cases as OpenTelemetry traces.
//!
//! A trace is what became of one reminder: its id is the trace's, so the tick's, the planner's, the
//! promoter's, the sender's, the webhook's and the fold's steps with it are found together, in
//! whichever process they ran, and nothing has to travel through queues and tables for it. What is
//! done for many at once (a tick, a plan, a batch) is a span of a trace of its own, to which the
//! steps of single reminders link.
//!
//! `tracing-opentelemetry` gives ids by where a span was made and not by what it is about, and the
//! SDK below it exports from a thread of its own, which a function that has answered does not run.
//! What is left of both is the form on the wire, which `prost` writes here by the messages of the
//! specification. Nothing in here waits or speaks HTTP: whoever runs a process takes batches out.

mod layer;
mod queue;
mod spans;
pub mod wire;

pub use self::layer::TraceLayer;
pub use self::queue::{Batch, SPANS_MAX, Traces};
pub use self::spans::{ATTRIBUTES, trace_of_day};

/// Below the address of a collector, where traces go.
pub const PATH: &str = "/v1/traces";

/// What the body of an export is.
pub const CONTENT_TYPE: &str = "application/x-protobuf";
