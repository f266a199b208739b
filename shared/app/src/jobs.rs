//! What queues and the bus carry. Each is a struct of its own with a version, because it outlives
//! a deployment; each is only a hint to look at the store.

use domain::ids::{CalendarId, ReminderId, UserId};
use domain::reminder::Reminder;
use domain::time::ZoneName;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::seals::Sealed;

/// The version this code writes and reads.
const VERSION: u32 = 1;

/// A hint to the sender: look at this reminder.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SendJob {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub reminder: ReminderId,
    /// When its turn is, if whoever made the job gave it one: its sender may send only so many
    /// texts in a second.
    pub turn_at: Option<Timestamp>,
}

/// A hint to the sender: ask the owner of a number whether it was they who signed it up. It travels
/// in the queue of send jobs, and tells itself from them by its `kind`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OptInJob {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// What was asked for, sealed: it holds the number.
    pub sealed: Sealed,
}

/// A hint to the sender: tell a user that the rollout went back. It travels as [`OptInJob`] does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeJob {
    /// Whom.
    pub user: UserId,
    /// The version of the rollout that the decision made.
    pub rollout_version: u64,
    /// When it was decided.
    pub decided_at: Timestamp,
}

/// What the sender's queue carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SenderJob {
    /// Look at a reminder.
    Send(SendJob),
    /// Ask the owner of a number.
    OptIn(OptInJob),
    /// Tell a user of a rollback.
    Notice(NoticeJob),
}

/// A hint to the planner: plan these users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanJob {
    /// Up to 25 users.
    pub users: Vec<UserId>,
}

/// A hint to the composer: this reminder may have a text that a model writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComposeJob {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub reminder: ReminderId,
}

/// A hint to the sync of calendars: look at this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyncJob {
    /// Whose.
    pub user: UserId,
    /// Which.
    pub calendar: CalendarId,
    /// When it was asked for: a look that began later than this has answered it.
    pub asked_at: Timestamp,
}

/// A new local day is about to begin in a zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalDayStarted {
    /// The zone.
    pub zone: ZoneName,
    /// The date.
    pub date: Date,
}

/// A payload that is not one of ours, or is of a version this code does not know. Reading it again
/// will not help: it belongs in the dead-letter queue, where it raises an alarm.
#[derive(Debug, thiserror::Error)]
pub enum BadPayload {
    /// Not JSON of the expected shape.
    #[error("{what} payload is malformed")]
    Malformed {
        /// What was expected.
        what: &'static str,
        /// Where it deviates.
        #[source]
        source: serde_json::Error,
    },
    /// Written by other code than this.
    #[error("{what} payload has version {found}, this code reads version {VERSION}")]
    Version {
        /// What was expected.
        what: &'static str,
        /// The version it has.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct SendJobV1 {
    version: u32,
    user: UserId,
    reminder: ReminderId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    turn_at: Option<Timestamp>,
}

/// What an [`OptInJobV1`] tells itself by.
const OPT_IN: &str = "opt_in";

#[derive(Serialize, Deserialize)]
struct OptInJobV1 {
    version: u32,
    kind: String,
    asked_at: Timestamp,
    sealed: String,
}

/// What a [`NoticeJobV1`] tells itself by.
const NOTICE: &str = "rollback_notice";

#[derive(Serialize, Deserialize)]
struct NoticeJobV1 {
    version: u32,
    kind: String,
    user: UserId,
    rollout_version: u64,
    decided_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct PlanJobV1 {
    version: u32,
    users: Vec<UserId>,
}

#[derive(Serialize, Deserialize)]
struct ComposeJobV1 {
    version: u32,
    user: UserId,
    reminder: ReminderId,
}

#[derive(Serialize, Deserialize)]
struct SyncCalendarV1 {
    version: u32,
    user: UserId,
    calendar: CalendarId,
    asked_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct LocalDayStartedV1 {
    version: u32,
    zone: String,
    date: Date,
}

#[derive(Deserialize)]
struct KindOnly {
    #[serde(default)]
    kind: String,
}

#[derive(Deserialize)]
struct VersionOnly {
    version: u32,
}

impl SendJob {
    /// A job for a row, which has no turn yet.
    pub fn of(row: &Reminder) -> Self {
        Self { user: row.user.clone(), reminder: row.id, turn_at: None }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        json(&SendJobV1 {
            version: VERSION,
            user: self.user.clone(),
            reminder: self.reminder,
            turn_at: self.turn_at,
        })
    }

    /// From JSON.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let job: SendJobV1 = read("send job", text)?;
        Ok(Self { user: job.user, reminder: job.reminder, turn_at: job.turn_at })
    }
}

impl OptInJob {
    /// As JSON.
    pub fn to_json(&self) -> String {
        json(&OptInJobV1 {
            version: VERSION,
            kind: OPT_IN.to_owned(),
            asked_at: self.asked_at,
            sealed: self.sealed.as_str().to_owned(),
        })
    }

