//! Links that open something to whoever holds them: signed, short, and good for a while.
//!
//! A link names what it opens and until when, and carries a keyed hash of that, of its user and of
//! its purpose: a link of one purpose opens nothing of another. Whoever reads one learns only that
//! it opens, or that it does not; what is wrong with it is nobody's business.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::ids::{ReminderId, UserId};
use domain::reminder::Reminder;
use domain::time::ahead;
use hmac::{Hmac, Mac};
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use crate::seals::{derived, mac};

/// How long the link to a person's page opens it.
pub const SIGN_IN_FOR: SignedDuration = SignedDuration::from_hours(24);

/// How long a browser stays signed in.
pub const SESSION_FOR: SignedDuration = SignedDuration::from_hours(12);

/// How long after its event began the link to a reminder still opens it: one may rate it then.
pub const REMINDER_FOR: SignedDuration = SignedDuration::from_hours(48);

/// Bytes of the keyed hash in a link to one reminder. It stands in texts, where each letter costs;
/// 64 bits that can only be tried against a server are beyond guessing.
const SHORT_MAC_BYTES: usize = 8;

/// Bytes of the keyed hash in a link to a page.
const MAC_BYTES: usize = 16;

/// Bytes of a reminder's id.
const ID_BYTES: usize = 16;

/// Bytes of a page link's expiry, in seconds.
const SECONDS_BYTES: usize = 8;

/// Bytes of a reminder link's expiry, in hours: enough until the year 3883.
const HOURS_BYTES: usize = 3;

/// Seconds of an hour.
const HOUR: i64 = 3_600;

/// What a link to a person's page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// It is sent to somebody, and signs their browser in.
    SignIn,
    /// It lies in a browser that is signed in.
    Session,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::SignIn => "sign in",
            Self::Session => "session",
        }
    }
}

/// Signs links, and checks them.
#[derive(Clone)]
pub struct Links(Hmac<Sha256>);

impl fmt::Debug for Links {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Links(•••)")
    }
}

impl Links {
    /// With the deployment's secret, from which a key for links alone is derived.
    pub fn new(secret: &[u8]) -> Self {
        Self(mac(&derived(secret, b"sign links 1")))
    }

