//! The summary of a day: once, by each channel that takes summaries, tried again like alerts.
//!
//! What became of it stands on the board, which every run reads anyway. Each try is noted there
//! before it is made, so of two runs at once one tells it.

use domain::alerts::digest::{
    Compared, DAYS_BEFORE, Digest, DigestCourse, DigestDay, DigestNotice, DigestPart,
    RolloutStanding, attention, described,
};
use domain::alerts::{Channel, Standing};
use domain::figures::Dimension;
use domain::rollout::RolloutStage;
use futures::future::try_join_all;
use jiff::civil::Date;
use jiff::{Span, Timestamp};
use tracing::{error, info, warn};

use super::board::{Board, board, change};
use super::tell::{BUDGET, Told};
use super::{AlertError, AlertPorts};
use crate::causes::in_full;
use crate::experiments;
use crate::figures::{Tally, bounds};
use crate::ports::{ChannelError, StoreError};
use crate::rollout::progress;

/// Stages and variants that a summary tells apart.
const PARTS_MAX: usize = 24;

impl Board {
    /// Notes the summary that is due, if it is time for another.
    pub(super) fn note_digest(&mut self, ports: &AlertPorts, now: Timestamp) {
        let channels: Vec<_> = ports.channels.iter().map(|channel| channel.channel()).collect();
        let time = &ports.settings.digest;
        self.digest = Some(DigestCourse::next(self.digest.as_ref(), time, &channels, now));
    }

    /// Whether a summary is to be told now.
    pub(super) fn has_due_digest(&self, now: Timestamp) -> bool {
        self.digest.as_ref().is_some_and(|course| course.is_due(now))
    }
}

/// Tells what is due of the summary.
pub(super) async fn tell(ports: &AlertPorts, now: Timestamp) -> Result<Told, AlertError> {
    let mut told = Told::default();
    let board = board(&*ports.control).await?;
    let Some(course) = board.digest.as_ref().filter(|course| course.is_due(now)) else {
        return Ok(told);
    };
    let tells_of = course.tells_of();
    let digest = digest(ports, &board, tells_of, now).await?;
    for _ in 0..domain::limits::ALERT_TRIES_MAX * 4 {
        if now.duration_until(ports.clock.now()) >= BUDGET {
            break;
        }
        let begin = |board: &mut Board| begin(board, tells_of, ports, now);
        let Some((by, goes_out)) = change(&*ports.control, begin).await? else { break };
        if !goes_out {
            told.not_delivered += 1;
            error!(
                alert.channel = by.name(),
                metric.alerts_not_delivered = 1,
                "The summary of {tells_of} could not be told by {}: nobody there read it",
                by.name()
            );
            continue;
        }
        let outcome = deliver(ports, by, &digest).await;
        match &outcome {
            Ok(()) => told.delivered += 1,
            Err(_) => told.failed += 1,
        }
        let done = ports.clock.now();
        change(&*ports.control, |board| {
            let Some(notice) = waiting(board, tells_of, |notice| notice.by == by) else { return };
            match &outcome {
                Ok(()) => notice.delivery.succeed(by, done),
                Err(failed) => {
                    notice.delivery.fail(matches!(failed, ChannelError::Permanent(_)), now);
                }
            }
        })
        .await?;
    }
    Ok(told)
}

/// Begins the first try that is due: by which channel, and whether it is made at all. It is not
/// once the channel was tried often enough, or is configured no more.
fn begin(
    board: &mut Board,
    tells_of: Date,
    ports: &AlertPorts,
    now: Timestamp,
) -> Option<(Channel, bool)> {
    let notice = waiting(board, tells_of, |notice| notice.delivery.is_due(now))?;
    let by = notice.by;
    let is_there = ports.channels.iter().any(|channel| channel.channel() == by);
    let route = if is_there { &[by][..] } else { &[] };
    Some((by, notice.delivery.begin(route, now).is_some()))
}

fn waiting(
    board: &mut Board,
    tells_of: Date,
    is_it: impl Fn(&DigestNotice) -> bool,
) -> Option<&mut DigestNotice> {
    let course = board.digest.as_mut().filter(|course| course.tells_of() == tells_of)?;
    let mut waiting = course.told.iter_mut().filter(|notice| notice.delivery.is_waiting());
    waiting.find(|notice| is_it(notice))
}

