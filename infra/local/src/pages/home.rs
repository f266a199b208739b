//! The front page and its two parts, which the script fetches again when something changed.

use axum::extract::{Query, State};
use axum::response::Html;
use maud::{Markup, html};
use serde::Deserialize;

use super::people::{People, people};
use super::problem::Problem;
use super::{PagesState, days, layout, phones};

/// What may be asked of the front page.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    /// The one user to show.
    user: Option<String>,
}

/// `GET /`
pub(super) async fn page(
    State(state): State<PagesState>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let people = people(&state, asked.user.as_deref()).await?;
    let phones = phones_part(&state, &people).await?;
    let reminders = days::fragment(&state, &people).await?;
    let is_pair = people.shown.len() <= 2 && phones.is_some();
    let body = html! {
        main #main .home .is-pair[is_pair] tabindex="-1" {
            h1 .unseen { "Texts and reminders" }
            p #notice .notice role="status" {}
            p #news .unseen aria-live="polite" {}
            @if let Some(phones) = phones { (phones) }
            (reminders)
        }
    };
    Ok(layout::live(&state, "Texts and reminders", &body))
}

/// `GET /fragment/phones`
pub(super) async fn phones_fragment(
    State(state): State<PagesState>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let people = people(&state, asked.user.as_deref()).await?;
    let part = phones_part(&state, &people).await?;
    let part =
        part.ok_or_else(|| Problem::missing("There are no phones: texts go out through Twilio."))?;
    Ok(Html(part.into_string()))
}

/// `GET /fragment/reminders`
pub(super) async fn reminders_fragment(
    State(state): State<PagesState>,
    Query(asked): Query<Asked>,
) -> Result<Html<String>, Problem> {
    let people = people(&state, asked.user.as_deref()).await?;
    Ok(Html(days::fragment(&state, &people).await?.into_string()))
}

async fn phones_part(state: &PagesState, people: &People) -> Result<Option<Markup>, Problem> {
    match &state.inner.desk {
        Some(desk) => Ok(Some(phones::fragment(state, desk, people).await?)),
        None => Ok(None),
    }
}
