//! Inbound texts: STOP, START, HELP, ratings and everything else.

use std::borrow::Cow;
use std::sync::Arc;

use domain::figures::names;
use domain::ids::UserId;
use domain::keywords::{self, Inbound};
use domain::phone::PhoneNumber;
use domain::ratings;
use domain::reasons::CancelReason;
use domain::reminder::State;
use domain::states::Change;
use domain::texts::{self, HourCycle, Language, Locale};
use domain::time::{ahead, back, utc_date};
use domain::user::Consent;
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use crate::domain_events::{DomainEvent, opt_out_of};
use crate::jobs::PlanJob;
use crate::ports::{
    ConsentEntry, ConsentSource, DomainEvents, Metrics, Phone, PhoneKey, PhoneKeys, Phones,
    PlanQueue, QueueError, Reminders, StoreError, Users,
};
use crate::rate::{Said, last_texted, rate};
use crate::receipt::ReceiptPorts;
use crate::send::SendError;
use crate::sign_up::{Confirming, confirm};
use crate::update::change_reminder;

/// How often a phone's row is written anew because others wrote it meanwhile.
const TRIES_MAX: usize = 10;

/// Inbound texts remembered per number, so that a replayed webhook has no effect.
const INBOUND_KEPT: usize = 50;

/// Changes of consent kept per number; the first and the latest matter most.
const LEDGER_MAX: usize = 500;

/// At most one friendly answer, a hint or thanks for a rating, in this time: each one is paid for.
const HINT_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Who answers STOP, START and HELP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StopReply {
    /// The provider, as it does by default.
    #[default]
    Provider,
    /// We do, once.
    Ourselves,
}

/// What handling an inbound text needs.
#[derive(Clone)]
pub struct InboundPorts {
    /// Consent.
    pub phones: Arc<dyn Phones>,
    /// Whose number it is.
    pub users: Arc<dyn Users>,
    /// What is pending.
    pub reminders: Arc<dyn Reminders>,
    /// Where plans are asked for when somebody comes back.
    pub plans: Arc<dyn PlanQueue>,
    /// Names phones.
    pub phone_keys: PhoneKeys,
    /// Who answers STOP, START and HELP.
    pub stop_reply: StopReply,
    /// Who is told of an opt-out.
    pub domain_events: Arc<dyn DomainEvents>,
    /// What counts it.
    pub metrics: Arc<dyn Metrics>,
    /// What makes users of those who confirm that they signed up.
    pub sign_ups: Confirming,
}

/// A text that somebody sent us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundText {
    /// From whom.
    pub from: PhoneNumber,
    /// The words.
    pub body: String,
    /// The provider's name for it.
    pub sid: String,
    /// What the provider took it for, if it already acted on it and answered it (Twilio's
    /// `OptOutType`).
    pub taken_for: Option<Inbound>,
}

impl InboundText {
    /// What it asks for. The provider knows keywords that its owner chose in any language, and has
    /// acted on them. But whoever reads STOP in it is right: a text too few does less harm.
    fn kind(&self) -> Inbound {
        match (self.taken_for, keywords::read(&self.body)) {
            (Some(Inbound::Stop), _) | (_, Inbound::Stop) => Inbound::Stop,
            (Some(Inbound::Other) | None, read) => read,
            (Some(taken_for), _) => taken_for,
        }
    }
}

/// An inbound text that could not be handled. The provider delivers it again.
#[derive(Debug, thiserror::Error)]
pub enum InboundError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// Handles an inbound text, and says what to answer, if anything.
pub async fn receive(
    ports: &InboundPorts,
    text: &InboundText,
    now: Timestamp,
) -> Result<Option<Cow<'static, str>>, InboundError> {
    let key = ports.phone_keys.key(&text.from);
    let kind = text.kind();
    // Before the text is noted: if this fails, the text comes again and is not yet a replay.
    let is_rating = kind == Inbound::Other && keep_rating(ports, &key, text, now).await?;
    let noted = note(&*ports.phones, &key, text, kind, now).await?;
    let Noted::Fresh { before, after, is_hint_due } = noted else {
        // A replay. What followed the first time may have been cut short, so it is done again.
        return Ok(finish(ports, &key, (&text.from, kind), now).await?.map(Cow::from));
    };
    if let Some(welcome) = finish(ports, &key, (&text.from, kind), now).await? {
        return Ok(Some(welcome.into()));
    }
    let we_answer = ports.stop_reply == StopReply::Ourselves && text.taken_for.is_none();
    let locale = locale_of(ports, &after.users).await?;
    let answer = match kind {
        Inbound::Stop if we_answer && before == Some(Consent::OptedIn) => {
            Some(texts::opt_out_confirmation(locale))
        }
        Inbound::Start if we_answer && before == Some(Consent::OptedOut) => {
            Some(texts::opt_in_confirmation(locale))
        }
        Inbound::Help if we_answer => Some(texts::help(locale)),
        Inbound::Other if is_hint_due && is_rating => Some(texts::rating_thanks(locale)),
        Inbound::Other if is_hint_due => Some(texts::hint(locale)),
        _ => None,
    };
    Ok(answer.map(Cow::from))
}

