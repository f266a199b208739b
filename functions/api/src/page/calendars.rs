//! Calendars: which there are, and connecting one.

use std::sync::Arc;

use app::ports::Keeper;
use app::sync::{AskConsent, Asked, Connect, ask_consent, connect};
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::ids::CalendarId;
use domain::limits;
use maud::{Markup, html};

use super::guard::{Sent, Visitor};
use super::home::eyes;
use super::layout::{Part, form_token, page};
use super::words::fill;
use crate::body::connection::ConnectionBody;
use crate::problem::{FieldError, Problem};
use crate::state::ApiState;

/// The name of a calendar, unless somebody gives it another one.
const USUAL_NAME: &str = "main";

/// The name that stands for the own calendar of an account.
const OWN: &str = "primary";

/// Why a calendar is not connected.
enum Refusal {
    Fields(Vec<FieldError>),
    TooMany,
    HasDocument,
}

/// The calendars there are, and the forms to connect another one.
pub(super) async fn section(
    state: &ApiState,
    visitor: &Visitor,
    refusal: &Markup,
) -> Result<Markup, Problem> {
    Ok(html! {
        section aria-labelledby="calendars" {
            h2 #calendars { (visitor.words().data.calendars) }
            (list(state, visitor).await?)
            (refusal)
            (forms(state, visitor))
        }
    })
}

async fn list(state: &ApiState, visitor: &Visitor) -> Result<Markup, Problem> {
    let data = &visitor.words().data;
    let id = &visitor.user.id;
    let calendars = state.users.mirror.calendars.calendars(id).await?;
    let connections = state.connections.connections(id).await?;
    let is_new = |connection: &&app::ports::Connection| {
        !calendars.iter().any(|known| known.id == connection.calendar)
    };
    let eyes = eyes(state, visitor);
    Ok(html! {
        @if calendars.is_empty() && connections.is_empty() { p .soft { (data.no_calendars) } }
        ul .plain-list {
            @for calendar in &calendars {
                @let connection = connections.iter().find(|it| it.calendar == calendar.id);
                li {
                    b { (calendar.id) } " · "
                    span .soft {
                        (fill(&data.changed, "when", &eyes.moment(calendar.changed_at)))
                        @if let Some(connection) = connection {
                            " · " (data.connected) " · " (connection.host)
                        }
                    }
                    (trouble(connection))
                }
            }
            // Connected, but not looked at yet.
            @for connection in connections.iter().filter(is_new) {
                li {
                    b { (connection.calendar) } " · "
                    span .soft { (data.connected) " · " (connection.host) }
                    (trouble(Some(connection)))
                }
            }
        }
    })
}

/// What is wrong with a connection that its user must mend.
fn trouble(connection: Option<&app::ports::Connection>) -> Markup {
    let problem = connection.and_then(|connection| connection.health.problem.as_ref());
    let problem = problem.filter(|problem| problem.needs_person);
    html! { @if let Some(problem) = problem { p .reason lang="en" { (problem.what) } } }
}

/// One form for each way that a calendar can be connected here.
fn forms(state: &ApiState, visitor: &Visitor) -> Markup {
    let data = &visitor.words().data;
    let form = |kind: &str, title: &str, fields: &Markup| {
        html! {
            details {
                summary { (title) }
                form method="post" action="/me/calendars" .fields {
                    (form_token(visitor))
                    label { (data.calendar_name)
                        input name="name" value=(USUAL_NAME) required autocomplete="off";
                    }
                    (fields)
                    div .acts { button name="kind" value=(kind) { (data.connect_do) } }
                }
            }
        }
    };
    let address = html! {
        label { (data.calendar_address)
            input name="address" type="url" inputmode="url" required maxlength="2000"
                autocomplete="off";
        }
    };
    let feed = html! {
        (address)
        p .soft { (data.address_help) }
    };
    let account = html! {
        (address)
        label { (data.account_user)
            input name="user" required autocomplete="off";
        }
        label { (data.account_password)
            input name="password" type="password" required autocomplete="off";
        }
        label { (data.account_calendar)
            input name="calendar" autocomplete="off";
        }
        p .soft { (data.account_help) }
    };
    html! {
        h3 { (data.connect) }
        @for keeper in Keeper::ALL {
            @if state.consents.of(keeper).is_some() {
                (form(keeper.as_str(), keeper.title(), &html! {}))
            }
        }
        (form("caldav", &data.connect_caldav, &account))
        (form("address", &data.connect_address, &feed))
    }
}

