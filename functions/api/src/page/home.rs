//! Today's and tomorrow's reminders of whoever is signed in.

use std::collections::HashMap;
use std::sync::Arc;

use app::ports::MirrorWindow;
use app::simulate::{LeftOutRow, Outlook, simulate};
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{Html, IntoResponse, Redirect, Response};
use domain::ids::ReminderId;
use domain::reminder::Reminder;
use domain::time::{local_date, start_of_day};
use jiff::Span;
use jiff::civil::Date;
use maud::{Markup, html};

use super::act::{Wish, carry_out, said};
use super::card::{Eyes, Forms, card, outlook_card};
use super::done_of;
use super::guard::{Sent, Visitor, not_found};
use super::layout::{Part, form_token, page};
use crate::problem::Problem;
use crate::routes::days::told_as;
use crate::state::ApiState;

/// Shows them.
pub(super) async fn show(
    State(state): State<Arc<ApiState>>,
    RawQuery(query): RawQuery,
    visitor: Visitor,
) -> Result<Html<String>, Problem> {
    let eyes = eyes(&state, &visitor);
    let (today, tomorrow) = days(&eyes);
    let rows = state.reminders.reminders_between(&visitor.user.id, today, tomorrow).await?;
    let (now, next) =
        (look(&state, &visitor, today).await?, look(&state, &visitor, tomorrow).await?);
    let titles = titles(&state, &visitor, &eyes).await?;
    let words = eyes.words;
    let said = done_of(query.as_deref()).and_then(|done| said(done, &eyes));
    let mine = |on: Date| rows.iter().filter(move |row| row.day_on == on);
    let body = html! {
        section aria-labelledby="today" {
            h2 #today { (words.day.today) }
            @if mine(today).next().is_none() { p .soft { (words.day.nothing) } }
            ul .cards { @for row in mine(today) { (own_card(row, &eyes, &visitor)) } }
            (left_out(&now.left_out, &titles, &eyes))
        }
        section aria-labelledby="tomorrow" {
            h2 #tomorrow { (words.day.tomorrow) }
            @if next.rows.is_empty() {
                p .soft { (words.day.nothing) }
            } @else {
                p .soft { (words.day.tomorrow_note) }
            }
            ul .cards {
                @for row in &next.rows {
                    @match mine(tomorrow).find(|stored| {
                        stored.uid.as_str() == row.uid
                            && stored.occurrence.as_str() == row.occurrence
                            && stored.nominal_at == row.nominal_at
                    }) {
                        Some(stored) => (own_card(stored, &eyes, &visitor)),
                        None => (outlook_card(row, &eyes)),
                    }
                }
            }
            (left_out(&next.left_out, &titles, &eyes))
        }
    };
    Ok(page(&visitor, Part::Reminders, said.as_deref(), &body))
}

/// Does something about one of them.
pub(super) async fn act(
    State(state): State<Arc<ApiState>>,
    headers: HeaderMap,
    Sent { visitor, form }: Sent,
) -> Result<Response, Problem> {
    let wish = Wish::read(form.get("do"), form.get("words"));
    let (Some(wish), Ok(id)) = (wish, ReminderId::parse(form.get("reminder"))) else {
        return Ok(not_found(&headers));
    };
    Ok(match carry_out(&state, &visitor.user.id, id, wish).await? {
        Some(done) => Redirect::to(&format!("/me?done={done}")).into_response(),
        None => not_found(&headers),
    })
}

/// By whose eyes a visitor's pages are seen.
pub(super) fn eyes<'a>(state: &ApiState, visitor: &'a Visitor) -> Eyes<'a> {
    Eyes {
        words: visitor.words(),
        locale: visitor.user.locale,
        zone: &visitor.zone,
        now: state.clock.now(),
    }
}

fn days(eyes: &Eyes<'_>) -> (Date, Date) {
    let today = local_date(eyes.now, eyes.zone);
    (today, today.saturating_add(Span::new().days(1)))
}

async fn look(state: &ApiState, visitor: &Visitor, on: Date) -> Result<Outlook, Problem> {
    let id = &visitor.user.id;
    let told = simulate(&state.simulating(), id, on, state.clock.now()).await;
    told.map_err(|failed| told_as(failed, id))
}

/// What the events of both days are called, by UID and occurrence.
async fn titles(
    state: &ApiState,
    visitor: &Visitor,
    eyes: &Eyes<'_>,
) -> Result<HashMap<(String, String), String>, Problem> {
    let (today, tomorrow) = days(eyes);
    let after = tomorrow.saturating_add(Span::new().days(1));
    let window = MirrorWindow {
        from: start_of_day(today, eyes.zone),
        until: start_of_day(after, eyes.zone),
    };
    let events = state.users.mirror.events.events_between(&visitor.user.id, window).await?;
    let name = |event: &domain::calendar_event::CalendarEvent| {
        (event.uid.as_str().to_owned(), event.occurrence.as_str().to_owned())
    };
    Ok(events.into_iter().map(|event| (name(&event), event.title)).collect())
}

fn own_card(row: &Reminder, eyes: &Eyes<'_>, visitor: &Visitor) -> Markup {
    let hidden = html! {
        (form_token(visitor))
        input type="hidden" name="reminder" value=(row.id);
    };
    card(row, eyes, Some(&Forms { action: "/me/act", hidden, is_alone: false }))
}

fn left_out(
    events: &[LeftOutRow],
    titles: &HashMap<(String, String), String>,
    eyes: &Eyes<'_>,
) -> Markup {
    let words = eyes.words;
    html! {
        @if !events.is_empty() {
            h3 .label { (words.day.left_out) }
            ul .plain-list {
                @for event in events {
                    @let key = (event.uid.clone(), event.occurrence.clone());
                    @let title = titles.get(&key).filter(|title| !title.is_empty());
                    li {
                        span .soft { (eyes.time(event.start)) } " "
                        (title.unwrap_or(&words.day.no_title))
                        @if let Some(reason) = words.reason(event.reason) {
                            ": " span .soft { (reason) }
                        }
                    }
                }
            }
        }
    }
}
