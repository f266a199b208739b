//! What CalDAV servers are asked, in XML.

use jiff::Timestamp;

use super::xml::escaped;

/// Who are we to you, where are our calendars, and are you one yourself?
pub(super) const ACCOUNT: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:resourcetype/>
<c:supported-calendar-component-set/><d:current-user-principal/><c:calendar-home-set/>
</d:prop></d:propfind>"#;

/// Which calendars are there, and how are they called?
pub(super) const CALENDARS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:resourcetype/>
<d:displayname/><c:supported-calendar-component-set/></d:prop></d:propfind>"#;

/// What tells whether a calendar changed?
pub(super) const TAGS: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<d:propfind xmlns:d="DAV:" xmlns:s="http://calendarserver.org/ns/"><d:prop>
<d:sync-token/><s:getctag/></d:prop></d:propfind>"#;

/// What changed since the token?
pub(super) fn changes(token: &str) -> String {
    let token = escaped(token);
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<d:sync-collection xmlns:d="DAV:"><d:sync-token>{token}</d:sync-token>
<d:sync-level>1</d:sync-level><d:prop><d:getetag/></d:prop></d:sync-collection>"#
    )
}

/// Every event that has an occurrence in the window; series come whole.
pub(super) fn events(from: Timestamp, until: Timestamp) -> String {
    let written = |at: Timestamp| at.strftime("%Y%m%dT%H%M%SZ").to_string();
    let (from, until) = (written(from), written(until));
    format!(
        r#"<?xml version="1.0" encoding="utf-8"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"><d:prop><d:getetag/>
<c:calendar-data/></d:prop><c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">
<c:time-range start="{from}" end="{until}"/></c:comp-filter></c:comp-filter></c:filter>
</c:calendar-query>"#
    )
}
