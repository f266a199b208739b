//! One content line: name, parameters, value (RFC 5545, 3.1 and 3.2; RFC 6868).

use std::borrow::Cow;

use super::value;

/// The names of properties that are used; all others are skipped unread.
const USED: &[&str] = &[
    "ATTENDEE",
    "CALSCALE",
    "CONFERENCE",
    "DESCRIPTION",
    "DTEND",
    "DTSTAMP",
    "DTSTART",
    "DURATION",
    "EXDATE",
    "EXRULE",
    "LAST-MODIFIED",
    "LOCATION",
    "METHOD",
    "NAME",
    "ORGANIZER",
    "RDATE",
    "RECURRENCE-ID",
    "RRULE",
    "SEQUENCE",
    "STATUS",
    "SUMMARY",
    "TRANSP",
    "TZID",
    "TZID-ALIAS-OF",
    "TZOFFSETFROM",
    "TZOFFSETTO",
    "UID",
    "URL",
    "VERSION",
    "X-BEFOREHAND-KIND",
    "X-GOOGLE-CONFERENCE",
    "X-LIC-LOCATION",
    "X-MICROSOFT-CDO-ALLDAYEVENT",
    "X-MICROSOFT-CDO-BUSYSTATUS",
    "X-MICROSOFT-CDO-INTENDEDSTATUS",
    "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK",
    "X-MICROSOFT-SKYPETEAMSMEETINGURL",
    "X-WR-CALNAME",
    "X-WR-RELCALID",
    "X-WR-TIMEZONE",
];

/// Properties whose values are dates and never hold a colon.
const DATES: &[&str] = &["DTEND", "DTSTART", "EXDATE", "RDATE", "RECURRENCE-ID"];

/// The name at the beginning of a line, without parameters; empty where there is none.
pub(super) fn name_of(line: &[u8]) -> &[u8] {
    let end = line.iter().position(|b| matches!(b, b':' | b';')).unwrap_or(0);
    line[..end].trim_ascii()
}

/// The name as [`USED`] spells it.
pub(super) fn used_name(name: &[u8]) -> Option<&'static str> {
    USED.iter().find(|used| used.as_bytes().eq_ignore_ascii_case(name)).copied()
}

/// A content line of a property that is used.
#[derive(Debug, Clone)]
pub(super) struct Property<'a> {
    /// Where it begins in the file, counted from 1.
    pub(super) line: usize,
    /// The name, as [`USED`] spells it.
    pub(super) name: &'static str,
    text: Cow<'a, str>,
    params_at: usize,
    value_at: usize,
}

impl<'a> Property<'a> {
    /// Splits a line. The second part says what was odd about it.
    pub(super) fn split(
        line: usize,
        name: &'static str,
        text: Cow<'a, str>,
    ) -> (Self, Option<&'static str>) {
        let params_at = text.find([':', ';']).unwrap_or(text.len());
        let (colon, oddity) = match colon_after(&text, params_at) {
            // Outlook writes `TZID=(UTC-08:00) Pacific Time (US & Canada)` without quotes.
            Some(colon) if DATES.contains(&name) && !begins_with_a_date(&text[colon + 1..]) => {
                (text.rfind(':'), None)
            }
            Some(colon) => (Some(colon), None),
            None => (text.rfind(':'), Some("a quote is opened and never closed")),
        };
        let value_at = colon.map_or(text.len(), |colon| colon + 1);
        (Self { line, name, text, params_at, value_at }, oddity)
    }

    /// The value as written, without the white space around it.
    pub(super) fn value(&self) -> &str {
        self.text[self.value_at..].trim()
    }

    /// The value of a parameter, unquoted and decoded. Lists are not taken apart.
    pub(super) fn param(&self, name: &str) -> Option<Cow<'_, str>> {
        let end = self.value_at.saturating_sub(1).max(self.params_at);
        let mut rest = self.text.get(self.params_at..end)?;
        while let Some(from_name) = rest.strip_prefix(';') {
            let length = unquoted_end(from_name, b';');
            let (param, next) = from_name.split_at(length);
            if let Some((key, value)) = param.split_once('=')
                && key.trim().eq_ignore_ascii_case(name)
            {
                return Some(unquoted(value));
            }
            rest = next;
        }
        None
    }

    /// The parameter in capital letters.
    pub(super) fn word(&self, name: &str) -> Option<String> {
        self.param(name).map(|value| value.trim().to_ascii_uppercase())
    }
}

