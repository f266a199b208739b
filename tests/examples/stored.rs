//! Writes down what this release leaves behind, for later ones to be tested with. Run once, when a
//! stored form changes, into a new folder; what a release wrote is never written anew.
//!
//!     cargo run -p tests --example stored -- tests/fixtures/stored/v2

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use tests::stored::{dump, morning, payloads, world_in};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let into = PathBuf::from(std::env::args().nth(1).ok_or("which folder?")?);
    fs::create_dir_all(&into)?;
    let folder = tempfile::tempdir()?;
    let world = world_in(folder.path(), "2026-11-24T03:00:00Z");
    morning(&world).await;
    fs::write(into.join("payloads.txt"), payloads(&world).await)?;
    world.finish().await;
    drop(world);
    fs::write(into.join("store.sql"), dump(&folder.path().join("store.sqlite")))?;
    fs::copy(folder.path().join("sandbox.jsonl"), into.join("sandbox.jsonl"))?;
    Ok(())
}
