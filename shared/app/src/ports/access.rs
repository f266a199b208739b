//! What proving who one is needs.

use async_trait::async_trait;
use domain::access::Scope;
use domain::ids::UserId;
use jiff::Timestamp;

use super::Cause;

/// What an issuer says of whoever holds its token, once the token was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bearer {
    /// The issuer's name for them.
    pub subject: String,
    /// Whose data is theirs: what the configured claim says, if that can be a user's id.
    pub user: Option<UserId>,
    /// What they may do.
    pub scopes: Vec<Scope>,
}

/// Why a token opens nothing. The words hold nothing of the token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// It is not one of the issuer's, is not for us, or not for now.
    #[error("the token is not usable: {0}")]
    Refused(&'static str),
    /// The issuer's keys could not be read, so nobody can tell.
    #[error("the keys of the issuer cannot be read")]
    NoKeys(#[source] Cause),
}

/// Checks the tokens of an issuer.
#[async_trait]
pub trait TokenIssuer: Send + Sync {
    /// What a token says, if it holds at `now`.
    async fn check(&self, token: &str, now: Timestamp) -> Result<Bearer, TokenError>;
}

/// An issuer, and how its tokens are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerSettings {
    /// The issuer, exactly as it stands in `iss`.
    pub issuer: String,
    /// Who we are to it: one of `aud`.
    pub audience: String,
    /// Where its keys are published.
    pub keys_url: String,
    /// The claim that holds our id of the user.
    pub user_claim: String,
    /// What opens a user's own data.
    pub user_scope: String,
    /// What opens everything.
    pub operator_scope: String,
}

impl IssuerSettings {
    /// The claim that holds our id of the user, if nothing else is said.
    pub const USER_CLAIM: &str = "sub";
    /// The scope of users, if nothing else is said.
    pub const USER_SCOPE: &str = "beforehand:user";
    /// The scope of operators, if nothing else is said.
    pub const OPERATOR_SCOPE: &str = "beforehand:operator";

    /// With the usual claim and scopes.
    pub fn new(issuer: String, audience: String, keys_url: String) -> Self {
        Self {
            issuer,
            audience,
            keys_url,
            user_claim: Self::USER_CLAIM.to_owned(),
            user_scope: Self::USER_SCOPE.to_owned(),
            operator_scope: Self::OPERATOR_SCOPE.to_owned(),
        }
    }

    /// With another claim and other scopes, where they are given.
    pub fn with(
        mut self,
        user_claim: Option<String>,
        user_scope: Option<String>,
        operator_scope: Option<String>,
    ) -> Self {
        self.user_claim = user_claim.unwrap_or(self.user_claim);
        self.user_scope = user_scope.unwrap_or(self.user_scope);
        self.operator_scope = operator_scope.unwrap_or(self.operator_scope);
        self
    }

    /// Whether keys may be fetched from an address: whoever can change them on their way can be
    /// anybody, so they come encrypted, or from the same machine.
    pub fn may_hold_keys(address: &str) -> bool {
        let near = ["http://127.0.0.1", "http://[::1]", "http://localhost"];
        let is_near = near.into_iter().filter_map(|begin| address.strip_prefix(begin));
        address.starts_with("https://")
            || is_near.into_iter().any(|rest| rest.starts_with([':', '/']) || rest.is_empty())
    }
}

/// Makes secrets.
pub trait Entropy: Send + Sync {
    /// 256 bits that nobody can guess.
    fn secret(&self) -> Result<[u8; 32], Cause>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_encrypted_or_from_the_same_machine() {
        let check = |address: &str, expected: bool| {
            assert_eq!(IssuerSettings::may_hold_keys(address), expected, "{address}");
        };
        check("https://login.example.org/keys", true);
        check("http://127.0.0.1:8080/keys", true);
        check("http://localhost/keys", true);
        check("http://login.example.org/keys", false);
        check("http://localhost.example.org/keys", false);
        check("ftp://login.example.org/keys", false);
    }
}
