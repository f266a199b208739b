//! Codes that prove that somebody holds a phone.

use async_trait::async_trait;
use domain::phone::PhoneNumber;
use domain::texts::Language;

use super::{GatewayError, Hidden};

/// Which service makes codes, and what opens it.
#[derive(Debug, Clone)]
pub struct CodeService {
    /// The account.
    pub account: String,
    /// What opens it.
    pub secret: Hidden,
    /// The service of the account.
    pub service: String,
    /// Where it is, if not at the provider's own address.
    pub base_url: Option<String>,
}

/// What became of asking for a code to be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeSent {
    /// It is on its way.
    Sent,
    /// The provider does not send one there, for the reason of this code of its own.
    Refused(u32),
}

/// What a code that somebody entered is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeCheck {
    /// The one that was sent. It is used up.
    Right,
    /// Another one.
    Wrong,
    /// None is expected: none was sent, it is too old, used up, or was guessed at too often.
    Gone,
}

/// Sends codes to phones, and knows them again.
#[async_trait]
pub trait PhoneCodes: Send + Sync {
    /// Sends a code to a number: the same one again while it is good.
    ///
    /// # Errors
    /// [`GatewayError`]; nobody knows whether one was sent.
    async fn send_code(
        &self,
        to: &PhoneNumber,
        language: Language,
    ) -> Result<CodeSent, GatewayError>;

    /// Says what a code is that somebody entered for a number.
    ///
    /// # Errors
    /// [`GatewayError`]; the code may be entered again.
    async fn check_code(&self, to: &PhoneNumber, code: &str) -> Result<CodeCheck, GatewayError>;
}
