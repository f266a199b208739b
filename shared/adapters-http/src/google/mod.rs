//! Google Calendar (Calendar API v3), for whoever allows us to read theirs (OAuth 2.0 with PKCE).
//!
//! A look asks first whether anything changed, by a `syncToken`; that costs one request. If
//! something did, the weeks around today are read as a whole, each occurrence for itself
//! (`singleEvents`). So nothing is put together from pieces: an answer that was lost, came twice or
//! in another order than it was asked for cannot leave anything behind.

mod channels;
mod consent;
mod document;
mod failure;
mod settings;
mod tokens;
mod wire;

use std::sync::Arc;
use std::time::Duration;

use app::ports::{Access, CalendarProvider, Cursor, Hidden, PullError, Pulled};
use async_trait::async_trait;
use bytes::Bytes;
use domain::limits;
use domain::time::ahead;
use form_urlencoded::Serializer;
use http::header::AUTHORIZATION;
use http::{HeaderValue, Method, Request, Response};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

pub use self::settings::{BadGoogleSettings, GoogleSettings};

use self::tokens::TokenCache;
use self::wire::{Item, Page};
use crate::feed::{later, needs_person};
use crate::transport::{BadTransport, ReqwestTransport, Transport, TransportSettings};

/// How long a look may take with all its pages.
const LOOK_MAX: Duration = Duration::from_secs(60);

/// Events on a page; Google's own limit.
const PAGE_SIZE: &str = "2500";

/// Pages of one look: 50,000 events in five weeks.
const PAGES_MAX: usize = 20;

/// Speaks to Google for everybody who allowed it.
pub struct Google {
    settings: GoogleSettings,
    transport: Arc<dyn Transport>,
    tokens: TokenCache,
}

