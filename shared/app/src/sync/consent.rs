//! Connecting a calendar that its owner must allow us to read, at a page of whoever keeps it.
//!
//! Nothing is stored until they did: what we must know when they come back travels with them, in
//! the `state`, sealed. So it cannot be made up, read or changed, is good for one user and calendar
//! and for a day, and holds the verifier without which the code that comes with it is worth
//! nothing (RFC 7636).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{CalendarId, UserId};
use domain::limits;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tracing::warn;

use super::connect::{Connect, ConnectPorts, NewConnection, connect};
use crate::ports::{Consent, Keeper, PullError, StoreError};
use crate::seals::Sealed;

/// What the state is sealed for.
const PLACE: [&str; 1] = ["consent"];

/// A wish to connect a calendar that its owner must allow us to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskConsent {
    /// Whose.
    pub user: UserId,
    /// Which calendar it shall fill.
    pub calendar: CalendarId,
    /// Who keeps it.
    pub keeper: Keeper,
    /// Its name where it is kept.
    pub there: String,
    /// How often it shall be looked at.
    pub every: SignedDuration,
}

/// What came of the wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Where its owner must go.
    Page {
        /// The address.
        address: String,
        /// Until when they may come back.
        good_until: Timestamp,
    },
    /// There is no such user.
    NoUser,
}

/// What travels with the owner, version 1.
#[derive(Serialize, Deserialize)]
struct StateV1 {
    v: u32,
    user: UserId,
    calendar: CalendarId,
    /// Google, in states that were made before anybody else could be meant.
    #[serde(default = "google")]
    keeper: Keeper,
    there: String,
    every_s: i64,
    good_until: Timestamp,
    verifier: String,
}

fn google() -> Keeper {
    Keeper::Google
}

/// Makes the page at which a calendar's owner allows us to read it.
///
/// # Errors
/// [`StoreError`].
pub async fn ask_consent(
    ports: &ConnectPorts,
    consent: &dyn Consent,
    ask: &AskConsent,
    now: Timestamp,
) -> Result<Asked, StoreError> {
    if ports.users.users.user(&ask.user).await?.is_none() {
        return Ok(Asked::NoUser);
    }
    let good_until = ahead(now, limits::CONSENT_GOOD_FOR);
    let (user, calendar) = (ask.user.as_str(), ask.calendar.as_str());
    // Only we can make it, and it is another one at every instant.
    let verifier = ports.seals.mark(&["verifier", user, calendar, &ask.there], &now.to_string());
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier));
    let state = StateV1 {
        v: 1,
        user: ask.user.clone(),
        calendar: ask.calendar.clone(),
        keeper: ask.keeper,
        there: ask.there.clone(),
        every_s: ask.every.as_secs(),
        good_until,
        verifier,
    };
    // Texts and numbers always serialise.
    let state = serde_json::to_string(&state).unwrap_or_default();
    let sealed = ports.seals.seal(&PLACE, &state).map_err(|_| StoreError::Permanent {
        operation: "ask for consent",
        what: "the state cannot be sealed".to_owned(),
    })?;
    Ok(Asked::Page { address: consent.page(sealed.as_str(), &challenge), good_until })
}

/// What a calendar's owner brings back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allow {
    /// The state, as it travelled with them.
    pub state: String,
    /// The code; none if they did not allow it.
    pub code: Option<String>,
}

/// What became of it.
#[derive(Debug, PartialEq, Eq)]
pub enum Allowed {
    /// The calendar is connected, or why not.
    Connected(Connect),
    /// Not a state of ours.
    Unknown,
    /// They came back too late.
    TooLate,
    /// They did not allow it.
    Refused,
    /// Their answer could not be redeemed.
    NotRedeemed(PullError),
}

/// Takes a calendar owner's answer, which came back from this keeper.
///
/// # Errors
/// [`StoreError`].
pub async fn allow(
    ports: &ConnectPorts,
    (keeper, consent): (Keeper, &dyn Consent),
    given: &Allow,
    now: Timestamp,
) -> Result<Allowed, StoreError> {
    let opened = ports.seals.open(&PLACE, &Sealed::from_store(given.state.clone()));
    let state = opened.ok().and_then(|state| serde_json::from_str::<StateV1>(&state).ok());
    let is_ours = |state: &StateV1| state.v == 1 && state.keeper == keeper;
    let Some(state) = state.filter(is_ours) else { return Ok(Allowed::Unknown) };
    if now > state.good_until {
        return Ok(Allowed::TooLate);
    }
    let Some(code) = &given.code else { return Ok(Allowed::Refused) };
    let refresh_token = match consent.redeem(code, &state.verifier, now).await {
        Ok(token) => token,
        Err(error) => {
            let user = &state.user;
            warn!(user.id = %user, "Could not redeem the consent of user {user}: {error}");
            return Ok(Allowed::NotRedeemed(error));
        }
    };
    let new = NewConnection {
        user: state.user,
        calendar: state.calendar,
        access: keeper.access(state.there, refresh_token),
        every: SignedDuration::from_secs(state.every_s),
    };
    connect(ports, &new, now).await.map(Allowed::Connected)
}
