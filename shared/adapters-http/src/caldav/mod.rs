//! Calendars at CalDAV servers (RFC 4791), as Nextcloud, Apple, Fastmail and Radicale have them.
//!
//! A look asks first whether anything changed: by `sync-collection` (RFC 6578) where the server
//! has that, else by the calendar's tag, else by what it holds. If something did, the events of the
//! weeks around today are read as a whole. So nothing is put together from pieces that could get
//! lost, and what we know is always what the server said in one answer.

mod answer;
mod ask;
mod cursor;
mod discovery;
mod door;
mod xml;

use std::sync::Arc;
use std::time::Duration;

use app::ports::{Access, CalendarProvider, Cursor, PullError, Pulled};
use async_trait::async_trait;
use domain::calendar_address::CalendarAddress;
use domain::limits;
use domain::time::ahead;
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use url::Url;

use self::answer::Multistatus;
use self::cursor::DavCursor;
use self::door::{Door, Question, Said};
use self::xml::{CALDAV, DAV};
use crate::feed::{Reach, later, needs_person};
use transport::Transport;

/// How long a look may take with all its requests.
const LOOK_MAX: Duration = Duration::from_secs(40);

/// A document without events.
const EMPTY: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Beforehand\r\nEND:VCALENDAR\r\n";

/// Looks at calendars at CalDAV servers.
pub struct CalDavProvider {
    transport: Arc<dyn Transport>,
    reach: Reach,
}

impl CalDavProvider {
    /// Over a transport, which should be a [`crate::feed::GuardedTransport`] of the same reach.
    pub fn new(transport: Arc<dyn Transport>, reach: Reach) -> Self {
        Self { transport, reach }
    }

    fn door(&self, access: &Access, now: Timestamp) -> Result<Door<'_>, PullError> {
        let Access::CalDav { address, user, password, .. } = access else {
            return Err(needs_person("the calendar is at no CalDAV server: connect it anew"));
        };
        let home = url(address)?;
        Door::new(&*self.transport, self.reach, home, (user, password), now)
    }

    async fn look(
        &self,
        access: &Access,
        known: Option<DavCursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        let door = self.door(access, now)?;
        let needed = ahead(now, limits::PULL_AHEAD_MIN);
        if let Some(known) = &known
            && known.until >= needed
            && let Some(next) = unchanged(&door, known).await?
        {
            return Ok(Pulled::Unchanged(next.write()));
        }
        let name = match access {
            Access::CalDav { calendar, .. } => calendar.as_deref(),
            _ => None,
        };
        let calendar = match known.as_ref().and_then(|known| Url::parse(&known.calendar).ok()) {
            Some(calendar) if exists(&door, &calendar).await? => calendar,
            _ => discovery::find(&door, name).await?,
        };
        read(&door, &calendar, known.as_ref(), now).await
    }
}

#[async_trait]
impl CalendarProvider for CalDavProvider {
    async fn pull(
        &self,
        access: &Access,
        cursor: Option<&Cursor>,
        now: Timestamp,
    ) -> Result<Pulled, PullError> {
        // A cursor that cannot be read is none: everything is read anew.
        let look = self.look(access, cursor.and_then(DavCursor::read), now);
        let late = |_| later("the calendar's server takes too long");
        tokio::time::timeout(LOOK_MAX, look).await.map_err(late)?
    }

    fn newer(&self, _access: &Access) -> Option<Access> {
        None
    }
}

/// The cursor after a look that found nothing new; none if something may be new.
async fn unchanged(door: &Door<'_>, known: &DavCursor) -> Result<Option<DavCursor>, PullError> {
    let Ok(calendar) = Url::parse(&known.calendar) else { return Ok(None) };
    if let Some(token) = &known.sync_token {
        let body = ask::changes(token);
        let said = door.ask(&calendar, Question::report("0", &body)).await?;
        return match said {
            Said::Many(_, many) if many.resources.is_empty() => {
                let sync_token = many.sync_token.or_else(|| known.sync_token.clone());
                Ok(Some(DavCursor { sync_token, ..known.clone() }))
            }
            Said::Many(..) => Ok(None),
            // A token that expired, or a server that knows no tokens any more: read anew.
            Said::Status(response) if is_about_the_question(response.status()) => {
                match response.status().as_u16() {
                    401 | 429 => Err(door.failure(&response)),
                    _ => Ok(None),
                }
            }
            Said::Status(response) => Err(door.failure(&response)),
        };
    }
    let Some(ctag) = &known.ctag else { return Ok(None) };
    let said = door.ask(&calendar, Question::properties("0", ask::TAGS)).await?;
    Ok(match said {
        Said::Many(_, many) if tags(&many).1.as_ref() == Some(ctag) => Some(known.clone()),
        _ => None,
    })
}