/// Keeps the text with the reminder that it rates; false if it rates none.
async fn keep_rating(
    ports: &InboundPorts,
    key: &PhoneKey,
    text: &InboundText,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(opinion) = ratings::read(&text.body) else { return Ok(false) };
    let Some(phone) = ports.phones.phone(key).await? else { return Ok(false) };
    if phone.last_inbound.contains(&text.sid) {
        return Ok(false);
    }
    let said = Said { opinion, text: text.sid.clone() };
    rate(&*ports.reminders, &phone.users, &text.from, &said, now).await
}

/// Opts a number out, cancels what is pending for everybody who uses it, and tells of it.
pub(crate) async fn opt_out(
    ports: &ReceiptPorts,
    key: &PhoneKey,
    source: ConsentSource,
    now: Timestamp,
) -> Result<(), SendError> {
    let phone = change_phone(&*ports.phones, key, now, |phone| {
        let is_news = phone.consent == Consent::OptedIn;
        if is_news {
            set_consent(phone, Consent::OptedOut, source.clone(), now);
        }
        is_news
    })
    .await?;
    withdraw_pending(&*ports.reminders, &phone.users, CancelReason::OptedOut, now).await?;
    tell(&*ports.domain_events, &phone).await?;
    Ok(count(&*ports.metrics, &phone).await?)
}

pub(crate) async fn tell(
    domain_events: &dyn DomainEvents,
    phone: &Phone,
) -> Result<(), QueueError> {
    match opt_out_of(phone) {
        Some(opt_out) => domain_events.publish(&[opt_out]).await,
        None => Ok(()),
    }
}

/// Counts the opt-out that a phone's row speaks of, once however often it is asked: whoever is cut
/// short before is asked again, by the same text or by the next one.
pub(crate) async fn count(metrics: &dyn Metrics, phone: &Phone) -> Result<(), StoreError> {
    let Some(told) = opt_out_of(phone) else { return Ok(()) };
    if let DomainEvent::PhoneOptedOut(opt_out) = &told {
        metrics.count_once(&told.id(), opt_out.at, names::OPTED_OUT).await?;
    }
    Ok(())
}

enum Noted {
    Fresh { before: Option<Consent>, after: Box<Phone>, is_hint_due: bool },
    Replay,
}

/// Writes what the text says to the phone's row, in one conditional write with its sid.
async fn note(
    phones: &dyn Phones,
    key: &PhoneKey,
    text: &InboundText,
    kind: Inbound,
    now: Timestamp,
) -> Result<Noted, StoreError> {
    let before = phones.phone(key).await?.map(|phone| phone.consent);
    let (mut is_fresh, mut is_hint_due) = (false, false);
    let after = change_phone(phones, key, now, |phone| {
        is_fresh = !phone.last_inbound.contains(&text.sid);
        if !is_fresh {
            return false;
        }
        phone.last_inbound.push(text.sid.clone());
        let surplus = phone.last_inbound.len().saturating_sub(INBOUND_KEPT);
        phone.last_inbound.drain(..surplus);
        let source = ConsentSource::InboundText { sid: text.sid.clone() };
        match kind {
            Inbound::Stop => set_consent(phone, Consent::OptedOut, source, now),
            Inbound::Start => set_consent(phone, Consent::OptedIn, source, now),
            Inbound::Other if phone.consent == Consent::OptedIn => {
                is_hint_due = phone.hinted_at.is_none_or(|last| now >= ahead(last, HINT_EVERY));
                phone.hinted_at = if is_hint_due { Some(now) } else { phone.hinted_at };
            }
            Inbound::Help | Inbound::Other => {}
        }
        true
    })
    .await?;
    let fresh = Noted::Fresh { before, after: Box::new(after), is_hint_due };
    Ok(if is_fresh { fresh } else { Noted::Replay })
}

