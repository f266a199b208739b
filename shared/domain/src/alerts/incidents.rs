//! How rules stand, and the incidents that come of it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::notices::{Notice, NoticeKind};
use super::observations::{Measured, Observations};
use super::rules::{AlertRule, Severity};
use crate::limits;

/// What the last look at a rule found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The value is within the threshold.
    Ok,
    /// There is no value, or one of too few.
    NotEnoughData,
    /// The value breaks the rule.
    Firing,
}

impl State {
    /// The name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotEnoughData => "not_enough_data",
            Self::Firing => "firing",
        }
    }
}

/// How a rule stands, for one key of what it watches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The rule.
    pub rule: String,
    /// Of which schedule, queue or provider; empty where there is only one.
    #[serde(default)]
    pub key: String,
    /// What the last look found.
    pub state: State,
    /// Since when looks have found that.
    pub since: Timestamp,
    /// The incidents, oldest first, at most [`limits::INCIDENTS_MAX`]. Only the last may be open.
    #[serde(default)]
    pub incidents: Vec<Incident>,
}

/// A time for which a rule was broken, and what was told of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Incident {
    /// Rises by one with each of the rule and key.
    pub number: u64,
    /// How much it matters.
    pub severity: Severity,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// The value that broke the rule then.
    pub value: f64,
    /// Of how many it was.
    pub sample: u64,
    /// The same in words, where a value beside a threshold would not tell enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Who looks after it.
    #[serde(default)]
    pub acknowledged: Option<Acknowledged>,
    /// When the rule held again.
    #[serde(default)]
    pub resolved_at: Option<Timestamp>,
    /// What was told, or is to be.
    #[serde(default)]
    pub notices: Vec<Notice>,
}

/// Somebody looks after an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledged {
    /// Who.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
}

/// An incident that began or ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentChange {
    /// The rule.
    pub rule: String,
    /// Its key.
    pub key: String,
    /// Which incident.
    pub number: u64,
    /// Triggered or resolved.
    pub kind: NoticeKind,
}

/// What came of a look.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// How every rule stands now, in the order of the rules.
    pub standings: Vec<Standing>,
    /// The incidents that began or ended.
    pub changes: Vec<IncidentChange>,
}

/// Judges what was observed, from how the rules stood before.
pub fn evaluate(
    rules: &[AlertRule],
    seen: &Observations,
    before: &[Standing],
    now: Timestamp,
) -> Evaluated {
    let mut all = Evaluated { standings: Vec::new(), changes: Vec::new() };
    for rule in rules {
        let measured = seen.measure(rule);
        for key in keys(rule, &measured, before) {
            let stood = before.iter().find(|standing| standing.is_of(rule, key));
            let value = measured.iter().find(|value| value.key == key);
            all.note(stand(rule, key, stood, value, now));
        }
    }
    // The rules of another release: nobody looks at them again, so nothing of theirs stays open.
    let is_known = |standing: &&Standing| rules.iter().any(|rule| rule.name == standing.rule);
    let unknown = before.iter().filter(|standing| !is_known(standing) && standing.open().is_some());
    for standing in unknown {
        let mut standing = standing.clone();
        let kind = standing.resolve(now);
        all.note((standing, kind));
    }
    all
}

impl Evaluated {
    fn note(&mut self, (standing, kind): (Standing, Option<NoticeKind>)) {
        if let (Some(kind), Some(incident)) = (kind, standing.incidents.last()) {
            self.changes.push(IncidentChange {
                rule: standing.rule.clone(),
                key: standing.key.clone(),
                number: incident.number,
                kind,
            });
        }
        self.standings.push(standing);
    }
}

/// The keys to judge: those measured now, and those with incidents. A rule without either stands
/// under the empty key.
fn keys<'a>(
    rule: &AlertRule,
    measured: &'a [Measured],
    before: &'a [Standing],
) -> BTreeSet<&'a str> {
    let of_rule = before.iter().filter(|standing| standing.rule == rule.name);
    let with_history = of_rule.filter(|standing| !standing.incidents.is_empty());
    let measured = measured.iter().map(|value| value.key.as_str());
    let all = with_history.map(|standing| standing.key.as_str()).chain(measured);
    let mut keys: BTreeSet<_> = all.take(limits::ALERT_KEYS_MAX).collect();
    if keys.is_empty() {
        keys.insert("");
    }
    keys
}

fn stand(
    rule: &AlertRule,
    key: &str,
    before: Option<&Standing>,
    value: Option<&Measured>,
    now: Timestamp,
) -> (Standing, Option<NoticeKind>) {
    let state = match value {
        None => State::NotEnoughData,
        Some(value) if rule.is_broken_by(value.value) => State::Firing,
        Some(_) => State::Ok,
    };
    let since = before.filter(|before| before.state == state).map_or(now, |before| before.since);
    let incidents = before.map(|before| before.incidents.clone()).unwrap_or_default();
    let (rule_name, key) = (rule.name.clone(), key.to_owned());
    let mut standing = Standing { rule: rule_name, key, state, since, incidents };
    let kind = match (state, value) {
        (State::Ok, _) => standing.resolve(now),
        (State::Firing, Some(value)) if standing.may_open(rule, now) => {
            Some(standing.open_incident(rule, value, now))
        }
        _ => None,
    };
    (standing, kind)
}

impl Standing {
    /// The incident that is open, if one is.
    pub fn open(&self) -> Option<&Incident> {
        self.incidents.last().filter(|incident| incident.resolved_at.is_none())
    }

    /// Notes who looks after the open incident, and that it is to be told. False if there is none,
    /// or somebody does already.
    pub fn acknowledge(&mut self, by: &str, now: Timestamp) -> bool {
        let open = self.incidents.last_mut();
        let open = open.filter(|last| last.resolved_at.is_none() && last.acknowledged.is_none());
        let Some(open) = open else { return false };
        open.acknowledged = Some(Acknowledged { by: by.to_owned(), at: now });
        open.notices.push(Notice::new(NoticeKind::Acknowledged, now));
        true
    }

    fn is_of(&self, rule: &AlertRule, key: &str) -> bool {
        self.rule == rule.name && self.key == key
    }

    fn may_open(&self, rule: &AlertRule, now: Timestamp) -> bool {
        let is_settled = self.since.duration_until(now) >= rule.settle();
        is_settled
            && self.incidents.last().is_none_or(|last| {
                last.resolved_at.is_some_and(|end| end.duration_until(now) >= rule.cooldown())
            })
    }

    fn open_incident(&mut self, rule: &AlertRule, value: &Measured, now: Timestamp) -> NoticeKind {
        self.incidents.push(Incident {
            number: self.incidents.last().map_or(1, |last| last.number + 1),
            severity: rule.severity,
            opened_at: now,
            value: value.value,
            sample: value.sample,
            evidence: value.evidence.clone(),
            acknowledged: None,
            resolved_at: None,
            notices: vec![Notice::new(NoticeKind::Triggered, now)],
        });
        let beyond = self.incidents.len().saturating_sub(limits::INCIDENTS_MAX);
        self.incidents.drain(..beyond);
        NoticeKind::Triggered
    }

    fn resolve(&mut self, now: Timestamp) -> Option<NoticeKind> {
        let open = self.incidents.last_mut().filter(|last| last.resolved_at.is_none())?;
        open.resolved_at = Some(now);
        open.notices.push(Notice::new(NoticeKind::Resolved, now));
        Some(NoticeKind::Resolved)
    }
}
