//! Calendars that are connected: how they do, and the forms to connect one and to let it go.

use app::ports::{Access, Connection, StoreError};
use app::sync::{Connect, NewConnection, ask_for_sync, connect, disconnect};
use axum::extract::{Form, State};
use axum::response::{Html, Redirect};
use domain::calendar_address::CalendarAddress;
use domain::ids::{CalendarId, UserId};
use domain::limits;
use domain::user::User;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;

use super::problem::Problem;
use super::{PagesState, layout};

/// People whose calendars one page shows.
const PEOPLE_MAX: usize = 50;

/// A calendar to connect.
#[derive(Deserialize)]
pub(super) struct Wish {
    token: String,
    user: String,
    name: String,
    address: String,
}

/// A calendar that is connected.
#[derive(Deserialize)]
pub(super) struct Named {
    token: String,
    user: String,
    name: String,
}

/// `GET /calendars`
pub(super) async fn page(State(state): State<PagesState>) -> Result<Html<String>, Problem> {
    let users = state.inner.ports.users.users(None, PEOPLE_MAX).await?;
    let all = connections(&state, &users).await?;
    let body = html! {
        main #main .narrow tabindex="-1" {
            p .back { a href="/" { "All reminders" } }
            h1 { "Calendars" }
            @if all.is_empty() { p .lead { "No calendar is connected yet." } }
            @for connection in &all { (one(&state, connection)) }
            @if !users.is_empty() { (connect_form(&state, &users)) }
        }
    };
    Ok(layout::still(&state, "Calendars", &body))
}

async fn connections(state: &PagesState, users: &[User]) -> Result<Vec<Connection>, StoreError> {
    let mut all = Vec::new();
    for user in users {
        all.extend(state.inner.ports.connecting.connections.connections(&user.id).await?);
    }
    Ok(all)
}

fn one(state: &PagesState, connection: &Connection) -> Markup {
    let health = &connection.health;
    html! {
        section {
            h2 { (connection.calendar) " of " (connection.user.as_str()) }
            @match &health.problem {
                Some(problem) => {
                    p .lead {
                        (problem.what) "."
                        @if problem.needs_person { " Connect it anew below." }
                        @else { " It is tried again by itself, and what is planned goes out." }
                    }
                }
                None => {
                    p .lead {
                        @if health.ok_at.is_some() { "All is well." }
                        @else { "It was not looked at yet." }
                    }
                }
            }
            dl .details {
                dt { "Lives at" } dd { (connection.host) }
                dt { "Last good look" } dd { (at(health.ok_at)) }
                dt { "Next look" } dd { (at(Some(connection.next_sync_at))) }
            }
            (button(state, connection, "/calendars/sync", "Look now"))
            (button(state, connection, "/calendars/disconnect", "Disconnect"))
        }
    }
}

fn button(state: &PagesState, connection: &Connection, action: &str, words: &str) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="token" value=(state.inner.door.token().as_str());
            input type="hidden" name="user" value=(connection.user.as_str());
            input type="hidden" name="name" value=(connection.calendar.as_str());
            button type="submit" { (words) }
        }
    }
}

fn connect_form(state: &PagesState, users: &[User]) -> Markup {
    html! {
        section aria-labelledby="connect" {
            h2 #connect { "Connect a calendar" }
            form method="post" action="/calendars/connect" {
                input type="hidden" name="token" value=(state.inner.door.token().as_str());
                p {
                    label for="user" { "Whose " }
                    select #user name="user" {
                        @for user in users {
                            option value=(user.id.as_str()) { (user.id.as_str()) }
                        }
                    }
                }
                p {
                    label for="name" { "Name " }
                    input #name name="name" value="main" required;
                }
                p {
                    label for="address" { "Address (https or webcal) " }
                    input #address name="address" type="text" inputmode="url" autocomplete="off"
                        size="40" maxlength=(limits::ADDRESS_CHARS_MAX) required;
                }
                button type="submit" { "Connect" }
            }
        }
    }
}

fn at(at: Option<Timestamp>) -> String {
    at.map_or_else(|| "never".to_owned(), |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
}

/// `POST /calendars/connect`
pub(super) async fn connect_one(
    State(state): State<PagesState>,
    Form(form): Form<Wish>,
) -> Result<Redirect, Problem> {
    super::actions::check_token(&state, &form.token)?;
    let (user, calendar) = names(&form.user, form.name.trim())?;
    let address = CalendarAddress::parse(&form.address)
        .map_err(|bad| Problem::bad(format!("The address {bad}.")))?;
    let access = Access::IcsAddress { address };
    let new = NewConnection { user, calendar, access, every: limits::SYNC_EVERY };
    let ports = &state.inner.ports;
    match connect(&ports.connecting, &new, ports.clock.now()).await? {
        Connect::Connected { .. } => Ok(Redirect::to("/calendars")),
        Connect::NoUser => Err(Problem::missing("There is no such user.")),
        Connect::TooMany => Err(Problem::conflict("This user has as many calendars as one may.")),
        Connect::HasDocument => {
            let words = "A calendar of this name was put as a document: choose another name.";
            Err(Problem::conflict(words))
        }
    }
}

/// `POST /calendars/sync`
pub(super) async fn sync_one(
    State(state): State<PagesState>,
    Form(form): Form<Named>,
) -> Result<Redirect, Problem> {
    super::actions::check_token(&state, &form.token)?;
    let (user, calendar) = names(&form.user, &form.name)?;
    let ports = &state.inner.ports;
    ask_for_sync(&ports.connecting, &user, &calendar, ports.clock.now()).await;
    Ok(Redirect::to("/calendars"))
}

/// `POST /calendars/disconnect`
pub(super) async fn disconnect_one(
    State(state): State<PagesState>,
    Form(form): Form<Named>,
) -> Result<Redirect, Problem> {
    super::actions::check_token(&state, &form.token)?;
    let (user, calendar) = names(&form.user, &form.name)?;
    // One that is gone already is as good as let go.
    let ports = &state.inner.ports;
    disconnect(&ports.connecting, &user, &calendar, ports.clock.now()).await?;
    Ok(Redirect::to("/calendars"))
}

fn names(user: &str, calendar: &str) -> Result<(UserId, CalendarId), Problem> {
    let user = UserId::parse(user).map_err(|_| Problem::missing("There is no such user."))?;
    let calendar = CalendarId::parse(calendar)
        .map_err(|bad| Problem::bad(format!("The name of the calendar is not usable: {bad}")))?;
    Ok((user, calendar))
}
