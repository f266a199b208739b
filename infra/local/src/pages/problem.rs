//! What goes wrong with a request, as a page that says so.

use app::ports::StoreError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::html;
use tracing::error;

use super::layout;

/// Why there is no page, or why nothing was done.
#[derive(Debug)]
pub(super) struct Problem {
    status: StatusCode,
    words: String,
}

impl Problem {
    /// The browser asked for something that makes no sense.
    pub(super) fn bad(words: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, words: words.into() }
    }

    /// There is no such thing.
    pub(super) fn missing(words: impl Into<String>) -> Self {
        Self { status: StatusCode::NOT_FOUND, words: words.into() }
    }

    /// It came too late, or nothing is there to do it with.
    pub(super) fn conflict(words: impl Into<String>) -> Self {
        Self { status: StatusCode::CONFLICT, words: words.into() }
    }

    /// The form was made by another start of the program.
    pub(super) fn old_form() -> Self {
        let words = "This form is from before the program was started anew. Go back to the page \
                     and try again.";
        Self { status: StatusCode::FORBIDDEN, words: words.to_owned() }
    }

    /// Somebody else did not answer.
    pub(super) fn upstream(words: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_GATEWAY, words: words.into() }
    }
}

impl From<StoreError> for Problem {
    fn from(failed: StoreError) -> Self {
        error!("A page could not be made: {failed}");
        let words = "The store did not answer. The log says more; try again in a moment.";
        Self { status: StatusCode::SERVICE_UNAVAILABLE, words: words.to_owned() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = html! {
            main #main .narrow tabindex="-1" {
                h1 { "That did not work" }
                // The script shows these words beside the form.
                p .lead data-problem { (self.words) }
                p { a .button href="/" { "Back to the page" } }
            }
        };
        (self.status, layout::plain("That did not work", &body)).into_response()
    }
}
