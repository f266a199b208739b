//! Agreeing to texts, and no longer, on one's own page.

use std::sync::Arc;

use domain::reasons::CancelReason;
use domain::user::{Consent, User};
use jiff::Timestamp;
use tracing::info;

use crate::inbound::{InboundError, change_phone, count, set_consent, tell, withdraw_pending};
use crate::jobs::PlanJob;
use crate::ports::{
    ConsentSource, DomainEvents, Metrics, Phone, PhoneKeys, Phones, PlanQueue, Reminders,
};

/// What a change of consent needs.
#[derive(Clone)]
pub struct ConsentPorts {
    /// Consent.
    pub phones: Arc<dyn Phones>,
    /// What is pending.
    pub reminders: Arc<dyn Reminders>,
    /// Where plans are asked for when somebody comes back.
    pub plans: Arc<dyn PlanQueue>,
    /// Who is told of an opt-out.
    pub domain_events: Arc<dyn DomainEvents>,
    /// What counts it.
    pub metrics: Arc<dyn Metrics>,
    /// Names phones.
    pub phone_keys: PhoneKeys,
}

/// Opts the number of a user out, for everybody who uses it. Asking again does again what may have
/// been cut short, and nothing else.
pub async fn opt_out(
    ports: &ConsentPorts,
    user: &User,
    now: Timestamp,
) -> Result<(), InboundError> {
    let key = ports.phone_keys.key(&user.phone);
    let phone = change_phone(&*ports.phones, &key, now, |phone| {
        let is_news = phone.consent == Consent::OptedIn;
        if is_news {
            set_consent(phone, Consent::OptedOut, ConsentSource::OwnPage, now);
        }
        is_news
    })
    .await?;
    info!(user.id = %user.id, "User {} opted out on their page", user.id);
    withdraw_pending(&*ports.reminders, &phone.users, CancelReason::OptedOut, now).await?;
    tell(&*ports.domain_events, &phone).await?;
    Ok(count(&*ports.metrics, &phone).await?)
}

/// Opts the number of a user in again; false where only a text from it can do that.
pub async fn opt_in(
    ports: &ConsentPorts,
    user: &User,
    now: Timestamp,
) -> Result<bool, InboundError> {
    let key = ports.phone_keys.key(&user.phone);
    let mut is_in = false;
    let phone = change_phone(&*ports.phones, &key, now, |phone| {
        let may = may_opt_in(phone);
        is_in = may || phone.consent == Consent::OptedIn;
        if may {
            set_consent(phone, Consent::OptedIn, ConsentSource::OwnPage, now);
        }
        may
    })
    .await?;
    if is_in {
        info!(user.id = %user.id, "User {} is opted in", user.id);
        ports.plans.enqueue(&[PlanJob { users: phone.users }]).await?;
    }
    Ok(is_in)
}

/// Whether a page may opt a number in again. After a STOP only a START from the phone counts: the
/// provider turns texts away until then, and whoever holds a page may not hold the phone.
pub fn may_opt_in(phone: &Phone) -> bool {
    let last = phone.ledger.last();
    phone.consent == Consent::OptedOut
        && last.is_some_and(|entry| entry.source == ConsentSource::OwnPage)
}
