//! Style, script and icon of these pages, compiled in.

use api::pages::Assets;
use axum::extract::Path;
use axum::response::Response;

static ASSETS: Assets = Assets::new(
    "",
    &[
        ("base.css", "text/css; charset=utf-8", include_str!("base.css")),
        ("phones.css", "text/css; charset=utf-8", include_str!("phones.css")),
        ("reminders.css", "text/css; charset=utf-8", include_str!("reminders.css")),
        ("pages.js", "text/javascript; charset=utf-8", include_str!("pages.js")),
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
