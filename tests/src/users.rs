//! Users for tests. The default: verified phone, reminders on, lead 15 minutes, limit 10, inside
//! the rollout, no quiet hours.

use std::collections::BTreeSet;

use app::users::NewUser;
use domain::ids::UserId;
use domain::lead_time::{LeadTime, LeadTimes};
use domain::phone::PhoneNumber;
use domain::quiet_hours::{QuietHours, QuietPolicy};
use domain::quiet_parse;
use domain::texts::{HourCycle, Language, Locale};
use domain::time::Zones;
use domain::user::{DailyLimit, Preferences};

/// A user to be added.
#[derive(Debug, Clone)]
pub struct UserSpec {
    /// What will be added.
    pub user: NewUser,
}

/// The default user, called `id`, in `zone`. The number follows from the id.
pub fn user(id: &str, zone: &str) -> UserSpec {
    let zone = Zones::bundled().parse(zone).expect("a test names a zone");
    let locale = Locale { language: Language::En, hours: HourCycle::H12 };
    let preferences = Preferences { quiet_hours: QuietHours::none(), ..Preferences::default() };
    UserSpec {
        user: NewUser {
            id: UserId::parse(id).expect("a test names a user"),
            phone: phone_of(id),
            is_phone_verified: true,
            zone,
            locale,
            preferences,
        },
    }
}

/// The number of a test's user: made from the id, so that no test needs to write one.
pub fn phone_of(id: &str) -> PhoneNumber {
    let hash = id.bytes().fold(7_u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into()));
    // 202-555-0100 to 0199 is reserved for fiction, but too few; this prefix is unassigned.
    let number = format!("+1202555{:04}", hash % 10_000);
    PhoneNumber::parse(&number, None).expect("a number of the plan")
}

/// So many names of users, all with numbers of their own.
pub fn names(count: usize) -> Vec<String> {
    let mut numbers = BTreeSet::new();
    let named = (0..).map(|number| format!("user {number}"));
    named.filter(|name| numbers.insert(phone_of(name).as_e164().to_owned())).take(count).collect()
}

impl UserSpec {
    /// With these lead times, in minutes.
    pub fn leads(mut self, minutes: &[u32]) -> Self {
        let leads: Vec<_> =
            minutes.iter().map(|m| LeadTime::from_minutes(*m).expect("a lead time")).collect();
        self.user.preferences.lead_times = LeadTimes::new(&leads).expect("lead times");
        self
    }

    /// With this daily limit.
    pub fn limit(mut self, texts: u32) -> Self {
        self.user.preferences.daily_limit = DailyLimit::new(texts).expect("a limit");
        self
    }

    /// With these quiet windows, as people write them.
    pub fn quiet(mut self, windows: &[&str]) -> Self {
        let windows = windows.iter().map(|w| quiet_parse::window(w).expect("a window")).collect();
        let before = self.user.preferences.quiet_hours;
        self.user.preferences.quiet_hours =
            QuietHours::new(windows, before.policy, before.allow_after_start).expect("windows");
        self
    }

    /// With this quiet policy.
    pub fn quiet_policy(mut self, policy: QuietPolicy) -> Self {
        self.user.preferences.quiet_hours.policy = policy;
        self
    }

    /// With deferred texts allowed after the start.
    pub fn allow_after_start(mut self) -> Self {
        self.user.preferences.quiet_hours.allow_after_start = true;
        self
    }

    /// With a phone that nobody vouched for.
    pub fn unverified(mut self) -> Self {
        self.user.is_phone_verified = false;
        self
    }

    /// With the number of another user.
    pub fn sharing_phone_of(mut self, id: &str) -> Self {
        self.user.phone = phone_of(id);
        self
    }

    /// With any other change to the preferences.
    pub fn preferring(mut self, change: impl FnOnce(&mut Preferences)) -> Self {
        change(&mut self.user.preferences);
        self
    }
}
