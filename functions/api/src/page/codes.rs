//! Somebody proves on their page that the number is theirs.

use std::sync::Arc;

use app::phone_codes::{AskedForCode, TriedCode, send_code, try_code};
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};

use super::guard::{Sent, Visitor};
use super::layout::form_token;
use crate::problem::Problem;
use crate::routes::codes::told;
use crate::state::ApiState;

/// Sends a code, or looks at the one that was entered.
pub(super) async fn act(
    State(state): State<Arc<ApiState>>,
    Sent { visitor, form }: Sent,
) -> Result<Response, Problem> {
    let (id, now) = (&visitor.user.id, state.clock.now());
    let done = match (state.coding(), form.get("do")) {
        (Some(ports), "send") => match send_code(&ports, id, now).await.map_err(told)? {
            AskedForCode::Sent => "code-sent",
            AskedForCode::NotNeeded => "verified",
            AskedForCode::TooMany(_) => "code-often",
            _ => "over",
        },
        (Some(ports), "check") => {
            // People copy a code with the spaces that their phone shows.
            let code: String =
                form.get("code").chars().filter(|it| !it.is_whitespace()).take(64).collect();
            match try_code(&ports, id, &code, now).await.map_err(told)? {
                TriedCode::Verified(_) => "verified",
                TriedCode::Wrong => "code-wrong",
                TriedCode::Gone => "code-gone",
                TriedCode::TooMany(_) => "code-often",
                TriedCode::NoUser => "over",
            }
        }
        _ => "over",
    };
    Ok(Redirect::to(&format!("/me/data?done={done}")).into_response())
}

/// Asks for a code, where codes are sent.
pub(super) fn section(state: &ApiState, visitor: &Visitor) -> Markup {
    let data = &visitor.words().data;
    if state.coding().is_none() {
        return html! { p .reason { (data.unverified) } };
    }
    html! {
        p .reason { (data.unverified) }
        form method="post" action="/me/phone" .acts {
            (form_token(visitor))
            button name="do" value="send" { (data.code_send) }
        }
        form method="post" action="/me/phone" .fields {
            (form_token(visitor))
            label {
                span { (data.code) }
                input name="code" inputmode="numeric" autocomplete="one-time-code" required
                    maxlength="16" size="8";
            }
            div .acts { button name="do" value="check" { (data.code_check) } }
        }
    }
}
