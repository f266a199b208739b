//! Telling users that the rollout went back, if that is configured: one text for each number, by
//! their wishes.

use domain::ids::ReminderId;
use domain::limits;
use domain::reminder::SendOutcome;
use domain::retry::validity;
use domain::text_hours::PresetHours;
use domain::texts;
use domain::time::ahead;
use domain::user::{Consent, User};
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use crate::jobs::NoticeJob;
use crate::pace::Turn;
use crate::ports::{Document, OutgoingText, PhoneKey, StoreError, TextIds};
use crate::receipt::heed_opt_out;
use crate::records::{self, NoticeV1};
use crate::send::{SendError, SendPorts, turn_of};

/// The kind of the documents that say which rollback a number was last told of.
const KIND: &str = "rollback_notice";

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It waits, and a later look is on its way.
    Waits,
    /// It is not to be sent.
    Withheld(Withheld),
    /// It was posted, or it may have been.
    Posted,
}

/// Why a notice is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// The user is gone, or nobody vouched for the number.
    Unreachable,
    /// It is old news.
    TooLate,
    /// The user is inside again.
    Inside,
    /// The kill switch is set.
    Off,
    /// The owner of the number wants no texts, or the user no reminders.
    Unwanted,
    /// The number was told before.
    ToldBefore,
    /// The day's budget has no room for it.
    Budget,
    /// The provider refused it.
    Refused,
}

/// The last rollback that a number was told of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Notice {
    /// The version of this document; none was stored at 0.
    pub version: u64,
    /// The version of the rollout that the decision made.
    pub told_of: u64,
}

/// Tells a user of a rollback: once for each number, with consent, outside quiet hours, in turn and
/// within the day's budget; whatever the stage, since it is for those outside. As at a claim, what
/// cannot be read sends nothing.
///
/// # Errors
/// [`SendError`]; the job comes again, and nothing was sent in doubt.
pub async fn tell(ports: &SendPorts, job: &NoticeJob) -> Result<Told, SendError> {
    let now = ports.clock.now();
    let last_at = ahead(job.decided_at, limits::ROLLBACK_NOTICE_WITHIN);
    if now >= last_at {
        return withheld(job, Withheld::TooLate);
    }
    let Some(user) = ports.users.user(&job.user).await? else {
        return withheld(job, Withheld::Unreachable);
    };
    let key = ports.receipts.phone_keys.key(&user.phone);
    if let Some(why) = against(ports, &user, &key).await? {
        return withheld(job, why);
    }
    let Ok(zone) = ports.zones.rules(&user.zone) else {
        return withheld(job, Withheld::Unreachable);
    };
    let Ok(preset) = PresetHours::of(&user, ports.hours, &ports.zones) else {
        return withheld(job, Withheld::Unreachable);
    };
    let hours = preset.beside(&user.preferences.quiet_hours, &zone);
    if let Some(until) = hours.first_outside(now).filter(|until| *until > now) {
        return wait(ports, job, now.duration_until(until)).await;
    }
    let before = stored(ports, &key).await?;
    if before.told_of >= job.rollout_version {
        return withheld(job, Withheld::ToldBefore);
    }
    let quiet_from = hours.next_quiet(now, last_at);
    let Some(good_for) = validity(now, last_at, quiet_from) else {
        return wait(ports, job, limits::VALIDITY_MIN).await;
    };
    let count = job.rollout_version.to_string();
    let ids = TextIds {
        user: user.id.clone(),
        reminder: ReminderId::of_count(&user.id, KIND, &count),
        attempt: 1,
    };
    match turn_of(ports, ids.reminder, last_at, now).await? {
        Turn::Now => {}
        Turn::Again => return wait(ports, job, SignedDuration::from_secs(1)).await,
        Turn::Later { at, .. } => return wait(ports, job, now.duration_until(at)).await,
    }
    let body = texts::rollback_notice(user.locale);
    if !ports.ceiling.take(ids.reminder, &user.phone, body, now).await? {
        return withheld(job, Withheld::Budget);
    }
    let claim = Notice { version: before.version + 1, told_of: job.rollout_version };
    if !write(ports, &key, claim, now).await? {
        ports.ceiling.give_back(&user.phone, body, now);
        return withheld(job, Withheld::ToldBefore);
    }
    let text = OutgoingText { to: &user.phone, body, ids: &ids, validity: good_for };
    let outcome = ports.gateway.send(text).await;
    settle(ports, job, (&user, &key), (before, claim, now), outcome).await
}

