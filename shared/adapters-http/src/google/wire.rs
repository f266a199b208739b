//! What Google's servers say, as far as it is used (Calendar API v3).

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

/// The fields of [`Page`] that are asked for: what is not needed never comes here.
pub(super) const FIELDS: &str = "nextPageToken,nextSyncToken,items(id,status,iCalUID,\
    recurringEventId,originalStartTime,start,end,summary,location,description,transparency,\
    eventType,hangoutLink,conferenceData(entryPoints(entryPointType,uri)),\
    attendees(self,responseStatus),organizer(self))";

/// A page of `events.list`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    #[serde(default)]
    pub(super) items: Vec<Item>,
    pub(super) next_page_token: Option<String>,
    pub(super) next_sync_token: Option<String>,
}

/// An event, or one occurrence of a series.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    pub(super) id: String,
    pub(super) status: Option<String>,
    #[serde(rename = "iCalUID")]
    pub(super) ical_uid: Option<String>,
    pub(super) recurring_event_id: Option<String>,
    pub(super) original_start_time: Option<Moment>,
    pub(super) start: Option<Moment>,
    pub(super) end: Option<Moment>,
    pub(super) summary: Option<String>,
    pub(super) location: Option<String>,
    pub(super) description: Option<String>,
    pub(super) transparency: Option<String>,
    pub(super) event_type: Option<String>,
    pub(super) hangout_link: Option<String>,
    pub(super) conference_data: Option<Conference>,
    #[serde(default)]
    pub(super) attendees: Vec<Attendee>,
    pub(super) organizer: Option<Attendee>,
}

/// An instant, or a day as a whole.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Moment {
    pub(super) date: Option<Date>,
    pub(super) date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Conference {
    #[serde(default)]
    pub(super) entry_points: Vec<EntryPoint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EntryPoint {
    pub(super) entry_point_type: Option<String>,
    pub(super) uri: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attendee {
    #[serde(default, rename = "self")]
    pub(super) is_self: bool,
    pub(super) response_status: Option<String>,
}

/// What the API says instead.
#[derive(Deserialize)]
pub(super) struct ApiFault {
    pub(super) error: ApiError,
}

#[derive(Deserialize)]
pub(super) struct ApiError {
    #[serde(default)]
    pub(super) errors: Vec<ApiReason>,
}

#[derive(Deserialize)]
pub(super) struct ApiReason {
    #[serde(default)]
    pub(super) reason: String,
}
