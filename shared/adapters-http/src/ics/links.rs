//! Which link of an entry joins the meeting.

use domain::limits;
use url::Url;

use super::property::Property;
use super::tree::Component;
use super::value;

/// The link that joins the meeting: what the calendar names as such, then a link for a place, then
/// a link to a meeting service in the URL or the description, then any other URL.
pub(super) fn meeting_link(entry: &Component<'_>) -> Option<String> {
    let named = ["X-GOOGLE-CONFERENCE", "CONFERENCE"];
    let by_microsoft =
        ["X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK"];
    let text = |name| entry.first(name).map(|property| value::unescape(property.value()));
    named
        .iter()
        .chain(&by_microsoft)
        .find_map(|name| best_of(entry, name))
        .or_else(|| whole_link(&text("LOCATION")?))
        .or_else(|| links_in(&text("LOCATION")?).find(|link| is_meeting(link)))
        .or_else(|| whole_link(&text("URL")?).filter(|link| is_meeting(link)))
        .or_else(|| links_in(&text("DESCRIPTION")?).find(|link| is_meeting(link)))
        .or_else(|| whole_link(&text("URL")?).filter(|link| !is_calendar_page(link)))
}

/// The first link of a property that may stand several times; one with video goes first
/// (RFC 7986, FEATURE).
fn best_of(entry: &Component<'_>, name: &str) -> Option<String> {
    let has_video = |property: &Property<'_>| {
        property.word("FEATURE").is_some_and(|feature| feature.contains("VIDEO"))
    };
    let all = || entry.properties.iter().filter(|property| property.name == name);
    let link = |property: &Property<'_>| whole_link(&value::unescape(property.value()));
    all().filter(|property| has_video(property)).chain(all()).find_map(link)
}

/// The text, if it is nothing but a web address.
fn whole_link(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches('<').trim_end_matches('>');
    let is_one = !text.contains(char::is_whitespace);
    (is_one && text.chars().count() <= limits::PLACE_CHARS_MAX)
        .then(|| Url::parse(text).ok())
        .flatten()
        .filter(|url| matches!(url.scheme(), "https" | "http") && url.host_str().is_some())
        .map(|_| text.to_owned())
}

/// The https links in a text or in HTML.
fn links_in(text: &str) -> impl Iterator<Item = String> + use<'_> {
    text.match_indices("https://").filter_map(move |(at, _)| {
        let rest = &text[at..];
        let is_end = |c: char| c.is_whitespace() || c.is_control() || "<>\"'`|\\^{}".contains(c);
        let link = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        let link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '*', '_']);
        whole_link(&link.replace("&amp;", "&"))
    })
}

/// Whether a link leads into a meeting of Zoom, Meet, Teams or Webex; their invitations hold many
/// other links as well.
fn is_meeting(link: &str) -> bool {
    let Some(url) = Url::parse(link).ok().filter(|url| url.scheme() == "https") else {
        return false;
    };
    let host = url.host_str().unwrap_or_default();
    let path = url.path().to_ascii_lowercase();
    let is_of = |domain: &str| {
        host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let begins = |starts: &[&str]| starts.iter().any(|start| path.starts_with(start));
    if is_of("zoom.us") || is_of("zoomgov.com") || is_of("zoom.com") {
        begins(&["/j/", "/my/", "/w/", "/wc/", "/s/", "/meeting/"])
    } else if host == "meet.google.com" {
        path.len() > 1
    } else if is_of("teams.microsoft.com") || is_of("teams.live.com") || is_of("teams.microsoft.us")
    {
        begins(&["/l/meetup-join/", "/meet/"])
    } else if is_of("webex.com") {
        !host.starts_with("help.")
            && ["/meet/", "/join/", "/j.php", "/m/", "/wbxmjs/", "/e.php"]
                .iter()
                .any(|part| path.contains(part))
    } else {
        false
    }
}

/// Pages that show the entry, not the meeting.
fn is_calendar_page(link: &str) -> bool {
    let Some(url) = Url::parse(link).ok() else { return false };
    let (host, path) = (url.host_str().unwrap_or_default(), url.path());
    host == "calendar.google.com"
        || (host == "www.google.com" && path.starts_with("/calendar"))
        || (host.starts_with("outlook.") && path.contains("/calendar"))
}

#[cfg(test)]
mod tests {
    use super::super::oddity::Oddities;
    use super::super::tree;
    use super::*;

    fn check(lines: &str, expected: Option<&str>) {
        let text = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n");
        let tree = tree::read(text.as_bytes(), &mut Oddities::default());
        assert_eq!(meeting_link(&tree.entries[0]).as_deref(), expected, "{lines}");
    }

    #[test]
    fn what_the_calendar_names_goes_first() {
        check(
            "DESCRIPTION:https://zoom.us/j/1\nX-GOOGLE-CONFERENCE:https://meet.google.com/a-b-c",
            Some("https://meet.google.com/a-b-c"),
        );
        check(
            "CONFERENCE;VALUE=URI;FEATURE=PHONE:tel:+15550100\n\
             CONFERENCE;VALUE=URI;FEATURE=AUDIO:https://example.com/audio\n\
             CONFERENCE;VALUE=URI;FEATURE=\"AUDIO,VIDEO\":https://example.com/video",
            Some("https://example.com/video"),
        );
        check(
            "X-MICROSOFT-SKYPETEAMSMEETINGURL:https://teams.microsoft.com/l/meetup-join/x\n\
             URL:https://a.b",
            Some("https://teams.microsoft.com/l/meetup-join/x"),
        );
    }

    #[test]
    fn a_place_that_is_a_link_is_taken() {
        check("LOCATION:https://whereby.com/room", Some("https://whereby.com/room"));
        check("LOCATION:Room 5 / https://zoom.us/j/5?pwd=x", Some("https://zoom.us/j/5?pwd=x"));
        check("LOCATION:Room 5 https://maps.example.com/x", None);
    }

    #[test]
    fn descriptions_give_only_links_into_meetings() {
        check(
            "DESCRIPTION:Join: https://acme.zoom.us/j/99?pwd=a.1.\\nBye",
            Some("https://acme.zoom.us/j/99?pwd=a.1"),
        );
        check(
            "DESCRIPTION:<a href=\"https://meet.google.com/abc\">x</a>",
            Some("https://meet.google.com/abc"),
        );
        check(
            "DESCRIPTION:https://help.webex.com/join/ https://acme.webex.com/acme/j.php?MTID=m1",
            Some("https://acme.webex.com/acme/j.php?MTID=m1"),
        );
        check(
            "DESCRIPTION:https://teams.microsoft.com/meetingOptions/?x https://zoom.us/u/abc",
            None,
        );
        check(
            "DESCRIPTION:https://evilzoom.us/j/1 http://zoom.us/j/1 \
             https://zoom.us.evil.example/j/1",
            None,
        );
    }

    #[test]
    fn another_url_is_the_last_resort_but_never_the_calendars_own_page() {
        check("URL:https://example.com/talk", Some("https://example.com/talk"));
        check(
            "URL:https://example.com\nDESCRIPTION:https://zoom.us/j/1",
            Some("https://zoom.us/j/1"),
        );
        check("URL:https://www.google.com/calendar/event?eid=x", None);
        check("URL:message:%3C1@x%3E", None);
        check(&format!("URL:https://example.com/{}", "x".repeat(600)), None);
    }
}
