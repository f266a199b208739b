//! One reminder and everything that happened to it, closed by one reason.

use app::why::{Explanation, why_reminder};
use axum::extract::{Path, State as FromState};
use axum::response::Html;
use domain::ids::ReminderId;
use domain::reminder::State;
use domain::user::User;
use maud::{Markup, html};

use super::people::why_ports;
use super::problem::Problem;
use super::{PagesState, days, layout, words};

/// `GET /why/{reminder}`
pub(super) async fn page(
    FromState(state): FromState<PagesState>,
    Path(reminder): Path<String>,
) -> Result<Html<String>, Problem> {
    let missing = || Problem::missing("There is no such reminder.");
    let id = ReminderId::parse(&reminder).map_err(|_| missing())?;
    let found = why_reminder(&why_ports(&state), id).await?.ok_or_else(missing)?;
    let user = state.inner.ports.users.user(&found.reminder.user).await?;
    let title = words::title(&found.reminder.facts.title);
    Ok(layout::still(&state, &format!("Why: {title}"), &body(&state, &found, user.as_ref())))
}

fn body(state: &PagesState, found: &Explanation, user: Option<&User>) -> Markup {
    let Explanation { reminder, closing, steps, .. } = found;
    html! {
        main #main .narrow tabindex="-1" {
            p .back { a href="/" { "All reminders" } }
            h1 dir="auto" { (words::title(&reminder.facts.title)) }
            p .facts .{ "is-" (reminder.state.name()) } {
                span .state { (words::state(reminder.state)) }
                " · for " (reminder.user.as_str()) " · begins " (found.starts)
            }
            p .lead { (closing.words) }
            @if reminder.state == State::Scheduled {
                (days::cancel_form(state, reminder, &format!("/why/{}", reminder.id)))
            }
            section aria-labelledby="trail" {
                h2 #trail { "What happened" }
                ol .trail {
                    @for step in steps {
                        li {
                            time datetime=(step.at.to_string()) { (step.on_the_wall) }
                            p {
                                (step.words)
                                @if step.times > 1 { " (" (step.times) " times in a row)" }
                            }
                        }
                    }
                }
            }
            @if let Some(user) = user {
                section aria-labelledby="words" {
                    h2 #words {
                        @if reminder.last_attempt().is_some() { "The text" }
                        @else { "The text as it would go out" }
                    }
                    p .bubble .ours dir="auto" { (days::text_of(reminder, user)) }
                }
            }
            (details(found))
        }
    }
}

fn details(found: &Explanation) -> Markup {
    let reminder = &found.reminder;
    html! {
        section aria-labelledby="details" {
            h2 #details { "Details" }
            dl .details {
                dt { "Wanted" }
                dd {
                    @match reminder.lead {
                        Some(lead) => { (words::span(lead.minutes())) " before the event" },
                        None => "at a time of day, because the event lasts all day",
                    }
                }
                dt { "Text" } dd { (found.written_by) }
                dt { "Calendar" } dd { (reminder.calendar) }
                dt { "Time zone" } dd { (found.zone) }
                dt { "Attempts" } dd { (reminder.attempts.len()) }
                dt { "Revision" } dd { (reminder.revision) }
                dt { "Reminder" } dd { code { (reminder.id) } }
            }
        }
    }
}
