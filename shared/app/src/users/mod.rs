//! Users, their settings and their calendars. Every change raises the user's `inputs_version`, so
//! that no plan made from old inputs is written, and asks for a new plan.

mod calendars;
mod erase;
mod export;
mod habits;
mod mirror;
mod settings;

use std::sync::Arc;

use domain::countries::Countries;
use domain::ids::UserId;
use domain::phone::PhoneNumber;
use domain::text_hours::Preset;
use domain::texts::Locale;
use domain::time::{ZoneName, Zones};
use domain::user::{Preferences, User};
use jiff::Timestamp;
use tracing::{info, warn};

use crate::causes::in_full;
use crate::jobs::PlanJob;
use crate::ports::{PhoneKeys, PlanQueue, StoreError, Users};

pub use calendars::{PutIcs, RemoveCalendar, StoredCalendar, put_ics, remove_calendar};
pub use erase::{ErasePorts, erase_user};
pub use export::{Export, ExportPorts, export_user};
pub use habits::usual_locale;
pub use mirror::{MirrorPorts, events_for, roll_mirror};
pub use settings::{BadSettings, CountingChange, SettingsChange};

/// How often a change is tried while others change the same user. They are few: the person, their
/// calendars, the daily roll.
const TRIES_MAX: usize = 20;

/// How often a plan is asked for before that is left to the next tick.
const ASK_TRIES_MAX: usize = 3;

/// What changes to users need.
#[derive(Clone)]
pub struct UserPorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Their calendars.
    pub mirror: MirrorPorts,
    /// Where plans are asked for.
    pub plans: Arc<dyn PlanQueue>,
    /// Where texts may go.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// The zone database.
    pub zones: Zones,
    /// Names phones.
    pub phone_keys: PhoneKeys,
}

/// Somebody who shall get reminders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// Their name in our tables.
    pub id: UserId,
    /// Where texts go.
    pub phone: PhoneNumber,
    /// Whether whoever adds them vouches that the number is theirs.
    pub is_phone_verified: bool,
    /// The zone they live by.
    pub zone: ZoneName,
    /// Language and clock habit.
    pub locale: Locale,
    /// What they want.
    pub preferences: Preferences,
}

/// What became of an addition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AddUser {
    /// The user as they were stored.
    Added(Box<User>),
    /// The id is taken, and nothing was written.
    Taken,
}

/// Adds a user, whose number is opted in from now on unless it opted out before.
pub async fn add_user(
    ports: &UserPorts,
    new: NewUser,
    now: Timestamp,
) -> Result<AddUser, StoreError> {
    let NewUser { id, phone, is_phone_verified, zone, locale, preferences } = new;
    let user = User {
        id,
        phone,
        is_phone_verified,
        zone,
        locale,
        preferences,
        created_at: now,
        inputs_version: 1,
        planned: None,
    };
    let key = ports.phone_keys.key(&user.phone);
    if !ports.users.add_user(&user, &key).await? {
        return Ok(AddUser::Taken);
    }
    info!(user.id = %user.id, "Added user {}", user.id);
    ask_for_plan(ports, &user.id).await;
    Ok(AddUser::Added(Box::new(user)))
}

/// What became of a change of settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeSettings {
    /// The user as they are stored now.
    Changed(Box<User>),
    /// Everything was so before, and nothing was written.
    Unchanged(Box<User>),
    /// The change cannot be made to this user, and nothing was written.
    Refused(BadSettings),
    /// There is no such user.
    NoUser,
}

/// Changes what a user wants and how they are reached.
pub async fn change_settings(
    ports: &UserPorts,
    id: &UserId,
    change: &SettingsChange,
) -> Result<ChangeSettings, StoreError> {
    let changed = change_settings_if(ports, id, change, &|_| true).await?;
    changed.ok_or_else(|| restless("change settings"))
}

/// As [`change_settings`], if the user is as whoever changes them believes: `is_expected` is asked
/// of what the change is made to. None, and nothing written, if it says no.
pub async fn change_settings_if(
    ports: &UserPorts,
    id: &UserId,
    change: &SettingsChange,
    is_expected: &(dyn Fn(&User) -> bool + Sync),
) -> Result<Option<ChangeSettings>, StoreError> {
    for _ in 0..TRIES_MAX {
        let Some(user) = ports.users.user(id).await? else {
            return Ok(Some(ChangeSettings::NoUser));
        };
        if !is_expected(&user) {
            return Ok(None);
        }
        let mut next = match change.apply(&user) {
            Ok(next) => next,
            Err(bad) => return Ok(Some(ChangeSettings::Refused(bad))),
        };
        if next == user {
            ask_for_plan_if_stale(ports, &user).await;
            return Ok(Some(ChangeSettings::Unchanged(Box::new(user))));
        }
        next.inputs_version = user.inputs_version + 1;
        let key = ports.phone_keys.key(&next.phone);
        if ports.users.update_user(&next, &key, user.inputs_version).await? {
            info!(user.id = %id, "Changed settings of user {id}");
            ask_for_plan(ports, id).await;
            return Ok(Some(ChangeSettings::Changed(Box::new(next))));
        }
    }
    Err(restless("change settings"))
}

/// Asks for a new plan, more than once if need be. One that gets lost is asked for again by the
/// next tick, which finds the user's plan stale, so a queue that is down fails nobody's change.
async fn ask_for_plan(ports: &UserPorts, id: &UserId) {
    let job = PlanJob { users: vec![id.clone()] };
    for _ in 0..ASK_TRIES_MAX {
        match ports.plans.enqueue(std::slice::from_ref(&job)).await {
            Ok(()) => return,
            Err(error) => {
                let error = in_full(&error);
                warn!(user.id = %id, error, "Could not ask for a plan of user {id}");
            }
        }
    }
}

/// A change that is made already may be the repetition of one whose answer was lost, and which
/// never came to ask for its plan.
async fn ask_for_plan_if_stale(ports: &UserPorts, user: &User) {
    if user.is_plan_stale() {
        ask_for_plan(ports, &user.id).await;
    }
}

fn restless(operation: &'static str) -> StoreError {
    StoreError::Transient { operation, source: "others keep changing the same user".into() }
}