async fn deliver(ports: &AlertPorts, by: Channel, digest: &Digest) -> Result<(), ChannelError> {
    let found = ports.channels.iter().find(|channel| channel.channel() == by);
    let Some(found) = found else {
        return Err(ChannelError::Permanent("there is no such channel".into()));
    };
    let told = found.summarise(digest).await;
    let (name, on) = (by.name(), digest.on);
    match &told {
        Ok(()) => info!(alert.channel = name, "Told the summary of {on} by {name}"),
        Err(failed) => warn!(
            alert.channel = name,
            "Could not tell the summary of {on} by {name}: {}",
            in_full(failed)
        ),
    }
    told
}

/// The stages of the rollout, and the variants of the experiments that ran on the day, between the
/// beginnings of the week and of the day, and the day's end.
async fn parts(
    ports: &AlertPorts,
    [begin, day_begin, end]: [Timestamp; 3],
) -> Result<Vec<DigestPart>, StoreError> {
    let mut asked: Vec<_> = RolloutStage::ALL
        .into_iter()
        .map(|stage| (format!("stage {}", stage.name()), Dimension::stage(stage)))
        .collect();
    let board = experiments::board(&*ports.control).await?;
    let ran = board.runs.iter().filter(|run| {
        run.started_at().is_some_and(|at| at < end) && run.over_at().is_none_or(|at| at > day_begin)
    });
    for run in ran {
        let of = &run.experiment;
        asked.extend(of.arms.iter().map(|arm| {
            (format!("{}: {}", of.name, arm.name), Dimension::arm(&of.name, &arm.name))
        }));
    }
    asked.truncate(PARTS_MAX);
    let read = asked.into_iter().map(|(name, dimension)| async move {
        let bounds = [begin, day_begin, end];
        let tally = Tally::read(&*ports.sight.metrics, &dimension, &bounds).await?;
        let (day, week) = (tally.between(day_begin, end), tally.between(begin, day_begin));
        Ok(Compared { day: &day, week: &week, week_days: 0 }.part(name))
    });
    Ok(try_join_all(read).await?.into_iter().flatten().collect())
}

/// What the summary of a date says.
async fn digest(
    ports: &AlertPorts,
    board: &Board,
    on: Date,
    at: Timestamp,
) -> Result<Digest, StoreError> {
    let (settings, control) = (&ports.settings, &*ports.control);
    let zone = &settings.digest.zone;
    let first = on.saturating_sub(Span::new().days(DAYS_BEFORE));
    let (begin, _) = bounds(first, zone);
    let (day_begin, end) = bounds(on, zone);
    let (metrics, everybody) = (&*ports.sight.metrics, Dimension::all());
    let (tally, rollout, course) = futures::try_join!(
        Tally::of_dates(metrics, &everybody, (first, on), zone),
        control.rollout(),
        progress(control),
    )?;
    let dates: Vec<_> =
        (0..=DAYS_BEFORE).map(|days| first.saturating_add(Span::new().days(days))).collect();
    let (day, week) = (tally.between(day_begin, end), tally.between(begin, day_begin));
    // Days before the first that has any figures are days before the system was there.
    let is_there = |date: &&Date| tally.begins_at().is_some_and(|at| at < bounds(**date, zone).1);
    let week_days = dates.iter().filter(|date| **date < on).filter(is_there).count();
    let week_days = u64::try_from(week_days).unwrap_or(0);
    let compared = Compared { day: &day, week: &week, week_days };
    let standing = RolloutStanding {
        is_on: rollout.is_on,
        stage: rollout.stage.name(),
        gate: course.look.as_ref().map(|look| look.report.verdict),
    };
    let open: Vec<&Standing> = board.standings.iter().filter(|s| s.open().is_some()).collect();
    let chart = dates.iter().map(|date| {
        let figures = tally.on(*date, zone);
        DigestDay { on: *date, sent: figures.sent, delivered: figures.delivered }
    });
    Ok(Digest {
        deployment: settings.deployment.clone(),
        at,
        on,
        zone: settings.digest.zone_name.clone(),
        attention: attention(&open, &standing, &compared),
        lines: compared.lines(),
        parts: parts(ports, [begin, day_begin, end]).await?,
        days: chart.collect(),
        open: open.into_iter().map(described).collect(),
        rollout: standing.words(),
        dashboard: settings.dashboard.clone(),
    })
}
