//! The answer of who owns the number: from here on they are a user.

use std::sync::Arc;

use domain::limits;
use domain::phone::PhoneNumber;
use domain::texts;
use domain::time::ahead;
use domain::user::{Consent, Preferences};
use jiff::Timestamp;
use tracing::info;

use super::{Agreement, SignUp, Stage, stored, write};
use crate::inbound::change_phone;
use crate::links::Pages;
use crate::ports::{ConsentEntry, ConsentSource, Control, Phone, PhoneKey, Phones, StoreError};
use crate::users::{NewUser, UserPorts, add_user};

/// What a confirmation needs.
#[derive(Clone)]
pub struct Confirming {
    /// Where users are added.
    pub users: UserPorts,
    /// Where sign-ups wait.
    pub control: Arc<dyn Control>,
    /// Makes the link to their page.
    pub pages: Pages,
}

/// Makes a user of who confirmed that they signed up, and says what to answer. None if nobody
/// waits for this number. Whoever is a user already is given the link to their page.
///
/// The agreement enters the ledger before the user does, and the sign-up counts as confirmed only
/// after both: what was cut short is completed when the text comes again.
///
/// # Errors
/// [`StoreError`].
pub async fn confirm(
    ports: &Confirming,
    phones: &dyn Phones,
    (key, from): (&PhoneKey, &PhoneNumber),
    now: Timestamp,
) -> Result<Option<String>, StoreError> {
    let Some(sign_up) = stored(&*ports.control, key).await? else { return Ok(None) };
    let is_over = now >= ahead(sign_up.texted_at, limits::SIGN_UP_FOR);
    let SignUp { version, texted_at, stage: Stage::Asked(waiting) } = sign_up else {
        return Ok(None);
    };
    if is_over {
        return Ok(None);
    }
    let agreement = &waiting.agreement;
    let phone = change_phone(phones, key, now, |phone| enter_agreement(phone, agreement)).await?;
    let others: Vec<_> = phone.users.iter().filter(|user| **user != waiting.user).collect();
    let user = match others.as_slice() {
        [] => {
            let new = NewUser {
                id: waiting.user.clone(),
                phone: from.clone(),
                is_phone_verified: true,
                zone: waiting.zone.clone(),
                locale: waiting.locale,
                preferences: Preferences::default(),
            };
            // Taken: an answer that was cut short came so far.
            add_user(&ports.users, new, now).await?;
            Some(waiting.user.clone())
        }
        [one] => Some((*one).clone()),
        // Nobody knows which of them asks.
        _ => None,
    };
    let answer = user.map(|user| {
        info!(user.id = %user, "User {user} confirmed that they signed up");
        texts::welcome(waiting.locale, &ports.pages.page_url(&user, now).0)
    });
    let done = SignUp { version: version + 1, texted_at, stage: Stage::Confirmed };
    write(&*ports.control, key, &done, now).await?;
    Ok(answer)
}

/// Notes what was agreed on the page, before what came after it; false if it stands there.
fn enter_agreement(phone: &mut Phone, agreement: &Agreement) -> bool {
    let entry = ConsentEntry {
        at: agreement.at,
        consent: Consent::OptedIn,
        source: ConsentSource::SignUpPage {
            version: agreement.version.clone(),
            words: agreement.words.clone(),
        },
    };
    if phone.ledger.contains(&entry) {
        return false;
    }
    let place = phone.ledger.iter().take_while(|known| known.at < entry.at).count();
    phone.ledger.insert(place, entry);
    true
}
