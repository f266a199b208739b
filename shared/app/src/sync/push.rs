//! What is pushed: somebody says that a calendar changed.
//!
//! A push is believed if its token is ours, which is known without reading anything. It says
//! nothing but that something changed, so many of them ask for one look: a look that is yet to
//! begin answers all that came before it, and looks that pushes ask for begin at least
//! [`limits::PUSH_PACE`] apart. The first push after a pause is answered at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{CalendarId, UserId};
use domain::limits;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use tracing::info;

use super::channels::told;
use crate::jobs::SyncJob;
use crate::ports::{Connection, Connections, Control, Hidden, QueueError, StoreError, SyncQueue};
use crate::seals::Seals;

/// How often a mark is tried while looks at the same calendar end.
const TRIES_MAX: usize = 10;

/// What pushes need.
#[derive(Clone)]
pub struct PushPorts {
    /// The connections.
    pub connections: Arc<dyn Connections>,
    /// Where looks are asked for.
    pub syncs: Arc<dyn SyncQueue>,
    /// Where it is noted that a provider told us something.
    pub control: Arc<dyn Control>,
    /// Knows our tokens.
    pub seals: Seals,
}

/// A calendar whose channel's token was checked.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pushed {
    user: UserId,
    calendar: CalendarId,
    channel: String,
}

/// What a push says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum News {
    /// Something changed, or may have.
    Changed,
    /// The channel is closed soon unless it is renewed.
    RenewChannel,
    /// The channel was closed.
    ChannelClosed,
}

impl News {
    /// Notes on a connection what this says of its channel. False if nothing is new in that.
    fn note(self, connection: &mut Connection, now: Timestamp) -> bool {
        match (self, &mut connection.channel) {
            (Self::ChannelClosed, channel @ Some(_)) => {
                *channel = None;
                true
            }
            // The next look renews what ends within that time.
            (Self::RenewChannel, Some(channel)) => {
                let due = ahead(now, limits::CHANNEL_RENEW_BEFORE);
                let is_new = due < channel.expires_at;
                channel.expires_at = channel.expires_at.min(due);
                is_new
            }
            _ => false,
        }
    }
}

/// What became of a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// A look is asked for.
    Asked,
    /// A look that is yet to begin answers it.
    Coalesced,
    /// The calendar has no such channel, or none any more.
    UnknownChannel,
}

/// Why a push must come again.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The queue.
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// The token of a calendar's channel: whose it is, and a mark that only we can make. None if the
/// names are too long for it; such a calendar is only looked at in its time.
pub(super) fn token_of(
    seals: &Seals,
    (user, calendar): (&UserId, &CalendarId),
    channel: &str,
    chars_max: usize,
) -> Option<Hidden> {
    let mark = seals.mark(&place(user, calendar), channel);
    let [user, calendar] =
        [user.as_str(), calendar.as_str()].map(|name| URL_SAFE_NO_PAD.encode(name));
    let token = format!("{user}.{calendar}.{mark}");
    (token.len() <= chars_max).then(|| Hidden::new(token))
}

/// Whose calendar a channel's token names; none if it is not ours. Reads nothing.
pub fn recognise(seals: &Seals, channel: &str, token: &str) -> Option<Pushed> {
    let mut parts = token.splitn(3, '.');
    let mut name = || {
        let bytes = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        String::from_utf8(bytes).ok()
    };
    let user = UserId::parse(&name()?).ok()?;
    let calendar = CalendarId::parse(&name()?).ok()?;
    let mark = parts.next()?;
    let is_ours = seals.is_marked(&place(&user, &calendar), channel, mark);
    is_ours.then(|| Pushed { user, calendar, channel: channel.to_owned() })
}

