//! Users.

use app::ports::{PageMark, PhoneKey, StoreError, Users, UsersPage};
use app::records::{UserNumberV1, UserV1};
use async_trait::async_trait;
use domain::ids::UserId;
use domain::phone::PhoneNumber;
use domain::time::ZoneName;
use domain::user::User;
use jiff::civil::Date;
use rusqlite::{Connection, params};

use super::SqliteStore;
use super::columns::{limit, number};
use super::failure::Failure;
use super::phones::{enter, leave};
use super::rows::{all, decode, decode_all, encode, execute, one};

/// A user as columns.
struct UserRow {
    user: UserId,
    zone: String,
    phone: PhoneKey,
    inputs_version: i64,
    planned_on: Option<String>,
    planned_version: Option<i64>,
    created_at: jiff::Timestamp,
    doc: String,
}

impl UserRow {
    fn of(operation: &'static str, user: &User, phone: &PhoneKey) -> Result<Self, StoreError> {
        Ok(Self {
            user: user.id.clone(),
            zone: user.zone.as_str().to_owned(),
            phone: phone.clone(),
            inputs_version: number(user.inputs_version),
            planned_on: user.planned.map(|planned| planned.on.to_string()),
            planned_version: user.planned.map(|planned| number(planned.inputs_version)),
            created_at: user.created_at,
            doc: encode::<UserV1>(operation, user)?,
        })
    }

    fn write(&self, connection: &Connection) -> Result<(), Failure> {
        let sql = "INSERT INTO users \
            (user, zone, phone, inputs_version, planned_on, planned_version, doc) \
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
            ON CONFLICT (user) DO UPDATE SET zone = ?2, phone = ?3, inputs_version = ?4, \
            planned_on = ?5, planned_version = ?6, doc = ?7";
        let params = params![
            self.user.as_str(),
            self.zone,
            self.phone.as_str(),
            self.inputs_version,
            self.planned_on,
            self.planned_version,
            self.doc,
        ];
        execute(connection, sql, params).map(|_| ())
    }
}

#[async_trait]
impl Users for SqliteStore {
    async fn user(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        const OPERATION: &str = "read a user";
        let id = id.clone();
        let sql = "SELECT doc FROM users WHERE user = ?";
        let work = move |connection: &Connection| one::<String>(connection, sql, [id.as_str()]);
        let doc = self.read(OPERATION, work).await?;
        doc.map(|doc| decode::<UserV1>(OPERATION, &doc)).transpose()
    }

    async fn add_user(&self, user: &User, phone: &PhoneKey) -> Result<bool, StoreError> {
        const OPERATION: &str = "add a user";
        let row = UserRow::of(OPERATION, user, phone)?;
        self.write(OPERATION, move |connection| {
            let sql = "SELECT 1 FROM users WHERE user = ?";
            if one::<i64>(connection, sql, [row.user.as_str()])?.is_some() {
                return Ok(false);
            }
            row.write(connection)?;
            enter(connection, &row.phone, &row.user, row.created_at)?;
            Ok(true)
        })
        .await
    }

    async fn update_user(
        &self,
        user: &User,
        phone: &PhoneKey,
        expected: u64,
    ) -> Result<bool, StoreError> {
        const OPERATION: &str = "change a user";
        let row = UserRow::of(OPERATION, user, phone)?;
        self.write(OPERATION, move |connection| {
            let sql = "SELECT phone FROM users WHERE user = ? AND inputs_version = ?";
            let params = params![row.user.as_str(), number(expected)];
            let Some(former) = one::<String>(connection, sql, params)? else { return Ok(false) };
            row.write(connection)?;
            if former != row.phone.as_str() {
                leave(connection, &former, &row.user)?;
            }
            enter(connection, &row.phone, &row.user, row.created_at)?;
            Ok(true)
        })
        .await
    }

