//! What the SMS provider's error codes mean, as data.
//!
//! Titles and causes were read from Twilio's error dictionary
//! (`https://www.twilio.com/docs/api/errors`, one page per code); whether to try again is our own
//! judgement, given waits of two and four minutes. Twilio adds codes and splits old ones at any
//! time, so an unknown code is ordinary: it is tried again and logged.

use About::{
    Content, Nothing, NumberBlocksUs, NumberCannotReceive, NumberUnreachable, OptedOut, OurAccount,
    OurRequest, OurSender,
};
use Retry::{No, WithCare, Yes};

/// Whether the same text may be tried again within minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Retry {
    /// Yes: the trouble is known to pass.
    Yes,
    /// Yes, but nobody knows whether it helps: the code belongs into the log.
    WithCare,
    /// No: it would fail again, or might reach the person twice.
    No,
}

/// What a code says something about; that is what has to be marked or mended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// Nothing that lasts: congestion, a phone switched off, trouble at the provider.
    Nothing,
    /// The number does not exist, or no more: mark it.
    NumberUnreachable,
    /// The number exists but takes no texts, such as a landline: mark it.
    NumberCannotReceive,
    /// The person or their carrier blocks us. It may pass, so the number is not marked.
    NumberBlocksUs,
    /// The person opted out at the provider: their consent ends.
    OptedOut,
    /// Our account at the provider: credentials, funds, permissions.
    OurAccount,
    /// The number or service we send from: registration, limits.
    OurSender,
    /// How we asked: a fault of ours.
    OurRequest,
    /// The words of the text.
    Content,
}

impl About {
    /// Whether the number is to be marked as one that texts do not reach, for good.
    pub fn marks_number(self) -> bool {
        matches!(self, NumberUnreachable | NumberCannotReceive)
    }

    /// Whether it is up to us to mend: everybody's texts may fail, so a person should know.
    pub fn is_ours(self) -> bool {
        matches!(self, OurAccount | OurSender | OurRequest)
    }
}

/// What one code means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeMeaning {
    /// The provider's code.
    pub code: u32,
    /// Whether the same text may be tried again.
    pub retry: Retry,
    /// What it says something about.
    pub about: About,
    /// The meaning in plain words: lower case, no full stop.
    pub words: &'static str,
}

/// What `code` means. An unknown one is tried again with care.
pub fn meaning(code: u32) -> CodeMeaning {
    let found = CODES.binary_search_by_key(&code, |known| known.0);
    let (retry, about, words) = match found.ok().and_then(|at| CODES.get(at)) {
        Some(&(_, retry, about, words)) => (retry, about, words),
        None => (WithCare, Nothing, "a code this version does not know"),
    };
    CodeMeaning { code, retry, about, words }
}

/// Whether we know what `code` means.
pub fn is_known(code: u32) -> bool {
    CODES.binary_search_by_key(&code, |known| known.0).is_ok()
}

/// All codes we know, in ascending order.
pub fn known() -> impl Iterator<Item = CodeMeaning> {
    CODES.iter().map(|&(code, retry, about, words)| CodeMeaning { code, retry, about, words })
}

