//! The thread that owns a connection, and how it is asked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread::JoinHandle;

use app::ports::StoreError;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::failure::Failure;

/// Requests carried out in one transaction. More would share a flush among more, but let each wait
/// longer.
const BATCH_MAX: usize = 512;

/// Requests that may wait; whoever asks beyond that waits for a place.
const WAITING_MAX: usize = 4_096;

/// Whether work may change something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It changes nothing.
    Read,
    /// It may.
    Write,
}

/// A thread with a connection of its own.
pub(super) struct Worker {
    requests: Option<mpsc::Sender<Box<dyn Request>>>,
    thread: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a thread that owns `connection`.
    pub(super) fn start(name: &str, connection: Connection) -> Self {
        let (requests, waiting) = mpsc::channel(WAITING_MAX);
        let run = move || run(&connection, waiting);
        // Where no thread can be had, the receiver is dropped and every request is answered so.
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run).ok();
        Self { requests: Some(requests), thread }
    }

    /// Has `work` carried out and waits for the answer, which comes after the commit.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        kind: Kind,
        operation: &'static str,
        work: impl FnMut(&Connection) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, StoreError> {
        let no_answer = || Failure::no_answer().into_error(operation);
        let (answer, answered) = oneshot::channel();
        let request = Box::new(Asked { kind, work, result: None, answer });
        let requests = self.requests.as_ref().ok_or_else(no_answer)?;
        requests.send(request).await.map_err(|_| no_answer())?;
        match answered.await {
            Ok(Ok((result, _work))) => Ok(result),
            Ok(Err(failure)) => Err(failure.into_error(operation)),
            Err(_) => Err(no_answer()),
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // The thread ends when it has done what is waiting and nobody can ask any more.
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // A panic there was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// A request of any answer.
trait Request: Send {
    /// Whether it may change something.
    fn kind(&self) -> Kind;

    /// Carries it out within a transaction. May be called again after a rollback.
    fn carry_out(&mut self, connection: &Connection) -> Result<(), Failure>;

    /// Tells whoever asked what came of it, now that it is committed.
    fn answer(self: Box<Self>);

    /// Tells whoever asked that it failed.
    fn fail(self: Box<Self>, failure: Failure);
}

struct Asked<T, W> {
    kind: Kind,
    work: W,
    result: Option<T>,
    // The work goes back with its result, so that its memory is freed by the thread it came from.
    answer: oneshot::Sender<Result<(T, W), Failure>>,
}

impl<T, W> Request for Asked<T, W>
where
    T: Send,
    W: FnMut(&Connection) -> Result<T, Failure> + Send,
{
    fn kind(&self) -> Kind {
        self.kind
    }

    fn carry_out(&mut self, connection: &Connection) -> Result<(), Failure> {
        self.result = Some((self.work)(connection)?);
        Ok(())
    }

    fn answer(self: Box<Self>) {
        // Whoever asked may have stopped waiting; what was done stays done.
        let Self { work, result, answer, .. } = *self;
        let _ = answer.send(result.map(|result| (result, work)).ok_or_else(Failure::no_answer));
    }

    fn fail(self: Box<Self>, failure: Failure) {
        let _ = self.answer.send(Err(failure));
    }
}

fn run(connection: &Connection, mut waiting: mpsc::Receiver<Box<dyn Request>>) {
    let mut batch = Vec::with_capacity(BATCH_MAX);
    while waiting.blocking_recv_many(&mut batch, BATCH_MAX) > 0 {
        let done = catch_unwind(AssertUnwindSafe(|| {
            answer_reads(connection, &mut batch);
            carry_out(connection, &mut batch);
        }));
        if done.is_err() {
            // The panic's own message is on record. Those who asked learn that there is no answer.
            roll_back(connection);
            batch.clear();
        }
    }
}

/// Answers what is only asked for, before anything beside it is changed: so nobody reads what is
/// not committed, or waits for a flush.
fn answer_reads(connection: &Connection, batch: &mut Vec<Box<dyn Request>>) {
    let reads: Vec<_> = batch.extract_if(.., |each| each.kind() == Kind::Read).collect();
    if reads.is_empty() {
        return;
    }
    // One snapshot for all; without it each would take and leave its own.
    let begun = execute(connection, "BEGIN");
    for mut read in reads {
        match read.carry_out(connection) {
            Ok(()) => read.answer(),
            Err(failure) => read.fail(failure),
        }
    }
    if begun.is_ok() {
        roll_back(connection);
    }
}

/// Carries out a batch in one transaction. A request that fails on its own is taken out and the
/// others are carried out anew, so that none suffers from another.
fn carry_out(connection: &Connection, batch: &mut Vec<Box<dyn Request>>) {
    while !batch.is_empty() {
        match attempt(connection, batch) {
            Ok(()) => return batch.drain(..).for_each(Request::answer),
            Err((index, failure)) => {
                roll_back(connection);
                match (index, &failure) {
                    (Some(index), Failure::Request(_)) => batch.remove(index).fail(failure),
                    _ => return batch.drain(..).for_each(|each| each.fail(failure.clone())),
                }
            }
        }
    }
}

fn attempt(
    connection: &Connection,
    batch: &mut [Box<dyn Request>],
) -> Result<(), (Option<usize>, Failure)> {
    // Nobody in particular is to blame, and what was asked for may well work the next time.
    let whole =
        |error: rusqlite::Error| (None, Failure::Surroundings(Failure::from(error).to_string()));
    execute(connection, "BEGIN").map_err(whole)?;
    for (index, request) in batch.iter_mut().enumerate() {
        request.carry_out(connection).map_err(|failure| (Some(index), failure))?;
    }
    execute(connection, "COMMIT").map_err(whole)
}

fn roll_back(connection: &Connection) {
    // SQLite may have rolled back by itself, on a full disk for one.
    if !connection.is_autocommit()
        && let Err(error) = execute(connection, "ROLLBACK")
    {
        tracing::error!(error = %Failure::from(error), "Could not roll back a transaction");
    }
}

fn execute(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}
