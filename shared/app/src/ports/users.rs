//! Users, and what belongs to their phone numbers.

use async_trait::async_trait;
use domain::ids::UserId;
use domain::phone::PhoneNumber;
use domain::time::ZoneName;
use domain::user::{Consent, User};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::StoreError;

/// The name of a phone number in our tables: a keyed hash, so that a table of opt-outs that
/// outlives its users holds no numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PhoneKey(String);

impl PhoneKey {
    /// As text: 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes [`PhoneKey`]s with the deployment's secret.
#[derive(Clone)]
pub struct PhoneKeys(Hmac<Sha256>);

impl PhoneKeys {
    /// With a secret of any length; at least 16 random bytes are wise.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    /// The key of a number.
    pub fn key(&self, phone: &PhoneNumber) -> PhoneKey {
        let mut mac = self.0.clone();
        mac.update(phone.as_e164().as_bytes());
        let digest = mac.finalize().into_bytes();
        PhoneKey(digest[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// What is known of one phone number, whoever uses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    /// Its name in our tables.
    pub key: PhoneKey,
    /// What its owner agreed to.
    pub consent: Consent,
    /// Every change of consent, oldest first.
    pub ledger: Vec<ConsentEntry>,
    /// The users whose number it is.
    pub users: Vec<UserId>,
    /// What the carrier said of it for good, if anything.
    pub mark: Option<NumberMark>,
    /// When we last sent a friendly answer: the hint that answers texts we do not understand, or
    /// thanks for a rating.
    pub hinted_at: Option<Timestamp>,
    /// The last inbound text that was acted on, so that a replay has no effect.
    pub last_inbound: Vec<String>,
    /// Rises with every change; a claim names the one it was decided on.
    pub version: u64,
}

impl Phone {
    /// The row of a number that nobody had before `user`: whoever added them vouches for consent.
    pub fn of_new_user(key: &PhoneKey, user: &UserId, created_at: Timestamp) -> Self {
        let consent = Consent::OptedIn;
        let source = ConsentSource::AddedByOperator;
        Self {
            key: key.clone(),
            consent,
            ledger: vec![ConsentEntry { at: created_at, consent, source }],
            users: vec![user.clone()],
            mark: None,
            hinted_at: None,
            last_inbound: Vec::new(),
            version: 1,
        }
    }
}

/// One change of consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentEntry {
    /// When.
    pub at: Timestamp,
    /// To what.
    pub consent: Consent,
    /// How we know.
    pub source: ConsentSource,
}

/// How a consent came to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum ConsentSource {
    /// Whoever added the user vouched for it.
    AddedByOperator,
    /// A text from the number.
    InboundText {
        /// The provider's name for the text.
        sid: String,
    },
    /// The provider refused a text because the number had opted out there.
    ProviderRefusal {
        /// Its error code.
        code: u32,
    },
    /// A page of one of its users.
    OwnPage,
    /// Whoever entered the number on the sign-up page agreed to this. It counts only together with
    /// the text from the number that confirms it, which follows in the ledger.
    SignUpPage {
        /// The version of the words.
        version: String,
        /// The words, in the language in which they were read.
        words: String,
    },
}

/// What the carrier said of a number for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberMark {
    /// The provider's error code.
    pub code: u32,
    /// When it said so.
    pub at: Timestamp,
}

/// Where a page ended, in a form that only the store reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageMark(String);

impl PageMark {
    /// The store's own form.
    pub fn new(mark: String) -> Self {
        Self(mark)
    }

    /// The store's own form.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A page of users.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsersPage {
    /// The users.
    pub users: Vec<UserId>,
    /// Where the next page begins, if there may be one.
    pub next: Option<PageMark>,
}

/// Reads and writes users.
#[async_trait]
pub trait Users: Send + Sync {
    /// One user, if there is one.
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError>;

    /// Adds a user and enters them at their phone's row, which is made if there is none (opted in
    /// at `created_at`). False, and nothing written, if the id is taken.
    async fn add_user(&self, user: &User, phone: &PhoneKey) -> Result<bool, StoreError>;

    /// Writes a user whose inputs changed, if the stored `inputs_version` is still `expected`, and
    /// enters them at their phone's row as [`Self::add_user`] does (leaving the former one's).
    async fn update_user(
        &self,
        user: &User,
        phone: &PhoneKey,
        expected: u64,
    ) -> Result<bool, StoreError>;

    /// Up to `limit` users after `after`, in an order of the store's own that stays the same.
    async fn users(&self, after: Option<&UserId>, limit: usize) -> Result<Vec<User>, StoreError>;

    /// The phone numbers of the first `limit` users in that order, for whoever asks for nothing
    /// else of them.
    async fn numbers(&self, limit: usize) -> Result<Vec<PhoneNumber>, StoreError>;

    /// Every zone that a user lives in.
    async fn zones_in_use(&self) -> Result<Vec<ZoneName>, StoreError>;

    /// Up to `limit` users of a zone whose last plan covers no date from `on` on, after where a
    /// former page ended. Who is planned between two pages does not move the others.
    async fn users_planned_before(
        &self,
        zone: &ZoneName,
        on: Date,
        after: Option<&PageMark>,
        limit: usize,
    ) -> Result<UsersPage, StoreError>;

    /// Up to `limit` users whose inputs changed since their last written plan.
    async fn users_with_stale_plans(&self, limit: usize) -> Result<Vec<UserId>, StoreError>;
}

/// Removes people.
#[async_trait]
pub trait Erasure: Send + Sync {
    /// Removes a user: whatever was decided about them before, no plan, claim or change of theirs
    /// is written any more. In the same transaction the row of their phone loses them; a row that
    /// nobody stands in any more goes too, unless its owner opted out, which outlives its users.
    /// False if there is no such user.
    async fn remove_user(&self, user: &UserId) -> Result<bool, StoreError>;

    /// Removes everything that lies under the key of a user who was removed, and the words of
    /// theirs that the change feed holds. Harmless to repeat. Returns how many items went.
    async fn remove_remains(&self, user: &UserId) -> Result<usize, StoreError>;
}

/// Reads and writes what belongs to phone numbers.
#[async_trait]
pub trait Phones: Send + Sync {
    /// What is known of a number, if anything.
    async fn phone(&self, key: &PhoneKey) -> Result<Option<Phone>, StoreError>;

    /// Writes a row whose stored version is still `expected` (none: must not exist). The row's
    /// own `version` is the new one.
    async fn put_phone(&self, phone: &Phone, expected: Option<u64>) -> Result<bool, StoreError>;
}
