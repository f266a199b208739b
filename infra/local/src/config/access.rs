//! The `[access]` table: whose tokens open the API besides the operator's, and how often it may be
//! asked.

use app::ports::IssuerSettings;
use domain::access::RequestRates;

use super::document::Section;

/// How people and machines reach the API.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessTable {
    /// The OIDC issuer, if there is one.
    pub issuer: Option<IssuerSettings>,
    /// How often the API may be asked.
    pub rates: RequestRates,
    /// Whether people may sign up by themselves.
    pub signs_up: bool,
}

/// Reads the table. What is wrong is noted. Where texts go to the sandbox nobody is bothered by
/// whoever signs up; elsewhere operators say so first.
pub(super) fn read(table: &Section<'_>, is_sandbox: bool) -> AccessTable {
    let usual = RequestRates::default();
    let rate = |key, usual: u32| {
        let given = table.integer(key, 0..=i64::from(u32::MAX));
        given.and_then(|rate| rate.try_into().ok()).unwrap_or(usual)
    };
    let rates = RequestRates {
        caller_per_minute: rate("caller_requests_per_minute", usual.caller_per_minute),
        address_per_minute: rate("address_requests_per_minute", usual.address_per_minute),
    };
    let signs_up = table.bool("sign_up").unwrap_or(is_sandbox);
    AccessTable { issuer: issuer(table), rates, signs_up }
}

fn issuer(table: &Section<'_>) -> Option<IssuerSettings> {
    let (issuer, audience) = (table.text("issuer"), table.text("audience"));
    let keys_url = table.parsed("jwks_url", |given| {
        super::http_url(&given.replace('?', "/"))?;
        match IssuerSettings::may_hold_keys(given) {
            true => Ok(given.to_owned()),
            false => Err("must begin with https://, except on this machine".to_owned()),
        }
    });
    let (claim, user, operator) =
        (table.text("user_claim"), table.text("user_scope"), table.text("operator_scope"));
    let keys = ["issuer", "audience", "jwks_url", "user_claim", "user_scope", "operator_scope"];
    if !keys.iter().any(|key| table.has(key)) {
        return None;
    }
    for (key, what) in [
        ("issuer", "is missing; the issuer exactly as it stands in `iss` of its tokens"),
        ("audience", "is missing; what stands in `aud` of tokens that are for this system"),
        ("jwks_url", "is missing; `jwks_uri` of the issuer's metadata"),
    ] {
        if !table.has(key) {
            table.problem(key, what);
        }
    }
    if user.is_some() && user == operator {
        table.problem("operator_scope", "is that of users: everybody would be an operator");
    }
    Some(IssuerSettings::new(issuer?, audience?, keys_url?).with(claim, user, operator))
}
