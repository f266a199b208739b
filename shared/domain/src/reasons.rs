//! Why something was not sent, or not yet. One closed list each, so that every end has a reason
//! that can be counted, translated and explained.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Writes an enum's serde name, which is also its name in tables, metrics and JSON.
macro_rules! reason {
    (
        $(#[$doc:meta])* $name:ident {
            $($(#[$variant_doc:meta])* $variant:ident => $text:literal, $words:literal;)*
        }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// Every reason of this kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The name in tables, metrics and JSON.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// A clause for people, that continues "because".
            pub fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)* }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

reason! {
    /// Why a reminder will not be sent although nobody withdrew it.
    SkipReason {
        /// The quiet policy is `skip`, and the text was due in quiet hours.
        QuietHours => "quiet_hours", "it was due in quiet hours, and the policy is to skip";
        /// Quiet hours end only after the event has begun.
        QuietUntilAfterStart =>
            "quiet_until_after_start", "quiet hours last until after the event begins";
        /// No time was left before the event to send it.
        TooLate => "too_late", "it was too late: no time was left before the event";
        /// The event had begun.
        EventBegun => "event_begun", "the event had already begun";
        /// The phone number has not been verified.
        PhoneUnverified => "phone_unverified", "the phone number is not verified";
        /// The number belongs to a country that is not texted.
        CountryNotTexted =>
            "country_not_texted", "the number belongs to a country that is not texted";
        /// The spend ceiling was reached.
        Budget => "budget", "the budget for texts was used up";
    }
}

reason! {
    /// Why a reminder was withdrawn.
    CancelReason {
        /// The event is gone from the calendar, or the calendar says it is cancelled.
        EventCancelled => "event_cancelled", "the event was cancelled or is gone from the calendar";
        /// The user said no to the invitation.
        Declined => "declined", "the invitation was declined";
        /// Unanswered or tentative, and the user wants only what is certain.
        Tentative => "tentative", "the event is tentative, and the user wants only firm ones";
        /// Marked as free time.
        Transparent => "transparent", "the event is marked as free time";
        /// A whole-day entry, and the user wants no reminders of those.
        AllDay => "all_day", "it is an all-day entry, and the user wants no reminders of those";
        /// An out-of-office entry.
        OutOfOffice => "out_of_office", "it is an out-of-office entry";
        /// A focus-time entry.
        FocusTime => "focus_time", "it is a focus-time entry";
        /// A working-location entry.
        WorkingLocation => "working_location", "it says where the user works, which is no event";
        /// The same event stands on another calendar of the user, and is texted from there.
        Duplicate => "duplicate", "the same event is texted from another calendar of the user";
        /// The event moved ahead and back again, to a time of which it was texted.
        AlreadyTexted => "already_texted", "the event is back at a time that was already texted";
        /// The event became an all-day one, or ceased to be one, and has other reminders now.
        Superseded => "superseded", "another reminder of the same event takes its place";
        /// The user no longer has this lead time.
        LeadTimeRemoved => "lead_time_removed", "the user no longer has this lead time";
        /// The day's limit is reached.
        DailyLimit => "daily_limit", "the limit of texts for that day was reached";
        /// The kill switch is on, or the user is outside the rollout.
        RolledBack => "rolled_back", "reminders are switched off for this user by the rollout";
        /// The number opted out.
        OptedOut => "opted_out", "the number opted out of texts";
        /// The user switched reminders off.
        RemindersOff => "reminders_off", "the user switched reminders off";
        /// Somebody asked for just this reminder to be cancelled.
        ByRequest => "by_request", "somebody asked for this reminder to be cancelled";
    }
}

reason! {
    /// Why a reminder waits.
    DeferReason {
        /// Its instant has not come.
        NotYetDue => "not_yet_due", "its time had not come";
        /// Quiet hours: it goes out when they end.
        QuietHours => "quiet_hours", "quiet hours: it goes out when they end";
        /// Quiet hours: it goes out before they begin, because they end too late.
        Advanced => "advanced", "quiet hours last too long: it goes out before they begin";
        /// A check could not be made.
        Unreadable => "unreadable", "a check could not be made, and in doubt nothing is sent";
        /// The sender's clock and the store's differ.
        ClockUncertain => "clock_uncertain", "the sender's clock and the store's differ";
        /// The calendar or the settings changed, and the plan is being made anew.
        PlanPending =>
            "plan_pending", "the calendar or the settings changed and the plan is being renewed";
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// Each reason has a name of its own, the same for people's programs and for storage, and a
    /// clause that continues "because".
    fn check(reasons: impl Iterator<Item = (&'static str, &'static str, String)>) {
        let mut names = HashSet::new();
        for (name, words, debug) in reasons {
            assert!(names.insert(name), "{name} twice");
            let from_debug: String = debug
                .char_indices()
                .map(|(at, c)| match c {
                    c if c.is_uppercase() && at > 0 => format!("_{}", c.to_lowercase()),
                    c => c.to_lowercase().to_string(),
                })
                .collect();
            // The name in JSON is made of the variant's.
            assert_eq!(name, from_debug);
            assert!(!words.ends_with('.') && words.starts_with(char::is_lowercase), "{words}");
        }
    }

    #[test]
    fn reasons_have_one_name_and_a_clause() {
        check(SkipReason::ALL.iter().map(|r| (r.as_str(), r.words(), format!("{r:?}"))));
        check(CancelReason::ALL.iter().map(|r| (r.as_str(), r.words(), format!("{r:?}"))));
        check(DeferReason::ALL.iter().map(|r| (r.as_str(), r.words(), format!("{r:?}"))));
        assert_eq!(SkipReason::QuietUntilAfterStart.to_string(), "quiet_until_after_start");
        assert_eq!(CancelReason::DailyLimit.to_string(), "daily_limit");
    }
}
