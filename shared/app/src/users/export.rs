//! Everything that is kept of a person, for them to take along.

use std::sync::Arc;

use domain::calendar_event::CalendarEvent;
use domain::ids::UserId;
use domain::reminder::Reminder;
use domain::user::User;
use jiff::civil::Date;

use crate::ports::{
    Calendar, Calendars, Connection, Connections, Events, Phone, PhoneKeys, Phones, Reminders,
    RunRecord, StoreError, Users,
};

/// What exporting needs.
#[derive(Clone)]
pub struct ExportPorts {
    /// Users.
    pub users: Arc<dyn Users>,
    /// Consent.
    pub phones: Arc<dyn Phones>,
    /// Calendars.
    pub calendars: Arc<dyn Calendars>,
    /// Where they live that are connected.
    pub connections: Arc<dyn Connections>,
    /// Their mirror.
    pub events: Arc<dyn Events>,
    /// Reminders.
    pub reminders: Arc<dyn Reminders>,
    /// Names phones.
    pub phone_keys: PhoneKeys,
}

/// Everything that is kept of a person.
#[derive(Debug, Clone)]
pub struct Export {
    /// Who they are and what they want.
    pub user: User,
    /// What is known of their number. Others who use it are not told.
    pub phone: Option<Phone>,
    /// Their calendars, with the documents.
    pub calendars: Vec<Calendar>,
    /// Where those live that are connected.
    pub connections: Vec<Connection>,
    /// The mirror of their events.
    pub events: Vec<CalendarEvent>,
    /// Their reminders, oldest first.
    pub reminders: Vec<Reminder>,
    /// What each planning of theirs did.
    pub runs: Vec<RunRecord>,
}

/// Everything that is kept of a user; none if there is no such user.
///
/// # Errors
/// [`StoreError`], if something cannot be read: half an export would be taken for a whole one.
pub async fn export_user(ports: &ExportPorts, id: &UserId) -> Result<Option<Export>, StoreError> {
    let Some(user) = ports.users.user(id).await? else { return Ok(None) };
    let phone = ports.phones.phone(&ports.phone_keys.key(&user.phone)).await?;
    let calendars = ports.calendars.calendars(id).await?;
    let connections = ports.connections.connections(id).await?;
    let mut events = Vec::new();
    for calendar in &calendars {
        events.extend(ports.events.events_of(id, &calendar.id).await?);
    }
    let reminders = ports.reminders.reminders_between(id, Date::MIN, Date::MAX).await?;
    let runs = ports.reminders.run_records(id, Date::MIN, Date::MAX).await?;
    Ok(Some(Export { user, phone, calendars, connections, events, reminders, runs }))
}
