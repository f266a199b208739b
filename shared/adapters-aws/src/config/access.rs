//! Whose tokens open the API besides the operator's, and how often it may be asked.

use app::ports::IssuerSettings;
use domain::access::RequestRates;

use super::PREFIX;
use super::reader::{self, Reader};

/// How people and machines reach the API.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccessConfig {
    /// The OIDC issuer, if there is one.
    pub issuer: Option<IssuerSettings>,
    /// How often the API may be asked, by each process: the gateway in front has limits of its own.
    pub rates: RequestRates,
    /// Whether people may sign up by themselves.
    pub signs_up: bool,
}

impl AccessConfig {
    /// How often the API may be asked, and whether people may sign up by themselves.
    pub fn openness(&self) -> (RequestRates, bool) {
        (self.rates, self.signs_up)
    }
}

/// Reads the variables. What is wrong is noted.
pub(super) fn read(reader: &Reader) -> AccessConfig {
    let usual = RequestRates::default();
    let rate = |key, usual| reader.optional(key, requests).unwrap_or(usual);
    let rates = RequestRates {
        caller_per_minute: rate("CALLER_REQUESTS_PER_MINUTE", usual.caller_per_minute),
        address_per_minute: rate("ADDRESS_REQUESTS_PER_MINUTE", usual.address_per_minute),
    };
    let signs_up = reader.optional("SIGN_UP", reader::is_on).unwrap_or_default();
    AccessConfig { issuer: issuer(reader), rates, signs_up }
}

fn issuer(reader: &Reader) -> Option<IssuerSettings> {
    let text = |key| reader.optional(key, reader::text);
    let (issuer, audience) = (text("OIDC_ISSUER"), text("OIDC_AUDIENCE"));
    let keys_url = reader.optional("OIDC_JWKS_URL", keys_address);
    let (claim, user, operator) =
        (text("OIDC_USER_CLAIM"), text("OIDC_USER_SCOPE"), text("OIDC_OPERATOR_SCOPE"));
    // Claim and scopes have a usual value in the template, so they do not ask for an issuer.
    let needed = ["OIDC_ISSUER", "OIDC_AUDIENCE", "OIDC_JWKS_URL"];
    if !needed.iter().any(|key| reader.has(key)) {
        return None;
    }
    for key in needed {
        if !reader.has(key) {
            let other = needed.iter().find(|other| reader.has(other)).unwrap_or(&"OIDC_ISSUER");
            reader.fault(key, &format!("is missing beside {PREFIX}{other}"));
        }
    }
    if user.is_some() && user == operator {
        reader.fault("OIDC_OPERATOR_SCOPE", "is that of users: everybody would be an operator");
    }
    Some(IssuerSettings::new(issuer?, audience?, keys_url?).with(claim, user, operator))
}

fn keys_address(given: &str) -> Result<String, String> {
    let safe = IssuerSettings::may_hold_keys(given) && !given.contains(char::is_whitespace);
    safe.then(|| given.to_owned()).ok_or_else(|| "must be an https address".to_owned())
}

fn requests(given: &str) -> Result<u32, String> {
    given.parse().map_err(|_| "must be a whole number; 0 for no limit".to_owned())
}