/// The colon that ends the parameters: the first outside of quotes.
fn colon_after(text: &str, from: usize) -> Option<usize> {
    let rest = &text[from..];
    let at = unquoted_end(rest, b':');
    (at < rest.len()).then_some(from + at)
}

/// Where `stop` stands first outside of quotes, or the length.
fn unquoted_end(text: &str, stop: u8) -> usize {
    let mut is_quoted = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'"' => is_quoted = !is_quoted,
            _ if byte == stop && !is_quoted => return at,
            _ => {}
        }
    }
    text.len()
}

fn begins_with_a_date(value: &str) -> bool {
    value.split([',', '/']).next().is_some_and(|first| value::moment(first).is_some())
}

/// A parameter's value without quotes and with RFC 6868's escapes decoded.
fn unquoted(value: &str) -> Cow<'_, str> {
    let bare = value.trim().trim_matches('"');
    if !bare.contains('^') {
        return Cow::Borrowed(bare);
    }
    let mut decoded = String::with_capacity(bare.len());
    let mut chars = bare.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = (c == '^').then(|| chars.peek().copied()).flatten();
        let plain = match escaped {
            Some('n') => '\n',
            Some('^') => '^',
            Some('\'') => '"',
            _ => {
                decoded.push(c);
                continue;
            }
        };
        decoded.push(plain);
        chars.next();
    }
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (Property<'_>, Option<&'static str>) {
        let name = used_name(name_of(text.as_bytes())).unwrap();
        Property::split(7, name, Cow::Borrowed(text))
    }

    fn check(text: &str, param: &str, expected: Option<&str>, value: &str) {
        let (property, oddity) = split(text);
        assert_eq!(property.param(param).as_deref(), expected, "{text}");
        assert_eq!(property.value(), value, "{text}");
        assert_eq!(oddity, None, "{text}");
    }

    #[test]
    fn names_are_found_in_any_case_and_with_space_around() {
        check("summary:Hi: there", "X", None, "Hi: there");
        check("DtStart;value=date:20261201", "VALUE", Some("date"), "20261201");
        check("SUMMARY :Hi", "X", None, "Hi");
    }

    #[test]
    fn parameters_may_be_quoted_listed_and_escaped() {
        check(
            "ATTENDEE;CN=\"A;B:C\";PARTSTAT=DECLINED:mailto:a@b",
            "partstat",
            Some("DECLINED"),
            "mailto:a@b",
        );
        check("ATTENDEE;CN=\"A;B:C\":mailto:a@b", "CN", Some("A;B:C"), "mailto:a@b");
        check("CONFERENCE;FEATURE=AUDIO,VIDEO:tel:1", "FEATURE", Some("AUDIO,VIDEO"), "tel:1");
        check("ATTENDEE;CN=^'A^'^^^n^x:mailto:a@b", "CN", Some("\"A\"^\n^x"), "mailto:a@b");
        check("ATTENDEE;EMPTY=;RSVP:mailto:a@b", "EMPTY", Some(""), "mailto:a@b");
        check("SUMMARY;ALTREP=\"cid:1\":A \"quoted\" title", "X", None, "A \"quoted\" title");
    }

    #[test]
    fn a_zone_name_with_a_colon_needs_no_quotes() {
        check(
            "DTSTART;TZID=(UTC-08:00) Pacific Time (US & Canada):20261201T093000",
            "TZID",
            Some("(UTC-08:00) Pacific Time (US & Canada)"),
            "20261201T093000",
        );
    }

    #[test]
    fn an_open_quote_is_odd_and_the_value_still_found() {
        let (property, oddity) = split("DTSTART;TZID=\"Europe/Berlin:20261201T093000");
        assert!(oddity.is_some());
        assert_eq!(property.value(), "20261201T093000");
        assert_eq!(property.param("TZID").as_deref(), Some("Europe/Berlin"));
    }
}
