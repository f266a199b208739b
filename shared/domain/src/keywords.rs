//! What people answer: the words that carriers reserve, read generously.
//!
//! A word counts only where it is the whole answer, give or take case, spaces, punctuation, emoji
//! and a "please": "stop by at 5" is a remark, not an opt-out.

use crate::segments;

/// What an inbound text asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Inbound {
    /// No more texts to this number.
    Stop,
    /// Texts again after an opt-out.
    Start,
    /// Who is texting, and how to end it.
    Help,
    /// Anything else.
    Other,
}

/// Reads an inbound text.
pub fn read(body: &str) -> Inbound {
    // Nothing we know is longer, and a longer answer is meant for a person.
    if body.chars().nth(CHARS_MAX).is_some() {
        return Inbound::Other;
    }
    // Full-width and bold letters, odd spaces, emoji and zero-width characters become plain.
    let plain = segments::to_gsm(body).to_lowercase();
    let words: Vec<&str> =
        plain.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    // Written together, so that "opt-out", "stop all" and "s t o p" are one word.
    let whole = of_word(&words.concat());
    if whole != Inbound::Other {
        return whole;
    }
    of_words(&words)
}

/// Characters of the longest answer that is read at all.
const CHARS_MAX: usize = 120;

/// What one word asks for, in lower case and without punctuation.
fn of_word(word: &str) -> Inbound {
    match word {
        "stop" | "stopall" | "end" | "quit" | "cancel" | "unsubscribe" | "revoke" | "optout" => {
            Inbound::Stop
        }
        "start" | "yes" | "unstop" => Inbound::Start,
        "help" | "info" => Inbound::Help,
        _ => Inbound::Other,
    }
}

/// What several words ask for: the same keyword over and over, or one among [`FILLERS`].
fn of_words(words: &[&str]) -> Inbound {
    let mut asked = Inbound::Other;
    let mut fillers = 0;
    for word in words {
        let one = of_word(word);
        if one == Inbound::Other && FILLERS.contains(word) {
            fillers += 1;
        } else if one == Inbound::Other || (asked != Inbound::Other && asked != one) {
            return Inbound::Other;
        } else {
            asked = one;
        }
    }
    // With anything around them, these may well be about the meeting.
    let is_ambiguous = |word: &&str| matches!(*word, "cancel" | "end" | "quit" | "yes");
    if fillers > 0 && words.iter().any(is_ambiguous) { Inbound::Other } else { asked }
}

/// Words that do not change what a keyword asks for. US rules want any reasonable way to opt out to
/// be understood, so "please stop texting me" is one.
const FILLERS: &[&str] = &[
    "all",
    "from",
    "me",
    "messages",
    "messaging",
    "now",
    "pls",
    "please",
    "plz",
    "reminders",
    "sending",
    "texting",
    "texts",
    "thank",
    "thanks",
    "these",
    "this",
    "you",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(body: &str, expected: Inbound) {
        assert_eq!(read(body), expected, "{body:?}");
    }

    #[test]
    fn in_01_stop_and_its_family() {
        for word in [
            "STOP",
            "END",
            "QUIT",
            "CANCEL",
            "UNSUBSCRIBE",
            "REVOKE",
            "OPTOUT",
            "opt out",
            "STOPALL",
            "stop all",
            "Opt-Out",
            "OPT_OUT",
        ] {
            check(word, Inbound::Stop);
            check(&word.to_lowercase(), Inbound::Stop);
        }
    }

    #[test]
    fn in_01_any_case_spaces_punctuation_quotes_and_emoji() {
        for body in [
            "Stop",
            "sToP",
            "  stop  ",
            "\nSTOP\r\n",
            "STOP.",
            "stop!!!",
            "\"STOP\"",
            "“Stop”",
            "'stop'",
            "«stop»",
            "(stop)",
            "*STOP*",
            "STOP 🛑",
            "🙏 stop",
            "Stop\u{1f44d}\u{1f3fd}",
            "S T O P",
            "S.T.O.P.",
            "\u{ff33}\u{ff34}\u{ff2f}\u{ff30}",
            "ｓｔｏｐ！",
            "ST\u{200b}OP",
            "\u{202a}STOP\u{202c}",
            "\u{a0}STOP\u{a0}",
            "𝗦𝗧𝗢𝗣",
            "stop stop stop",
            "STOP\tSTOP",
        ] {
            check(body, Inbound::Stop);
        }
    }

    #[test]
    fn in_01_a_reasonable_way_to_say_stop_is_understood() {
        for body in [
            "please stop",
            "Stop, please.",
            "stop texting me",
            "STOP now!",
            "stop thank you",
            "Please unsubscribe me",
            "unsubscribe me from this",
            "stop these messages",
            "STOP sending me texts",
            "pls stop all reminders",
        ] {
            check(body, Inbound::Stop);
        }
    }

    #[test]
    fn in_01_remarks_are_no_opt_out() {
        for body in [
            "stop by at 5",
            "I'll cancel the other one",
            "don't stop",
            "Can't stop now, see you",
            "the end",
            "End of day?",
            "cancel this",
            "please cancel",
            "quit it",
            "stopped",
            "bus stop",
            "non-stop",
            "stop?? yes",
            "stop or start",
            "cancelled",
            "never mind",
            "",
            " ",
            "🛑",
            "...",
            "4",
            "4 stars",
            "please",
            "thanks!",
            "остановить",
            "停止",
        ] {
            check(body, Inbound::Other);
        }
    }

    #[test]
    fn in_02_start_and_help_families() {
        for body in ["START", "Yes", "yes!", "UNSTOP", "un-stop", "start please", "“YES”", "yes 👍"]
        {
            check(body, Inbound::Start);
        }
        for body in ["HELP", "Info", "help?", "help me", "INFO please", "？ｈｅｌｐ", "help!! 🆘"]
        {
            check(body, Inbound::Help);
        }
    }

    #[test]
    fn in_02_unknown_text_is_something_else() {
        for body in [
            "hello",
            "yes, see you there",
            "yes please",
            "yes, thank you",
            "start at 5?",
            "info about room 4",
            "who is this",
            "help wanted",
            "what?",
            "y",
            "ok",
        ] {
            check(body, Inbound::Other);
        }
    }

    #[test]
    fn a_very_long_answer_is_not_read() {
        check(&"stop ".repeat(10_000), Inbound::Other);
    }

    proptest! {
        #[test]
        fn a_keyword_survives_whatever_stands_around_it(
            around in "[ .,!?\"'()*\u{2018}-\u{201f}\u{1f600}-\u{1f64f}\u{a0}\u{200b}]{0,12}",
            after in "[ .,!?\"'()*\u{2018}-\u{201f}\u{1f600}-\u{1f64f}\u{a0}\u{200b}]{0,12}",
        ) {
            prop_assert_eq!(read(&format!("{around}Stop{after}")), Inbound::Stop);
        }

        #[test]
        fn no_text_panics(body in "\\PC{0,200}") {
            read(&body);
        }
    }

    #[test]
    fn two_words_that_ask_for_the_same_ask_for_it() {
        check("end cancel", Inbound::Stop);
        check("please cancel", Inbound::Other);
    }
}
