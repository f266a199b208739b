//! The people on the page, and their days.

use app::ports::StoreError;
use app::why::{ExplainedDay, WhyPorts, why_day};
use domain::ids::UserId;
use domain::reminder::State;
use domain::time::local_date;
use domain::user::{Consent, User};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::PagesState;

/// People that one page shows.
pub(super) const PEOPLE_MAX: usize = 6;

/// One person, as of an instant.
pub(super) struct Person {
    /// Who.
    pub(super) user: User,
    /// The rules of their zone; UTC where the database does not know it.
    pub(super) zone: TimeZone,
    /// What the owner of their number agreed to.
    pub(super) consent: Consent,
    /// The local day.
    pub(super) today: ExplainedDay,
    /// The next one, as far as it is planned.
    pub(super) tomorrow: ExplainedDay,
}

/// Those whom a page shows.
pub(super) struct People {
    /// The instant of everything that follows.
    pub(super) now: Timestamp,
    /// In order of their ids.
    pub(super) shown: Vec<Person>,
    /// Whether there are more.
    pub(super) has_more: bool,
    /// The one user that was asked for, if somebody asked for one.
    pub(super) only: Option<String>,
}

impl Person {
    /// The next text that is planned for them.
    pub(super) fn next_text_at(&self) -> Option<Timestamp> {
        let rows = self.today.reminders.iter().chain(&self.tomorrow.reminders);
        rows.filter(|row| row.reminder.state == State::Scheduled)
            .map(|row| row.reminder.send_at)
            .min()
    }
}

/// Reads the people that the page shows: the first few, or the one asked for.
pub(super) async fn people(state: &PagesState, only: Option<&str>) -> Result<People, StoreError> {
    let ports = &state.inner.ports;
    let now = ports.clock.now();
    let only = only.map(str::trim).filter(|id| !id.is_empty());
    let mut users = match only.map(UserId::parse) {
        Some(Ok(id)) => ports.users.user(&id).await?.into_iter().collect(),
        Some(Err(_)) => Vec::new(),
        None => ports.users.users(None, PEOPLE_MAX + 1).await?,
    };
    let has_more = users.len() > PEOPLE_MAX;
    users.truncate(PEOPLE_MAX);
    let mut shown = Vec::with_capacity(users.len());
    for user in users {
        shown.extend(person(state, user, now).await?);
    }
    Ok(People { now, shown, has_more, only: only.map(str::to_owned) })
}

/// What belongs to one user; none if they are gone meanwhile.
async fn person(
    state: &PagesState,
    user: User,
    now: Timestamp,
) -> Result<Option<Person>, StoreError> {
    let ports = &state.inner.ports;
    let zone = ports.zones.rules(&user.zone).unwrap_or(TimeZone::UTC);
    let phone = ports.phones.phone(&ports.phone_keys.key(&user.phone)).await?;
    let consent = phone.map_or(Consent::OptedOut, |phone| phone.consent);
    let why = why_ports(state);
    let today = local_date(now, &zone);
    let tomorrow = today.tomorrow().unwrap_or(today);
    let day = async |on: Date| why_day(&why, &user.id, on).await;
    let (Some(today), Some(tomorrow)) = (day(today).await?, day(tomorrow).await?) else {
        return Ok(None);
    };
    Ok(Some(Person { user, zone, consent, today, tomorrow }))
}

/// What explanations need.
pub(super) fn why_ports(state: &PagesState) -> WhyPorts {
    let ports = &state.inner.ports;
    WhyPorts {
        users: ports.users.clone(),
        reminders: ports.reminders.clone(),
        hours: ports.hours,
        zones: ports.zones.clone(),
    }
}
