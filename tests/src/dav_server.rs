//! A CalDAV server: one account with its calendars, as a [`crate::calendar_server::CalendarServer`]
//! holds it. It knows of the protocol what its clients may rely on, and as little as it is told to.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::{AUTHORIZATION, LOCATION};
use http::{Request, Response};

/// The name that opens the account.
pub const USER: &str = "ada@dav.example";
/// Its password.
pub const PASSWORD: &str = "korrekt-pferd-batterie";
/// The host it answers at.
pub const HOST: &str = "dav.example";

const WORK: &str = "/dav/calendars/ada/work/";

/// How much of the protocol a server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Knows {
    /// `sync-collection` (RFC 6578).
    #[default]
    Tokens,
    /// A tag for the calendar as a whole.
    Tags,
    /// Neither.
    Nothing,
}

/// The account.
#[derive(Debug, Default)]
pub struct DavServer {
    objects: BTreeMap<String, String>,
    /// The names of what changed, in order.
    changes: Vec<String>,
    /// Tokens before this one are forgotten.
    forgotten: usize,
    /// How much it knows.
    pub knows: Knows,
    /// Whether there is another calendar beside.
    pub has_another: bool,
    /// Whether one of the objects is told without its content.
    pub tells_half: bool,
}

impl DavServer {
    /// Puts an object, new or in the place of the one of that name.
    pub fn put(&mut self, name: &str, object: &str) {
        self.objects.insert(name.to_owned(), object.to_owned());
        self.changes.push(name.to_owned());
    }

    /// Removes an object.
    pub fn remove(&mut self, name: &str) {
        self.objects.remove(name);
        self.changes.push(name.to_owned());
    }

    /// Forgets all tokens that were told so far.
    pub fn forget_tokens(&mut self) {
        self.changes.push(String::new());
        self.forgotten = self.changes.len();
    }

    /// Answers a request.
    pub fn answer(&self, request: &Request<Bytes>) -> Response<Bytes> {
        let pair = STANDARD.encode(format!("{USER}:{PASSWORD}"));
        let given = request.headers().get(AUTHORIZATION).map(|value| value.as_bytes());
        if given != Some(format!("Basic {pair}").as_bytes()) {
            return plain(401, "Unauthorized");
        }
        let body = String::from_utf8_lossy(request.body());
        let depth = request.headers().get("depth").and_then(|depth| depth.to_str().ok());
        match (request.method().as_str(), request.uri().path(), depth) {
            ("PROPFIND", "/.well-known/caldav", _) => {
                let mut answer = plain(301, "");
                answer.headers_mut().insert(LOCATION, "/dav/".parse().unwrap());
                answer
            }
            ("PROPFIND", "/dav/", Some("0")) => many(
                "<d:response><d:href>/dav/</d:href><d:propstat><d:prop><d:resourcetype>\
                 <d:collection/></d:resourcetype><d:current-user-principal><d:href>\
                 /dav/principals/ada/</d:href></d:current-user-principal></d:prop><d:status>\
                 HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><c:calendar-home-set/>\
                 </d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response>",
            ),
            ("PROPFIND", "/dav/principals/ada/", Some("0")) => many(&found(
                "/dav/principals/ada/",
                "<c:calendar-home-set><d:href>/dav/calendars/ada/</d:href></c:calendar-home-set>",
            )),
            ("PROPFIND", "/dav/calendars/ada/", Some("1")) => many(&self.calendars()),
            ("PROPFIND", WORK, Some("0")) => many(&found(WORK, &self.tags())),
            ("REPORT", WORK, Some("0")) if body.contains("sync-collection") => self.sync(&body),
            ("REPORT", WORK, Some("1")) if body.contains("calendar-query") => many(
                &self
                    .objects
                    .iter()
                    .map(|(name, object)| self.object(name, object))
                    .collect::<String>(),
            ),
            _ => plain(404, "Not Found"),
        }
    }

    fn calendars(&self) -> String {
        let calendar = |href: &str, name: &str, component: &str| {
            found(
                href,
                &format!(
                    "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype><d:displayname>\
                     {name}</d:displayname><c:supported-calendar-component-set><c:comp name=\
                     \"{component}\"/></c:supported-calendar-component-set>"
                ),
            )
        };
        let folder = "<d:resourcetype><d:collection/></d:resourcetype>";
        let mut all = found("/dav/calendars/ada/", folder);
        all.push_str(&calendar(WORK, "Work &amp; more", "VEVENT"));
        all.push_str(&calendar("/dav/calendars/ada/tasks/", "Tasks", "VTODO"));
        if self.has_another {
            all.push_str(&calendar("/dav/calendars/ada/home/", "Home", "VEVENT"));
        }
        all
    }

    fn tags(&self) -> String {
        let at = self.changes.len();
        match self.knows {
            Knows::Tokens => format!("<d:sync-token>token:{at}</d:sync-token>"),
            Knows::Tags => format!("<s:getctag>tag {at}</s:getctag>"),
            Knows::Nothing => String::new(),
        }
    }

    fn sync(&self, body: &str) -> Response<Bytes> {
        let token = body.split("<d:sync-token>token:").nth(1);
        let since = token.and_then(|rest| rest.split('<').next()?.parse::<usize>().ok());
        let Some(since) = since.filter(|since| *since >= self.forgotten) else {
            return plain(403, "<d:error xmlns:d=\"DAV:\"><d:valid-sync-token/></d:error>");
        };
        let changed: BTreeSet<_> = self.changes[since..].iter().collect();
        let mut parts = String::new();
        for name in changed {
            if self.objects.contains_key(name) {
                parts.push_str(&found(&format!("{WORK}{name}"), "<d:getetag>\"1\"</d:getetag>"));
            } else {
                parts.push_str(&format!(
                    "<d:response><d:href>{WORK}{name}</d:href><d:status>HTTP/1.1 404 Not Found\
                     </d:status></d:response>"
                ));
            }
        }
        parts.push_str(&format!("<d:sync-token>token:{}</d:sync-token>", self.changes.len()));
        many(&parts)
    }

    fn object(&self, name: &str, object: &str) -> String {
        let object = object.replace('&', "&amp;").replace('<', "&lt;").replace('\r', "&#13;");
        let content = format!("<c:calendar-data>{object}</c:calendar-data>");
        let content = if self.tells_half { String::new() } else { content };
        found(&format!("{WORK}{name}"), &format!("<d:getetag>\"1\"</d:getetag>{content}"))
    }
}

fn found(href: &str, properties: &str) -> String {
    format!(
        "<d:response><d:href>{href}</d:href><d:propstat><d:prop>{properties}</d:prop><d:status>\
         HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
    )
}

fn many(parts: &str) -> Response<Bytes> {
    let body = format!(
        "<?xml version=\"1.0\"?>\n<d:multistatus xmlns:d=\"DAV:\" \
         xmlns:c=\"urn:ietf:params:xml:ns:caldav\" xmlns:s=\"http://calendarserver.org/ns/\">\
         {parts}</d:multistatus>"
    );
    plain(207, &body)
}

fn plain(status: u16, body: &str) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::copy_from_slice(body.as_bytes()));
    *answer.status_mut() = status.try_into().unwrap();
    answer
}
