//! Tokens of an OIDC issuer: JWTs (RFC 7519), checked as RFC 8725 advises. The issuer's keys are
//! read from where it publishes them, kept, and read again when a token names one that is not
//! known, though not often: whoever makes up names makes us ask nobody.

mod crypto;
mod keys;

use std::sync::{Arc, PoisonError, RwLock};

use app::ports::{Bearer, Cause, IssuerSettings, TokenError, TokenIssuer};
use async_trait::async_trait;
use bytes::Bytes;
use domain::access::Scope;
use domain::ids::UserId;
use domain::limits;
use domain::time::ahead;
use http::{Request, header};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde_json::{Map, Value};
use tokio::sync::Mutex;
use tracing::{info, warn};

use self::keys::IssuerKeys;
use transport::{BadTransport, ReqwestTransport, Transport, TransportSettings};

/// How often keys are asked for, at most, whatever tokens say.
const ASK_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// How old keys may be before they are asked for again: one that the issuer has withdrawn is
/// believed no longer than this, if the issuer answers.
const FRESH_FOR: SignedDuration = SignedDuration::from_mins(60);

/// How old keys may be if the issuer does not answer.
const USABLE_FOR: SignedDuration = SignedDuration::from_hours(24);

/// Checks the tokens of an issuer.
pub struct OidcIssuer {
    settings: IssuerSettings,
    transport: Arc<dyn Transport>,
    known: RwLock<Arc<Known>>,
    /// When keys were last asked for. Who holds it asks; nobody asks beside them.
    asked_at: Mutex<Option<Timestamp>>,
}

#[derive(Default)]
struct Known {
    keys: IssuerKeys,
    read_at: Option<Timestamp>,
}

impl Known {
    fn is_younger(&self, age: SignedDuration, now: Timestamp) -> bool {
        self.read_at.is_some_and(|at| now < ahead(at, age))
    }
}

impl OidcIssuer {
    /// An issuer whose keys come over `transport`.
    pub fn new(settings: IssuerSettings, transport: Arc<dyn Transport>) -> Self {
        crypto::install();
        Self { settings, transport, known: RwLock::default(), asked_at: Mutex::default() }
    }

    /// An issuer as a function reaches it. Keys are small, and whoever asks waits for them.
    ///
    /// # Errors
    /// [`BadTransport`].
    pub fn of_function(
        settings: Option<&IssuerSettings>,
    ) -> Result<Option<Arc<dyn TokenIssuer>>, BadTransport> {
        let Some(settings) = settings else { return Ok(None) };
        let transport = ReqwestTransport::new(&TransportSettings::of_alerts())?;
        Ok(Some(Arc::new(Self::new(settings.clone(), Arc::new(transport)))))
    }

