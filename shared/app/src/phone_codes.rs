//! People prove that they hold a phone: they have a code sent to it and enter what they read there.
//!
//! Whoever asks need not be who holds the phone. So no more than a few codes a day go to one number
//! and at the wish of one user, a few more may be tried, each counted before it is sent or tried;
//! none goes to a number that opted out or where no texts may go, and all together take only
//! the part of the day's ceiling that opt-in texts have, too. A code is sent the moment that
//! somebody asks for it, at whatever hour: they wait for it.

use std::sync::Arc;

use domain::ids::{ReminderId, UserId};
use domain::limits;
use domain::phone::PhoneNumber;
use domain::time::ahead;
use domain::user::{Consent, User};
use jiff::Timestamp;
use tracing::{info, warn};

use crate::causes::in_full;
use crate::ceiling::Ceiling;
use crate::ports::{
    CodeCheck, CodeSent, Control, Document, GatewayError, PhoneCodes, Phones, StoreError,
};
use crate::records::{self, BadRecord, CodeCountV1};
use crate::users::{ChangeSettings, SettingsChange, UserPorts, change_settings_if};

/// The kind of the documents that count codes.
const KIND: &str = "codes";

/// How often a count is tried while others count.
const TRIES_MAX: usize = 10;

/// What sending and checking codes needs.
#[derive(Clone)]
pub struct CodePorts {
    /// Users.
    pub users: UserPorts,
    /// Consent.
    pub phones: Arc<dyn Phones>,
    /// What counts codes.
    pub control: Arc<dyn Control>,
    /// What codes may cost.
    pub ceiling: Arc<Ceiling>,
    /// The provider.
    pub codes: Arc<dyn PhoneCodes>,
}

/// A code that could be neither sent nor checked. Asking again does no harm.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The provider.
    #[error(transparent)]
    Provider(#[from] GatewayError),
}

/// What became of asking for a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AskedForCode {
    /// It is on its way.
    Sent,
    /// The number is known to be theirs already.
    NotNeeded,
    /// There is no such user.
    NoUser,
    /// There were so many that none is sent before this instant.
    TooMany(Timestamp),
    /// The number opted out: it must text START first.
    OptedOut,
    /// No texts go to that country.
    Country,
    /// The day's ceiling has no room for it.
    Budget,
    /// The provider does not send one there, by this code of its own.
    Refused(u32),
}

/// What became of a code that somebody entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TriedCode {
    /// It is right: the number is theirs.
    Verified(Box<User>),
    /// It is another one.
    Wrong,
    /// None is expected for their number: they ask for a new one.
    Gone,
    /// There were so many that none is looked at before this instant.
    TooMany(Timestamp),
    /// There is no such user.
    NoUser,
}

/// How many codes were sent and tried since some instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeCount {
    /// Since when.
    pub since: Timestamp,
    /// Codes that were sent.
    pub sent: u32,
    /// Codes that somebody entered.
    pub tried: u32,
}

/// What is counted.
#[derive(Clone, Copy)]
enum Counted {
    Sent,
    Tried,
}

/// Has a code sent to the number of a user.
///
/// # Errors
/// [`CodeError`]; perhaps one was sent, and it counts.
pub async fn send_code(
    ports: &CodePorts,
    id: &UserId,
    now: Timestamp,
) -> Result<AskedForCode, CodeError> {
    let Some(user) = ports.users.users.user(id).await? else { return Ok(AskedForCode::NoUser) };
    if user.is_phone_verified {
        return Ok(AskedForCode::NotNeeded);
    }
    if !ports.users.countries.includes(&user.phone) {
        return Ok(AskedForCode::Country);
    }
    let phone = ports.phones.phone(&ports.users.phone_keys.key(&user.phone)).await?;
    if phone.is_none_or(|phone| phone.consent == Consent::OptedOut) {
        return Ok(AskedForCode::OptedOut);
    }
    if let Some(until) = count(ports, &user, Counted::Sent, now).await? {
        return Ok(AskedForCode::TooMany(until));
    }
    if !ports.ceiling.take_code(&user.phone, now).await? {
        return Ok(AskedForCode::Budget);
    }
    match ports.codes.send_code(&user.phone, user.locale.language).await {
        Ok(CodeSent::Sent) => {
            info!(user.id = %id, "A code is on its way to the phone of user {id}");
            Ok(AskedForCode::Sent)
        }
        Ok(CodeSent::Refused(code)) => {
            warn!(user.id = %id, code, "No code goes to the phone of user {id}: error {code}");
            ports.ceiling.give_back_code(&user.phone, now);
            Ok(AskedForCode::Refused(code))
        }
        // Perhaps it was sent and costs something.
        Err(error) => {
            warn!(user.id = %id, "Could not send a code to user {id}: {}", in_full(&error));
            Err(error.into())
        }
    }
}