/// Whether a status says that the question cannot be answered here, and not that nothing can.
fn is_about_the_question(status: StatusCode) -> bool {
    status.is_client_error() || matches!(status.as_u16(), 501 | 507)
}

/// Whether the calendar is still where it was; it may have been moved or made anew.
async fn exists(door: &Door<'_>, calendar: &Url) -> Result<bool, PullError> {
    match door.ask(calendar, Question::properties("0", ask::TAGS)).await? {
        Said::Many(..) => Ok(true),
        Said::Status(response) if matches!(response.status().as_u16(), 404 | 410) => Ok(false),
        Said::Status(response) => Err(door.failure(&response)),
    }
}

/// Reads the weeks around today.
async fn read(
    door: &Door<'_>,
    calendar: &Url,
    known: Option<&DavCursor>,
    now: Timestamp,
) -> Result<Pulled, PullError> {
    // The tags first: what changes while we read is then new at the next look.
    let (calendar, found) = door.expect(calendar, Question::properties("0", ask::TAGS)).await?;
    let (sync_token, ctag) = tags(&found);
    let (from, until) = (back(now, limits::PULL_BACK), ahead(now, limits::PULL_AHEAD));
    let body = ask::events(from, until);
    let (_, events) = door.expect(&calendar, Question::report("1", &body)).await?;
    let text = document(&events)?;
    let hash = Sha256::digest(&text).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    let next = DavCursor { calendar: calendar.into(), sync_token, ctag, hash, until };
    if known.is_some_and(|known| known.hash == next.hash) {
        return Ok(Pulled::Unchanged(next.write()));
    }
    Ok(Pulled::Document { text, cursor: next.write() })
}

fn tags(found: &Multistatus) -> (Option<String>, Option<String>) {
    let Some(calendar) = found.resources.first() else { return (None, None) };
    let token = calendar.text(DAV, "sync-token").map(ToOwned::to_owned);
    (token, calendar.ctag().map(ToOwned::to_owned))
}

/// The calendar's objects as one document, in one order. Half a list would withdraw reminders, so
/// anything that is not told whole is a failure.
fn document(events: &Multistatus) -> Result<String, PullError> {
    let mut objects = Vec::with_capacity(events.resources.len());
    for resource in &events.resources {
        match resource.status.map(|status| status.as_u16()) {
            None | Some(200..300) => {}
            // It went while the list was made.
            Some(404 | 410) => continue,
            Some(status) => {
                let what = format!("the calendar's server tells only a part of it ({status})");
                return Err(later(&what));
            }
        }
        let object = resource.text(CALDAV, "calendar-data");
        let object = object.filter(|object| object.ends_with("END:VCALENDAR"));
        let half = || later("the calendar's server tells only a part of an event");
        objects.push((&resource.href, object.ok_or_else(half)?));
    }
    objects.sort_unstable();
    if objects.is_empty() {
        return Ok(EMPTY.to_owned());
    }
    let mut text = String::with_capacity(objects.iter().map(|(_, one)| one.len() + 2).sum());
    for (_, object) in objects {
        text.push_str(object);
        text.push_str("\r\n");
    }
    Ok(text)
}

fn url(address: &CalendarAddress) -> Result<Url, PullError> {
    let bad = |_| needs_person("the address cannot be asked for: connect it anew");
    Url::parse(address.reveal()).map_err(bad)
}

fn back(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_sub(by).unwrap_or(Timestamp::MIN)
}
