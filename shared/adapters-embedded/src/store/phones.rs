//! What belongs to phone numbers.

use app::ports::{Phone, PhoneKey, Phones, StoreError};
use app::records::{PhoneV1, from_json, to_json};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::user::Consent;
use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::columns::number;
use super::failure::Failure;
use super::rows::{decode, encode, execute, one};

#[async_trait]
impl Phones for SqliteStore {
    async fn phone(&self, key: &PhoneKey) -> Result<Option<Phone>, StoreError> {
        const OPERATION: &str = "read a phone";
        let key = key.clone();
        let work = move |connection: &Connection| doc(connection, key.as_str());
        let doc = self.read(OPERATION, work).await?;
        doc.map(|doc| decode::<PhoneV1>(OPERATION, &doc)).transpose()
    }

    async fn put_phone(&self, phone: &Phone, expected: Option<u64>) -> Result<bool, StoreError> {
        const OPERATION: &str = "write a phone";
        let row = PhoneRow {
            phone: phone.key.as_str().to_owned(),
            consent: consent_name(phone.consent),
            version: number(phone.version),
            doc: encode::<PhoneV1>(OPERATION, phone)?,
        };
        self.write(OPERATION, move |connection| {
            let sql = "SELECT version FROM phones WHERE phone = ?";
            let stored = one::<i64>(connection, sql, [&row.phone])?;
            if stored != expected.map(number) {
                return Ok(false);
            }
            row.write(connection)?;
            Ok(true)
        })
        .await
    }
}

/// Enters a user at a phone's row, which is made if there is none. Only users come and go this
/// way, so reading and writing the item here, on the store's thread, costs little.
pub(super) fn enter(
    connection: &Connection,
    key: &PhoneKey,
    user: &UserId,
    created_at: Timestamp,
) -> Result<(), Failure> {
    let phone = match doc(connection, key.as_str())? {
        Some(doc) => {
            let mut phone = from_json::<PhoneV1>(&doc)?;
            if phone.users.contains(user) {
                return Ok(());
            }
            phone.users.push(user.clone());
            phone.version += 1;
            phone
        }
        None => Phone::of_new_user(key, user, created_at),
    };
    PhoneRow::of(&phone)?.write(connection)
}

/// Takes a user out of a phone's row. The row stays: consent belongs to the number.
pub(super) fn leave(connection: &Connection, key: &str, user: &UserId) -> Result<(), Failure> {
    let Some(doc) = doc(connection, key)? else { return Ok(()) };
    let mut phone = from_json::<PhoneV1>(&doc)?;
    phone.users.retain(|other| other != user);
    phone.version += 1;
    PhoneRow::of(&phone)?.write(connection)
}

/// Deletes the row of a phone that nobody stands in, unless its owner opted out.
pub(super) fn forget_if_alone(connection: &Connection, key: &str) -> Result<(), Failure> {
    let sql = "DELETE FROM phones WHERE phone = ? AND consent = 'opted_in' \
        AND json_array_length(doc, '$.users') = 0";
    execute(connection, sql, [key]).map(|_| ())
}

/// A phone as columns.
struct PhoneRow {
    phone: String,
    consent: &'static str,
    version: i64,
    doc: String,
}

impl PhoneRow {
    fn of(phone: &Phone) -> Result<Self, Failure> {
        Ok(Self {
            phone: phone.key.as_str().to_owned(),
            consent: consent_name(phone.consent),
            version: number(phone.version),
            doc: to_json::<PhoneV1>(phone)?,
        })
    }

    fn write(&self, connection: &Connection) -> Result<(), Failure> {
        let sql = "INSERT INTO phones (phone, consent, version, doc) VALUES (?1, ?2, ?3, ?4) \
            ON CONFLICT (phone) DO UPDATE SET consent = ?2, version = ?3, doc = ?4";
        let params = params![self.phone, self.consent, self.version, self.doc];
        execute(connection, sql, params).map(|_| ())
    }
}

fn doc(connection: &Connection, key: &str) -> Result<Option<String>, Failure> {
    one(connection, "SELECT doc FROM phones WHERE phone = ?", [key])
}

fn consent_name(consent: Consent) -> &'static str {
    match consent {
        Consent::OptedIn => "opted_in",
        Consent::OptedOut => "opted_out",
    }
}
