//! What all pages have in common.

use axum::response::Html;
use domain::time::Zones;
use maud::{DOCTYPE, Markup, html};

use super::{PagesState, assets};

/// Seconds between reloads where no script runs.
const RELOAD_SECONDS: &str = "20";

/// A page that keeps itself up to date.
pub(super) fn live(state: &PagesState, title: &str, body: &Markup) -> Html<String> {
    let start = state.inner.door.token().start_name();
    document(title, true, Some(&start), body, Some(&state.inner.ports.zones))
}

/// A page that stays as it is.
pub(super) fn still(state: &PagesState, title: &str, body: &Markup) -> Html<String> {
    document(title, false, None, body, Some(&state.inner.ports.zones))
}

/// A page about nothing but a problem.
pub(super) fn plain(title: &str, body: &Markup) -> Html<String> {
    document(title, false, None, body, None)
}

fn document(
    title: &str,
    is_live: bool,
    start: Option<&str>,
    body: &Markup,
    zones: Option<&Zones>,
) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Beforehand" }
                link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                @for style in ["base.css", "phones.css", "reminders.css"] {
                    link rel="stylesheet" href=(assets::path(style));
                }
                @if is_live {
                    script src=(assets::path("pages.js")) defer {}
                    noscript { meta http-equiv="refresh" content=(RELOAD_SECONDS); }
                }
            }
            body data-start=[start] {
                a .skip href="#main" { "Skip to the content" }
                header .top {
                    a .brand href="/" { (mark()) "Beforehand" }
                    @if is_live {
                        p #link .link hidden { "Connecting…" }
                        noscript {
                            p .link {
                                "Without scripts this page reloads every " (RELOAD_SECONDS)
                                " seconds."
                            }
                        }
                    }
                }
                (body)
                footer .foot {
                    p {
                        a href="/calendars" { "Calendars" }
                        " · "
                        a href="/dashboard" { "Operators' dashboard" }
                        " · beforehand " (env!("CARGO_PKG_VERSION"))
                        @if let Some(zones) = zones {
                            " · time zone data " (zones.version())
                        }
                        " · this page speaks only to this machine"
                    }
                }
            }
        }
    };
    Html(page.into_string())
}

/// The mark: a bell's moment before the hour.
fn mark() -> Markup {
    html! {
        svg .mark viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" {
            circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" stroke-width="2" {}
            path d="M12 6.5V12l-3.2 3.2" fill="none" stroke="currentColor" stroke-width="2"
                stroke-linecap="round" stroke-linejoin="round" {}
            circle cx="12" cy="2" r="2" fill="currentColor" {}
        }
    }
}
