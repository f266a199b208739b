//! What is kept of somebody: consent, calendars, all of it to take along, and an end to it.

use std::sync::Arc;

use app::consent::{may_opt_in, opt_in, opt_out};
use app::inbound::InboundError;
use app::users::{erase_user, export_user};
use axum::extract::{RawQuery, State};
use axum::http::header;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::user::Consent;
use maud::{Markup, html};
use tracing::warn;

use super::act::said;
use super::guard::{Sent, Visitor, signed_out};
use super::home::eyes;
use super::layout::{Part, form_token, note, page};
use super::words::fill;
use super::{calendars, codes, done_of};
use crate::body::person::ExportView;
use crate::problem::Problem;
use crate::routes::people::ics_of;
use crate::state::ApiState;

/// Shows it.
pub(super) async fn show(
    State(state): State<Arc<ApiState>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Html<String>, Problem> {
    let words = visitor.words();
    let data = &words.data;
    let said = done_of(query.as_deref()).and_then(|done| said(done, &eyes(&state, &visitor)));
    let body = html! {
        section aria-labelledby="consent" {
            h2 #consent { (data.consent) }
            (consent_of(&state, &visitor).await?)
        }
        (calendars::section(&state, &visitor, &html! {}).await?)
        section aria-labelledby="export" {
            h2 #export { (data.export) }
            p { (data.export_help) }
            p { a .button href="/me/export" download { (data.export_do) } }
            p { a .button href="/me/calendar.ics" download { (data.export_ics) } }
        }
        section aria-labelledby="erase" {
            h2 #erase { (data.erase) }
            p { (data.erase_help) }
            form method="post" action="/me/erase" .fields {
                (form_token(&visitor))
                label .check {
                    input type="checkbox" name="sure" value="yes" required;
                    span { (data.erase_sure) }
                }
                div .acts { button .danger { (data.erase_do) } }
            }
        }
    };
    Ok(page(&visitor, Part::Data, said.as_deref(), &body))
}

/// Switches texts off, or on again.
pub(super) async fn consent(
    State(state): State<Arc<ApiState>>,
    Sent { visitor, form }: Sent,
) -> Result<Response, Problem> {
    let (ports, now) = (state.consenting(), state.clock.now());
    let done = match form.get("do") {
        "out" => {
            opt_out(&ports, &visitor.user, now).await.map_err(told)?;
            "opted-out"
        }
        "in" if opt_in(&ports, &visitor.user, now).await.map_err(told)? => "opted-in",
        _ => "over",
    };
    Ok(Redirect::to(&format!("/me/data?done={done}")).into_response())
}

/// Hands everything over that is kept of them.
pub(super) async fn export(
    State(state): State<Arc<ApiState>>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    let id = &visitor.user.id;
    let export = export_user(&state.exporting(), id).await?;
    let export = export.ok_or_else(|| Problem::no_user(id))?;
    let view = ExportView::of(&export, state.clock.now());
    let name = "attachment; filename=\"beforehand.json\"";
    Ok(([(header::CONTENT_DISPOSITION, name)], axum::Json(view)).into_response())
}

/// Hands over what is ahead of them as a calendar.
pub(super) async fn export_ics(
    State(state): State<Arc<ApiState>>,
    visitor: Visitor,
) -> Result<Response, Problem> {
    ics_of(&state, &visitor.user.id).await
}

/// Erases everything that is kept of them.
pub(super) async fn erase(
    State(state): State<Arc<ApiState>>,
    Sent { visitor, form }: Sent,
) -> Result<Response, Problem> {
    let words = visitor.words();
    if form.get("sure") != "yes" {
        return Ok(Redirect::to("/me/data#erase").into_response());
    }
    erase_user(&state.erasing(), &visitor.user.id).await?;
    let page = note(words, &words.data.erased, &words.data.erased_help);
    Ok(([(header::SET_COOKIE, signed_out(&state))], page).into_response())
}

fn told(failed: InboundError) -> Problem {
    match failed {
        InboundError::Store(failed) => failed.into(),
        InboundError::Queue(failed) => {
            warn!("A change of consent was cut short: {failed}");
            Problem::unavailable("change consent: try again in a moment")
        }
    }
}

async fn consent_of(state: &ApiState, visitor: &Visitor) -> Result<Markup, Problem> {
    let data = &visitor.words().data;
    let phone = state.phones.phone(&state.users.phone_keys.key(&visitor.user.phone)).await?;
    let is_in = phone.as_ref().is_some_and(|phone| phone.consent == Consent::OptedIn);
    let may_return = phone.as_ref().is_some_and(may_opt_in);
    let number = visitor.user.phone.masked();
    let button = |value: &str, text: &str| {
        html! {
            form method="post" action="/me/consent" .acts {
                (form_token(visitor))
                button name="do" value=(value) { (text) }
            }
        }
    };
    Ok(html! {
        p { (fill(if is_in { &data.consent_in } else { &data.consent_out }, "number", &number)) }
        @if is_in && !visitor.user.is_phone_verified { (codes::section(state, visitor)) }
        @if is_in {
            (button("out", &data.opt_out))
        } @else if may_return {
            (button("in", &data.opt_in))
        } @else {
            p .reason { (data.by_text) }
        }
    })
}
