//! The outlook of a stored user.

use std::sync::Arc;

use domain::countries::Countries;
use domain::day_plan::PlanInput;
use domain::ids::UserId;
use domain::text_hours::{Preset, PresetHours};
use domain::time::{UnknownZone, Zones, local_date, start_of_day};
use domain::user::Consent;
use jiff::Timestamp;
use jiff::civil::Date;

use super::outlook::{days_ahead, outlook, shift};
use super::row::{Outlook, rows_of};
use crate::experiments;
use crate::plan::beliefs;
use crate::ports::{Control, MirrorWindow, PhoneKeys, Phones, Reminders, StoreError, Users};
use crate::users::{BadSettings, MirrorPorts, SettingsChange, events_for};

/// How many days ahead an outlook may reach.
pub const OUTLOOK_DAYS_AHEAD_MAX: i32 = 366;

/// Days whose reminders are looked at before the first day: as the planner does.
const LOOK_BACK_DAYS: i64 = 9;

/// What an outlook needs. It writes nothing.
#[derive(Clone)]
pub struct SimulatePorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Their phones.
    pub phones: Arc<dyn Phones>,
    /// The reminders.
    pub reminders: Arc<dyn Reminders>,
    /// The rollout switch.
    pub control: Arc<dyn Control>,
    /// Calendars and their mirror.
    pub mirror: MirrorPorts,
    /// Where texts may go.
    pub countries: Countries,
    /// The hours in which texts go out, unless a user chose others.
    pub hours: Preset,
    /// The zone database.
    pub zones: Zones,
    /// Names phones.
    pub phone_keys: PhoneKeys,
}

/// An outlook that could not be given.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// There is no such user.
    #[error("there is no such user")]
    NoUser,
    /// The user's zone is not in the database.
    #[error(transparent)]
    UnknownZone(#[from] UnknownZone),
    /// The date is too far ahead.
    #[error("an outlook reaches at most {OUTLOOK_DAYS_AHEAD_MAX} days ahead, to {last}")]
    TooFar {
        /// The last date that is not.
        last: Date,
    },
    /// The settings to be tried cannot be set.
    #[error(transparent)]
    Refused(#[from] BadSettings),
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a user would be texted on a local date, as things stand at `now`. A day that went by is
/// told as it went; a day that is planned, as it is planned.
pub async fn simulate(
    ports: &SimulatePorts,
    id: &UserId,
    on: Date,
    now: Timestamp,
) -> Result<Outlook, SimulateError> {
    simulate_with(ports, id, on, &SettingsChange::default(), now).await
}

/// As [`simulate`], as if the user's settings had just been changed like this.
pub async fn simulate_with(
    ports: &SimulatePorts,
    id: &UserId,
    on: Date,
    change: &SettingsChange,
    now: Timestamp,
) -> Result<Outlook, SimulateError> {
    let user = ports.users.user(id).await?.ok_or(SimulateError::NoUser)?;
    let user = change.apply(&user)?;
    let zone = ports.zones.rules(&user.zone)?;
    let preset = PresetHours::of(&user, ports.hours, &ports.zones)?;
    let today = local_date(now, &zone);
    let last = shift(today, OUTLOOK_DAYS_AHEAD_MAX.into());
    if on > last {
        return Err(SimulateError::TooFar { last });
    }
    if on < today {
        let reminders = ports.reminders.reminders_between(id, on, on).await?;
        let rows = rows_of(&reminders, (on, on), &user, (&zone, &preset));
        return Ok(Outlook { rows, ..Outlook::default() });
    }
    let board = experiments::board(&*ports.control).await?;
    let is_composed = !user.preferences.quiet_hours.allow_after_start;
    let mut enrolment = board.enrol(&user, is_composed, now);
    enrolment.beliefs = beliefs(&*ports.reminders, &user, &zone, now).await?;
    let user = enrolment.treat(&user);
    let ahead = days_ahead(&user);
    let window = MirrorWindow {
        from: start_of_day(shift(today, -1), &zone),
        until: start_of_day(shift(on, ahead + 1), &zone),
    };
    let events = events_for(&ports.mirror, id, window, &zone, now).await?;
    let (from, to) = (shift(today, -LOOK_BACK_DAYS), shift(on, ahead + 1));
    let existing = ports.reminders.reminders_between(id, from, to).await?;
    let phone = ports.phones.phone(&ports.phone_keys.key(&user.phone)).await?;
    let consent = phone.map_or(Consent::OptedOut, |phone| phone.consent);
    let rollout = ports.control.rollout().await?;
    let input = PlanInput {
        user: &user,
        zone: &zone,
        preset: &preset,
        consent,
        rollout: &rollout,
        countries: &ports.countries,
        events: &events,
        existing: &existing,
        enrolment: &enrolment,
    };
    Ok(outlook(&input, (on, on), Some(now)))
}
