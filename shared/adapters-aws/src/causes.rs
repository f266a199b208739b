//! What went wrong with a request to AWS, in words that say what to do about it.

use std::error::Error;

use app::ports::Cause;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::display::DisplayErrorContext;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// Why a request to do `action` on `resource` failed. Both are names of ours or AWS's, as is what
/// AWS says: no request's content is among it.
pub(crate) fn cause<E>(error: &SdkError<E, HttpResponse>, action: &str, resource: &str) -> Cause
where
    E: ProvideErrorMetadata + Error + 'static,
{
    words(error, action, resource).into()
}

/// As [`cause`], as text.
pub(crate) fn words<E>(error: &SdkError<E, HttpResponse>, action: &str, resource: &str) -> String
where
    E: ProvideErrorMetadata + Error + 'static,
{
    match error {
        SdkError::ServiceError(refused) => {
            let said = refused.err();
            let code = said.code().unwrap_or("no error code");
            match remedy(code) {
                Remedy::Allow => {
                    format!("{code}: allow this function's role {action} on {resource}")
                }
                Remedy::Make => format!(
                    "{code}: there is no {resource} here; check its name, account and AWS_REGION"
                ),
                Remedy::None => format!("{code}: {}", said.message().unwrap_or("no further words")),
            }
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        other => DisplayErrorContext(other).to_string(),
    }
}

enum Remedy {
    Allow,
    Make,
    None,
}

fn remedy(code: &str) -> Remedy {
    match code {
        "AccessDenied" | "AccessDeniedException" | "AuthorizationError" => Remedy::Allow,
        "AWS.SimpleQueueService.NonExistentQueue"
        | "QueueDoesNotExist"
        | "ParameterNotFound"
        | "ResourceNotFoundException" => Remedy::Make,
        _ => Remedy::None,
    }
}
