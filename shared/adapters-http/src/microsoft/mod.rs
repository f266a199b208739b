//! Microsoft 365 and Outlook.com (Microsoft Graph v1.0), for whoever allows us to read their
//! calendar (OAuth 2.0 with PKCE).
//!
//! A look asks first whether anything changed, by the link that the last look ended with
//! (`calendarView/delta`); that costs one request. If something did, the weeks around today are
//! read as a whole (`calendarView`), each occurrence for itself. So nothing is put together from
//! pieces, which could not be done well anyhow: see [`wire::Changes`]. The link is for fixed weeks,
//! so once a day there is a new one.

mod consent;
mod document;
mod failure;
mod subscriptions;
mod wire;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use app::ports::{Access, CalendarProvider, Cursor, Hidden, PullError, Pulled};
use async_trait::async_trait;
use domain::limits;
use domain::time::ahead;
use form_urlencoded::Serializer;
use jiff::{SignedDuration, Timestamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use url::Url;

use self::wire::{Changes, Page};
use crate::feed::{later, needs_person};
use crate::oauth::{AccountSettings, Ask, BadAccountSettings, Client, Places};
use transport::Transport;

/// Where Microsoft is for accounts of every kind, and what of ours it is told.
pub const PLACES: Places = Places {
    name: "Microsoft",
    authorize_url: "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
    token_url: "https://login.microsoftonline.com/common/oauth2/v2.0/token",
    api_url: "https://graph.microsoft.com/v1.0",
    callback_path: "/v1/microsoft/callback",
    push_path: "/webhooks/microsoft",
};

/// The name that stands for the account's own calendar.
const OWN: &str = "primary";

/// How long a look may take with all its pages.
const LOOK_MAX: Duration = Duration::from_secs(60);

/// Pages of one list: 50,000 events in five weeks, at 500 a page.
const PAGES_MAX: usize = 100;

/// What we wish of answers: times that cannot be doubted, bodies that hold no markup, large pages.
const PREFER: &str = "outlook.timezone=\"UTC\", outlook.body-content-type=\"text\", \
     odata.maxpagesize=500";

/// How often the weeks that a link is for are moved on.
const ROLL_EVERY: SignedDuration = SignedDuration::from_hours(24);

/// Characters of a link that are kept.
const LINK_CHARS_MAX: usize = 16 * 1024;

/// Speaks to Microsoft for everybody who allowed it.
pub struct Microsoft {
    client: Client,
}

/// How far a calendar was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct GraphCursor {
    /// What tells of changes in the weeks from then on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delta_link: Option<String>,
    /// The weeks.
    from: Timestamp,
    until: Timestamp,
    /// When the link for these weeks was new.
    rolled_at: Timestamp,
    /// The hash of what was read.
    hash: String,
}

impl GraphCursor {
    fn write(&self) -> Cursor {
        // Texts always serialise.
        Cursor(serde_json::to_string(self).unwrap_or_default())
    }
}

/// Changes that were read to their end.
struct Round {
    is_any: bool,
    delta_link: Option<String>,
}

/// A calendar, and what opens it.
#[derive(Clone, Copy)]
struct Door<'a> {
    calendar: &'a str,
    refresh: &'a Hidden,
}

impl Door<'_> {
    /// The path of its view.
    fn view<'b>(&'b self, more: &[&'b str]) -> Vec<&'b str> {
        let calendar: &[&str] = match self.calendar {
            OWN => &["me"],
            calendar => &["me", "calendars", calendar],
        };
        [calendar, &["calendarView"], more].concat()
    }
}

