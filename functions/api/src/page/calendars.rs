//! Connecting a calendar on one's own page.

use std::sync::Arc;

use app::sync::{Connect, connect};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use domain::ids::CalendarId;
use maud::{Markup, html};

use super::Form;
use super::guard::{Visitor, not_ours};
use super::layout::{form_token, note};
use super::words::Words;
use crate::body::connection::ConnectionBody;
use crate::problem::Problem;
use crate::state::ApiState;

/// The name of a calendar whose owner gives it none.
const NAME: &str = "calendar";

/// The form for an address.
pub(super) fn form(visitor: &Visitor) -> Markup {
    let data = &visitor.words().data;
    html! {
        form method="post" action="/me/calendars" .fields {
            (form_token(visitor))
            label { (data.address)
                input name="address" type="url" inputmode="url" required maxlength="2000"
                    autocomplete="off" aria-describedby="address-help";
            }
            p .soft #address-help { (data.address_help) }
            label { (data.calendar_name)
                input name="name" maxlength="60" autocomplete="off" placeholder=(NAME);
            }
            div .acts { button { (data.connect) } }
        }
    }
}

/// Connects what lies at an address. It is looked at right away; the answer does not wait for that.
pub(super) async fn connect_one(
    State(state): State<Arc<ApiState>>,
    visitor: Visitor,
    form: Form,
) -> Result<Response, Problem> {
    let words = visitor.words();
    if !visitor.sent(&state, form.get("token")) {
        return Ok(not_ours(words));
    }
    let name = match form.get("name").trim() {
        "" => NAME,
        name => name,
    };
    let body = ConnectionBody::of_address(form.get("address").trim());
    let Ok(calendar) = CalendarId::parse(name) else { return Ok(not_usable(words)) };
    let Ok(new) = body.read(visitor.user.id.clone(), calendar) else {
        return Ok(not_usable(words));
    };
    Ok(match connect(&state.connecting(), &new, state.clock.now()).await? {
        Connect::Connected { .. } => Redirect::to("/me/data?done=connected").into_response(),
        Connect::NoUser => return Err(Problem::no_user(&visitor.user.id)),
        Connect::TooMany | Connect::HasDocument => {
            Redirect::to("/me/data?done=over").into_response()
        }
    })
}

fn not_usable(words: &Words) -> Response {
    note(words, &words.data.address_bad, &words.data.address_help).into_response()
}
