//! Who asks, and whether they may: every request comes through here, before anything of it is
//! read.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use app::api_keys;
use app::ports::{Bearer, Entropy, TokenError, TokenIssuer};
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::access::{Caller, Decision, Needed, RequestRates, Scope, decide};
use tracing::{error, info};

use crate::auth::bearer;
use crate::extract::Names;
use crate::idempotency::once;
use crate::limits::RequestLimits;
use crate::problem::Problem;
use crate::routes::reminders::missing;
use crate::routes::{Listed, PREFIX};
use crate::state::ApiState;

/// How people and machines other than the operator prove who they are.
#[derive(Clone, Default)]
pub struct Guard {
    /// Checks the tokens of an issuer, if one is configured.
    pub issuer: Option<Arc<dyn TokenIssuer>>,
    /// Makes the secrets of machines' keys; without it none are made.
    pub entropy: Option<Arc<dyn Entropy>>,
    /// How often the API may be asked. Each process counts for itself.
    pub rates: RequestRates,
    /// Whether people may sign up by themselves. If not, operators add them.
    pub signs_up: bool,
}

impl Guard {
    /// Of these parts: whose tokens count, how often somebody may ask, and whether people may sign
    /// up by themselves.
    pub fn of(
        issuer: Option<Arc<dyn TokenIssuer>>,
        entropy: impl Entropy + 'static,
        (rates, signs_up): (RequestRates, bool),
    ) -> Self {
        Self { issuer, entropy: Some(Arc::new(entropy)), rates, signs_up }
    }
}

/// What an operation needs of whoever asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Nothing: it is for everybody.
    Nothing,
    /// To be the user, or own the reminder, that the address names; or to be an operator.
    Own,
    /// To be an operator.
    Operator,
}

/// What the gate knows.
#[derive(Clone)]
pub(crate) struct Gate {
    state: Arc<ApiState>,
    listed: Arc<HashMap<(Method, &'static str), Listed>>,
    limits: Arc<RequestLimits>,
}

impl Gate {
    pub(crate) fn new(state: Arc<ApiState>, listed: Vec<Listed>) -> Self {
        let listed = listed.into_iter().map(|one| ((one.method.clone(), one.path), one));
        let limits = RequestLimits::new(state.guard.rates, &state.clock);
        Self { state, listed: Arc::new(listed.collect()), limits: Arc::new(limits) }
    }

    pub(crate) fn state(&self) -> &Arc<ApiState> {
        &self.state
    }

    /// Counts a request of a browser, which brings no token; the seconds to wait if it is one too
    /// many from its address.
    pub(crate) fn count_visit(&self, parts: &Parts) -> Result<(), u64> {
        address(parts).map_or(Ok(()), |address| self.limits.address(address))
    }

    /// Counts a sign-up, which has a text sent.
    pub(crate) fn count_sign_up(&self, parts: &Parts) -> Result<(), u64> {
        address(parts).map_or(Ok(()), |address| self.limits.sign_up(address))
    }