#[rustfmt::skip]
static CODES: &[(u32, Retry, About, &str)] = &[
    (10001, No, OurAccount, "the account is not active"),
    (10002, No, OurAccount, "trial accounts cannot do this"),
    (14107, Yes, OurSender, "too many texts between these two numbers in a short time"),
    (20001, No, OurRequest, "unknown parameters"),
    // The token may just be being rotated, and nothing was sent.
    (20003, WithCare, OurAccount, "the account's credentials were refused"),
    (20004, No, OurRequest, "method not allowed"),
    (20005, No, OurAccount, "the account is not active"),
    (20006, No, OurAccount, "access denied"),
    (20008, No, OurAccount, "test credentials cannot do this"),
    (20010, No, OurAccount, "the account may not do this"),
    (20403, No, OurAccount, "forbidden"),
    (20404, No, OurRequest, "the account or resource was not found"),
    (20409, WithCare, Nothing, "conflict with another request"),
    (20410, No, OurRequest, "the resource is gone"),
    (20413, No, OurRequest, "the request is too large"),
    (20422, No, OurRequest, "a parameter is invalid"),
    (20423, No, OurRequest, "an identifier is invalid"),
    (20429, Yes, Nothing, "too many requests; this one was not processed"),
    (20500, WithCare, Nothing, "internal error at the provider"),
    (20503, WithCare, Nothing, "the provider is unavailable"),
    (21211, No, NumberUnreachable, "the recipient's number is invalid"),
    (21212, No, OurSender, "the sender's number is invalid"),
    (21214, No, NumberUnreachable, "the recipient's number cannot be reached"),
    (21217, No, NumberUnreachable, "the recipient's number does not appear to be valid"),
    (21265, No, NumberCannotReceive, "the recipient's number is a short code"),
    (21266, No, NumberCannotReceive, "the recipient's number is the sender's own"),
    (21408, No, OurAccount, "texts to the recipient's country are not enabled"),
    (21421, No, NumberUnreachable, "the recipient's number is invalid"),
    (21601, No, OurSender, "the sender's number cannot send texts"),
    (21602, No, OurRequest, "the text is empty"),
    (21603, No, OurRequest, "the sender is missing"),
    (21604, No, OurRequest, "the recipient is missing"),
    (21605, No, OurRequest, "the text is too long"),
    (21606, No, OurSender, "the sender's number cannot send to this destination"),
    (21607, No, OurSender, "a trial account must send from its sandbox number"),
    (21608, No, OurAccount, "a trial account may send only to numbers verified with it"),
    (21609, No, OurRequest, "the address for status callbacks is invalid"),
    (21610, No, OptedOut, "the recipient opted out"),
    (21611, Yes, OurSender, "the sender's queue is full"),
    (21612, No, OurSender, "the sender cannot reach this recipient"),
    (21614, No, NumberCannotReceive, "the recipient's number is not a mobile number"),
    (21616, No, OurSender, "the sender's number is ambiguous"),
    (21617, No, OurRequest, "the text is longer than 1600 characters"),
    (21618, No, Content, "the text cannot be sent"),
    (21619, No, OurRequest, "the text is empty"),
    (21624, No, OurRequest, "the validity period is invalid"),
    (21626, No, OurRequest, "the status callback's events are invalid"),
    (21627, No, OurRequest, "the highest price is invalid"),
    (21635, No, NumberCannotReceive, "the recipient's number is a landline"),
    (21653, No, OurRequest, "more recipients than allowed"),
    (21657, No, OurSender, "the sender's name is invalid"),
    (21658, No, OurRequest, "a parameter is too long"),
    (21659, No, OurSender, "the sender's number is not one of the provider's"),
    (21661, No, OurSender, "the sender's number cannot send texts"),
    (21701, No, OurSender, "the messaging service does not exist"),
    (21702, No, OurSender, "the messaging service cannot send now"),
    (21703, No, OurSender, "the messaging service has no number free to send from"),
    (21704, No, OurSender, "the messaging service has no numbers"),
    (21705, No, OurSender, "the messaging service is invalid"),
    (21730, Yes, Nothing, "the provider is under maintenance"),
    (30001, Yes, OurSender, "the queue is full"),
    (30002, No, OurAccount, "the account was suspended while the text was queued"),
    (30003, Yes, Nothing, "the phone is switched off or out of reach"),
    (30004, No, NumberBlocksUs, "the text was blocked by the recipient or their carrier"),
    (30005, No, NumberUnreachable, "the number is unknown and may no longer exist"),
    (30006, No, NumberCannotReceive, "a landline, or a carrier that cannot be reached"),
    (30007, No, Content, "filtered as unwanted by the provider or a carrier"),
    (30008, WithCare, Nothing, "failed for a reason nobody tells"),
    (30010, No, OurRequest, "the price is above the highest price set"),
    (30012, No, OurRequest, "the validity period is too short"),
    (30013, No, OurRequest, "the validity period is too long"),
    (30014, No, OurRequest, "the recipient is invalid"),
    (30017, Yes, Nothing, "the carrier's network is congested"),
    (30018, No, OurSender, "the destination requires a registered sender name"),
    (30019, No, Content, "longer than the carrier takes"),
    (30020, WithCare, Nothing, "internal error at the provider"),
    (30021, WithCare, Nothing, "internal error at the provider"),
    (30022, Yes, OurSender, "faster than carriers allow this campaign"),
    (30023, No, OurSender, "the carrier's daily limit is reached"),
    (30024, No, OurSender, "the sender is not set up at the carrier"),
    (30027, No, OurSender, "T-Mobile's daily limit is reached"),
    (30032, No, OurSender, "the toll-free number is not verified"),
    (30033, No, OurSender, "the 10DLC campaign is suspended"),
    (30034, No, OurSender, "the sender is not registered for 10DLC"),
    (30035, No, OurSender, "the sender is still being configured for 10DLC"),
    // The period ends where the text would come too late: there is no later attempt.
    (30036, No, Nothing, "the validity period ended before the text left the queue"),
    (30111, No, Content, "a link in the text is blocked"),
    // Twilio itself does not try again here, because the text may have arrived.
    (30410, No, Nothing, "the carrier's side did not answer in time"),
    // The block lasts 15 to 30 minutes, longer than our attempts.
    (30450, No, NumberBlocksUs, "blocked for a while on suspicion of message pumping"),
    (63001, No, OurAccount, "the channel refused our credentials"),
    (63002, No, OurSender, "the channel does not know the sender"),
    (63003, No, NumberCannotReceive, "the channel does not know the recipient"),
    (63005, No, Content, "the channel did not accept the text"),
    (63006, No, Content, "the text cannot be formatted for the channel"),
    (63007, No, OurSender, "there is no channel with this sender"),
    (63008, No, OurSender, "the channel is misconfigured"),
    (63009, WithCare, Nothing, "internal error at the channel"),
    (63010, WithCare, Nothing, "internal error at the provider"),
    (63012, WithCare, Nothing, "internal error at the channel"),
    (63013, No, Content, "against the channel's rules"),
    (63014, No, NumberBlocksUs, "the recipient blocked us"),
    (63015, No, OurSender, "the sandbox sends only to those who joined it"),
    (63016, No, Content, "outside the window in which free text is allowed"),
    (63017, Yes, Nothing, "too many requests"),
    (63018, Yes, Nothing, "too many requests at the channel"),
    (63021, No, Content, "the channel found the text invalid"),
    (63024, No, NumberCannotReceive, "the recipient is invalid"),
    (63026, No, Content, "the channel took the text for spam"),
    (63031, No, OurRequest, "recipient and sender are the same"),
    (63033, No, NumberBlocksUs, "the recipient is blocked from receiving texts"),
    (63038, No, OurAccount, "the account's daily limit of texts is reached"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(code: u32, retry: Retry, about: About) {
        let found = meaning(code);
        assert_eq!((found.code, found.retry, found.about), (code, retry, about));
    }

    #[test]
    fn del_09_passing_trouble_is_retried() {
        check(30003, Yes, Nothing);
        check(30008, WithCare, Nothing);
        check(30001, Yes, OurSender);
        check(21611, Yes, OurSender);
        check(20429, Yes, Nothing);
    }

    #[test]
    fn del_09_hopeless_numbers_fail_for_good_and_are_marked() {
        for code in [30005, 30006, 21211, 21614, 21635] {
            assert_eq!(meaning(code).retry, No, "{code}");
            assert!(meaning(code).about.marks_number(), "{code}");
        }
    }

    #[test]
    fn del_09_filtered_texts_fail_for_good_without_blame_on_the_number() {
        check(30007, No, Content);
        assert!(!meaning(30007).about.marks_number());
    }

    #[test]
    fn del_09_an_opt_out_at_the_provider_is_told_apart() {
        check(21610, No, OptedOut);
        let others = known().filter(|known| known.about == OptedOut).count();
        assert_eq!(others, 1);
    }

    #[test]
    fn del_09_unknown_codes_are_retried_with_care() {
        for code in [0, 1, 30009, 30999, 99_999, u32::MAX] {
            check(code, WithCare, Nothing);
        }
    }

    #[test]
    fn a_duplicate_is_never_risked_and_a_late_text_never_tried() {
        check(30410, No, Nothing);
        check(30036, No, Nothing);
    }

    #[test]
    fn faults_of_ours_are_ours() {
        for code in [20003, 30002, 30034, 21606, 21609] {
            assert!(meaning(code).about.is_ours(), "{code}");
        }
        assert!(!meaning(30003).about.is_ours());
    }

    /// What everything that is known promises, whatever the code.
    #[test]
    fn del_09_each_code_has_one_meaning_that_does_not_contradict_itself() {
        for known in known() {
            let CodeMeaning { code, retry, about, .. } = known;
            if about.marks_number() {
                assert_eq!(retry, No, "{code}: a number that is marked is not texted again");
            }
            if matches!(about, OptedOut | NumberBlocksUs | Content) {
                assert_eq!(retry, No, "{code}: the same text would be refused again");
            }
            if matches!(retry, Yes) {
                assert!(matches!(about, Nothing | OurSender), "{code}: only congestion passes");
            }
            if about == OurRequest {
                assert_eq!(retry, No, "{code}: the same request is as wrong the next time");
            }
            assert!(!(about.marks_number() && about.is_ours()), "{code} blames one side");
        }
    }

    #[test]
    fn del_09_accounts_and_senders_in_trouble_alarm_us_and_mark_nobody() {
        for code in [10001, 20005, 20008, 20403, 21408, 21608, 30002, 63038] {
            assert_eq!((meaning(code).retry, meaning(code).about), (No, OurAccount), "{code}");
        }
        for code in [21212, 21606, 21659, 21703, 30024, 30032, 30033, 30034] {
            assert_eq!((meaning(code).retry, meaning(code).about), (No, OurSender), "{code}");
        }
        for code in [20003, 21408, 30034, 21606] {
            assert!(meaning(code).about.is_ours() && !meaning(code).about.marks_number(), "{code}");
        }
    }

    #[test]
    fn del_09_a_block_passes_and_marks_no_number() {
        for code in [30004, 30450, 63014, 63033] {
            assert_eq!((meaning(code).retry, meaning(code).about), (No, NumberBlocksUs), "{code}");
            assert!(!meaning(code).about.marks_number() && !meaning(code).about.is_ours());
        }
    }

    #[test]
    fn the_table_is_sorted_long_and_worded_like_an_error() {
        assert!(CODES.is_sorted_by(|a, b| a.0 < b.0));
        assert!(CODES.len() >= 60);
        for known in known() {
            assert!(!known.words.is_empty() && !known.words.ends_with('.'), "{}", known.code);
            assert_eq!(meaning(known.code), known);
        }
    }
}
