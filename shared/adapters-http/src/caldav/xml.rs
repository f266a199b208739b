//! The XML of WebDAV: small trees, read whole, with every name in its namespace.

use std::borrow::Cow;

use quick_xml::NsReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;

/// WebDAV's own words.
pub(super) const DAV: &str = "DAV:";
/// The words of CalDAV.
pub(super) const CALDAV: &str = "urn:ietf:params:xml:ns:caldav";
/// The words of Apple's calendar server, which others took over.
pub(super) const CALENDARSERVER: &str = "http://calendarserver.org/ns/";

/// Elements inside one another.
const DEPTH_MAX: usize = 32;
/// Elements of one answer: 100,000 calendar objects with what belongs to them.
const ELEMENTS_MAX: usize = 1_000_000;

/// An element with what it holds. Its text is that of itself, without its children's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    namespace: String,
    name: String,
    pub(super) text: String,
    attributes: Vec<(String, String)>,
    children: Vec<Element>,
}

/// Not XML, or more than anybody needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is not in XML as CalDAV has it")]
pub(super) struct BadXml;

impl Element {
    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    /// The first child of a name.
    pub(super) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    /// All children of a name.
    pub(super) fn all<'a>(
        &'a self,
        namespace: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.is(namespace, name))
    }

    /// The text of a child, without the space around it; none if it is empty.
    pub(super) fn text_of(&self, namespace: &str, name: &str) -> Option<&str> {
        let text = self.child(namespace, name)?.text.trim();
        (!text.is_empty()).then_some(text)
    }

    /// An attribute without namespace.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads a document; its root.
pub(super) fn read(bytes: &[u8]) -> Result<Element, BadXml> {
    let text = std::str::from_utf8(bytes).map_err(|_| BadXml)?;
    let mut reader = NsReader::from_str(text.trim_start_matches('\u{FEFF}'));
    let (mut open, mut elements): (Vec<Element>, usize) = (Vec::new(), 0);
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|_| BadXml)?;
        match event {
            Event::Start(start) | Event::Empty(start) if elements >= ELEMENTS_MAX => {
                drop(start);
                return Err(BadXml);
            }
            Event::Start(start) => {
                elements += 1;
                open.push(begun(&namespace, &start)?);
                if open.len() > DEPTH_MAX {
                    return Err(BadXml);
                }
            }
            Event::Empty(start) => {
                elements += 1;
                let element = begun(&namespace, &start)?;
                if let Some(root) = closed(&mut open, element) {
                    return Ok(root);
                }
            }
            Event::End(_) => {
                let element = open.pop().ok_or(BadXml)?;
                if let Some(root) = closed(&mut open, element) {
                    return Ok(root);
                }
            }
            Event::Text(text) => add(&mut open, &text.xml10_content().map_err(|_| BadXml)?),
            Event::CData(text) => add(&mut open, &text.xml10_content().map_err(|_| BadXml)?),
            Event::GeneralRef(reference) => add(&mut open, &meant(&reference)?),
            // What a document declares for itself is nothing that WebDAV needs.
            Event::DocType(_) | Event::Eof => return Err(BadXml),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

/// Puts an element into the one around it; the root comes back.
fn closed(open: &mut [Element], element: Element) -> Option<Element> {
    match open.last_mut() {
        Some(parent) => {
            parent.children.push(element);
            None
        }
        None => Some(element),
    }
}

fn begun(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, BadXml> {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).map_err(|_| BadXml);
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => text(namespace.as_ref())?,
        ResolveResult::Unbound => String::new(),
        ResolveResult::Unknown(_) => return Err(BadXml),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| BadXml)?;
        attributes.push((text(attribute.key.as_ref())?, text(&attribute.value)?));
    }
    let name = text(start.local_name().as_ref())?;
    Ok(Element { namespace, name, attributes, ..Element::default() })
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// What `&amp;`, `&#13;` and their like mean. Others would be a document's own.
fn meant(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, BadXml> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| BadXml)? {
        return Ok(Cow::Owned(letter.to_string()));
    }
    let name = reference.decode().map_err(|_| BadXml)?;
    resolve_predefined_entity(&name).map(Cow::Borrowed).ok_or(BadXml)
}

/// A text as the content of an element.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    quick_xml::escape::escape(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_their_namespaces_and_texts_with_their_references() {
        let text = "<?xml version='1.0'?><a:multistatus xmlns:a='DAV:'><x xmlns='DAV:'>1 &lt; 2\
                    &#33;</x><y a='b'/><a:z><![CDATA[<&>]]></a:z></a:multistatus>";
        let root = read(text.as_bytes()).unwrap();
        assert!(root.is(DAV, "multistatus"));
        assert_eq!(root.text_of(DAV, "x"), Some("1 < 2!"));
        assert_eq!(root.text_of(DAV, "z"), Some("<&>"));
        assert_eq!(root.child("", "y").and_then(|y| y.attribute("a")), Some("b"));
    }

    #[test]
    fn what_is_no_document_of_caldav_is_refused() {
        let check = |text: &str| assert_eq!(read(text.as_bytes()), Err(BadXml), "{text}");
        check("");
        check("<a>");
        check("<a></b>");
        check("<html><p>Sorry<br></html>");
        check("<a>&mine;</a>");
        check("<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>");
        check("<p:a/>");
        check(&"<a>".repeat(100));
    }
}
