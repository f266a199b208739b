//! Lines: jobs whose delays are turns, by deadline.

use domain::limits;
use domain::pace::{Placed, Waiting, line_up};
use domain::time::{ahead, aligned};
use jiff::{SignedDuration, Timestamp};

use crate::jobs::SendJob;
use crate::ports::{DueRow, QueueError, StoreError};
use crate::promote::{PAGE, PromoteError, PromotePorts, delay_until, note};

/// Overdue rows that one line is made from, oldest first. Beyond that a backlog is not in order of
/// deadlines any more, but of the instants at which texts were due.
const LINE_ROWS_MAX: usize = 20_000;

/// Rows without a turn of their own that one line hands over: what is begun, or needs a look for
/// another reason, or has a sender without a rate. A backlog beyond that is not lost but busy.
const AT_ONCE_MAX: usize = 1_000;

/// What became of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Line {
    /// Jobs handed over.
    pub(crate) handed: usize,
    /// Whether somebody must wait for a turn.
    pub(crate) is_crowded: bool,
}

/// Puts everything that is due before `until` in one line that begins at `from`, and hands over
/// those whose turn comes while the line is kept. Who is not among them is in the next one.
pub(crate) async fn line_up_due(
    ports: &PromotePorts,
    until: Timestamp,
    from: Timestamp,
    now: Timestamp,
) -> Result<Line, PromoteError> {
    let rows = read_due(ports, Timestamp::MIN, until, LINE_ROWS_MAX).await?;
    if rows.is_empty() {
        return Ok(Line { handed: 0, is_crowded: false });
    }
    let pace = ports.pacer.pace().await?;
    let rate = pace.line_rate(ports.pacer.rate());
    let from = pace.held(now).map_or(from, |held| held.max(from));
    let end = ahead(now, limits::LINE_FOR);
    let line = line_up(rows, from, rate);
    let is_crowded = line.last().is_some_and(|last| last.turn_at >= ahead(from, SECOND));
    let turns = rate.map_or(0, |rate| usize::try_from(rate.get()).unwrap_or(usize::MAX));
    let most = turns.saturating_mul(LINE_SECONDS).saturating_add(AT_ONCE_MAX);
    let in_time = line.into_iter().take_while(|placed| placed.turn_at < end).take(most);
    let handed = hand_over(ports, in_time).await?;
    Ok(Line { handed, is_crowded: is_crowded && rate.is_some() })
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

/// [`limits::LINE_FOR`] as a number of turns.
const LINE_SECONDS: usize = 65;

/// Gives everything that becomes due in the window its turn, and hands it over with exact delays.
/// Who would wait for minutes is left to the next line. Returns how many jobs that were.
pub(crate) async fn line_up_ahead(
    ports: &PromotePorts,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Result<usize, PromoteError> {
    let rows = read_due(ports, from, until, usize::MAX).await?;
    let start = from.max(aligned(now, SECOND));
    let line = line_up(rows, start, ports.pacer.rate());
    let is_near = |placed: &Placed<DueRow>| {
        placed.turn_at < ahead(placed.due_at.max(start), limits::LINE_BEYOND)
    };
    Ok(hand_over(ports, line.into_iter().filter(is_near)).await?)
}

async fn read_due(
    ports: &PromotePorts,
    from: Timestamp,
    until: Timestamp,
    most: usize,
) -> Result<Vec<Waiting<DueRow>>, StoreError> {
    let mut rows = Vec::new();
    let mut after: Option<DueRow> = None;
    while rows.len() < most {
        let limit = PAGE.min(most - rows.len());
        let page = ports.reminders.due(from, until, after.as_ref(), limit).await?;
        let is_last = page.len() < limit;
        after = page.last().cloned();
        rows.extend(page.into_iter().map(|row| Waiting {
            due_at: row.due_at,
            last_at: row.last_at,
            what: row,
        }));
        if is_last {
            break;
        }
    }
    Ok(rows)
}

async fn hand_over(
    ports: &PromotePorts,
    line: impl Iterator<Item = Placed<DueRow>> + Send,
) -> Result<usize, QueueError> {
    let line: Vec<_> = line.collect();
    for page in line.chunks(PAGE) {
        let now = ports.clock.now();
        let jobs: Vec<_> = page.iter().map(|placed| job(placed, now)).collect();
        ports.sends.enqueue(&jobs).await?;
        note(&jobs);
    }
    Ok(line.len())
}

fn job(placed: &Placed<DueRow>, now: Timestamp) -> (SendJob, SignedDuration) {
    let row = &placed.what;
    let job = SendJob {
        user: row.user.clone(),
        reminder: row.reminder,
        turn_at: row.last_at.map(|_| placed.turn_at),
    };
    (job, delay_until(placed.turn_at, now))
}