    fn known(&self) -> Arc<Known> {
        Arc::clone(&self.known.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keys among which `id` is, if the issuer has it.
    async fn keys_for(&self, id: Option<&str>, now: Timestamp) -> Result<Arc<Known>, TokenError> {
        let is_good = |known: &Known| {
            known.is_younger(FRESH_FOR, now) && (id.is_none() || known.keys.find(id).is_some())
        };
        let known = self.known();
        if is_good(&known) {
            return Ok(known);
        }
        let mut asked_at = self.asked_at.lock().await;
        // Somebody else may have asked meanwhile.
        let known = self.known();
        let may_ask = asked_at.is_none_or(|at| now >= ahead(at, ASK_EVERY) || now < at);
        if is_good(&known) || !may_ask {
            return self.usable(known, now, None);
        }
        *asked_at = Some(now);
        match self.fetch().await {
            Ok(keys) => {
                info!("Read the keys of the issuer");
                let known = Arc::new(Known { keys, read_at: Some(now) });
                *self.known.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&known);
                Ok(known)
            }
            Err(cause) => {
                warn!(error = %cause, "Could not read the keys of the issuer");
                self.usable(known, now, Some(cause))
            }
        }
    }

    fn usable(
        &self,
        known: Arc<Known>,
        now: Timestamp,
        cause: Option<Cause>,
    ) -> Result<Arc<Known>, TokenError> {
        if known.is_younger(USABLE_FOR, now) {
            return Ok(known);
        }
        Err(TokenError::NoKeys(cause.unwrap_or_else(|| "they were not there a moment ago".into())))
    }

    async fn fetch(&self) -> Result<IssuerKeys, Cause> {
        let request = Request::get(&self.settings.keys_url)
            .header(header::ACCEPT, "application/jwk-set+json, application/json")
            .body(Bytes::new())?;
        let answer = self.transport.send(request).await?;
        if !answer.status().is_success() {
            return Err(format!("the answer's status is {}", answer.status().as_u16()).into());
        }
        let keys = IssuerKeys::read(answer.body()).ok_or("the answer is no set of keys")?;
        if keys.is_empty() {
            return Err("none of the keys is for RS256, ES256 or EdDSA".into());
        }
        Ok(keys)
    }

    fn bearer(&self, claims: &Map<String, Value>) -> Bearer {
        let text = |name: &str| claims.get(name).and_then(Value::as_str);
        let scopes = granted(claims);
        let has = |scope: &str| scopes.contains(&scope);
        let wanted = [
            (Scope::User, &self.settings.user_scope),
            (Scope::Operator, &self.settings.operator_scope),
        ];
        Bearer {
            subject: text("sub").unwrap_or_default().to_owned(),
            user: text(&self.settings.user_claim).and_then(|id| UserId::parse(id).ok()),
            scopes: wanted.into_iter().filter(|(_, name)| has(name)).map(|(s, _)| s).collect(),
        }
    }
}

#[async_trait]
impl TokenIssuer for OidcIssuer {
    async fn check(&self, token: &str, now: Timestamp) -> Result<Bearer, TokenError> {
        let refused = TokenError::Refused;
        if token.len() > limits::BEARER_BYTES_MAX {
            return Err(refused("it is too long"));
        }
        let head = decode_header(token).map_err(|_| refused("it is no signed JWT of ours"))?;
        if !matches!(head.alg, Algorithm::RS256 | Algorithm::ES256 | Algorithm::EdDSA) {
            return Err(refused("its algorithm is not RS256, ES256 or EdDSA"));
        }
        if head.crit.is_some() {
            return Err(refused("it asks for extensions that are not known here"));
        }
        let known = self.keys_for(head.kid.as_deref(), now).await?;
        let key = known.keys.find(head.kid.as_deref());
        let key = key.ok_or(refused("no key of the issuer is named so"))?;
        if key.algorithm != head.alg {
            return Err(refused("its key is for another algorithm"));
        }
        let mut rules = Validation::new(key.algorithm);
        rules.set_issuer(&[&self.settings.issuer]);
        rules.set_audience(&[&self.settings.audience]);
        rules.set_required_spec_claims(&["iss", "aud", "exp"]);
        // The library asks the machine for the time; we are told it.
        rules.validate_exp = false;
        let claims = decode::<Map<String, Value>>(token, &key.key, &rules);
        let claims = claims.map_err(|_| refused("signature, issuer or audience is wrong"))?.claims;
        // The library would take one of a list, which no issuer of one token is.
        if claims.get("iss").and_then(Value::as_str) != Some(self.settings.issuer.as_str()) {
            return Err(refused("its issuer is another"));
        }
        check_times(&claims, now)?;
        Ok(self.bearer(&claims))
    }
}

/// Checks `exp`, which must be there, and `nbf`, which may.
fn check_times(claims: &Map<String, Value>, now: Timestamp) -> Result<(), TokenError> {
    #[expect(clippy::cast_precision_loss, reason = "a second more or less is within the leeway")]
    let (now, leeway) = (now.as_second() as f64, limits::TOKEN_LEEWAY.as_secs() as f64);
    let ends = claims.get("exp").and_then(Value::as_f64);
    if !ends.is_some_and(|ends| now < ends + leeway) {
        return Err(TokenError::Refused("it has expired"));
    }
    match claims.get("nbf").map(Value::as_f64) {
        Some(None) => Err(TokenError::Refused("its beginning is no number")),
        Some(Some(begins)) if now + leeway < begins => {
            Err(TokenError::Refused("it does not hold yet"))
        }
        _ => Ok(()),
    }
}

/// The scopes: `scope` (RFC 8693, RFC 9068) or `scp`, as text or as a list.
fn granted(claims: &Map<String, Value>) -> Vec<&str> {
    let values = ["scope", "scp"].into_iter().filter_map(|name| claims.get(name));
    let mut granted = Vec::new();
    for value in values {
        match value {
            Value::String(text) => granted.extend(text.split(' ')),
            Value::Array(items) => granted.extend(items.iter().filter_map(Value::as_str)),
            _ => {}
        }
    }
    granted
}
