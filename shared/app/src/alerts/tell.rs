//! Telling what the board says is to be told.

use domain::alerts::{AlertRule, Channel, Incident, Notice, NoticeKind, Routing, Standing, rules};
use domain::limits;
use jiff::{SignedDuration, Timestamp};
use tracing::{error, info, warn};

use super::board::{Board, change};
use super::{AlertError, AlertPorts, AlertSettings};
use crate::causes::in_full;
use crate::ports::{AlertNotice, ChannelError};

/// How long one run tells: less than its function may take, with one slow channel more.
pub(super) const BUDGET: SignedDuration = SignedDuration::from_secs(20);

/// What was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// Notices that a channel took.
    pub delivered: usize,
    /// Tries that failed; those notices come again, perhaps by another channel.
    pub failed: usize,
    /// Notices that no channel took.
    pub not_delivered: usize,
}

impl Told {
    pub(super) fn add(&mut self, more: Self) {
        self.delivered += more.delivered;
        self.failed += more.failed;
        self.not_delivered += more.not_delivered;
    }
}

/// A try that was begun: it is noted on the board, and nobody else makes it.
struct Begun {
    place: Place,
    /// The channel and what to say; none if no channel is left.
    to_tell: Option<(Channel, AlertNotice)>,
}

/// Where a notice stands.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    rule: String,
    key: String,
    number: u64,
    kind: NoticeKind,
}

/// Tells what is due: each try is noted before it is made, and its outcome after. Killed in
/// between, the try comes again.
pub(super) async fn tell(ports: &AlertPorts, now: Timestamp) -> Result<Told, AlertError> {
    let routing = Routing {
        is_production: ports.settings.is_production,
        channels: ports.channels.iter().map(|channel| channel.channel()).collect(),
    };
    let mut told = Told::default();
    for _ in 0..limits::ALERT_NOTICES_MAX {
        if now.duration_until(ports.clock.now()) >= BUDGET {
            break;
        }
        let begin = |board: &mut Board| begin(board, &routing, &ports.settings, now);
        let Some(begun) = change(&*ports.control, begin).await? else { break };
        let Some((channel, notice)) = begun.to_tell else {
            told.not_delivered += 1;
            tell_of_nobody(&begun.place, routing.channels.is_empty());
            continue;
        };
        let outcome = deliver(ports, channel, &notice).await;
        match &outcome {
            Ok(()) => told.delivered += 1,
            Err(_) => told.failed += 1,
        }
        let done = ports.clock.now();
        change(&*ports.control, |board| {
            let Some(stored) = begun.place.find(board) else { return };
            match &outcome {
                Ok(()) => stored.delivery.succeed(channel, done),
                Err(failed) => {
                    stored.delivery.fail(matches!(failed, ChannelError::Permanent(_)), now);
                }
            }
        })
        .await?;
    }
    Ok(told)
}

/// Begins the first try that is due, if one is.
fn begin(
    board: &mut Board,
    routing: &Routing,
    settings: &AlertSettings,
    now: Timestamp,
) -> Option<Begun> {
    for standing in &mut board.standings {
        for index in 0..standing.incidents.len() {
            let incident = standing.incidents.get(index)?;
            let Some(due) = incident.due_notice(now) else { continue };
            let route = routing.of(incident);
            let notice = incident.notices.get(due)?;
            let place = Place::of(standing, incident, notice.kind);
            let words = words(settings, standing, incident, notice);
            let notice = standing.incidents.get_mut(index)?.notices.get_mut(due)?;
            let channel = notice.delivery.begin(&route, now);
            return Some(Begun { place, to_tell: channel.map(|channel| (channel, words)) });
        }
    }
    None
}

async fn deliver(
    ports: &AlertPorts,
    channel: Channel,
    notice: &AlertNotice,
) -> Result<(), ChannelError> {
    let found = ports.channels.iter().find(|known| known.channel() == channel);
    let Some(found) = found else {
        // Configured no more since the first try.
        return Err(ChannelError::Permanent("there is no such channel".into()));
    };
    let told = found.tell(notice).await;
    let (rule, key) = (notice.rule.as_str(), notice.key.as_str());
    let (kind, name) = (notice.kind.name(), channel.name());
    match &told {
        Ok(()) => info!(
            alert.rule = rule,
            alert.key = key,
            alert.channel = name,
            "Told by {name} that {rule} was {kind}"
        ),
        Err(failed) => warn!(
            alert.rule = rule,
            alert.key = key,
            alert.channel = name,
            "Could not tell by {name} that {rule} was {kind}: {}",
            in_full(failed)
        ),
    }
    told
}

/// Notes in the log what no channel took. Without any channel that is what was wanted.
fn tell_of_nobody(place: &Place, is_silent: bool) {
    let Place { rule, key, kind, .. } = place;
    let kind = kind.name();
    if is_silent {
        info!(alert.rule = rule, alert.key = key, "No channel to tell that {rule} was {kind}");
    } else {
        error!(
            alert.rule = rule,
            alert.key = key,
            metric.alerts_not_delivered = 1,
            "No channel took it that {rule} was {kind}: nobody knows"
        );
    }
}

impl Place {
    fn of(standing: &Standing, incident: &Incident, kind: NoticeKind) -> Self {
        let (rule, key) = (standing.rule.clone(), standing.key.clone());
        Self { rule, key, number: incident.number, kind }
    }

    fn find<'a>(&self, board: &'a mut Board) -> Option<&'a mut Notice> {
        let is_here = |s: &&mut Standing| s.rule == self.rule && s.key == self.key;
        let standing = board.standings.iter_mut().find(is_here)?;
        let incident = standing.incidents.iter_mut().find(|i| i.number == self.number)?;
        incident.notices.iter_mut().find(|notice| notice.kind == self.kind && notice.is_waiting())
    }
}

/// What to say.
fn words(
    settings: &AlertSettings,
    standing: &Standing,
    incident: &Incident,
    notice: &Notice,
) -> AlertNotice {
    let rule = rules().iter().find(|rule| rule.name == standing.rule);
    let of = |say: fn(&AlertRule) -> &str| rule.map_or("", say).to_owned();
    let (deployment, number) = (settings.deployment.clone(), incident.number);
    let dedup_key = [&deployment, &standing.rule, &standing.key, &number.to_string()]
        .map(String::as_str)
        .join("/");
    AlertNotice {
        kind: notice.kind,
        at: notice.at,
        dedup_key,
        severity: incident.severity,
        deployment,
        rule: standing.rule.clone(),
        key: standing.key.clone(),
        headline: of(|rule| rule.says.as_str()),
        value: rule.map(|rule| rule.tell(incident)).unwrap_or_default(),
        opened_at: incident.opened_at,
        acknowledged_by: incident.acknowledged.as_ref().map(|by| by.by.clone()),
        panel: settings.dashboard.as_ref().map(|page| format!("{page}#{}", standing.rule)),
        runbook: format!("{}#{}", settings.runbooks, of(|rule| rule.runbook.as_str())),
    }
}