    /// What opens a person's page until `expires_at`.
    pub fn page(&self, purpose: Purpose, user: &UserId, expires_at: Timestamp) -> String {
        let seconds = expires_at.as_second().to_be_bytes();
        let mut bytes = seconds.to_vec();
        bytes.extend(&self.page_mac(purpose, user, &seconds)[..MAC_BYTES]);
        bytes.extend(user.as_str().as_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Whose page a link opens at `now`; none if it opens none.
    pub fn open_page(&self, purpose: Purpose, token: &str, now: Timestamp) -> Option<UserId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (seconds, rest) = bytes.split_first_chunk::<SECONDS_BYTES>()?;
        let (given, user) = rest.split_first_chunk::<MAC_BYTES>()?;
        let user = UserId::parse(std::str::from_utf8(user).ok()?).ok()?;
        let is_ours = self.page_message(purpose, &user, seconds).verify_truncated_left(given);
        let expires_at = Timestamp::from_second(i64::from_be_bytes(*seconds)).ok()?;
        (is_ours.is_ok() && now < expires_at).then_some(user)
    }

    /// What opens one reminder until about `expires_at`: to the next full hour.
    pub fn reminder(&self, user: &UserId, id: ReminderId, expires_at: Timestamp) -> String {
        let hours = expires_at.as_second().div_euclid(HOUR) + 1;
        let hours = u32::try_from(hours).unwrap_or(0).to_be_bytes();
        let hours = [hours[1], hours[2], hours[3]];
        let mut bytes = id.to_bytes().to_vec();
        bytes.extend(hours);
        let mac = self.reminder_message(user, id, &hours).finalize().into_bytes();
        bytes.extend(&mac[..SHORT_MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What a link to a reminder claims; whose the reminder is decides whether it
    /// [opens](Self::opens) it.
    pub fn claimed(token: &str) -> Option<ClaimedLink> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, rest) = bytes.split_first_chunk::<ID_BYTES>()?;
        let (hours, rest) = rest.split_first_chunk::<HOURS_BYTES>()?;
        let mac = <[u8; SHORT_MAC_BYTES]>::try_from(rest).ok()?;
        Some(ClaimedLink { id: ReminderId::from_bytes(*id), hours: *hours, mac })
    }

    /// Whether a link opens, at `now`, the reminder it names, which is `user`'s.
    pub fn opens(&self, link: &ClaimedLink, user: &UserId, now: Timestamp) -> bool {
        let message = self.reminder_message(user, link.id, &link.hours);
        let is_ours = message.verify_truncated_left(&link.mac).is_ok();
        let [a, b, c] = link.hours;
        let hours = i64::from(u32::from_be_bytes([0, a, b, c]));
        is_ours && now.as_second() < hours * HOUR
    }

    /// What the forms of a session carry, so that no other page can send them.
    pub fn form_token(&self, session: &str) -> String {
        let mac = self.form_message(session).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode(&mac[..MAC_BYTES])
    }

    /// Whether a form is one of this session's.
    pub fn is_form_of(&self, session: &str, given: &str) -> bool {
        let given = URL_SAFE_NO_PAD.decode(given).ok();
        given.is_some_and(|given| {
            given.len() == MAC_BYTES
                && self.form_message(session).verify_truncated_left(&given).is_ok()
        })
    }

    fn page_mac(&self, purpose: Purpose, user: &UserId, seconds: &[u8]) -> [u8; 32] {
        self.page_message(purpose, user, seconds).finalize().into_bytes().into()
    }

    fn page_message(&self, purpose: Purpose, user: &UserId, seconds: &[u8]) -> Hmac<Sha256> {
        self.message([purpose.label().as_bytes(), user.as_str().as_bytes(), seconds])
    }

    fn reminder_message(&self, user: &UserId, id: ReminderId, hours: &[u8]) -> Hmac<Sha256> {
        let id = id.to_bytes();
        let subject = [id.as_slice(), hours].concat();
        self.message([b"reminder", user.as_str().as_bytes(), &subject])
    }

    fn form_message(&self, session: &str) -> Hmac<Sha256> {
        self.message([b"form", session.as_bytes(), b""])
    }

    /// The length of each part goes first, so that no two lists run into the same bytes.
    fn message(&self, parts: [&[u8]; 3]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

/// Makes the addresses that people are given.
#[derive(Debug, Clone)]
pub struct Pages {
    /// Signs and checks what opens them.
    pub links: Links,
    /// Where they are reached, without a slash at the end.
    pub base_url: String,
}

impl Pages {
    /// What opens a person's page, and until when it does. The token stands in the query, which no
    /// access log holds.
    pub fn page_url(&self, user: &UserId, now: Timestamp) -> (String, Timestamp) {
        let expires_at = ahead(now, SIGN_IN_FOR);
        let token = self.links.page(Purpose::SignIn, user, expires_at);
        (format!("{}/me/in?{token}", self.base_url), expires_at)
    }

    /// What opens one reminder, and until when it does.
    pub fn reminder_url(&self, row: &Reminder) -> (String, Timestamp) {
        let expires_at = ahead(row.facts.start, REMINDER_FOR);
        let token = self.links.reminder(&row.user, row.id, expires_at);
        (format!("{}/r?{token}", self.base_url), expires_at)
    }
}

/// A link to a reminder, as somebody brought it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimedLink {
    /// The reminder that it names.
    pub id: ReminderId,
    hours: [u8; HOURS_BYTES],
    mac: [u8; SHORT_MAC_BYTES],
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        Links::new(b"a secret of tests")
    }

    fn id(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const REMINDER: &str = "e2493bf1b550e97f75dd72a7d65bb3b1";
    const NOW: &str = "2026-11-24T10:00:00Z";
    const LATER: &str = "2026-11-25T10:00:00Z";

    /// Every way in which one letter of a token may be another.
    fn tampered(token: &str) -> impl Iterator<Item = String> + '_ {
        (0..token.len()).flat_map(move |place| {
            ['A', 'b', '7', '-', '_'].into_iter().filter_map(move |letter| {
                let mut other: Vec<char> = token.chars().collect();
                (other[place] != letter).then(|| {
                    other[place] = letter;
                    other.into_iter().collect()
                })
            })
        })
    }

    #[test]
    fn a_page_opens_to_its_own_link_until_it_expires() {
        let token = links().page(Purpose::SignIn, &id("ada"), at(LATER));
        let open = |token: &str, now: &str| links().open_page(Purpose::SignIn, token, at(now));
        assert_eq!(open(&token, NOW), Some(id("ada")));
        assert_eq!(open(&token, "2026-11-25T09:59:59Z"), Some(id("ada")));
        assert_eq!(open(&token, LATER), None);
        assert_eq!(links().open_page(Purpose::Session, &token, at(NOW)), None);
        assert_eq!(Links::new(b"another").open_page(Purpose::SignIn, &token, at(NOW)), None);
        for bad in ["", "x", "Ada", "=", &token[1..], &format!("{token}AAAA"), "💥"] {
            assert_eq!(open(bad, NOW), None, "{bad}");
        }
        let mut tried = 0;
        for bad in tampered(&token) {
            assert_eq!(open(&bad, NOW), None, "{bad}");
            tried += 1;
        }
        assert!(tried > 100);
    }

    #[test]
    fn a_reminder_opens_to_its_own_link_and_its_own_user() {
        let reminder = ReminderId::parse(REMINDER).unwrap();
        let token = links().reminder(&id("ada"), reminder, at(LATER));
        assert_eq!(token.len(), 36, "each letter costs");
        let open = |token: &str, user: &str, now: &str| {
            let link = Links::claimed(token)?;
            links().opens(&link, &id(user), at(now)).then_some(link.id)
        };
        assert_eq!(open(&token, "ada", NOW), Some(reminder));
        assert_eq!(open(&token, "bob", NOW), None);
        assert_eq!(open(&token, "ada", "2026-11-25T10:59:59Z"), Some(reminder), "the hour counts");
        assert_eq!(open(&token, "ada", "2026-11-25T11:00:00Z"), None);
        for bad in tampered(&token) {
            assert_eq!(open(&bad, "ada", NOW), None, "{bad}");
        }
        // Neither opens what the other does.
        let page = links().page(Purpose::SignIn, &id("ada"), at(LATER));
        assert_eq!(open(&page, "ada", NOW), None);
        assert_eq!(links().open_page(Purpose::SignIn, &token, at(NOW)), None);
    }

    #[test]
    fn a_form_belongs_to_one_session() {
        let form = links().form_token("one");
        assert!(links().is_form_of("one", &form));
        assert!(!links().is_form_of("two", &form));
        for bad in ["", &form[..8], "AAAAAAAAAAAAAAAAAAAAAA", "?"] {
            assert!(!links().is_form_of("one", bad), "{bad}");
        }
        assert_eq!(format!("{:?}", links()), "Links(•••)");
    }
}