    /// From JSON.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let job: OptInJobV1 = read("opt-in job", text)?;
        Ok(Self { asked_at: job.asked_at, sealed: Sealed::from_store(job.sealed) })
    }
}

impl NoticeJob {
    /// As JSON.
    pub fn to_json(&self) -> String {
        json(&NoticeJobV1 {
            version: VERSION,
            kind: NOTICE.to_owned(),
            user: self.user.clone(),
            rollout_version: self.rollout_version,
            decided_at: self.decided_at,
        })
    }

    /// From JSON.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let NoticeJobV1 { user, rollout_version, decided_at, .. } = read("notice job", text)?;
        Ok(Self { user, rollout_version, decided_at })
    }
}

impl SenderJob {
    /// From JSON. What names no kind is a send job, which never did.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let kind = serde_json::from_str(text).map_or(String::new(), |KindOnly { kind }| kind);
        match kind.as_str() {
            OPT_IN => OptInJob::from_json(text).map(Self::OptIn),
            NOTICE => NoticeJob::from_json(text).map(Self::Notice),
            _ => SendJob::from_json(text).map(Self::Send),
        }
    }
}

impl PlanJob {
    /// As JSON.
    pub fn to_json(&self) -> String {
        json(&PlanJobV1 { version: VERSION, users: self.users.clone() })
    }

    /// From JSON.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let job: PlanJobV1 = read("plan job", text)?;
        Ok(Self { users: job.users })
    }
}

impl ComposeJob {
    /// A job for a row.
    pub fn of(row: &Reminder) -> Self {
        Self { user: row.user.clone(), reminder: row.id }
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let (user, reminder) = (self.user.clone(), self.reminder);
        json(&ComposeJobV1 { version: VERSION, user, reminder })
    }

    /// From JSON.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let job: ComposeJobV1 = read("compose job", text)?;
        Ok(Self { user: job.user, reminder: job.reminder })
    }
}

impl SyncJob {
    /// As JSON.
    pub fn to_json(&self) -> String {
        json(&SyncCalendarV1 {
            version: VERSION,
            user: self.user.clone(),
            calendar: self.calendar.clone(),
            asked_at: self.asked_at,
        })
    }

    /// From JSON.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let job: SyncCalendarV1 = read("sync job", text)?;
        Ok(Self { user: job.user, calendar: job.calendar, asked_at: job.asked_at })
    }
}

/// The name of a zone's local day.
pub(crate) fn day_name(zone: &ZoneName, date: Date) -> String {
    format!("{}/{date}", zone.as_str())
}

impl LocalDayStarted {
    /// The `detail-type` on the bus.
    pub const DETAIL_TYPE: &'static str = "LocalDayStarted";

    /// What steps for this day have in common, in whichever process they are taken.
    pub fn name(&self) -> String {
        day_name(&self.zone, self.date)
    }

    /// As JSON.
    pub fn to_json(&self) -> String {
        let zone = self.zone.as_str().to_owned();
        json(&LocalDayStartedV1 { version: VERSION, zone, date: self.date })
    }

    /// From JSON. The zone is looked up only when it is used.
    pub fn from_json(text: &str) -> Result<Self, BadPayload> {
        let day: LocalDayStartedV1 = read("local day", text)?;
        Ok(Self { zone: ZoneName::from_store(day.zone), date: day.date })
    }
}

fn json(value: &impl Serialize) -> String {
    // These structs hold strings, numbers and lists only, which always serialise.
    serde_json::to_string(value).unwrap_or_default()
}

fn read<T: for<'de> Deserialize<'de>>(what: &'static str, text: &str) -> Result<T, BadPayload> {
    let malformed = |source| BadPayload::Malformed { what, source };
    let found = serde_json::from_str::<VersionOnly>(text).map_err(malformed)?.version;
    if found != VERSION {
        return Err(BadPayload::Version { what, found });
    }
    serde_json::from_str(text).map_err(malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_send_job_may_carry_a_turn_and_those_of_before_carry_none() {
        let of_before = format!(r#"{{"version":1,"user":"ada","reminder":"{}"}}"#, "0".repeat(32));
        let job = SendJob::from_json(&of_before).unwrap();
        assert_eq!(job.turn_at, None);
        assert_eq!(job.to_json(), of_before, "and code of before reads it");
        let at = "2026-11-24T14:52:07Z".parse().unwrap();
        let with_turn = SendJob { turn_at: Some(at), ..job };
        assert_eq!(SendJob::from_json(&with_turn.to_json()).unwrap(), with_turn);
    }
}