/// Connects one, or shows the page at which its owner must allow that.
pub(super) async fn join(
    State(state): State<Arc<ApiState>>,
    Sent { visitor, form }: Sent,
) -> Result<Response, Problem> {
    let name = match CalendarId::parse(form.get("name").trim()) {
        Ok(name) => name,
        Err(bad) => {
            let error = FieldError::new("name", bad);
            return refused(&state, &visitor, &Refusal::Fields(vec![error])).await;
        }
    };
    let kind = form.get("kind");
    if let Some(keeper) = Keeper::ALL.into_iter().find(|keeper| keeper.as_str() == kind) {
        return to_keeper(&state, &visitor, name, keeper).await;
    }
    let text = |name: &str| form.get(name).trim().to_owned();
    let account = (kind == "caldav").then(|| {
        let calendar = Some(text("calendar")).filter(|calendar| !calendar.is_empty());
        // A password may begin or end with a space.
        (text("user"), form.get("password").to_owned(), calendar)
    });
    let body = ConnectionBody::of(text("address"), account);
    let refusal = match body.read(visitor.user.id.clone(), name) {
        Err(errors) => Refusal::Fields(errors),
        Ok(new) => match connect(&state.connecting(), &new, state.clock.now()).await? {
            Connect::Connected { .. } => {
                return Ok(Redirect::to("/me/data?done=connected").into_response());
            }
            Connect::NoUser => return Err(Problem::no_user(&visitor.user.id)),
            Connect::TooMany => Refusal::TooMany,
            Connect::HasDocument => Refusal::HasDocument,
        },
    };
    refused(&state, &visitor, &refusal).await
}

/// Shows the link to the page of whoever keeps the calendar. A link, since browsers let no form of
/// ours lead to somebody else.
async fn to_keeper(
    state: &ApiState,
    visitor: &Visitor,
    calendar: CalendarId,
    keeper: Keeper,
) -> Result<Response, Problem> {
    let user = visitor.user.id.clone();
    let Some(consent) = state.consents.of(keeper) else {
        return Ok(Redirect::to("/me/data?done=over").into_response());
    };
    let every = limits::SYNC_EVERY;
    let ask = AskConsent { user, calendar, keeper, there: OWN.to_owned(), every };
    match ask_consent(&state.connecting(), consent, &ask, state.clock.now()).await? {
        Asked::NoUser => Err(Problem::no_user(&visitor.user.id)),
        Asked::Page { address, .. } => {
            let data = &visitor.words().data;
            let body = html! {
                h2 { (keeper.title()) }
                p { (fill(&data.keeper_help, "keeper", keeper.title())) }
                p { a .button href=(address) rel="noreferrer" { (visitor.words().page.go_on) } }
            };
            Ok(page(visitor, Part::Data, None, &body).into_response())
        }
    }
}

async fn refused(
    state: &ApiState,
    visitor: &Visitor,
    refusal: &Refusal,
) -> Result<Response, Problem> {
    let words = visitor.words();
    let told = html! {
        @match refusal {
            Refusal::Fields(errors) => {
                @for error in errors {
                    p .wrong role="alert" {
                        (fill(&words.set.check, "field", &field(visitor, &error.field)))
                        br;
                        span lang="en" { (error.detail) }
                    }
                }
            }
            Refusal::TooMany => { p .wrong role="alert" { (words.data.too_many_calendars) } }
            Refusal::HasDocument => { p .wrong role="alert" { (words.data.has_document) } }
        }
    };
    let body: Html<String> =
        page(visitor, Part::Data, None, &section(state, visitor, &told).await?);
    Ok(body.into_response())
}

/// What the page calls a field.
fn field(visitor: &Visitor, name: &str) -> String {
    let data = &visitor.words().data;
    match name {
        "address" => &data.calendar_address,
        "caldav.user" => &data.account_user,
        "caldav.password" => &data.account_password,
        "caldav.calendar" => &data.account_calendar,
        _ => &data.calendar_name,
    }
    .clone()
}
