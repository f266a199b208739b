//! The one text that asks the owner of a number whether it was they.

use std::sync::Arc;

use domain::ids::ReminderId;
use domain::limits;
use domain::quiet_hours::QuietHours;
use domain::reminder::SendOutcome;
use domain::retry::validity;
use domain::text_hours::PresetHours;
use domain::texts;
use domain::time::ahead;
use domain::user::Consent;
use jiff::SignedDuration;
use tracing::info;

use super::{Entered, SignUp, Stage, Waiting, opened, stored, user_of, write};
use crate::jobs::OptInJob;
use crate::pace::Turn;
use crate::ports::{OptInQueue, OutgoingText, PhoneKey, TextIds};
use crate::receipt::heed_opt_out;
use crate::seals::Seals;
use crate::send::{SendError, SendPorts, turn_of};

/// What the sender needs to ask owners of numbers.
#[derive(Clone)]
pub struct OptIns {
    /// Where texts wait that cannot go out yet.
    pub queue: Arc<dyn OptInQueue>,
    /// Opens what the number travels in.
    pub seals: Seals,
}

/// What became of an opt-in text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invited {
    /// The job is none of ours, or nobody can open it.
    Unreadable,
    /// It waits, and a later look is on its way.
    Waits,
    /// It is not to be sent.
    Withheld(Withheld),
    /// It was posted, or it may have been.
    Posted,
}

/// Why an opt-in text is not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withheld {
    /// Whoever asked has waited too long.
    TooLate,
    /// No texts go to the country of the number.
    Country,
    /// The owner of the number wants no texts.
    OptedOut,
    /// The kill switch is set.
    RolledBack,
    /// The number was asked a short while ago.
    AskedBefore,
    /// The day's budget has no room for it.
    Budget,
    /// The provider refused it.
    Refused,
}

/// Asks the owner of a number whether it was they who signed it up: at most once in a day, outside
/// quiet hours, in turn, and within a part of the day's budget of its own.
///
/// # Errors
/// [`SendError`]; the job comes again, and nothing was sent in doubt.
pub async fn invite(ports: &SendPorts, job: &OptInJob) -> Result<Invited, SendError> {
    let Some(entered) = opened(&ports.opt_ins.seals, &job.sealed) else {
        return Ok(Invited::Unreadable);
    };
    let now = ports.clock.now();
    let last_at = ahead(job.asked_at, limits::OPT_IN_TEXT_WITHIN);
    let key = ports.receipts.phone_keys.key(&entered.phone);
    let withheld = |why| {
        info!(why = ?why, "Withheld an opt-in text: {why:?}");
        Ok(Invited::Withheld(why))
    };
    if now >= last_at {
        return withheld(Withheld::TooLate);
    }
    if !ports.countries.includes(&entered.phone) {
        return withheld(Withheld::Country);
    }
    // Nobody's wishes are known yet, so the usual ones hold.
    let quiet = QuietHours::default();
    let zone = ports.zones.rules(&entered.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let preset = PresetHours::for_number(ports.hours, &entered.phone, &entered.zone, &ports.zones);
    let Ok(preset) = preset else { return Ok(Invited::Unreadable) };
    let hours = preset.beside(&quiet, &zone);
    if let Some(until) = hours.first_outside(now).filter(|until| *until > now) {
        return wait(ports, job, now.duration_until(until)).await;
    }
    if !ports.control.rollout().await?.is_on {
        return withheld(Withheld::RolledBack);
    }
    let phone = ports.receipts.phones.phone(&key).await?;
    if phone.is_some_and(|phone| phone.consent == Consent::OptedOut) {
        return withheld(Withheld::OptedOut);
    }
    let before = stored(&*ports.control, &key).await?;
    if before.as_ref().is_some_and(|before| {
        before.stage != Stage::NotSent && now < ahead(before.texted_at, limits::OPT_IN_TEXT_EVERY)
    }) {
        return withheld(Withheld::AskedBefore);
    }
    let quiet_from = hours.next_quiet(now, last_at);
    let Some(good_for) = validity(now, last_at, quiet_from) else {
        return wait(ports, job, limits::VALIDITY_MIN).await;
    };
    let Some(ids) = ids_of(&key, &entered) else { return Ok(Invited::Unreadable) };
    match turn_of(ports, ids.reminder, last_at, now).await? {
        Turn::Now => {}
        Turn::Again => return wait(ports, job, SignedDuration::from_secs(1)).await,
        Turn::Later { at, .. } => return wait(ports, job, now.duration_until(at)).await,
    }
    let body = texts::opt_in_request(entered.locale);
    if !ports.ceiling.take_opt_in(&entered.phone, body, now).await? {
        return withheld(Withheld::Budget);
    }
    let claim = SignUp {
        version: before.map_or(0, |before| before.version) + 1,
        texted_at: now,
        stage: Stage::Asked(Box::new(waiting(&entered, &ids))),
    };
    if !write(&*ports.control, &key, &claim, now).await? {
        ports.ceiling.give_back_opt_in(&entered.phone, body, now);
        return withheld(Withheld::AskedBefore);
    }
    let text = OutgoingText { to: &entered.phone, body, ids: &ids, validity: good_for };
    let outcome = ports.gateway.send(text).await;
    settle(ports, job, (&key, claim, &entered), outcome).await
}

fn waiting(entered: &Entered, ids: &TextIds) -> Waiting {
    Waiting {
        user: ids.user.clone(),
        zone: entered.zone.clone(),
        locale: entered.locale,
        agreement: entered.agreement.clone(),
    }
}

/// What follows from what the provider said. A text that it may have is never sent again.
async fn settle(
    ports: &SendPorts,
    job: &OptInJob,
    (key, claim, entered): (&PhoneKey, SignUp, &Entered),
    outcome: SendOutcome,
) -> Result<Invited, SendError> {
    let now = ports.clock.now();
    let body = texts::opt_in_request(entered.locale);
    match outcome {
        SendOutcome::Accepted(_) | SendOutcome::Unknown => {
            info!(metric.opt_in_texts = 1, "Asked the owner of a number");
            Ok(Invited::Posted)
        }
        SendOutcome::NotProcessed => {
            ports.ceiling.give_back_opt_in(&entered.phone, body, claim.texted_at);
            let stage = Stage::NotSent;
            let free = SignUp { version: claim.version + 1, stage, ..claim };
            write(&*ports.control, key, &free, now).await?;
            let jitter = ports.dice.byte();
            let later = ports.pacer.strike(1, jitter, now).await;
            wait(ports, job, later).await
        }
        SendOutcome::Rejected(code) => {
            ports.ceiling.give_back_opt_in(&entered.phone, body, claim.texted_at);
            heed_opt_out(&ports.receipts, key, code, now).await?;
            info!(code, "The provider refused an opt-in text with code {code}");
            Ok(Invited::Withheld(Withheld::Refused))
        }
    }
}

/// Comes back later: as late as the queue can, and again from there.
async fn wait(
    ports: &SendPorts,
    job: &OptInJob,
    delay: SignedDuration,
) -> Result<Invited, SendError> {
    let delay = delay.clamp(SignedDuration::from_secs(1), limits::HORIZON);
    ports.opt_ins.queue.enqueue_opt_in(job, delay).await?;
    Ok(Invited::Waits)
}

/// What the text is called where reminders are: callbacks about it find no such reminder.
fn ids_of(key: &PhoneKey, entered: &Entered) -> Option<TextIds> {
    let reminder = ReminderId::parse(key.as_str()).ok()?;
    Some(TextIds { user: user_of(key, &entered.agreement)?, reminder, attempt: 1 })
}