/// What follows from the text beyond the phone's row; harmless to repeat. Returns what to answer
/// whoever confirmed by it that they signed up.
async fn finish(
    ports: &InboundPorts,
    key: &PhoneKey,
    (from, kind): (&PhoneNumber, Inbound),
    now: Timestamp,
) -> Result<Option<String>, InboundError> {
    let Some(phone) = ports.phones.phone(key).await? else { return Ok(None) };
    let mut welcome = None;
    match (kind, phone.consent) {
        (Inbound::Stop, Consent::OptedOut) => {
            let reason = CancelReason::OptedOut;
            withdraw_pending(&*ports.reminders, &phone.users, reason, now).await?;
            tell(&*ports.domain_events, &phone).await?;
            count(&*ports.metrics, &phone).await?;
            mark_last_text(&*ports.reminders, &phone.users, from, now).await?;
        }
        (Inbound::Start, Consent::OptedIn) => {
            welcome = confirm(&ports.sign_ups, &*ports.phones, (key, from), now).await?;
            if !phone.users.is_empty() {
                ports.plans.enqueue(&[PlanJob { users: phone.users }]).await?;
            }
        }
        _ => {}
    }
    Ok(welcome)
}

/// Notes with the text before it that its reader opted out, if it went out under an experiment or
/// with a lead time that was found, which want to know. Noting it again changes nothing.
async fn mark_last_text(
    reminders: &dyn Reminders,
    users: &[UserId],
    from: &PhoneNumber,
    now: Timestamp,
) -> Result<(), StoreError> {
    let Some(row) = last_texted(reminders, users, from, now).await? else { return Ok(()) };
    let is_news = |row: &domain::reminder::Reminder| {
        let is_tried = !row.trial.arms.is_empty() || !row.trial.lead_by.is_empty();
        let is_asked = is_tried && row.trial.opted_out_at.is_none();
        is_asked.then_some(Change::OptOut)
    };
    change_reminder(reminders, &row.user, row.id, now, is_news).await?;
    Ok(())
}

/// Cancels everything that waits to be sent to these users.
pub async fn withdraw_pending(
    reminders: &dyn Reminders,
    users: &[UserId],
    reason: CancelReason,
    now: Timestamp,
) -> Result<(), StoreError> {
    let days = SignedDuration::from_hours(24 * 12);
    let (from, to) = (utc_date(back(now, days)), utc_date(ahead(now, days)));
    let mut cancelled = 0_usize;
    for user in users {
        for row in reminders.reminders_between(user, from, to).await? {
            let decide = |row: &domain::reminder::Reminder| {
                (row.state == State::Scheduled).then_some(Change::Cancel(reason))
            };
            if row.state == State::Scheduled {
                let changed = change_reminder(reminders, user, row.id, now, decide).await?;
                cancelled += usize::from(changed.is_changed());
            }
        }
    }
    info!(cancelled, users = users.len(), "Withdrew {cancelled} pending reminders: {reason}");
    Ok(())
}

pub(crate) fn set_consent(
    phone: &mut Phone,
    consent: Consent,
    source: ConsentSource,
    now: Timestamp,
) {
    phone.consent = consent;
    phone.ledger.push(ConsentEntry { at: now, consent, source });
    if phone.ledger.len() > LEDGER_MAX {
        phone.ledger.remove(1);
    }
}

/// Changes a phone's row, which is made if there is none; `change` says whether to write.
pub(crate) async fn change_phone(
    phones: &dyn Phones,
    key: &PhoneKey,
    now: Timestamp,
    mut change: impl FnMut(&mut Phone) -> bool + Send,
) -> Result<Phone, StoreError> {
    for _ in 0..TRIES_MAX {
        let stored = phones.phone(key).await?;
        let expected = stored.as_ref().map(|phone| phone.version);
        // Nobody has added this number: whatever its owner says of consent is kept for that day.
        let mut phone = stored.unwrap_or_else(|| Phone {
            key: key.clone(),
            consent: Consent::OptedIn,
            ledger: Vec::new(),
            users: Vec::new(),
            mark: None,
            // Strangers get no hint at once.
            hinted_at: Some(now),
            last_inbound: Vec::new(),
            version: 0,
        });
        if !change(&mut phone) {
            return Ok(phone);
        }
        phone.version += 1;
        if phones.put_phone(&phone, expected).await? {
            return Ok(phone);
        }
    }
    Err(StoreError::Transient {
        operation: "change a phone's row",
        source: "others keep changing the same row".into(),
    })
}

async fn locale_of(ports: &InboundPorts, users: &[UserId]) -> Result<Locale, StoreError> {
    let user = match users.first() {
        Some(id) => ports.users.user(id).await?,
        None => None,
    };
    let default = Locale { language: Language::En, hours: HourCycle::H12 };
    Ok(user.map_or(default, |user| user.locale))
}
