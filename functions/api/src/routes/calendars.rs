//! Calendars, handed over as iCalendar documents.

use std::borrow::Cow;
use std::sync::Arc;

use app::sync::{Disconnect, disconnect};
use app::users::{PutIcs, put_ics};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use bytes::Bytes;
use domain::ids::CalendarId;
use domain::limits;

use crate::body::calendar::{IcsDocument, OddityView, StoredCalendarView};
use crate::extract::{Names, content_type};
use crate::problem::Problem;
use crate::state::ApiState;

/// Media types that calendars come as; what uploads them often does not know better.
const CALENDAR_TYPES: [&str; 3] = ["text/calendar", "text/plain", "application/octet-stream"];

/// Give a user a calendar, or replace it.
///
/// The body is an iCalendar document (RFC 5545). What is odd in it is told with its line; the rest
/// is used. Sending the same document again changes nothing.
#[utoipa::path(
    put,
    path = "/v1/users/{user}/calendars/{calendar}",
    tag = "calendars",
    operation_id = "put_calendar",
    params(
        ("user" = String, Path, description = "The user's id"),
        ("calendar" = String, Path, description = "A name that you choose, unique in the user"),
    ),
    request_body(content = inline(IcsDocument), content_type = "text/calendar",
        description = "An iCalendar document of at most 32 MiB"),
    responses(
        (status = 200, description = "The calendar is replaced", body = StoredCalendarView),
        (status = 201, description = "The calendar is new", body = StoredCalendarView),
        (status = 409, description = "The user has as many calendars as one may have, or the name \
            is that of one that is connected",
            body = Problem, content_type = "application/problem+json"),
    )
)]
pub(crate) async fn store(
    State(state): State<Arc<ApiState>>,
    names: Names,
    headers: HeaderMap,
    body: Result<Bytes, axum::extract::rejection::BytesRejection>,
) -> Result<(StatusCode, Json<StoredCalendarView>), Problem> {
    let (user, calendar) = (names.user()?, names.calendar()?);
    let kind = content_type(&headers);
    if kind.is_some_and(|kind| !CALENDAR_TYPES.contains(&kind.as_str())) {
        let remedy = "send an iCalendar document as `Content-Type: text/calendar`";
        return Err(Problem::wrong_type(remedy));
    }
    let bytes = body?;
    let (text, mut oddities) = decode(&bytes);
    if !is_calendar(&text) {
        // Taken as an empty calendar, a web page or a cut file would withdraw every reminder.
        return Err(Problem::invalid(
            "the body is not an iCalendar document: it has no line BEGIN:VCALENDAR",
        ));
    }
    if state.connections.connection(&user, &calendar).await?.is_some() {
        // The next look would replace the document.
        let what = "the calendar is connected to an address: disconnect it first, or choose \
                    another name";
        return Err(Problem::conflict(what));
    }
    match put_ics(&state.users, &user, &calendar, &text, state.clock.now()).await? {
        PutIcs::Stored(stored) => {
            oddities.extend(stored.oddities.into_iter().map(OddityView::from));
            let view = StoredCalendarView {
                id: calendar.as_str().to_owned(),
                changed: stored.is_changed,
                events: stored.events,
                oddities,
            };
            let status = if stored.is_new { StatusCode::CREATED } else { StatusCode::OK };
            Ok((status, Json(view)))
        }
        PutIcs::NoUser => Err(Problem::no_user(&user)),
        PutIcs::UnknownZone(unknown) => Err(Problem::field("zone", unknown)),
        PutIcs::TooMany => Err(too_many()),
    }
}

/// Take a calendar away from a user.
///
/// One that is connected is disconnected. Reminders of its events are cancelled.
#[utoipa::path(
    delete,
    path = "/v1/users/{user}/calendars/{calendar}",
    tag = "calendars",
    operation_id = "remove_calendar",
    params(
        ("user" = String, Path, description = "The user's id"),
        ("calendar" = String, Path, description = "The calendar's name"),
    ),
    responses((status = 204, description = "The calendar and its events are gone"))
)]
pub(crate) async fn remove(
    State(state): State<Arc<ApiState>>,
    names: Names,
) -> Result<StatusCode, Problem> {
    let (user, calendar) = (names.user()?, names.calendar()?);
    match disconnect(&state.connecting(), &user, &calendar, state.clock.now()).await? {
        Disconnect::Gone => Ok(StatusCode::NO_CONTENT),
        Disconnect::NoUser => Err(Problem::no_user(&user)),
        Disconnect::NoCalendar => Err(no_calendar(&calendar)),
    }
}

pub(super) fn too_many() -> Problem {
    let max = limits::CALENDARS_MAX;
    Problem::conflict(format!("a user has at most {max} calendars: remove one first"))
}

pub(super) fn no_calendar(calendar: &CalendarId) -> Problem {
    let name = calendar.as_str();
    Problem::not_found(format!("the user has no calendar {name:?}"))
}

/// The document as text. Old programs write other encodings than RFC 5545 allows: their letters
/// beyond ASCII are lost, the rest holds.
fn decode(bytes: &[u8]) -> (Cow<'_, str>, Vec<OddityView>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (Cow::Borrowed(text), Vec::new()),
        Err(bad) => {
            let before = bytes.iter().take(bad.valid_up_to());
            let line = before.filter(|byte| **byte == b'\n').count() + 1;
            let what = "not UTF-8: letters that cannot be read are replaced by \u{FFFD}";
            let oddity = OddityView { line, what: what.to_owned() };
            (String::from_utf8_lossy(bytes), vec![oddity])
        }
    }
}

fn is_calendar(text: &str) -> bool {
    let text = text.trim_start_matches('\u{FEFF}');
    text.split(['\n', '\r']).any(|line| line.trim().eq_ignore_ascii_case("BEGIN:VCALENDAR"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_calendars_are_taken_for_calendars() {
        let check = |text: &str, expected: bool| assert_eq!(is_calendar(text), expected, "{text}");
        check("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", true);
        check("\u{FEFF}begin:vcalendar\nend:vcalendar", true);
        check("\n\rBEGIN:VCALENDAR \r", true);
        check("", false);
        check("<html>BEGIN:VCALENDAR</html>", false);
        check("BEGIN:VEVENT\nEND:VEVENT", false);
    }

    #[test]
    fn letters_that_are_not_utf_8_are_told_with_their_line() {
        let (text, oddities) = decode(b"BEGIN:VCALENDAR\nSUMMARY:Caf\xe9\n");
        assert_eq!(text, "BEGIN:VCALENDAR\nSUMMARY:Caf\u{FFFD}\n");
        let lines: Vec<_> = oddities.iter().map(|oddity| oddity.line).collect();
        assert_eq!(lines, [2]);
        assert!(decode("Café".as_bytes()).1.is_empty());
    }
}
