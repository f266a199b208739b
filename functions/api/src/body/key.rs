//! Keys of machines.

use app::api_keys::{ApiKey, MadeApiKey, NewApiKey};
use domain::ids::UserId;
use domain::limits;
use domain::time::ahead;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::problem::FieldError;

/// Days that a key holds if nothing else is asked for.
const DAYS: u32 = 90;

/// A key that shall be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKeyBody {
    /// What it is for, for whoever reads the list.
    #[schema(example = "nightly import", min_length = 1, max_length = 100)]
    name: String,
    /// What it opens: `operator` (everything) or `user` (what belongs to `user`).
    #[schema(example = json!(["operator"]), min_items = 1, max_items = 2)]
    scopes: Vec<KeyScope>,
    /// Whose data it opens; only with the scope `user`.
    user: Option<String>,
    /// How many days it holds: 1 to 732; 90 if left out.
    #[schema(minimum = 1, maximum = 732)]
    days: Option<u32>,
}

/// What a key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KeyScope {
    /// What belongs to one user.
    User,
    /// Everything.
    Operator,
}

impl NewKeyBody {
    /// The key, or everything that is wrong.
    pub(crate) fn read(self, now: Timestamp) -> Result<NewApiKey, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut refuse = |field: &str, what: String| wrong.push(FieldError::new(field, what));
        let name = self.name.trim().to_owned();
        let chars_max = limits::API_KEY_NAME_CHARS_MAX;
        if name.is_empty() || name.chars().count() > chars_max || name.chars().any(char::is_control)
        {
            refuse("name", format!("write 1 to {chars_max} characters, none that control"));
        }
        let has = |scope| self.scopes.contains(&scope);
        let (is_user, is_operator) = (has(KeyScope::User), has(KeyScope::Operator));
        if !(1..=2).contains(&self.scopes.len()) {
            refuse("scopes", "choose `user`, `operator` or both".to_owned());
        }
        let user = self.user.as_deref().map(UserId::parse).transpose();
        match (&user, is_user) {
            (Err(bad), _) => refuse("user", bad.to_string()),
            (Ok(None), true) => refuse("user", "say whose data the key opens".to_owned()),
            (Ok(Some(_)), false) => refuse("user", "give the key the scope `user`".to_owned()),
            _ => {}
        }
        let (days, days_max) = (self.days.unwrap_or(DAYS), limits::API_KEY_DAYS_MAX);
        if !(1..=days_max).contains(&days) {
            refuse("days", format!("choose 1 to {days_max}"));
        }
        match user {
            Ok(user) if wrong.is_empty() => {
                let expires_at = ahead(now, SignedDuration::from_hours(24 * i64::from(days)));
                Ok(NewApiKey { name, user, is_operator, expires_at })
            }
            _ => Err(wrong),
        }
    }
}

/// A machine's key, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct KeyView {
    /// Its id, by which it is revoked.
    #[schema(example = "0123456789abcdef")]
    id: String,
    /// What it is for.
    name: String,
    /// What it opens.
    scopes: Vec<KeyScope>,
    /// Whose data it opens, if anybody's.
    user: Option<String>,
    /// Whether it opens anything now: it is not revoked and has not expired.
    holds: bool,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    expires_at: Timestamp,
    /// When it was revoked, if it was.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
}

impl KeyView {
    pub(crate) fn of(key: &ApiKey, now: Timestamp) -> Self {
        let user = key.user.is_some().then_some(KeyScope::User);
        let operator = key.is_operator.then_some(KeyScope::Operator);
        Self {
            id: key.id.clone(),
            name: key.name.clone(),
            scopes: user.into_iter().chain(operator).collect(),
            user: key.user.as_ref().map(|user| user.as_str().to_owned()),
            holds: key.holds_at(now),
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// The keys of machines.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct KeysView {
    /// The keys, oldest first.
    pub(crate) keys: Vec<KeyView>,
}

/// A key that was made.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct MadeKeyView {
    /// What the machine sends as a bearer token. It is shown this once.
    token: String,
    /// The key as the list shows it.
    key: KeyView,
}

impl MadeKeyView {
    pub(crate) fn of(made: MadeApiKey, now: Timestamp) -> Self {
        Self { key: KeyView::of(&made.key, now), token: made.token }
    }
}
