//! Alerts: looking at the system, and telling people what is wrong with it.
//!
//! All that is known of alerts is one document, the [`Board`]. A run of the monitor observes,
//! judges, and writes it; then it tells what the board says is to be told. Every step is a
//! conditional write made before its effect, so of two runs at once one tells.

mod board;
mod counted;
mod digest;
pub(crate) mod heartbeat;
mod observe;
mod tell;

use std::sync::Arc;

use domain::alerts::digest::DigestTime;
use domain::alerts::{IncidentChange, NoticeKind, Severity, evaluate, rules};
use jiff::Timestamp;
use tracing::{error, info, warn};

pub use self::board::{Board, board};
pub use self::counted::{CountedFigures, CounterMark};
pub use self::heartbeat::{SCHEDULER, beat, last_beat};
pub use self::observe::{SightPorts, observe};
pub use self::tell::Told;

use self::board::change;
use self::heartbeat::MONITOR;
use crate::ports::{AlertChannel, Clock, Control, StoreError};

/// What alerts need.
#[derive(Clone)]
pub struct AlertPorts {
    /// The board.
    pub control: Arc<dyn Control>,
    /// What is looked at.
    pub sight: SightPorts,
    /// The ways to tell people.
    pub channels: Vec<Arc<dyn AlertChannel>>,
    /// What is configured.
    pub settings: AlertSettings,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

/// What is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertSettings {
    /// What this deployment is called; part of the keys by which channels know incidents.
    pub deployment: String,
    /// Whether real people wait for texts: only then is anybody woken.
    pub is_production: bool,
    /// The page with the runbooks: an address, or its name in the sources.
    pub runbooks: String,
    /// The address of the dashboard, if it can be reached by one.
    pub dashboard: Option<String>,
    /// When the summary of a day is told.
    pub digest: DigestTime,
}

impl Default for AlertSettings {
    fn default() -> Self {
        Self {
            deployment: "beforehand".to_owned(),
            is_production: false,
            runbooks: "docs/OPERATIONS.md".to_owned(),
            dashboard: None,
            digest: DigestTime::default(),
        }
    }
}

/// Alerts that could not be looked after; the next run goes on.
#[derive(Debug, thiserror::Error)]
pub enum AlertError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others keep writing.
    #[error("others keep changing the alerts: look at them again")]
    Restless,
}

/// What a run did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    /// Incidents that began or ended.
    pub changes: Vec<IncidentChange>,
    /// What was told.
    pub told: Told,
}

/// Looks at everything once, and tells what is to be told.
///
/// # Errors
/// [`AlertError`]; the next run does it again.
pub async fn watch(ports: &AlertPorts) -> Result<Watched, AlertError> {
    let now = ports.clock.now();
    let seen = observe(&ports.sight, now).await;
    let (changes, is_due, is_day_due) = change(&*ports.control, |board| {
        let evaluated = evaluate(rules(), &seen, &board.standings, now);
        board.standings = evaluated.standings;
        board.note_digest(ports, now);
        (evaluated.changes, board.has_due_notice(now), board.has_due_digest(now))
    })
    .await?;
    beat(&*ports.control, MONITOR, now).await?;
    for change in &changes {
        log(change);
    }
    // Nearly always there is nothing to tell, and no need to read the board again to see that.
    let mut told = if is_due { tell::tell(ports, now).await? } else { Told::default() };
    if is_day_due {
        told.add(digest::tell(ports, now).await?);
    }
    Ok(Watched { changes, told })
}

/// Somebody looks after a rule's open incidents. Returns how many that were; those that somebody
/// looks after already are not among them. The channels are told at the next run.
///
/// # Errors
/// [`AlertError`]; nothing was noted then.
pub async fn acknowledge(
    control: &dyn Control,
    rule: &str,
    by: &str,
    now: Timestamp,
) -> Result<usize, AlertError> {
    change(control, |board| {
        let of_rule = board.standings.iter_mut().filter(|standing| standing.rule == rule);
        of_rule.filter_map(|standing| standing.acknowledge(by, now).then_some(())).count()
    })
    .await
}

fn log(change: &IncidentChange) {
    let IncidentChange { rule, key, number, kind } = change;
    let found = rules().iter().find(|known| known.name == *rule);
    let says = found.map_or("", |rule| rule.says.as_str());
    let name = if key.is_empty() { rule.clone() } else { format!("{rule} ({key})") };
    let is_critical = found.is_some_and(|rule| rule.severity == Severity::Critical);
    match kind {
        NoticeKind::Triggered if is_critical => error!(
            alert.rule = rule,
            alert.key = key,
            alert.number = number,
            metric.alerts_opened = 1,
            "Alert {name}: {says}"
        ),
        NoticeKind::Triggered => warn!(
            alert.rule = rule,
            alert.key = key,
            alert.number = number,
            metric.alerts_opened = 1,
            "Alert {name}: {says}"
        ),
        NoticeKind::Acknowledged | NoticeKind::Resolved => {
            info!(
                alert.rule = rule,
                alert.key = key,
                alert.number = number,
                "Alert {name} is over"
            );
        }
    }
}
