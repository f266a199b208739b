//! What goes wrong, as RFC 9457 problem details.

use app::alerts::AlertError;
use app::compose::prompts::PromptError;
use app::experiments::ExperimentError;
use app::ports::StoreError;
use app::rollout::ChangeError;
use axum::Json;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::experiment::BadExperiment;
use domain::ids::UserId;
use serde::Serialize;
use tracing::{error, warn};
use utoipa::ToSchema;

/// Why a request was not carried out (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What sort of problem it is: a name for programs, which does not change.
    #[serde(rename = "type")]
    #[schema(example = "urn:beforehand:problem:invalid-input")]
    kind: &'static str,
    /// The same for people.
    title: &'static str,
    /// The HTTP status.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong with this request, and the remedy where there is one.
    detail: String,
    /// Each field that is wrong.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    errors: Vec<FieldError>,
    /// When to try again.
    #[serde(skip)]
    retry_after_seconds: Option<u64>,
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// The field.
    pub field: String,
    /// What is wrong with it, and the remedy where there is one.
    pub detail: String,
}

impl FieldError {
    pub(crate) fn new(field: &str, detail: impl ToString) -> Self {
        Self { field: field.to_owned(), detail: detail.to_string() }
    }
}

/// Writes a constructor for each sort of problem.
macro_rules! problems {
    ($($(#[$doc:meta])* $name:ident => $status:ident, $kind:literal, $title:literal;)*) => {
        impl Problem {
            $(
                $(#[$doc])*
                pub(crate) fn $name(detail: impl Into<String>) -> Self {
                    Self {
                        kind: concat!("urn:beforehand:problem:", $kind),
                        title: $title,
                        status: StatusCode::$status.as_u16(),
                        detail: detail.into(),
                        errors: Vec::new(),
                        retry_after_seconds: None,
                    }
                }
            )*
        }
    };
}

problems! {
    malformed => BAD_REQUEST, "malformed", "The request cannot be read";
    refused => UNAUTHORIZED, "unauthorized", "The token is missing or wrong";
    forbidden => FORBIDDEN, "forbidden", "The token does not open this";
    not_found => NOT_FOUND, "not-found", "There is no such thing";
    wrong_method => METHOD_NOT_ALLOWED, "method-not-allowed", "The method does not fit the address";
    conflict => CONFLICT, "conflict", "It stands as it is";
    too_large => PAYLOAD_TOO_LARGE, "too-large", "The body is too large";
    wrong_type => UNSUPPORTED_MEDIA_TYPE, "unsupported-media-type", "The content type does not fit";
    changed => PRECONDITION_FAILED, "changed-meanwhile", "Somebody changed it meanwhile";
    invalid => UNPROCESSABLE_ENTITY, "invalid-input", "The input is not usable";
    too_many => TOO_MANY_REQUESTS, "too-many-requests", "Too many requests";
    broken => INTERNAL_SERVER_ERROR, "internal", "Something is broken on our side";
    unavailable => SERVICE_UNAVAILABLE, "unavailable", "The store does not answer";
}

impl Problem {
    pub(crate) fn unauthorized() -> Self {
        Self::refused("send a token as `Authorization: Bearer TOKEN`")
    }

    /// Somebody asks more often than they may.
    pub(crate) fn too_many_for(seconds: u64) -> Self {
        let problem = Self::too_many(format!("try again in {seconds} s"));
        Self { retry_after_seconds: Some(seconds), ..problem }
    }

    /// The same is being done already.
    pub(crate) fn under_way() -> Self {
        let what = "a request with this `Idempotency-Key` is under way: try again in a moment";
        Self { retry_after_seconds: Some(5), ..Self::conflict(what) }
    }

    pub(crate) fn no_user(id: &UserId) -> Self {
        Self::not_found(format!("there is no user {:?}", id.as_str()))
    }

    /// One or more fields that are wrong.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        let told: Vec<_> =
            errors.iter().map(|error| format!("`{}`: {}", error.field, error.detail)).collect();
        Self { errors, ..Self::invalid(told.join("; ")) }
    }

    pub(crate) fn field(field: &str, detail: impl ToString) -> Self {
        Self::fields(vec![FieldError::new(field, detail)])
    }

    /// What is wrong, for people.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Each field that is wrong.
    pub fn errors(&self) -> &[FieldError] {
        &self.errors
    }
}

impl From<StoreError> for Problem {
    /// Callers get a short text; what happened goes to the log.
    fn from(failed: StoreError) -> Self {
        match failed {
            StoreError::Transient { operation, source } => {
                warn!(operation, %source, "The store did not answer: {operation}");
                Self::unavailable(format!("{operation}: try again in a moment"))
            }
            StoreError::Permanent { operation, what } => {
                error!(operation, what, "The store is broken: {operation}: {what}");
                Self::broken(format!("{operation}: what is stored cannot be used; see the log"))
            }
        }
    }
}

impl From<AlertError> for Problem {
    fn from(failed: AlertError) -> Self {
        match failed {
            AlertError::Store(failed) => failed.into(),
            AlertError::Restless => Self::conflict(failed.to_string()),
        }
    }
}

impl From<ChangeError> for Problem {
    fn from(refused: ChangeError) -> Self {
        match refused {
            ChangeError::Store(failed) => failed.into(),
            ChangeError::NoBug(_) => Self::not_found(refused.to_string()),
            refused => Self::conflict(refused.to_string()),
        }
    }
}

impl From<ExperimentError> for Problem {
    fn from(refused: ExperimentError) -> Self {
        match refused {
            ExperimentError::Store(failed) => failed.into(),
            ExperimentError::Unknown { .. } => Self::not_found(refused.to_string()),
            ExperimentError::Bad(BadExperiment::Overlaps { .. }) => {
                Self::conflict(refused.to_string())
            }
            ExperimentError::Bad(_)
            | ExperimentError::NoPrompt { .. }
            | ExperimentError::NoArm { .. } => Self::invalid(refused.to_string()),
            refused => Self::conflict(refused.to_string()),
        }
    }
}

impl From<PromptError> for Problem {
    fn from(refused: PromptError) -> Self {
        match refused {
            PromptError::Store(failed) => failed.into(),
            PromptError::Bad(bad) => Self::field("text", bad),
            PromptError::Full => Self::conflict(refused.to_string()),
        }
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Self::too_large("the body is larger than this operation takes")
        } else {
            Self::malformed("the body ended before all of it had come")
        }
    }
}

impl From<PathRejection> for Problem {
    fn from(_: PathRejection) -> Self {
        Self::malformed("the address is not well-formed: names in it are percent-encoded UTF-8")
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::malformed(rejection.body_text())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let is_away = status == StatusCode::SERVICE_UNAVAILABLE;
        let retry_after = self.retry_after_seconds.or(is_away.then_some(5));
        let mut response = (status, Json(self)).into_response();
        let kind = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, kind);
        if let Some(seconds) = retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}
