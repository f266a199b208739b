//! What an entry is called, where it is, whether it counts and what the user said to it.

use std::collections::HashSet;

use domain::calendar_event::{EventKind, EventStatus, Response};
use domain::limits;

use super::links;
use super::property::Property;
use super::tree::Component;
use super::value;

/// What an entry says beside its times.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Details {
    /// `None` where there is no SUMMARY at all.
    pub(super) title: Option<String>,
    pub(super) location: Option<String>,
    pub(super) meeting_link: Option<String>,
    pub(super) status: EventStatus,
    pub(super) is_transparent: bool,
    pub(super) kind: EventKind,
    /// Who was asked and what they said, by address in small letters.
    answers: Vec<(String, Response)>,
    organizer: Option<String>,
}

impl Details {
    pub(super) fn of(entry: &Component<'_>, is_cancelled: bool) -> Self {
        let text = |name: &str, chars_max| {
            let property = entry.first(name)?;
            Some(value::one_line(&value::unescape(property.value()), chars_max))
        };
        let word =
            |name: &str| entry.first(name).map(|property| property.value().to_ascii_uppercase());
        let status = match word("STATUS").as_deref() {
            _ if is_cancelled => EventStatus::Cancelled,
            // Some exporters spell it with one "l".
            Some("CANCELLED" | "CANCELED") => EventStatus::Cancelled,
            Some("TENTATIVE") => EventStatus::Tentative,
            _ => EventStatus::Confirmed,
        };
        let busy = word("X-MICROSOFT-CDO-BUSYSTATUS")
            .or_else(|| word("X-MICROSOFT-CDO-INTENDEDSTATUS"))
            .unwrap_or_default();
        let kind = match busy.as_str() {
            "OOF" => EventKind::OutOfOffice,
            "WORKINGELSEWHERE" => EventKind::WorkingLocation,
            // iCalendar has no word for it; the adapters of calendars that have one write ours.
            _ if word("X-BEFOREHAND-KIND").as_deref() == Some("FOCUS") => EventKind::FocusTime,
            _ => EventKind::Meeting,
        };
        Self {
            title: text("SUMMARY", limits::TITLE_CHARS_MAX),
            location: text("LOCATION", limits::PLACE_CHARS_MAX).filter(|place| !place.is_empty()),
            meeting_link: links::meeting_link(entry),
            status,
            is_transparent: busy == "FREE" || word("TRANSP").as_deref() == Some("TRANSPARENT"),
            kind,
            answers: entry.all("ATTENDEE").flat_map(answers).collect(),
            organizer: entry.first("ORGANIZER").and_then(|property| addresses(property).next()),
        }
    }

    /// What the user, known by their addresses in small letters, said to the invitation.
    pub(super) fn response(&self, own: &HashSet<String>) -> Response {
        if own.is_empty() {
            return Response::None;
        }
        let is_organizer = self.organizer.as_ref().is_some_and(|address| own.contains(address));
        let answer = self.answers.iter().find(|(address, _)| own.contains(address));
        match answer {
            // Nobody waits for the answer of the one who asks.
            Some((_, Response::NeedsAction)) if is_organizer => Response::None,
            Some((_, response)) => *response,
            None => Response::None,
        }
    }
}

fn answers(attendee: &Property<'_>) -> Vec<(String, Response)> {
    let response = match attendee.word("PARTSTAT").as_deref() {
        Some("ACCEPTED" | "COMPLETED" | "IN-PROCESS") => Response::Accepted,
        Some("TENTATIVE") => Response::Tentative,
        // Who sent somebody else does not come.
        Some("DECLINED" | "DELEGATED") => Response::Declined,
        _ => Response::NeedsAction,
    };
    addresses(attendee).map(|address| (address, response)).collect()
}

/// The e-mail addresses of an ATTENDEE or ORGANIZER: its value and its EMAIL parameter (RFC 7986),
/// which Apple fills where the value is a path.
fn addresses(property: &Property<'_>) -> impl Iterator<Item = String> {
    let param = property.param("EMAIL").map(|email| email.into_owned());
    [address(property.value()), param.as_deref().and_then(address)].into_iter().flatten()
}

