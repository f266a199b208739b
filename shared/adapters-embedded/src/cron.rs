//! Schedules in one process: what EventBridge's rules are on AWS.

use domain::time::{ahead, aligned};
use jiff::{SignedDuration, Timestamp};

/// A rule that fires at every multiple of its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Rule<T> {
    name: T,
    every: SignedDuration,
    next_at: Timestamp,
}

/// A set of rules, told the time. Ticks that were missed, while the process was down or the clock
/// jumped, come once: whoever is ticked takes the time from its own clock and catches up.
#[derive(Debug, Clone)]
pub struct Cron<T> {
    rules: Vec<Rule<T>>,
}

impl<T: Copy> Cron<T> {
    /// Rules that all fire at `start`, and then at the multiples of their periods.
    pub fn starting(start: Timestamp, rules: &[(T, SignedDuration)]) -> Self {
        let rule = |(name, every): &(T, SignedDuration)| Rule {
            name: *name,
            every: *every,
            next_at: start,
        };
        Self { rules: rules.iter().map(rule).collect() }
    }

    /// The rules that fire by `now`, in the order they were given.
    pub fn due(&mut self, now: Timestamp) -> Vec<T> {
        let mut due = Vec::new();
        for rule in self.rules.iter_mut().filter(|rule| rule.next_at <= now) {
            rule.next_at = ahead(aligned(now, rule.every), rule.every);
            due.push(rule.name);
        }
        due
    }

    /// When the next rule fires.
    pub fn next_at(&self) -> Option<Timestamp> {
        self.rules.iter().map(|rule| rule.next_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_fire_at_multiples_and_missed_ticks_come_once() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let rules =
            [("tick", SignedDuration::from_secs(60)), ("slow", SignedDuration::from_secs(300))];
        let mut cron = Cron::starting(at(610), &rules);
        assert_eq!(cron.due(at(610)), ["tick", "slow"]);
        assert_eq!(cron.next_at(), Some(at(660)));
        assert_eq!(cron.due(at(659)), [""; 0]);
        assert_eq!(cron.due(at(660)), ["tick"]);
        assert_eq!(cron.due(at(5_000)), ["tick", "slow"]);
        assert_eq!(cron.due(at(5_000)), [""; 0]);
    }
}