/// Checks a code that a user entered; if it is right their number is known to be theirs.
///
/// # Errors
/// [`CodeError`]; the code may be entered again.
pub async fn try_code(
    ports: &CodePorts,
    id: &UserId,
    code: &str,
    now: Timestamp,
) -> Result<TriedCode, CodeError> {
    let Some(user) = ports.users.users.user(id).await? else { return Ok(TriedCode::NoUser) };
    if user.is_phone_verified {
        return Ok(TriedCode::Verified(Box::new(user)));
    }
    if !is_code(code) {
        return Ok(TriedCode::Wrong);
    }
    if let Some(until) = count(ports, &user, Counted::Tried, now).await? {
        return Ok(TriedCode::TooMany(until));
    }
    match ports.codes.check_code(&user.phone, code).await? {
        CodeCheck::Right => note_verified(ports, id, &user.phone).await,
        CodeCheck::Wrong => Ok(TriedCode::Wrong),
        CodeCheck::Gone => Ok(TriedCode::Gone),
    }
}

/// Notes that a number is a user's, if it still is the one that the code went to.
async fn note_verified(
    ports: &CodePorts,
    id: &UserId,
    phone: &PhoneNumber,
) -> Result<TriedCode, CodeError> {
    let change = SettingsChange { is_phone_verified: Some(true), ..SettingsChange::default() };
    let is_same = |user: &User| user.phone == *phone;
    Ok(match change_settings_if(&ports.users, id, &change, &is_same).await? {
        Some(ChangeSettings::Changed(user) | ChangeSettings::Unchanged(user)) => {
            info!(user.id = %id, "User {id} entered the code that went to their phone");
            TriedCode::Verified(user)
        }
        Some(ChangeSettings::NoUser) => TriedCode::NoUser,
        Some(ChangeSettings::Refused(_)) | None => TriedCode::Gone,
    })
}

/// Whether something could be a code of the provider's at all.
fn is_code(given: &str) -> bool {
    limits::CODE_DIGITS.contains(&given.len()) && given.bytes().all(|byte| byte.is_ascii_digit())
}

/// Counts a code for a user and for their number. The instant from which one counts again, if it
/// is one too many.
async fn count(
    ports: &CodePorts,
    user: &User,
    what: Counted,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let of_user = ReminderId::of_count(&user.id, KIND, "").to_string();
    let of_number = ports.users.phone_keys.key(&user.phone);
    for name in [of_user.as_str(), of_number.as_str()] {
        let until = count_under(&*ports.control, name, what, now).await?;
        if until.is_some() {
            return Ok(until);
        }
    }
    Ok(None)
}

async fn count_under(
    control: &dyn Control,
    name: &str,
    what: Counted,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    for _ in 0..TRIES_MAX {
        let document = control.document(KIND, name).await?;
        let version = document.as_ref().map_or(0, |document| document.version);
        let known = document.map(|document| records::in_document::<CodeCountV1>(&document));
        let known = known.transpose().map_err(unreadable)?;
        let (fresh, window) = (CodeCount { since: now, sent: 0, tried: 0 }, limits::CODES_WITHIN);
        let mut counted = known.filter(|it| now < ahead(it.since, window)).unwrap_or(fresh);
        let (number, most) = match what {
            Counted::Sent => (&mut counted.sent, limits::CODES_SENT_MAX),
            Counted::Tried => (&mut counted.tried, limits::CODES_TRIED_MAX),
        };
        let until = ahead(counted.since, window);
        if *number >= most {
            return Ok(Some(until));
        }
        *number += 1;
        let body = records::to_json::<CodeCountV1>(&counted).map_err(unreadable)?;
        let document = Document::new(version + 1, body);
        if control.put_passing_document(KIND, name, &document, (now, until)).await? {
            return Ok(None);
        }
    }
    Err(StoreError::Transient { operation: "count a code", source: "others count, too".into() })
}

fn unreadable(bad: BadRecord) -> StoreError {
    StoreError::Permanent { operation: "read or write how many codes", what: bad.to_string() }
}