/// An e-mail address in small letters, without `mailto:`; `None` for anything else.
pub(super) fn address(text: &str) -> Option<String> {
    let text = text.trim();
    let text = match text.get(..7) {
        Some(scheme) if scheme.eq_ignore_ascii_case("mailto:") => text[7..].trim(),
        _ => text,
    };
    let (name, host) = text.split_once('@')?;
    let is_plain = |part: &str| {
        !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || "@<>,;:/".contains(c))
    };
    (is_plain(name) && is_plain(host) && text.len() <= 320).then(|| text.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::super::oddity::Oddities;
    use super::super::tree;
    use super::*;

    fn details(lines: &str) -> Details {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
        let tree = tree::read(text.as_bytes(), &mut Oddities::default());
        Details::of(&tree.entries[0], false)
    }

    fn check_response(lines: &str, expected: Response) {
        let own = HashSet::from(["me@example.com".to_owned()]);
        assert_eq!(details(lines).response(&own), expected, "{lines}");
        assert_eq!(details(lines).response(&HashSet::new()), Response::None, "{lines}");
    }

    #[test]
    fn the_users_own_answer_is_found_by_address() {
        let me = |stat: &str| format!("ATTENDEE;PARTSTAT={stat}:MAILTO:Me@Example.com");
        check_response(&me("ACCEPTED"), Response::Accepted);
        check_response(&me("declined"), Response::Declined);
        check_response(&me("TENTATIVE"), Response::Tentative);
        check_response(&me("DELEGATED"), Response::Declined);
        check_response(&me("NEEDS-ACTION"), Response::NeedsAction);
        check_response("ATTENDEE:mailto:me@example.com", Response::NeedsAction);
        check_response("ATTENDEE;PARTSTAT=DECLINED:mailto:you@example.com", Response::None);
        check_response(
            "ATTENDEE;EMAIL=me@example.com;PARTSTAT=DECLINED:/aMjA/principal/",
            Response::Declined,
        );
    }

    #[test]
    fn the_organizer_is_not_asked_but_may_decline() {
        let organizer = "ORGANIZER:mailto:me@example.com\nATTENDEE;PARTSTAT";
        check_response(&format!("{organizer}=NEEDS-ACTION:mailto:me@example.com"), Response::None);
        check_response(&format!("{organizer}=DECLINED:mailto:me@example.com"), Response::Declined);
        check_response("ORGANIZER:mailto:me@example.com", Response::None);
    }

    #[test]
    fn outlooks_busy_status_tells_kind_and_transparency() {
        let check = |status: &str, kind, is_transparent| {
            let read = details(&format!("TRANSP:OPAQUE\nX-MICROSOFT-CDO-BUSYSTATUS:{status}"));
            assert_eq!((read.kind, read.is_transparent), (kind, is_transparent), "{status}");
        };
        check("BUSY", EventKind::Meeting, false);
        check("FREE", EventKind::Meeting, true);
        check("OOF", EventKind::OutOfOffice, false);
        check("WORKINGELSEWHERE", EventKind::WorkingLocation, false);
        assert!(details("TRANSP:transparent").is_transparent);
    }

    #[test]
    fn status_is_read_in_both_spellings() {
        let check = |text: &str, status| assert_eq!(details(text).status, status, "{text}");
        check("STATUS:CANCELLED", EventStatus::Cancelled);
        check("STATUS:Canceled", EventStatus::Cancelled);
        check("STATUS:TENTATIVE", EventStatus::Tentative);
        check("STATUS:CONFIRMED", EventStatus::Confirmed);
        check("SUMMARY:x", EventStatus::Confirmed);
    }

    #[test]
    fn titles_and_places_are_plain_lines() {
        let read = details("SUMMARY:  Lunch\\, then\\nwork \u{1b}[31m\nLOCATION: \\n");
        assert_eq!(read.title.as_deref(), Some("Lunch, then work [31m"));
        assert_eq!(read.location, None);
        assert_eq!(details("UID:1").title, None);
        let long = details(&format!("SUMMARY:{}", "é".repeat(1000)));
        assert_eq!(long.title.map(|t| t.chars().count()), Some(limits::TITLE_CHARS_MAX));
    }

    #[test]
    fn addresses_are_told_from_names() {
        let check = |text: &str, expected: Option<&str>| {
            assert_eq!(address(text).as_deref(), expected, "{text}");
        };
        check("mailto:A@B.example", Some("a@b.example"));
        check("a@b", Some("a@b"));
        check("Ann <a@b>", None);
        check("My calendar", None);
        check("urn:uuid:1@2", None);
        check("", None);
    }
}
