//! Prints the OpenAPI document: `cargo run -p api --example openapi > docs/openapi.json`.

use std::io::{Write, stdout};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    stdout().write_all(api::to_json()?.as_bytes())?;
    Ok(())
}
