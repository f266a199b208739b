//! Calendars at an address: an iCalendar document that somebody publishes, as Google, Microsoft,
//! Apple, Nextcloud, schools and clubs do.
//!
//! A look at a calendar that did not change costs one request. What comes is used only if it is a
//! whole calendar: a web page, an error or half a document in its place would withdraw every
//! reminder, so they are failures, and the calendar stays as it was.

mod answer;
mod cursor;
mod guarded;
mod reach;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use app::ports::{Access, CalendarProvider, Cursor, PullError, Pulled};
use async_trait::async_trait;
use bytes::Bytes;
use domain::limits;
use http::header::{ACCEPT, ACCEPT_ENCODING, IF_MODIFIED_SINCE, IF_NONE_MATCH, LOCATION};
use http::{Request, Response};
use jiff::Timestamp;
use url::Url;

pub use self::guarded::{GuardedTransport, Lookup, MachineLookup};
pub use self::reach::{Reach, Refusal};

pub(crate) use self::answer::{later, needs_person, retry_after};

use self::cursor::FeedCursor;
use transport::Transport;

/// How long a look may take with all its redirects.
const LOOK_MAX: Duration = Duration::from_secs(40);

/// Looks at calendars at addresses.
pub struct FeedProvider {
    transport: Arc<dyn Transport>,
    reach: Reach,
}

impl FeedProvider {
    /// Over a transport, which should be a [`GuardedTransport`] of the same reach.
    pub fn new(transport: Arc<dyn Transport>, reach: Reach) -> Self {
        Self { transport, reach }
    }

    async fn look(
        &self,
        address: &str,
        cursor: &FeedCursor,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        let mut url = Url::parse(address).map_err(|_| answer::bad_address())?;
        for _ in 0..=limits::REDIRECTS_MAX {
            self.reach.check(&url).map_err(answer::refused)?;
            let response = self.ask(&url, cursor).await?;
            let Some(next) = redirect(&url, &response)? else {
                return answer::read(response, cursor, now);
            };
            url = next;
        }
        Err(answer::needs_person("the address leads from one place to the next without end"))
    }

    async fn ask(&self, url: &Url, cursor: &FeedCursor) -> Result<Response<Bytes>, PullError> {
        let mut request = Request::get(url.as_str())
            .header(ACCEPT, "text/calendar, text/plain;q=0.5, */*;q=0.1")
            .header(ACCEPT_ENCODING, "gzip");
        if let Some(etag) = &cursor.etag {
            request = request.header(IF_NONE_MATCH, etag);
        }
        if let Some(modified) = &cursor.modified {
            request = request.header(IF_MODIFIED_SINCE, modified);
        }
        let request = request.body(Bytes::new()).map_err(|_| answer::bad_address())?;
        self.transport.send(request).await.map_err(|fault| answer::later(&fault.to_string()))
    }
}

#[async_trait]
impl CalendarProvider for FeedProvider {
    async fn pull(
        &self,
        access: &Access,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        let Access::IcsAddress { address } = access else {
            return Err(answer::needs_person("the calendar has no address: connect it anew"));
        };
        // A cursor that cannot be read is none: everything is read anew.
        let cursor = cursor.and_then(FeedCursor::read).unwrap_or_default();
        let look = self.look(address.reveal(), &cursor, now);
        let late = |_| answer::later("the calendar's server takes too long");
        tokio::time::timeout(LOOK_MAX, look).await.map_err(late)?
    }

    fn newer(&self, _access: &Access) -> Option<Access> {
        None
    }
}

/// Where an answer sends us, if it does.
fn redirect(from: &Url, response: &Response<Bytes>) -> Result<Option<Url>, PullError> {
    if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let target = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let next = target.and_then(|target| from.join(target).ok());
    next.map(Some).ok_or_else(|| answer::later("the calendar's server redirects us to nowhere"))
}
