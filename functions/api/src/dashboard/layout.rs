//! What all pages have in common.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::{PATH, assets};

/// Letters of a name and of a reason.
const WORDS_MAX: &str = "200";

/// Seconds between reloads where no script runs.
const RELOAD_SECONDS: &str = "60";

/// The page that keeps itself up to date.
pub(super) fn live(title: &str, body: &Markup) -> Html<String> {
    document(title, body, Kind::Live)
}

/// A page that stays as it is.
pub(super) fn still(title: &str, body: &Markup) -> Html<String> {
    document(title, body, Kind::Still)
}

/// A page that only asks for itself again.
pub(super) fn asked_again() -> Html<String> {
    let body = html! {
        main #main .narrow { p { a href=(PATH) { "To the dashboard" } } }
    };
    document("Dashboard", &body, Kind::Again)
}

/// Fields of a form that does something: who does it, and why.
pub(super) fn who(form: &str) -> Markup {
    html! {
        label for={ "by-" (form) } { "Your name" }
        input #{ "by-" (form) } name="by" required maxlength=(WORDS_MAX) autocomplete="name";
        label for={ "why-" (form) } { "Reason" }
        input #{ "why-" (form) } name="reason" required maxlength=(WORDS_MAX) autocomplete="off";
    }
}

/// A page about nothing but what happened.
pub(super) fn told(status: StatusCode, title: &str, words: &str) -> Response {
    let body = html! {
        main #main .narrow tabindex="-1" {
            h1 { (title) }
            p .notice { (words) }
            p { a href=(PATH) { "To the dashboard" } }
        }
    };
    (status, still(title, &body)).into_response()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Live,
    Still,
    Again,
}

fn document(title: &str, body: &Markup, kind: Kind) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Beforehand" }
                link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::path("dashboard.css"));
                @if kind == Kind::Live {
                    script src=(assets::path("dashboard.js")) defer {}
                    noscript { meta http-equiv="refresh" content=(RELOAD_SECONDS); }
                }
                @if kind == Kind::Again { meta http-equiv="refresh" content="0"; }
            }
            body {
                a .skip href="#main" { "Skip to the content" }
                header .top {
                    a .brand href=(PATH) { "Beforehand" span { "Dashboard" } }
                    @if kind == Kind::Live {
                        p #link .quiet role="status" {}
                        form method="post" action={ (PATH) "/sign-out" } {
                            button .plain { "Sign out" }
                        }
                    }
                }
                (body)
                footer .foot .quiet {
                    "beforehand " (env!("CARGO_PKG_VERSION"))
                    " · all figures by UTC days · this page asks nobody but this service"
                }
            }
        }
    };
    Html(page.into_string())
}
