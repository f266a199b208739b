//! Signing up by oneself: a number, a zone, and what one agrees to.
//!
//! Whatever is known of a number, the answer is the same: only its owner is told more, by a text.

use std::sync::Arc;

use app::sign_up::{Agreement, Entered, ask};
use app::users::usual_locale;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain::limits;
use domain::texts::Language;
use maud::{Markup, html};
use tracing::warn;

use super::Form;
use super::guard::{JOIN, not_found};
use super::layout::{note, single};
use super::words::{Words, fill, language_of, words};
use crate::body::settings::SettingsBody;
use crate::problem::{FieldError, Problem};
use crate::routes::users::reading;
use crate::state::ApiState;

/// The version of the words that people agree to. It changes whenever one of them does, in any
/// language: the ledger keeps it beside them.
const AGREEMENT: &str = "2026-11";

/// Shows the form.
pub(super) async fn show(
    State(state): State<Arc<ApiState>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    if !state.guard.signs_up {
        return not_found(&headers);
    }
    let language = chosen(query.as_deref()).unwrap_or_else(|| language_of(&headers));
    form(&state, language, &Form(Vec::new()), &[])
}

/// Has the owner of the number asked, whoever that is.
pub(super) async fn sign_up(
    State(state): State<Arc<ApiState>>,
    headers: HeaderMap,
    form_sent: Form,
) -> Result<Response, Problem> {
    if !state.guard.signs_up {
        return Ok(not_found(&headers));
    }
    let language = Language::parse(form_sent.get("language"));
    let language = language.unwrap_or_else(|_| language_of(&headers));
    let entered = match read(&state, language, &form_sent) {
        Ok(entered) => entered,
        Err(errors) => return Ok(form(&state, language, &form_sent, &errors)),
    };
    ask(&state.signing_up(), &entered).await.map_err(|failed| {
        warn!("A sign-up was not taken: {failed}");
        Problem::unavailable("sign up: try again in a moment")
    })?;
    let join = &words(language).join;
    Ok(note(words(language), &join.sent, &join.sent_help).into_response())
}

/// What the form says, or everything that is wrong with it.
fn read(state: &ApiState, language: Language, form: &Form) -> Result<Entered, Vec<FieldError>> {
    let text = |name: &str| Some(form.get(name).trim().to_owned());
    let body = SettingsBody { phone: text("phone"), zone: text("zone"), ..SettingsBody::default() };
    let mut errors = Vec::new();
    if form.get("agree") != "yes" {
        errors.push(FieldError::new("agree", "must be ticked"));
    }
    let change = body.read(reading(state)).unwrap_or_else(|bad| {
        errors.extend(bad);
        Default::default()
    });
    match (change.phone, change.zone) {
        (Some(phone), Some(zone)) if errors.is_empty() => Ok(Entered {
            locale: domain::texts::Locale { language, ..usual_locale(&phone) },
            phone,
            zone,
            agreement: Agreement {
                at: state.clock.now(),
                version: AGREEMENT.to_owned(),
                words: agreed(words(language)),
            },
        }),
        _ => Err(errors),
    }
}

/// What somebody agrees to.
fn agreed(words: &Words) -> String {
    fill(&words.join.agree, "limit", &limits::DAILY_LIMIT_DEFAULT.to_string())
}

fn chosen(query: Option<&str>) -> Option<Language> {
    let tag = query?.split('&').find_map(|part| part.strip_prefix("lang="))?;
    Language::parse(tag).ok()
}

fn form(state: &ApiState, language: Language, sent: &Form, errors: &[FieldError]) -> Response {
    let words = words(language);
    let join = &words.join;
    let body = html! {
        (languages(language))
        p { (join.intro) }
        (wrong(words, errors))
        form method="post" action=(JOIN) .fields #join {
            input type="hidden" name="language" value=(language.tag());
            label { (join.phone)
                input name="phone" type="tel" autocomplete="tel" inputmode="tel" required
                    maxlength="40" value=(sent.get("phone")) aria-describedby="phone-help";
            }
            p .soft #phone-help { (join.phone_help) }
            label { (words.set.zone)
                input name="zone" list="zones" required maxlength="60" autocomplete="off"
                    value=(sent.get("zone")) placeholder="America/New_York";
            }
            datalist #zones {
                @for name in state.users.zones.names() { option value=(name) {} }
            }
            label .check {
                input type="checkbox" name="agree" value="yes" required;
                span { (agreed(words)) }
            }
            div .acts { button .strong { (join.sign_up) } }
        }
        p .soft { (join.after) }
    };
    single(words, &join.title, None, &body).into_response()
}

fn languages(now: Language) -> Markup {
    html! {
        nav aria-label=(words(now).set.language) {
            ul .choices {
                @for language in Language::ALL {
                    li {
                        a href=(format!("{JOIN}?lang={}", language.tag())) lang=(language.tag())
                            hreflang=(language.tag())
                            aria-current=[(language == now).then_some("true")]
                        { (words(language).page.name) }
                    }
                }
            }
        }
    }
}

fn wrong(words: &Words, errors: &[FieldError]) -> Markup {
    let name = |field: &str| match field {
        "phone" => &words.join.phone,
        "zone" => &words.set.zone,
        _ => &words.join.agreement,
    };
    html! {
        @for error in errors {
            p .wrong role="alert" {
                (fill(&words.set.check, "field", name(&error.field)))
                br;
                span lang="en" { (error.detail) }
            }
        }
    }
}
