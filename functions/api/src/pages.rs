//! What all pages share, whoever they are for: how style and script are served, and the headers
//! that keep a page to itself.

use std::sync::OnceLock;

use axum::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use axum::http::{Response as HttpResponse, StatusCode};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Whoever has an asset of an address keeps it: its content never changes.
const FOR_GOOD: &str = "public, max-age=31536000, immutable";

/// What answers carry. Everything comes from our own origin, nothing is inline, nobody frames us.
const HEADERS: [(HeaderName, &str); 7] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
         img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    // Addresses of pages may open something, so no other site is told of them. Not `no-referrer`,
    // under which browsers tell forms' origin as `null`.
    (header::REFERRER_POLICY, "same-origin"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=()",
    ),
];

/// Adds the headers that keep a page to itself.
pub fn keep_to_itself(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// Whether an `Origin` header names the host that the request was sent to.
pub fn is_same_origin(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let origin = origin.to_str().ok().and_then(without_scheme);
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    matches!((origin, host), (Some(origin), Some(host)) if origin.eq_ignore_ascii_case(host))
}

/// What follows the scheme of a web address: of an origin its host, with the port if it names one.
pub(crate) fn without_scheme(address: &str) -> Option<&str> {
    address.strip_prefix("https://").or(address.strip_prefix("http://"))
}

/// Style, script and icons, compiled in. Their addresses carry a hash of their content, so browsers
/// keep them as long as they like and never mix versions.
#[derive(Debug)]
pub struct Assets {
    below: &'static str,
    files: &'static [Asset],
    version: OnceLock<String>,
}

/// Name, type and content.
pub type Asset = (&'static str, &'static str, &'static str);

impl Assets {
    /// Files that are served below this path.
    pub const fn new(below: &'static str, files: &'static [Asset]) -> Self {
        Self { below, files, version: OnceLock::new() }
    }

    /// A hash of all of them: they change together.
    fn version(&self) -> &str {
        self.version.get_or_init(|| {
            let mut hash = Sha256::new();
            for (_, _, content) in self.files {
                hash.update(content);
            }
            hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
        })
    }

    /// The address of an asset.
    pub fn path(&self, name: &str) -> String {
        format!("{}/assets/{}/{name}", self.below, self.version())
    }

    /// An asset of this version; others are gone.
    pub fn serve(&self, version: &str, name: &str) -> Response {
        let found = self.files.iter().find(|(known, ..)| *known == name);
        let Some((_, kind, content)) = found.filter(|_| version == self.version()) else {
            return StatusCode::NOT_FOUND.into_response();
        };
        let kept = HttpResponse::builder()
            .header(header::CONTENT_TYPE, *kind)
            .header(header::CACHE_CONTROL, FOR_GOOD)
            .body((*content).into());
        kept.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
    }
}
