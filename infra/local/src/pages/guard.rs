//! Who may ask. Any page in the user's browser can send requests to this machine, so the pages
//! answer only to their own name, and change something only for forms that they made themselves.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use api::pages::{is_same_origin, keep_to_itself};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::uri::Authority;
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use super::PagesState;

/// Headers that proxies add. Behind one, everybody's requests seem to come from this machine.
const PROXY_HEADERS: [&str; 5] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip"];

/// By which names the pages may be reached, and the secret of their forms.
#[derive(Debug, Clone)]
pub struct Door {
    hosts: Vec<String>,
    token: FormToken,
}

impl Door {
    /// Open to loopback names and addresses, and to `hosts`: names or addresses without a port by
    /// which the operator wants the pages to be reached, from other machines or through a proxy.
    pub fn new(token: FormToken, hosts: Vec<String>) -> Self {
        let hosts = hosts.into_iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { hosts, token }
    }

    /// The secret of the forms.
    pub(super) fn token(&self) -> &FormToken {
        &self.token
    }

    /// Whether a request that came from `peer` may be answered at all.
    fn admits(&self, headers: &HeaderMap, peer: Option<IpAddr>) -> bool {
        let Some(host) = host(headers) else { return false };
        if self.hosts.iter().any(|known| known == host.trim_matches(['[', ']'])) {
            return true;
        }
        let is_proxied = PROXY_HEADERS.iter().any(|name| headers.contains_key(*name));
        is_loopback(&host) && !is_proxied && peer.is_none_or(|ip| ip.to_canonical().is_loopback())
    }
}

/// A secret that is new with every start and stands in each form, so that only pages of this very
/// start can post.
#[derive(Clone)]
pub struct FormToken(String);

impl FormToken {
    /// From random bytes.
    pub fn from_random(bytes: [u8; 16]) -> Self {
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// As it stands in forms.
    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// A name of this start that tells nothing of the secret, for pages that outlive it.
    pub(super) fn start_name(&self) -> String {
        Sha256::digest(&self.0).iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Compares in a time that does not depend on where they differ.
    pub(super) fn matches(&self, given: &str) -> bool {
        let pairs = self.0.bytes().zip(given.bytes());
        let difference = pairs.fold(0, |sum, (ours, theirs)| sum | (ours ^ theirs));
        self.0.len() == given.len() && difference == 0
    }
}

impl fmt::Debug for FormToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormToken(..)")
    }
}

/// Turns away what did not come from the user's own browser tab, and adds the headers that keep
/// the rest to itself.
pub(super) async fn guard(
    State(state): State<PagesState>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let mut response = if !state.inner.door.admits(request.headers(), peer) {
        let words = "These pages answer only on the machine they run on, by the name localhost.\n";
        (StatusCode::FORBIDDEN, words).into_response()
    } else if !is_own(request.method(), request.uri().path(), request.headers()) {
        (StatusCode::FORBIDDEN, "Another site sent this request; nothing was done.\n")
            .into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    keep_to_itself(headers);
    response
}

/// Whether a request may come from where it came from. Pages may be opened by a link from anywhere;
/// what scripts fetch, and whatever changes something, must come from our own pages.
fn is_own(method: &Method, path: &str, headers: &HeaderMap) -> bool {
    let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
    if method == Method::GET || method == Method::HEAD {
        let is_page = path == "/" || path.starts_with("/why/");
        return is_page || matches!(site, None | Some(b"same-origin" | b"none"));
    }
    let origin = headers.get(header::ORIGIN);
    let is_same = origin.is_none_or(|origin| is_same_origin(origin, headers));
    match site {
        Some(site) => site == b"same-origin" && is_same,
        // Browsers that do not tell the site tell the origin.
        None => origin.is_some() && is_same,
    }
}

/// The name that the request was sent to, in lower case and without a port.
fn host(headers: &HeaderMap) -> Option<String> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(only), None) = (hosts.next(), hosts.next()) else { return None };
    let authority: Authority = only.to_str().ok()?.parse().ok()?;
    (!authority.as_str().contains('@')).then(|| authority.host().to_ascii_lowercase())
}

fn is_loopback(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    let ip = name.trim_matches(['[', ']']).parse::<IpAddr>();
    name == "localhost" || ip.is_ok_and(|ip| ip.is_loopback())
}