/// Asks for a look at the calendar that a push names.
///
/// # Errors
/// [`PushError`]; the push should come again.
pub async fn hear(
    ports: &PushPorts,
    pushed: &Pushed,
    news: News,
    provider: &str,
    now: Timestamp,
) -> Result<Heard, PushError> {
    let Pushed { user, calendar, channel } = pushed;
    for _ in 0..TRIES_MAX {
        let stored = ports.connections.connection(user, calendar).await?;
        let known = stored
            .filter(|stored| stored.channel.as_ref().is_some_and(|known| known.id == *channel));
        let Some(mut connection) = known else { return Ok(Heard::UnknownChannel) };
        let is_new = news.note(&mut connection, now);
        connection.revision += 1;
        let Some(at) = next_look(connection.wanted_at, now) else {
            if is_new && !ports.connections.put_connection(&connection).await? {
                continue;
            }
            return Ok(Heard::Coalesced);
        };
        connection.wanted_at = Some(at);
        if ports.connections.put_connection(&connection).await? {
            let job = SyncJob { user: user.clone(), calendar: calendar.clone(), asked_at: at };
            let wait = at.duration_since(now).max(SignedDuration::ZERO);
            ports.syncs.enqueue_later(&job, wait).await?;
            told(&*ports.control, provider, now).await?;
            info!(user.id = %user, calendar.id = %calendar, "Calendar {calendar} was pushed");
            return Ok(Heard::Asked);
        }
    }
    let source = "looks at the same calendar keep ending".into();
    Err(StoreError::Transient { operation: "note a push", source }.into())
}

/// When the look that a push asks for begins; none if one that is yet to begin answers it.
///
/// Of pushes that come together each has looked at its clock before it saw what others asked for,
/// in any order: the look after the next may be wanted by one that came later, and lies more than
/// a pace ahead of this one. What lies further ahead was written by a clock that was wrong.
fn next_look(wanted_at: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    match wanted_at {
        Some(at) if at >= now && at <= ahead(now, limits::PUSH_PACE * 2) => None,
        Some(at) if at < now => Some(ahead(at, limits::PUSH_PACE).max(now)),
        _ => Some(now),
    }
}

fn place<'a>(user: &'a UserId, calendar: &'a CalendarId) -> [&'a str; 3] {
    ["channel", user.as_str(), calendar.as_str()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cal_11_pushes_at_once_ask_for_two_looks_in_whatever_order_they_read_their_clocks() {
        let at = |millis| Timestamp::from_millisecond(millis).unwrap();
        let mut wanted_at = None;
        let mut looks = Vec::new();
        for read_at in [200, 300, 100, 400, 100] {
            if let Some(look) = next_look(wanted_at, at(read_at)) {
                wanted_at = Some(look);
                looks.push(look);
            }
        }
        assert_eq!(looks, [at(200), at(15_200)]);
        // A minute later the next is answered at once; a clock that was wrong holds nothing up.
        assert_eq!(next_look(wanted_at, at(75_000)), Some(at(75_000)));
        assert_eq!(next_look(Some(at(90_000)), at(0)), Some(at(0)));
    }

    #[test]
    fn cal_14_only_our_own_token_is_recognised_and_only_for_its_channel() {
        let seals = Seals::new(b"a secret of tests", &[]);
        let [user, other] = ["ada ☕", "bob"].map(|name| UserId::parse(name).unwrap());
        let calendar = CalendarId::parse("work").unwrap();
        let token_of =
            |user, channel, max| super::token_of(&seals, (user, &calendar), channel, max);
        let token = token_of(&user, "channel-1", 256).unwrap();
        let token = token.reveal();
        let found = recognise(&seals, "channel-1", token).unwrap();
        assert_eq!((&found.user, &found.calendar), (&user, &calendar));
        assert_eq!(recognise(&seals, "channel-2", token), None);
        let theirs = token_of(&other, "channel-1", 256).unwrap();
        let mixed = format!("{}.{}", token.rsplit_once('.').unwrap().0, theirs.reveal());
        for wrong in ["", ".", "..", "a.b.c", &token[1..], &token[..token.len() - 2], &mixed] {
            assert_eq!(recognise(&seals, "channel-1", wrong), None, "{wrong}");
        }
        let long = UserId::parse(&"x".repeat(255)).unwrap();
        assert_eq!(token_of(&long, "channel-1", 256), None);
        assert_eq!(token_of(&user, "channel-1", token.len() - 1), None);
    }
}
