//! Alerts.

use app::alerts::Board;
use domain::alerts::{AlertRule, Course, Incident, Notice, Standing, State, rules};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::Problem;

/// Characters of a name that is kept with an incident.
const BY_MAX: usize = 100;

/// How old the monitor's last look may be before what it found is called stale: it looks each
/// minute.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(5);

/// Who looks after an alert.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AcknowledgeBody {
    /// The name of whoever looks after it.
    #[schema(min_length = 1, max_length = 100)]
    pub(crate) by: String,
}

impl AcknowledgeBody {
    pub(crate) fn name(&self) -> Result<&str, Problem> {
        let by = self.by.trim();
        let fits = (1..=BY_MAX).contains(&by.chars().count());
        fits.then_some(by).ok_or_else(|| Problem::field("by", format!("1 to {BY_MAX} characters")))
    }
}

/// All alerts.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AlertsView {
    /// When the monitor last looked; none if it never did.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) looked_at: Option<Timestamp>,
    /// Whether that is too long ago for what it found to say anything of now. That is an alarm of
    /// its own: the monitor does not run.
    pub(crate) is_stale: bool,
    /// How many incidents are open.
    pub(crate) open: usize,
    /// Every rule, once for each key of what it watches.
    pub(crate) alerts: Vec<AlertView>,
}

/// How a rule stands.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AlertView {
    /// The rule.
    #[schema(example = "delivery_rate_low")]
    pub(crate) rule: String,
    /// Of which schedule, queue or provider; empty where there is only one.
    pub(crate) key: String,
    /// `critical` or `warning`.
    pub(crate) severity: &'static str,
    /// What is wrong when it fires.
    pub(crate) says: &'static str,
    /// What the last look found: `ok`, `not_enough_data` or `firing`. An incident is opened when it
    /// has been firing for a while.
    pub(crate) state: &'static str,
    /// Since when; none if nobody looked yet.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) since: Option<Timestamp>,
    /// The heading of docs/OPERATIONS.md that says what to do.
    pub(crate) runbook: &'static str,
    /// The incident that is open.
    pub(crate) incident: Option<IncidentView>,
    /// Those that are over, newest first.
    pub(crate) history: Vec<IncidentView>,
}

/// A time for which a rule was broken.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct IncidentView {
    /// Rises by one with each.
    pub(crate) number: u64,
    /// When it was opened.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) opened_at: Timestamp,
    /// What was measured then, beside the threshold.
    #[schema(example = "82.4 % (below 90.0 %)")]
    pub(crate) value: String,
    /// Who looks after it.
    pub(crate) acknowledged_by: Option<String>,
    /// When it was over.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub(crate) resolved_at: Option<Timestamp>,
    /// What was told of it.
    pub(crate) notices: Vec<NoticeView>,
}

/// Something that was told, or is to be.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct NoticeView {
    /// `triggered`, `acknowledged` or `resolved`.
    pub(crate) kind: &'static str,
    /// `waiting`, `delivered` or `not_delivered`.
    pub(crate) outcome: &'static str,
    /// By which channel it was delivered: `pager`, `chat` or `email`.
    pub(crate) channel: Option<&'static str>,
    /// How often it was tried.
    pub(crate) tries: u32,
}

impl AlertsView {
    pub(crate) fn of(board: &Board, now: Timestamp) -> Self {
        let is_fresh = |at: Timestamp| at.duration_until(now) <= FRESH_FOR;
        Self {
            looked_at: board.looked_at,
            is_stale: !board.looked_at.is_some_and(is_fresh),
            open: board.standings.iter().filter(|standing| standing.open().is_some()).count(),
            alerts: rules().iter().flat_map(|rule| of_rule(rule, board)).collect(),
        }
    }
}

/// A rule that nobody looked at yet stands under the empty key: nothing is known of it.
fn of_rule(rule: &'static AlertRule, board: &Board) -> Vec<AlertView> {
    let standings = board.standings.iter().filter(|standing| standing.rule == rule.name);
    let views: Vec<_> = standings.map(|standing| of_standing(rule, Some(standing))).collect();
    if views.is_empty() { vec![of_standing(rule, None)] } else { views }
}

fn of_standing(rule: &'static AlertRule, standing: Option<&Standing>) -> AlertView {
    let incident = |incident: &Incident| IncidentView::of(rule, incident);
    let over = standing.into_iter().flat_map(|standing| standing.incidents.iter().rev());
    let over = over.filter(|incident| incident.resolved_at.is_some());
    AlertView {
        rule: rule.name.clone(),
        key: standing.map(|standing| standing.key.clone()).unwrap_or_default(),
        severity: rule.severity.name(),
        says: &rule.says,
        state: standing.map_or(State::NotEnoughData, |standing| standing.state).name(),
        since: standing.map(|standing| standing.since),
        runbook: &rule.runbook,
        incident: standing.and_then(Standing::open).map(incident),
        history: over.map(incident).collect(),
    }
}

impl IncidentView {
    fn of(rule: &AlertRule, incident: &Incident) -> Self {
        Self {
            number: incident.number,
            opened_at: incident.opened_at,
            value: rule.tell(incident),
            acknowledged_by: incident.acknowledged.as_ref().map(|by| by.by.clone()),
            resolved_at: incident.resolved_at,
            notices: incident.notices.iter().map(NoticeView::of).collect(),
        }
    }
}

impl NoticeView {
    fn of(notice: &Notice) -> Self {
        let (outcome, channel) = match notice.delivery.course {
            Course::Waiting { .. } => ("waiting", None),
            Course::Delivered { by, .. } => ("delivered", Some(by.name())),
            Course::NotDelivered { .. } => ("not_delivered", None),
        };
        let tries = notice.delivery.tries.iter().map(|tries| tries.count).sum();
        Self { kind: notice.kind.name(), outcome, channel, tries }
    }
}
