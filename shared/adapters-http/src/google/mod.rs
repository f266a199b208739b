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
mod wire;

use std::sync::Arc;
use std::time::Duration;

use app::ports::{Access, CalendarProvider, Cursor, Hidden, PullError, Pulled};
use async_trait::async_trait;
use domain::limits;
use domain::time::ahead;
use form_urlencoded::Serializer;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use self::wire::{Item, Page};
use crate::feed::{later, needs_person};
use crate::oauth::{AccountSettings, Ask, BadAccountSettings, Client, Places};
use transport::Transport;

/// Where Google is, and what of ours it is told.
pub const PLACES: Places = Places {
    name: "Google",
    authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
    token_url: "https://oauth2.googleapis.com/token",
    api_url: "https://www.googleapis.com/calendar/v3",
    callback_path: "/v1/google/callback",
    push_path: "/webhooks/google",
};

/// How long a look may take with all its pages.
const LOOK_MAX: Duration = Duration::from_secs(60);

/// Events on a page; Google's own limit.
const PAGE_SIZE: &str = "2500";

/// Pages of one look: 50,000 events in five weeks.
const PAGES_MAX: usize = 20;

/// Speaks to Google for everybody who allowed it.
pub struct Google {
    client: Client,
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
    /// Over a transport.
    ///
    /// # Errors
    /// [`BadAccountSettings`].
    pub fn new(
        settings: AccountSettings,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, BadAccountSettings> {
        Ok(Self { client: Client::new(settings, transport)? })
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
            let url = self.client.address(&["calendars", calendar, "events"], Some(&query))?;
            let response = self.client.call(Ask::get(&url), refresh, now).await?;
            match response.status().as_u16() {
                200 => {}
                // 400 is said of tokens that were never theirs.
                410 | 400 if by_token => return Ok(None),
                _ => return Err(failure::of_api(&self.client, &response, now)),
            }
            let page: Page =
                serde_json::from_slice(response.body()).map_err(|_| self.client.unreadable())?;
            items.extend(page.items);
            let Some(next) = page.next_page_token else {
                return Ok(Some(Listed { items, sync_token: page.next_sync_token }));
            };
            page_token = Some(next);
        }
        Err(later("the calendar has too many events in the weeks around today"))
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

    fn newer(&self, access: &Access) -> Option<Access> {
        let Access::Google { calendar, refresh_token } = access else { return None };
        let refresh_token = self.client.newer(refresh_token)?;
        Some(Access::Google { calendar: calendar.clone(), refresh_token })
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