    /// The operation that a request is for, if there is one.
    fn operation(&self, parts: &Parts) -> Option<Listed> {
        let path = parts.extensions.get::<MatchedPath>()?.as_str();
        let path = path.strip_prefix(PREFIX).unwrap_or(path);
        let method = if parts.method == Method::HEAD { &Method::GET } else { &parts.method };
        let listed: &HashMap<(Method, &str), Listed> = &self.listed;
        listed.get(&(method.clone(), path)).cloned()
    }
}

/// Lets through who may do what they ask for.
pub(crate) async fn admit(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let operation = gate.operation(&parts);
    let need = operation.as_ref().map(|operation| operation.need);
    let caller = match admitted(&gate, need, &mut parts).await {
        Ok(caller) => caller,
        Err(refused) => return refused,
    };
    parts.extensions.insert(caller.clone());
    let request = Request::from_parts(parts, body);
    match (caller, operation) {
        (Some(caller), Some(operation)) => {
            once(&gate.state, &caller, &operation, request, next).await
        }
        _ => next.run(request).await,
    }
}

/// Lets operators through: for pages, which are no operations of the document.
pub(crate) async fn admit_operator(gate: &Gate, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    match admitted(gate, Some(Need::Operator), &mut parts).await {
        Ok(_) => next.run(Request::from_parts(parts, body)).await,
        Err(refused) => refused,
    }
}

/// Whoever asks, if they may.
async fn admitted(
    gate: &Gate,
    need: Option<Need>,
    parts: &mut Parts,
) -> Result<Option<Caller>, Response> {
    let too_many = |seconds| Problem::too_many_for(seconds).into_response();
    let token = bearer(&parts.headers);
    if !is_operators(&gate.state, token)
        && let Some(address) = address(parts)
    {
        // Before anything is looked up or verified: whoever tries out tokens is slowed down.
        gate.limits.address(address).map_err(too_many)?;
    }
    if need == Some(Need::Nothing) {
        return Ok(None);
    }
    let caller = identify(&gate.state, token).await?;
    if !is_operators(&gate.state, token) {
        gate.limits.caller(&caller.name).map_err(too_many)?;
    }
    let allowed = allow(&gate.state, &caller, need, parts).await;
    allowed.map(|()| Some(caller)).map_err(IntoResponse::into_response)
}

/// Whether a request needs no more than to be made: it brings the operator's token, or none is
/// needed.
fn is_operators(state: &ApiState, token: Option<&str>) -> bool {
    // Only tests, and an address that nobody else reaches, have none.
    let Some(operator) = &state.operator_token else { return true };
    token.is_some_and(|token| operator.is(token))
}

/// Where a request comes from, if that is known: who connected, or whom the gateway saw. What
/// headers say of it anybody can write.
fn address(parts: &Parts) -> Option<IpAddr> {
    let connected = || parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    parts.extensions.get::<IpAddr>().copied().or_else(connected)
}

/// Who holds the token that a request brings.
async fn identify(state: &ApiState, token: Option<&str>) -> Result<Caller, Response> {
    if is_operators(state, token) {
        return Ok(Caller::operator());
    }
    let token = token.ok_or_else(|| challenge(Problem::unauthorized(), "Bearer"))?;
    let known = if token.starts_with(api_keys::PREFIX) {
        let found = api_keys::caller(&*state.control, token, state.clock.now()).await;
        let found = found.map_err(|failed| Problem::from(failed).into_response())?;
        found.ok_or("it is not known, was revoked or has expired")
    } else {
        of_issuer(state, token).await?
    };
    known.map_err(|why| {
        let problem = Problem::refused(format!("the token is not usable: {why}"));
        challenge(problem, "Bearer error=\"invalid_token\"")
    })
}

async fn of_issuer(
    state: &ApiState,
    token: &str,
) -> Result<Result<Caller, &'static str>, Response> {
    let Some(issuer) = &state.guard.issuer else { return Ok(Err("it is not known")) };
    match issuer.check(token, state.clock.now()).await {
        Ok(bearer) => Ok(Ok(caller_of(bearer))),
        Err(TokenError::Refused(why)) => Ok(Err(why)),
        Err(TokenError::NoKeys(cause)) => {
            error!(error = %cause, "Nobody with a token of the issuer can be let in");
            let what = "the token cannot be checked now: try again in a moment";
            Err(Problem::unavailable(what).into_response())
        }
    }
}

fn caller_of(bearer: Bearer) -> Caller {
    let has = |scope| bearer.scopes.contains(&scope);
    let (is_user, is_operator) = (has(Scope::User), has(Scope::Operator));
    Caller {
        name: format!("subject {}", bearer.subject),
        user: bearer.user.filter(|_| is_user),
        is_operator,
    }
}

/// Whether a caller may; what does not exist needs only to be known, and then is not found.
async fn allow(
    state: &ApiState,
    caller: &Caller,
    need: Option<Need>,
    parts: &mut Parts,
) -> Result<(), Problem> {
    let scopes = || Problem::forbidden("your token's scopes do not open this operation");
    let decided = |needed, absent: &dyn Fn() -> Problem| match decide(caller, needed) {
        Decision::Allowed => Ok(()),
        Decision::Forbidden => Err(scopes()),
        Decision::LooksAbsent => Err(absent()),
    };
    match need {
        None | Some(Need::Nothing) => decided(Needed::Known, &scopes),
        Some(Need::Operator) => decided(Needed::Operator, &scopes),
        Some(Need::Own) if caller.is_operator || caller.user.is_none() => {
            decided(Needed::Of(None), &scopes)
        }
        Some(Need::Own) => {
            let names = Names::from_request_parts(parts, &()).await?;
            if names.has_reminder() {
                let id = names.reminder()?;
                let owner = state.reminders.find_reminder(id).await?.map(|row| row.user);
                return decided(Needed::Of(owner.as_ref()), &|| missing(id));
            }
            let owner = names.user_or("import")?;
            decided(Needed::Of(Some(&owner)), &|| Problem::no_user(&owner))
        }
    }
}

fn challenge(problem: Problem, scheme: &'static str) -> Response {
    let mut refused = problem.into_response();
    debug_assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    info!("Refused a request without a usable token");
    refused.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(scheme));
    refused
}

/// What the API answers is about people and true for a moment: nobody keeps a copy.
pub(crate) async fn never_cached(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