/// What stands against telling a user, in the order of the checks before a send.
async fn against(
    ports: &SendPorts,
    user: &User,
    key: &PhoneKey,
) -> Result<Option<Withheld>, StoreError> {
    let rollout = ports.control.rollout().await?;
    if !rollout.is_on {
        return Ok(Some(Withheld::Off));
    }
    if rollout.includes(&user.id) {
        return Ok(Some(Withheld::Inside));
    }
    let phone = ports.receipts.phones.phone(key).await?;
    let has_agreed = phone.is_some_and(|phone| phone.consent == Consent::OptedIn);
    if !has_agreed || !user.preferences.reminders_on {
        return Ok(Some(Withheld::Unwanted));
    }
    Ok(ports.countries.unreachable(user).map(|_| Withheld::Unreachable))
}

/// What follows from what the provider said. A text that it may have is never sent again.
async fn settle(
    ports: &SendPorts,
    job: &NoticeJob,
    (user, key): (&User, &PhoneKey),
    (before, claim, claimed_at): (Notice, Notice, Timestamp),
    outcome: SendOutcome,
) -> Result<Told, SendError> {
    let now = ports.clock.now();
    let body = texts::rollback_notice(user.locale);
    match outcome {
        SendOutcome::Accepted(_) | SendOutcome::Unknown => {
            let id = &user.id;
            info!(user.id = %id, metric.rollback_notices = 1, "Told user {id} of a rollback");
            Ok(Told::Posted)
        }
        SendOutcome::NotProcessed => {
            ports.ceiling.give_back(&user.phone, body, claimed_at);
            let free = Notice { version: claim.version + 1, told_of: before.told_of };
            write(ports, key, free, now).await?;
            let later = ports.pacer.strike(1, ports.dice.byte(), now).await;
            wait(ports, job, later).await
        }
        SendOutcome::Rejected(code) => {
            ports.ceiling.give_back(&user.phone, body, claimed_at);
            heed_opt_out(&ports.receipts, key, code, now).await?;
            withheld(job, Withheld::Refused)
        }
    }
}

fn withheld(job: &NoticeJob, why: Withheld) -> Result<Told, SendError> {
    let id = &job.user;
    info!(user.id = %id, why = ?why, "Withheld the notice of a rollback from user {id}: {why:?}");
    Ok(Told::Withheld(why))
}

/// Comes back later: as late as the queue can, and again from there.
async fn wait(
    ports: &SendPorts,
    job: &NoticeJob,
    delay: SignedDuration,
) -> Result<Told, SendError> {
    let delay = delay.clamp(SignedDuration::from_secs(1), limits::HORIZON);
    ports.notices.enqueue_notices(std::slice::from_ref(job), delay).await?;
    Ok(Told::Waits)
}

async fn stored(ports: &SendPorts, key: &PhoneKey) -> Result<Notice, StoreError> {
    let Some(document) = ports.control.document(KIND, key.as_str()).await? else {
        return Ok(Notice::default());
    };
    let notice = records::in_document::<NoticeV1>(&document);
    let notice = notice.map_err(super::progress::unreadable)?;
    Ok(Notice { version: document.version, ..notice })
}

/// Writes what a number was told of if nobody else did meanwhile.
async fn write(
    ports: &SendPorts,
    key: &PhoneKey,
    notice: Notice,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let body = records::to_json::<NoticeV1>(&notice).map_err(super::progress::unreadable)?;
    let document = Document::new(notice.version, body);
    let times = (now, ahead(now, limits::ROLLBACK_NOTICE_KEPT));
    ports.control.put_passing_document(KIND, key.as_str(), &document, times).await
}
