//! What all pages of a person have in common.

use axum::response::Html;
use maud::{DOCTYPE, Markup, html};

use super::assets;
use super::guard::{HOME, Visitor};
use super::words::{Words, fill};

/// Which part of a person's page is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Reminders,
    Settings,
    Data,
}

/// A page of whoever is signed in.
pub(super) fn page(
    visitor: &Visitor,
    part: Part,
    said: Option<&str>,
    body: &Markup,
) -> Html<String> {
    let words = visitor.words();
    let parts = [
        (Part::Reminders, HOME, &words.page.reminders),
        (Part::Settings, "/me/settings", &words.page.settings),
        (Part::Data, "/me/data", &words.page.data),
    ];
    document(
        words,
        &words.page.title,
        None,
        &html! {
            header .top {
                p .brand { (mark()) "Beforehand" }
                form method="post" action="/me/out" {
                    (form_token(visitor))
                    button .plain { (words.page.sign_out) }
                }
            }
            nav aria-label=(words.page.title) {
                ul .tabs {
                    @for (this, address, name) in parts {
                        li {
                        a href=(address) aria-current=[(this == part).then_some("page")] { (name) }
                    }
                    }
                }
            }
            main #main {
                h1 {
                    @match part {
                        Part::Reminders => (words.page.title),
                        Part::Settings => (words.page.settings),
                        Part::Data => (words.page.data),
                    }
                }
                @if let Some(said) = said { p .said role="status" { (said) } }
                (body)
            }
            footer { p { (fill(&words.page.zone_note, "zone", visitor.user.zone.as_str())) } }
        },
    )
}

/// A page about one thing, for whoever holds a link to it.
pub(super) fn single(
    words: &Words,
    title: &str,
    said: Option<&str>,
    body: &Markup,
) -> Html<String> {
    document(
        words,
        title,
        None,
        &html! {
            header .top { p .brand { (mark()) "Beforehand" } }
            main #main {
                h1 { (title) }
                @if let Some(said) = said { p .said role="status" { (said) } }
                (body)
            }
        },
    )
}

/// A page that says one thing.
pub(super) fn note(words: &Words, title: &str, text: &str) -> Html<String> {
    single(words, title, None, &html! { p { (text) } })
}

/// A page that goes on to another by itself.
pub(super) fn moving_on(words: &Words, to: &str) -> Html<String> {
    document(
        words,
        &words.page.opening,
        Some(to),
        &html! {
            header .top { p .brand { (mark()) "Beforehand" } }
            main #main {
                h1 { (words.page.opening) }
                p { a .button href=(to) { (words.page.go_on) } }
            }
        },
    )
}

/// What each form of a session carries.
pub(super) fn form_token(visitor: &Visitor) -> Markup {
    html! { input type="hidden" name="token" value=(visitor.form); }
}

fn document(words: &Words, title: &str, next: Option<&str>, body: &Markup) -> Html<String> {
    let page = html! {
        (DOCTYPE)
        html lang=(words.page.lang) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                @if let Some(next) = next {
                    meta http-equiv="refresh" content=(format!("0; url={next}"));
                }
                title { (title) " · Beforehand" }
                link rel="icon" href=(assets::path("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::path("page.css"));
                script src=(assets::path("page.js")) defer {}
            }
            body {
                a .skip href="#main" { (words.page.skip) }
                (body)
            }
        }
    };
    Html(page.into_string())
}

/// The mark: a bell's moment before the hour.
fn mark() -> Markup {
    html! {
        svg viewBox="0 0 24 24" width="22" height="22" aria-hidden="true" {
            circle cx="12" cy="12" r="10" fill="none" stroke="currentColor" stroke-width="2" {}
            path d="M12 6.5V12l-3.2 3.2" fill="none" stroke="currentColor" stroke-width="2"
                stroke-linecap="round" stroke-linejoin="round" {}
            circle cx="12" cy="2" r="2" fill="currentColor" {}
        }
    }
}
