//! Telling people: what is told, by which channel, how often it is tried.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::incidents::Incident;
use super::rules::Severity;
use crate::limits;
use crate::time::ahead;

/// What happened to an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// It began.
    Triggered,
    /// Somebody looks after it.
    Acknowledged,
    /// It ended.
    Resolved,
}

impl NoticeKind {
    /// The name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Triggered => "triggered",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
}

/// A way to tell people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// It wakes somebody.
    Pager,
    /// It is seen by those at work.
    Chat,
    /// It is read some time.
    Email,
}

impl Channel {
    /// The name in JSON and logs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pager => "pager",
            Self::Chat => "chat",
            Self::Email => "email",
        }
    }
}

/// Something to tell, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "NoticeForm", into = "NoticeForm")]
pub struct Notice {
    /// What happened.
    pub kind: NoticeKind,
    /// When.
    pub at: Timestamp,
    /// What became of telling it.
    pub delivery: Delivery,
}

/// A notice as it is stored, in one. Every minute reads all of them, and what `serde` flattens it
/// reads twice.
#[derive(Serialize, Deserialize)]
struct NoticeForm {
    kind: NoticeKind,
    at: Timestamp,
    course: Course,
    #[serde(default)]
    tries: Vec<Tries>,
}

impl From<NoticeForm> for Notice {
    fn from(NoticeForm { kind, at, course, tries }: NoticeForm) -> Self {
        Self { kind, at, delivery: Delivery { course, tries } }
    }
}

impl From<Notice> for NoticeForm {
    fn from(Notice { kind, at, delivery: Delivery { course, tries } }: Notice) -> Self {
        Self { kind, at, course, tries }
    }
}

/// What became of telling something, and of each try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// What became of it.
    pub course: Course,
    /// What was tried, in order; the last may go on.
    #[serde(default)]
    pub tries: Vec<Tries>,
}

/// What became of telling something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// It is to be tried, from then on.
    Waiting {
        /// When.
        next_at: Timestamp,
    },
    /// A channel took it.
    Delivered {
        /// Which.
        by: Channel,
        /// When.
        at: Timestamp,
    },
    /// Every channel refused it, or there is none.
    NotDelivered {
        /// When that was clear.
        at: Timestamp,
    },
}

/// The tries by one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// Which.
    pub channel: Channel,
    /// How many.
    pub count: u32,
    /// Whether it is not tried again.
    pub is_given_up: bool,
}

/// Where alerts go.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Routing {
    /// Whether real people wait for texts: only then is anybody woken.
    pub is_production: bool,
    /// The channels there are.
    pub channels: Vec<Channel>,
}

impl Routing {
    /// The channels for a notice of an incident, in the order in which they are tried. What follows
    /// a first notice goes where that went.
    pub fn of(&self, incident: &Incident) -> Vec<Channel> {
        let order: &[Channel] = match incident.severity {
            Severity::Critical if self.is_production => {
                &[Channel::Pager, Channel::Chat, Channel::Email]
            }
            _ => &[Channel::Chat, Channel::Email],
        };
        let told_by = incident.notices.iter().find_map(|notice| match notice.delivery.course {
            Course::Delivered { by, .. } => Some(by),
            _ => None,
        });
        let others = order.iter().copied().filter(|channel| Some(*channel) != told_by);
        let all = told_by.into_iter().chain(others);
        all.filter(|channel| self.channels.contains(channel)).collect()
    }
}

impl Incident {
    /// The notice that is to be told next, if it is time: an incident is told of in order.
    pub fn due_notice(&self, now: Timestamp) -> Option<usize> {
        let next = self.notices.iter().position(Notice::is_waiting)?;
        self.notices.get(next)?.delivery.is_due(now).then_some(next)
    }
}

impl Notice {
    /// To be told at once.
    pub fn new(kind: NoticeKind, at: Timestamp) -> Self {
        Self { kind, at, delivery: Delivery::from(at) }
    }

    /// Whether it is still to be told.
    pub fn is_waiting(&self) -> bool {
        self.delivery.is_waiting()
    }
}

impl Delivery {
    /// To be tried from an instant on.
    pub fn from(at: Timestamp) -> Self {
        Self { course: Course::Waiting { next_at: at }, tries: Vec::new() }
    }

    /// Whether it is still to be told.
    pub fn is_waiting(&self) -> bool {
        matches!(self.course, Course::Waiting { .. })
    }

    /// Whether it is to be tried now.
    pub fn is_due(&self, now: Timestamp) -> bool {
        matches!(self.course, Course::Waiting { next_at } if next_at <= now)
    }

    /// Begins a try: says by which channel, and notes it so that nobody else begins it too. None:
    /// no channel is left, and that is noted.
    pub fn begin(&mut self, route: &[Channel], now: Timestamp) -> Option<Channel> {
        let goes_on = self.tries.last_mut().filter(|tries| !tries.is_given_up);
        let (channel, count) = if let Some(tries) = goes_on {
            tries.count += 1;
            (tries.channel, tries.count)
        } else {
            let is_fresh =
                |channel: &&Channel| self.tries.iter().all(|tries| tries.channel != **channel);
            let Some(channel) = route.iter().find(is_fresh).copied() else {
                self.course = Course::NotDelivered { at: now };
                return None;
            };
            self.tries.push(Tries { channel, count: 1, is_given_up: false });
            (channel, 1)
        };
        // Whoever dies after this line leaves a notice that is tried again, as after a failure.
        self.course = Course::Waiting { next_at: ahead(now, wait(count)) };
        Some(channel)
    }

    /// The channel took it.
    pub fn succeed(&mut self, by: Channel, at: Timestamp) {
        self.course = Course::Delivered { by, at };
    }

    /// The channel did not take it. If it never will, or was tried often enough, the next channel
    /// is tried at once.
    pub fn fail(&mut self, is_permanent: bool, now: Timestamp) {
        let Some(tries) = self.tries.last_mut() else { return };
        if is_permanent || tries.count >= limits::ALERT_TRIES_MAX {
            tries.is_given_up = true;
            self.course = Course::Waiting { next_at: now };
        }
    }
}

/// How long after a try, counted from 1, comes the next.
fn wait(count: u32) -> SignedDuration {
    limits::ALERT_RETRY_WAIT * i32::try_from(count).unwrap_or(i32::MAX)
}