    async fn users(&self, after: Option<&UserId>, rows: usize) -> Result<Vec<User>, StoreError> {
        const OPERATION: &str = "list users";
        let after = after.map_or(String::new(), |after| after.as_str().to_owned());
        let sql = "SELECT doc FROM users WHERE user > ? ORDER BY user LIMIT ?";
        let work = move |connection: &Connection| {
            all::<String>(connection, sql, params![after, limit(rows)])
        };
        let docs = self.read_many(OPERATION, work).await?;
        decode_all::<UserV1>(OPERATION, &docs)
    }

    async fn numbers(&self, rows: usize) -> Result<Vec<PhoneNumber>, StoreError> {
        const OPERATION: &str = "list numbers";
        let sql = "SELECT doc FROM users ORDER BY user LIMIT ?";
        let work = move |connection: &Connection| all::<String>(connection, sql, [limit(rows)]);
        let docs = self.read_many(OPERATION, work).await?;
        decode_all::<UserNumberV1>(OPERATION, &docs)
    }

    async fn zones_in_use(&self) -> Result<Vec<ZoneName>, StoreError> {
        // Hops from zone to zone through the index, however many users there are.
        let sql = "WITH RECURSIVE hop (zone) AS ( \
            SELECT min(zone) FROM users UNION ALL \
            SELECT (SELECT min(zone) FROM users WHERE zone > hop.zone) FROM hop \
            WHERE hop.zone IS NOT NULL) \
            SELECT zone FROM hop WHERE zone IS NOT NULL";
        let work = move |connection: &Connection| all::<String>(connection, sql, []);
        let names = self.read_many("list the zones in use", work).await?;
        Ok(names.into_iter().map(ZoneName::from_store).collect())
    }

    async fn users_planned_before(
        &self,
        zone: &ZoneName,
        on: Date,
        after: Option<&PageMark>,
        rows: usize,
    ) -> Result<UsersPage, StoreError> {
        const OPERATION: &str = "list users to plan";
        let (zone, on) = (zone.as_str().to_owned(), on.to_string());
        let after = after.map_or(String::new(), |after| after.as_str().to_owned());
        let sql = "SELECT user FROM users \
            WHERE zone = ? AND ifnull(planned_on, '') < ? AND user > ? ORDER BY user LIMIT ?";
        let work = move |connection: &Connection| {
            all::<String>(connection, sql, params![zone, on, after, limit(rows)])
        };
        let users = names(OPERATION, self.read_many(OPERATION, work).await?)?;
        // The mark is the last user of the page; a page that is not full is the last.
        let last = users.last().filter(|_| users.len() == rows);
        let next = last.map(|user| PageMark::new(user.as_str().to_owned()));
        Ok(UsersPage { users, next })
    }

    async fn users_with_stale_plans(&self, rows: usize) -> Result<Vec<UserId>, StoreError> {
        let sql = "SELECT user FROM users \
            WHERE planned_version IS NOT inputs_version ORDER BY user LIMIT ?";
        let work = move |connection: &Connection| all::<String>(connection, sql, [limit(rows)]);
        names("list stale plans", self.read_many("list stale plans", work).await?)
    }
}

/// Whether a user's inputs have this version.
pub(super) fn has_inputs(
    connection: &Connection,
    user: &UserId,
    version: u64,
) -> Result<bool, Failure> {
    let sql = "SELECT inputs_version FROM users WHERE user = ?";
    Ok(one(connection, sql, [user.as_str()])? == Some(number(version)))
}

/// Sets the version of a user's inputs.
pub(super) fn set_inputs(
    connection: &Connection,
    user: &UserId,
    version: u64,
) -> Result<(), Failure> {
    let sql = "UPDATE users SET inputs_version = ?2, \
        doc = json_set(doc, '$.inputs_version', ?2) WHERE user = ?1";
    execute(connection, sql, params![user.as_str(), number(version)]).map(|_| ())
}

fn names(operation: &'static str, names: Vec<String>) -> Result<Vec<UserId>, StoreError> {
    let read = |name: String| UserId::parse(&name);
    names.into_iter().map(read).collect::<Result<_, _>>().map_err(|_| {
        Failure::Request("a stored user id is not usable".to_owned()).into_error(operation)
    })
}
