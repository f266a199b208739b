//! What Microsoft Graph says, as far as it is used (v1.0: resource types `event`, `subscription`).

use jiff::civil::DateTime;
use serde::Deserialize;
use serde::de::IgnoredAny;

/// The fields of [`Event`] that are asked for: what is not needed never comes here.
pub(super) const FIELDS: &str = "id,iCalUId,type,originalStart,start,end,isAllDay,isCancelled,\
    subject,showAs,location,body,onlineMeeting,onlineMeetingUrl,isOrganizer,responseStatus";

/// A page of a calendar view.
#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    pub(super) value: Vec<Event>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
}

/// A page of what changed in a calendar view. What it is does not matter: occurrences come without
/// most of their fields there (microsoftgraph/microsoft-graph-docs#7632), and one that was deleted
/// may not be named at all (ibid., #4501).
#[derive(Deserialize)]
pub(super) struct Changes {
    #[serde(default)]
    pub(super) value: Vec<IgnoredAny>,
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
    #[serde(rename = "@odata.deltaLink")]
    pub(super) delta_link: Option<String>,
}

/// An event, or one occurrence of a series.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
pub(super) struct Event {
    pub(super) id: String,
    #[serde(rename = "iCalUId")]
    pub(super) ical_uid: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<String>,
    /// An instant, of occurrences and exceptions of a series only.
    pub(super) original_start: Option<String>,
    pub(super) start: Option<Moment>,
    pub(super) end: Option<Moment>,
    #[serde(default)]
    pub(super) is_all_day: bool,
    #[serde(default)]
    pub(super) is_cancelled: bool,
    pub(super) subject: Option<String>,
    pub(super) show_as: Option<String>,
    pub(super) location: Option<Location>,
    pub(super) body: Option<Body>,
    pub(super) online_meeting: Option<OnlineMeeting>,
    pub(super) online_meeting_url: Option<String>,
    #[serde(default)]
    pub(super) is_organizer: bool,
    pub(super) response_status: Option<ResponseStatus>,
}

/// A civil time in a zone, which has the name that Windows gives it, or IANA.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Moment {
    pub(super) date_time: DateTime,
    pub(super) time_zone: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Location {
    pub(super) display_name: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Body {
    pub(super) content: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OnlineMeeting {
    pub(super) join_url: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ResponseStatus {
    pub(super) response: Option<String>,
}

/// A subscription that was made, or lasts longer.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) expiration_date_time: jiff::Timestamp,
}
