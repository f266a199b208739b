//! Style, script and icon, compiled in. Their addresses carry a hash of their content, so browsers
//! keep them as long as they like and never mix versions.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

/// Name, type and content.
const ASSETS: [(&str, &str, &str); 3] = [
    ("page.css", "text/css; charset=utf-8", include_str!("page.css")),
    ("page.js", "text/javascript; charset=utf-8", include_str!("page.js")),
    ("icon.svg", "image/svg+xml", include_str!("icon.svg")),
];

/// A hash of all of them: they change together.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    for (_, _, content) in ASSETS {
        hash.update(content);
    }
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
});

/// The address of an asset.
pub(super) fn path(name: &str) -> String {
    format!("/me/assets/{}/{name}", *VERSION)
}

/// Serves an asset of this version; others are gone.
pub(super) async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    let found = ASSETS.iter().find(|asset| asset.0 == name).filter(|_| version == *VERSION);
    match found {
        Some((_, kind, content)) => {
            let cache = "public, max-age=31536000, immutable";
            ([(header::CONTENT_TYPE, *kind), (header::CACHE_CONTROL, cache)], *content)
                .into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
