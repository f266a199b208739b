//! What a CalDAV server answers: a list of resources with their properties (RFC 4918).

use http::StatusCode;

use super::xml::{self, BadXml, CALDAV, CALENDARSERVER, DAV, Element};

/// An answer of many parts.
#[derive(Debug, Default)]
pub(super) struct Multistatus {
    pub(super) resources: Vec<Resource>,
    /// The token of a `sync-collection`.
    pub(super) sync_token: Option<String>,
}

/// One resource of an answer.
#[derive(Debug)]
pub(super) struct Resource {
    /// Where it is, as the server writes it.
    pub(super) href: String,
    /// The status of the resource as a whole, if one is told.
    pub(super) status: Option<StatusCode>,
    /// The properties that it has.
    found: Vec<Element>,
}

impl Multistatus {
    pub(super) fn read(body: &[u8]) -> Result<Self, BadXml> {
        let root = xml::read(body)?;
        if !root.is(DAV, "multistatus") {
            return Err(BadXml);
        }
        let resources = root.all(DAV, "response").map(resource).collect::<Result<_, _>>()?;
        let sync_token = root.text_of(DAV, "sync-token").map(ToOwned::to_owned);
        Ok(Self { resources, sync_token })
    }
}

impl Resource {
    /// The text of a property.
    pub(super) fn text(&self, namespace: &str, name: &str) -> Option<&str> {
        self.found.iter().find_map(|prop| prop.text_of(namespace, name))
    }

    /// The address inside of a property.
    pub(super) fn href_in(&self, namespace: &str, name: &str) -> Option<&str> {
        self.property(namespace, name)?.text_of(DAV, "href")
    }

    /// Whether it is a calendar that holds events.
    pub(super) fn is_calendar(&self) -> bool {
        let kind = self.property(DAV, "resourcetype");
        let is_calendar = kind.is_some_and(|kind| kind.child(CALDAV, "calendar").is_some());
        // A calendar that does not say what it holds may hold everything (RFC 4791, 5.2.3).
        let holds = self.property(CALDAV, "supported-calendar-component-set");
        let holds_events = holds.is_none_or(|holds| {
            holds.all(CALDAV, "comp").any(|comp| comp.attribute("name") == Some("VEVENT"))
        });
        is_calendar && holds_events
    }

    /// The calendar's tag, which changes with whatever changes in it.
    pub(super) fn ctag(&self) -> Option<&str> {
        self.text(CALENDARSERVER, "getctag")
    }

    fn property(&self, namespace: &str, name: &str) -> Option<&Element> {
        self.found.iter().find_map(|prop| prop.child(namespace, name))
    }
}

fn resource(response: &Element) -> Result<Resource, BadXml> {
    let href = response.text_of(DAV, "href").ok_or(BadXml)?.to_owned();
    let status = response.text_of(DAV, "status").map(status).transpose()?;
    let mut found = Vec::new();
    for part in response.all(DAV, "propstat") {
        let told = part.text_of(DAV, "status").map(self::status).transpose()?;
        if told.is_none_or(|status| status.is_success())
            && let Some(prop) = part.child(DAV, "prop")
        {
            found.push(prop.clone());
        }
    }
    Ok(Resource { href, status, found })
}

/// The status in a line like `HTTP/1.1 200 OK`.
fn status(line: &str) -> Result<StatusCode, BadXml> {
    let code = line.split_ascii_whitespace().nth(1).ok_or(BadXml)?;
    code.parse().map_err(|_| BadXml)
}
