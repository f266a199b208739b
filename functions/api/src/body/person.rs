//! What is told of everything that is kept of a person.

use app::records::{CalendarV1, EventV1, PhoneV1, Record, ReminderV1, RunRecordV1, UserV1};
use app::users::Export;
use domain::ids::UserId;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::connection::ConnectionView;

/// The version of the export as a whole.
const VERSION: u32 = 1;

/// Everything that is kept of a user, in the forms in which it is stored. Each of them carries the
/// version of its form, `v`, but connections, which hold what opens calendars.
#[derive(Serialize, ToSchema)]
pub(crate) struct ExportView {
    /// The version of this document.
    version: u32,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    exported_at: Timestamp,
    /// Who they are, their number, and what they want.
    #[schema(value_type = Object)]
    user: UserV1,
    /// What was agreed about their number, with time and source, and what is known of it.
    #[schema(value_type = Option<Object>)]
    phone: Option<PhoneV1>,
    /// Their calendars.
    #[schema(value_type = Vec<Object>)]
    calendars: Vec<CalendarV1>,
    /// Where those live that are connected. Their addresses are kept encrypted and not told.
    connections: Vec<ConnectionView>,
    /// What is kept of their events.
    #[schema(value_type = Vec<Object>)]
    events: Vec<EventV1>,
    /// Their reminders, with every attempt and every step.
    #[schema(value_type = Vec<Object>)]
    reminders: Vec<ReminderV1>,
    /// What each planning of theirs did.
    #[schema(value_type = Vec<Object>)]
    plans: Vec<RunRecordV1>,
}

impl ExportView {
    /// Tells everything of one person, and nothing of others who use their number.
    pub(crate) fn of(export: &Export, exported_at: Timestamp) -> Self {
        let phone = export.phone.clone().map(|mut phone| {
            phone.users.retain(|user: &UserId| *user == export.user.id);
            PhoneV1::of(&phone)
        });
        Self {
            version: VERSION,
            exported_at,
            user: UserV1::of(&export.user),
            phone,
            calendars: export.calendars.iter().map(CalendarV1::of).collect(),
            connections: export.connections.iter().map(ConnectionView::from).collect(),
            events: export.events.iter().map(EventV1::of).collect(),
            reminders: export.reminders.iter().map(ReminderV1::of).collect(),
            plans: export.runs.iter().map(RunRecordV1::of).collect(),
        }
    }
}

/// What an erasure did.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ErasedView {
    /// Who was erased.
    #[schema(example = "ada")]
    pub(crate) user: String,
    /// How many stored items went.
    pub(crate) items: usize,
}