impl Microsoft {
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
        door: Door<'_>,
        known: Option<GraphCursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        let is_fresh = |known: &&GraphCursor| now < ahead(known.rolled_at, ROLL_EVERY);
        let mut next = None;
        if let Some(known) = known.as_ref().filter(is_fresh)
            && let Some(link) = &known.delta_link
            && let Some(round) = self.round(door, link, true, now).await?
        {
            let delta_link = round.delta_link.or_else(|| known.delta_link.clone());
            let cursor = GraphCursor { delta_link, ..known.clone() };
            if !round.is_any {
                return Ok(Pulled::Unchanged(cursor.write()));
            }
            next = Some(cursor);
        }
        let mut next = match next {
            Some(next) => next,
            None => self.begin(door, now).await?,
        };
        // After the link was had: what changes in between is told of again.
        let events = self.view(door, &next, now).await?;
        let text = document::document(events);
        next.hash =
            Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        if known.is_some_and(|known| known.hash == next.hash) {
            return Ok(Pulled::Unchanged(next.write()));
        }
        Ok(Pulled::Document { text, cursor: next.write() })
    }

    /// A link that tells of changes in the weeks around today from now on.
    async fn begin(&self, door: Door<'_>, now: Timestamp) -> Result<GraphCursor, PullError> {
        let from = now.saturating_sub(limits::PULL_BACK).unwrap_or(Timestamp::MIN);
        let until = ahead(now, limits::PULL_AHEAD);
        let query = query(from, until, &[]);
        let url = self.client.address(&door.view(&["delta"]), Some(&query))?;
        let round = self.round(door, &url, false, now).await?;
        let delta_link = round.and_then(|round| round.delta_link);
        Ok(GraphCursor { delta_link, from, until, rolled_at: now, hash: String::new() })
    }

    /// What changed, with all its pages; none if the link is no longer good.
    async fn round(
        &self,
        door: Door<'_>,
        link: &str,
        by_link: bool,
        now: Timestamp,
    ) -> Result<Option<Round>, PullError> {
        let (mut url, mut is_any) = (link.to_owned(), false);
        for _ in 0..PAGES_MAX {
            let Some(page) = self.page::<Changes>(door, &url, by_link, now).await? else {
                return Ok(None);
            };
            is_any |= !page.value.is_empty();
            let Some(next) = page.next_link else {
                let delta_link = page.delta_link.filter(|link| link.len() <= LINK_CHARS_MAX);
                return Ok(Some(Round { is_any, delta_link }));
            };
            url = next;
        }
        Err(too_many())
    }

    /// Everything in the weeks that a cursor is for. Half a list is a failure.
    async fn view(
        &self,
        door: Door<'_>,
        cursor: &GraphCursor,
        now: Timestamp,
    ) -> Result<Vec<wire::Event>, PullError> {
        let more = [("$select", wire::FIELDS), ("$top", "500")];
        let query = query(cursor.from, cursor.until, &more);
        let mut url = self.client.address(&door.view(&[]), Some(&query))?;
        let mut events = Vec::new();
        for _ in 0..PAGES_MAX {
            let page = self.page::<Page>(door, &url, false, now).await?;
            let page = page.ok_or_else(|| self.client.unreadable())?;
            events.extend(page.value);
            let Some(next) = page.next_link else { return Ok(events) };
            url = next;
        }
        Err(too_many())
    }

    /// One page; none if it was asked for by a link that is no longer good.
    async fn page<T: DeserializeOwned>(
        &self,
        door: Door<'_>,
        url: &str,
        by_link: bool,
        now: Timestamp,
    ) -> Result<Option<T>, PullError> {
        if !self.is_theirs(url) {
            return Err(later("Microsoft's answer sends us to somebody else"));
        }
        let ask = Ask { prefer: Some(PREFER), ..Ask::get(url) };
        let response = self.client.call(ask, door.refresh, now).await?;
        match response.status().as_u16() {
            200 => {}
            // 400 is said of links that were never theirs.
            410 | 400 if by_link => return Ok(None),
            _ => return Err(failure::of_api(&self.client, &response, now)),
        }
        let page = serde_json::from_slice(response.body());
        page.map(Some).map_err(|_| self.client.unreadable())
    }

    /// Whether an address is one of the API's: what opens calendars is sent nowhere else.
    fn is_theirs(&self, url: &str) -> bool {
        let origin = |url: &str| Url::parse(url).ok().map(|url| url.origin());
        let theirs = origin(&self.client.settings.api_url);
        theirs.is_some() && origin(url) == theirs
    }
}

#[async_trait]
impl CalendarProvider for Microsoft {
    async fn pull(
        &self,
        access: &Access,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        let Access::Microsoft { calendar, refresh_token: refresh } = access else {
            return Err(needs_person("the calendar is not at Microsoft: connect it anew"));
        };
        // A cursor that cannot be read is none: everything is read anew.
        let known = cursor.and_then(|cursor| serde_json::from_str(&cursor.0).ok());
        let look = self.look(Door { calendar, refresh }, known, now);
        let late = |_| later("Microsoft takes too long");
        tokio::time::timeout(LOOK_MAX, look).await.map_err(late)?
    }

    fn newer(&self, access: &Access) -> Option<Access> {
        let Access::Microsoft { calendar, refresh_token } = access else { return None };
        let refresh_token = self.client.newer(refresh_token)?;
        Some(Access::Microsoft { calendar: calendar.clone(), refresh_token })
    }
}

/// What is asked for of the weeks between two instants.
fn query(from: Timestamp, until: Timestamp, more: &[(&str, &str)]) -> String {
    let mut query = Serializer::new(String::new());
    query.append_pair("startDateTime", &whole_second(from));
    query.append_pair("endDateTime", &whole_second(until));
    query.extend_pairs(more).finish()
}

fn too_many() -> PullError {
    later("the calendar has too many events in the weeks around today")
}

fn whole_second(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
