//! Style, script and icon of these pages, compiled in.

use axum::extract::Path;
use axum::response::Response;

use crate::pages::Assets;

static ASSETS: Assets = Assets::new(
    super::PATH,
    &[
        ("dashboard.css", "text/css; charset=utf-8", include_str!("dashboard.css")),
        ("dashboard.js", "text/javascript; charset=utf-8", include_str!("dashboard.js")),
        ("icon.svg", "image/svg+xml", include_str!("icon.svg")),
    ],
);

/// The address of an asset.
pub(super) fn path(name: &str) -> String {
    ASSETS.path(name)
}

/// Serves an asset of this version; others are gone.
pub(super) async fn serve(Path((version, name)): Path<(String, String)>) -> Response {
    ASSETS.serve(&version, &name)
}
