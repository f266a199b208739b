//! What can go wrong in the store, in our words. They name operation, table and remedy, and never
//! what stands in an item: neither DynamoDB's words nor serde's are passed on, for both may quote.

use app::ports::StoreError;
use app::records::BadRecord;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};

/// What was asked of which table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Asked<'a> {
    /// What for: the port's operation.
    pub(super) operation: &'static str,
    /// DynamoDB's operation.
    pub(super) action: &'static str,
    /// The table, or several.
    pub(super) table: &'a str,
}

/// Why DynamoDB did not do what it was asked, where that may change.
#[derive(Debug, thiserror::Error)]
#[error("{action} on {table}: {why}")]
struct Unavailable {
    action: &'static str,
    table: String,
    why: &'static str,
}

impl Asked<'_> {
    /// What an answer of the SDK means.
    pub(super) fn failed<E: ProvideErrorMetadata, R>(&self, error: &SdkError<E, R>) -> StoreError {
        match error {
            SdkError::TimeoutError(_) => self.transient("no answer in time"),
            SdkError::DispatchFailure(_) => self.transient(
                "no connection; check AWS_REGION, AWS_ENDPOINT_URL and the way to the network",
            ),
            SdkError::ResponseError(_) => self.transient("the answer was cut off or unreadable"),
            SdkError::ServiceError(service) => self.refused(service.err()),
            _ => self.permanent("the request could not be made"),
        }
    }

    fn refused(&self, error: &impl ProvideErrorMetadata) -> StoreError {
        match error.code().unwrap_or_default() {
            "ResourceNotFoundException" => self.permanent(
                "there is no such table or index in this region; check BEFOREHAND_TABLE_PREFIX \
                 and AWS_REGION, or deploy the stack",
            ),
            "AccessDeniedException" => self
                .permanent("the function's role does not permit it; add the action to its policy"),
            "UnrecognizedClientException"
            | "InvalidSignatureException"
            | "MissingAuthenticationTokenException"
            | "IncompleteSignatureException" => self.permanent(
                "the credentials were refused; check AWS_ACCESS_KEY_ID, its secret and AWS_REGION",
            ),
            "ExpiredTokenException" => self.transient("the credentials have expired"),
            "ProvisionedThroughputExceededException"
            | "ThrottlingException"
            | "RequestLimitExceeded" => {
                self.transient("throttled; if it lasts, raise the table's or the account's limit")
            }
            "TransactionConflictException" | "TransactionInProgressException" => {
                self.transient("others write the same items")
            }
            "ItemCollectionSizeLimitExceededException" => {
                self.permanent("one user's items have reached 10 GB")
            }
            "ValidationException" => {
                let is_size = error.message().is_some_and(|words| words.contains("size"));
                let why = if is_size {
                    "an item or request is larger than DynamoDB takes"
                } else {
                    "the request does not suit the table; is it of another release?"
                };
                self.permanent(why)
            }
            "IdempotentParameterMismatchException" => {
                self.permanent("one token was used for two transactions")
            }
            _ => self.transient("DynamoDB failed"),
        }
    }

    /// It may work later.
    pub(super) fn transient(&self, why: &'static str) -> StoreError {
        let source = Unavailable { action: self.action, table: self.table.to_owned(), why };
        StoreError::Transient { operation: self.operation, source: Box::new(source) }
    }

    /// It will not work.
    pub(super) fn permanent(&self, why: &str) -> StoreError {
        let (operation, action, table) = (self.operation, self.action, self.table);
        StoreError::Permanent { operation, what: format!("{action} on {table}: {why}") }
    }
}

/// An item that cannot be read.
pub(super) fn unreadable(operation: &'static str, table: &str, what: &str) -> StoreError {
    StoreError::Permanent { operation, what: format!("an item of table {table}: {what}") }
}

/// A stored form that cannot be read.
pub(super) fn bad_record(operation: &'static str, table: &str, bad: &BadRecord) -> StoreError {
    unreadable(operation, table, &bad.to_string())
}
