//! Servers that publish calendars, called in process, below the adapter that fetches from them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{ETAG, IF_NONE_MATCH};
use http::{Request, Response, StatusCode};
use sha2::{Digest, Sha256};
use transport::{Transport, TransportFault};

use crate::dav_server::{self, DavServer};

/// All servers of the world outside: documents by their addresses.
#[derive(Default)]
pub struct CalendarServer {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    documents: BTreeMap<String, Vec<u8>>,
    trouble: VecDeque<Trouble>,
    requests: Vec<(String, u16)>,
    tells_etags: bool,
    dav: DavServer,
}

/// What goes wrong with one request, in the place of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Another status, with these headers and a body that is none of ours.
    Status(u16, Vec<(&'static str, String)>),
    /// The document breaks off after so many bytes.
    BrokenOff(usize),
    /// Something else in its place.
    Instead(&'static str),
    /// Nobody answers.
    Timeout,
}

impl CalendarServer {
    /// Publishes a document, in the place of what was there.
    pub fn publish(&self, address: &str, document: impl Into<Vec<u8>>) {
        self.lock().documents.insert(address.to_owned(), document.into());
    }

    /// Takes a document away.
    pub fn withdraw(&self, address: &str) {
        self.lock().documents.remove(address);
    }

    /// From now on documents have an `ETag`.
    pub fn tell_etags(&self) {
        self.lock().tells_etags = true;
    }

    /// Changes what the CalDAV server holds.
    pub fn dav(&self, change: impl FnOnce(&mut DavServer)) {
        change(&mut self.lock().dav);
    }

    /// The next requests meet trouble, in this order.
    pub fn trouble(&self, trouble: impl IntoIterator<Item = Trouble>) {
        self.lock().trouble.extend(trouble);
    }

    /// No trouble any more.
    pub fn calm(&self) {
        self.lock().trouble.clear();
    }

    /// The requests so far, with the status of their answers; 0 where there was none.
    pub fn requests(&self) -> Vec<(String, u16)> {
        self.lock().requests.clone()
    }

    fn answer(&self, request: &Request<Bytes>) -> Option<Response<Bytes>> {
        let address = request.uri().to_string();
        let mut state = self.lock();
        let trouble = state.trouble.pop_front();
        let document = state.documents.get(&address).cloned();
        let answer = match (trouble, document) {
            (Some(Trouble::Timeout), _) => None,
            (Some(Trouble::Status(status, headers)), _) => {
                let mut answer = Response::builder().status(status);
                for (name, value) in headers {
                    answer = answer.header(name, value);
                }
                Some(answer.body(Bytes::from_static(b"<html>Sorry</html>")).unwrap())
            }
            (Some(Trouble::Instead(body)), _) => Some(Response::new(body.into())),
            (Some(Trouble::BrokenOff(bytes)), Some(document)) => {
                Some(Response::new(document[..bytes].to_vec().into()))
            }
            (None, None) if request.uri().host() == Some(dav_server::HOST) => {
                Some(state.dav.answer(request))
            }
            (_, None) => Some(status(StatusCode::NOT_FOUND)),
            (_, Some(document)) => Some(published(document, state.tells_etags, request)),
        };
        let status = answer.as_ref().map_or(0, |answer| answer.status().as_u16());
        state.requests.push((address, status));
        answer
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

fn published(document: Vec<u8>, tells_etags: bool, request: &Request<Bytes>) -> Response<Bytes> {
    let hash: String = Sha256::digest(&document).iter().map(|byte| format!("{byte:02x}")).collect();
    let etag = format!("\"{hash}\"");
    if tells_etags && request.headers().get(IF_NONE_MATCH).is_some_and(|known| *known == *etag) {
        return status(StatusCode::NOT_MODIFIED);
    }
    let mut answer = Response::new(document.into());
    if tells_etags {
        answer.headers_mut().insert(ETAG, etag.parse().unwrap());
    }
    answer
}

fn status(status: StatusCode) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = status;
    answer
}

#[async_trait]
impl Transport for CalendarServer {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportFault> {
        let reason = "timeout".to_owned();
        self.answer(&request).ok_or(TransportFault::MayHaveBeenProcessed { reason })
    }
}
