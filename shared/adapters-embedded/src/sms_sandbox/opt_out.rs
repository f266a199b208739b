//! The words that Twilio itself answers.

/// What an inbound text asks Twilio for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OptOutWord {
    Stop,
    Start,
    Help,
}

impl OptOutWord {
    /// A text counts only if the word is all of it, in whatever case.
    pub(super) fn parse(body: &str) -> Option<Self> {
        match body.trim().to_ascii_uppercase().as_str() {
            "STOP" | "STOPALL" | "UNSUBSCRIBE" | "CANCEL" | "END" | "QUIT" | "REVOKE"
            | "OPTOUT" => Some(Self::Stop),
            "START" | "YES" | "UNSTOP" => Some(Self::Start),
            "HELP" | "INFO" => Some(Self::Help),
            _ => None,
        }
    }

    /// Whether the phone is opted out after it; `None` if it changes nothing.
    pub(super) fn opts_out(self) -> Option<bool> {
        match self {
            Self::Stop => Some(true),
            Self::Start => Some(false),
            Self::Help => None,
        }
    }

    /// The value of `OptOutType`.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "STOP",
            Self::Start => "START",
            Self::Help => "HELP",
        }
    }

    /// What Twilio answers to an English long code.
    pub(super) fn reply(self) -> &'static str {
        match self {
            Self::Stop => {
                "You have successfully been unsubscribed. You will not receive any more messages \
                 from this number. Reply START to resubscribe."
            }
            Self::Start => {
                "You have successfully been re-subscribed to messages from this number. Reply HELP \
                 for help. Reply STOP to unsubscribe. Msg&Data Rates May Apply."
            }
            Self::Help => "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
        }
    }
}
