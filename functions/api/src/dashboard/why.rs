//! One reminder, and why it stands where it stands.

use std::sync::Arc;

use app::why::{Explanation, why_reminder};
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use super::{PATH, layout, page as pages, words};
use crate::extract::Names;
use crate::problem::Problem;
use crate::state::ApiState;

/// `GET /dashboard/reminders/{reminder}`
pub(super) async fn page(State(state): State<Arc<ApiState>>, names: Names) -> Response {
    let told = async {
        let id = names.reminder()?;
        let told = why_reminder(&state.explaining(), id).await?;
        told.ok_or_else(|| Problem::not_found(format!("there is no reminder {id}")))
    };
    match told.await {
        Ok(told) => layout::still("Why", &body(&told)).into_response(),
        Err(problem) => pages::broken(problem),
    }
}

fn body(told: &Explanation) -> Markup {
    let Explanation { reminder, closing, steps, .. } = told;
    let title = reminder.facts.title.as_str();
    html! {
        main #main .narrow tabindex="-1" {
            p .back { a href=(PATH) { "Dashboard" } }
            h1 dir="auto" { @if title.is_empty() { "(no title)" } @else { (title) } }
            p .quiet {
                (words::plain(reminder.state.name())) " · for " (reminder.user.as_str())
                " · begins " (told.starts)
            }
            p .lead { (closing.words) }
            h2 { "What happened" }
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
            h2 { "Details" }
            dl .facts {
                div { dt { "Text" } dd { (told.written_by) } }
                div { dt { "Time zone" } dd { (told.zone) } }
                div { dt { "Attempts" } dd { (reminder.attempts.len()) } }
                div { dt { "Revision" } dd { (reminder.revision) } }
                div { dt { "Reminder" } dd { code { (reminder.id) } } }
            }
        }
    }
}