/// Why a deployment cannot speak to Google.
#[derive(Debug, thiserror::Error)]
pub enum BadDeployment {
    /// There is a client, and nothing to prove it with.
    #[error("a Google client is named, but the secrets hold no google_client_secret")]
    NoSecret,
    /// The addresses.
    #[error(transparent)]
    Settings(#[from] BadGoogleSettings),
    /// The HTTP client.
    #[error(transparent)]
    Transport(#[from] BadTransport),
}

/// How far a calendar was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct GoogleCursor {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sync_token: Option<String>,
    /// The hash of what was read.
    hash: String,
    /// How far ahead it was read.
    until: Timestamp,
}

impl GoogleCursor {
    fn write(&self) -> Cursor {
        // Texts always serialise.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

/// A list that was read to its end.
struct Listed {
    items: Vec<Item>,
    sync_token: Option<String>,
}

impl Google {
    /// As a deployment configures it: the client's id, its secret, and where the consent page, the
    /// token endpoint and the API are; for a system that others reach at `base_url`.
    ///
    /// # Errors
    /// [`BadDeployment`].
    pub fn deployed(
        configured: Option<(String, Option<String>, [Option<String>; 3])>,
        base_url: &str,
    ) -> Result<Option<Arc<Self>>, BadDeployment> {
        let Some((client_id, secret, [authorize, token, api])) = configured else {
            return Ok(None);
        };
        let secret = Hidden::new(secret.ok_or(BadDeployment::NoSecret)?);
        let settings = GoogleSettings::of_deployment(client_id, secret, base_url);
        let transport = ReqwestTransport::new(&TransportSettings::of_functions())?;
        Ok(Some(Arc::new(Self::new(settings.at(authorize, token, api), Arc::new(transport))?)))
    }

    /// Over a transport.
    ///
    /// # Errors
    /// [`BadGoogleSettings`].
    pub fn new(
        settings: GoogleSettings,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, BadGoogleSettings> {
        settings.check()?;
        Ok(Self { settings, transport, tokens: TokenCache::default() })
    }

    async fn look(
        &self,
        (calendar, refresh): (&str, &Hidden),
        known: Option<GoogleCursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        let needed = ahead(now, limits::PULL_AHEAD_MIN);
        if let Some(known) = &known
            && known.until >= needed
            && let Some(token) = &known.sync_token
        {
            let asked = [("syncToken", token.clone())];
            if let Some(listed) = self.list(calendar, refresh, &asked, now).await?
                && listed.items.is_empty()
            {
                let sync_token = listed.sync_token.or_else(|| known.sync_token.clone());
                let next = GoogleCursor { sync_token, ..known.clone() };
                return Ok(Pulled::Unchanged(next.write()));
            }
        }
        let from = now.saturating_sub(limits::PULL_BACK).unwrap_or(Timestamp::MIN);
        let until = ahead(now, limits::PULL_AHEAD);
        let asked = [("timeMin", whole_second(from)), ("timeMax", whole_second(until))];
        let listed = self.list(calendar, refresh, &asked, now).await?;
        // Only a list by token can be refused as too old.
        let listed = listed.ok_or_else(|| later("Google answers 410 to a whole list"))?;
        let text = document::document(listed.items);
        let hash =
            Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        let next = GoogleCursor { sync_token: listed.sync_token, hash, until };
        if known.is_some_and(|known| known.hash == next.hash) {
            return Ok(Pulled::Unchanged(next.write()));
        }
        Ok(Pulled::Document { text, cursor: next.write() })
    }

    /// A list with all its pages; none if the token is no longer good. Half a list is a failure.
    async fn list(
        &self,
        calendar: &str,
        refresh: &Hidden,
        asked: &[(&str, String)],
        now: Timestamp,
    ) -> Result<Option<Listed>, PullError> {
        let by_token = asked.iter().any(|(name, _)| *name == "syncToken");
        let mut items = Vec::new();
        let mut page_token: Option<String> = None;
        for _ in 0..PAGES_MAX {
            let query = query(asked, page_token.as_deref());
            let url = self.address(&["calendars", calendar, "events"], Some(&query))?;
            let response = self.call(Method::GET, &url, None, refresh, now).await?;
            match response.status().as_u16() {
                200 => {}
                // 400 is said of tokens that were never theirs.
                410 | 400 if by_token => return Ok(None),
                _ => return Err(failure::of_api(&response, now)),
            }
            let page: Page = serde_json::from_slice(response.body())
                .map_err(|_| later("Google's answer is not what its documents say"))?;
            items.extend(page.items);
            let Some(next) = page.next_page_token else {
                return Ok(Some(Listed { items, sync_token: page.next_sync_token }));
            };
            page_token = Some(next);
        }
        Err(later("the calendar has too many events in the weeks around today"))
    }

    /// One request with what opens it. An access token may be withdrawn before its time: then it
    /// is asked for anew, once.
    async fn call(
        &self,
        method: Method,
        url: &str,
        body: Option<&str>,
        refresh: &Hidden,
        now: Timestamp,
    ) -> Result<Response<Bytes>, PullError> {
        let mut token = self.access_token(refresh, now).await?;
        for is_last in [false, true] {
            let bad = |_| later("Google's access token cannot be sent");
            let mut bearer =
                HeaderValue::from_str(&format!("Bearer {}", token.reveal())).map_err(bad)?;
            bearer.set_sensitive(true);
            let mut request =
                Request::builder().method(&method).uri(url).header(AUTHORIZATION, bearer);
            if body.is_some() {
                request = request.header(http::header::CONTENT_TYPE, "application/json");
            }
            let request = request
                .body(Bytes::from(body.unwrap_or_default().to_owned()))
                .map_err(|_| needs_person("the calendar cannot be asked for: connect it anew"))?;
            let response = self.transport.send(request).await;
            let response = response.map_err(|fault| later(&fault.to_string()))?;
            if response.status() != 401 || is_last {
                return Ok(response);
            }
            self.tokens.forget(refresh);
            token = self.access_token(refresh, now).await?;
        }
        Err(later("Google refuses the access token that it just handed out"))
    }

    fn address(&self, path: &[&str], query: Option<&str>) -> Result<String, PullError> {
        let bad = || later("Google's address is set up wrongly");
        let mut url = Url::parse(&self.settings.api_url).map_err(|_| bad())?;
        // Names of calendars hold `@`, `#` and `/`.
        url.path_segments_mut().map_err(|()| bad())?.pop_if_empty().extend(path);
        url.set_query(query);
        Ok(url.into())
    }
}

#[async_trait]
impl CalendarProvider for Google {
    async fn pull(
        &self,
        access: &Access,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        let Access::Google { calendar, refresh_token } = access else {
            return Err(needs_person("the calendar is not at Google: connect it anew"));
        };
        // A cursor that cannot be read is none: everything is read anew.
        let known = cursor.and_then(|cursor| serde_json::from_str(&cursor.0).ok());
        let look = self.look((calendar, refresh_token), known, now);
        let late = |_| later("Google takes too long");
        tokio::time::timeout(LOOK_MAX, look).await.map_err(late)?
    }
}

fn query(asked: &[(&str, String)], page_token: Option<&str>) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("singleEvents", "true").append_pair("maxResults", PAGE_SIZE);
    // Of the guests only the calendar's owner is of interest.
    query.append_pair("maxAttendees", "1").append_pair("fields", wire::FIELDS);
    query.extend_pairs(asked);
    if let Some(token) = page_token {
        query.append_pair("pageToken", token);
    }
    query.finish()
}

fn whole_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
