//! Whether a prompt is fit to be tried, without asking anybody: every request it makes is whole,
//! and what models answered, on record, is judged as it should be.

use std::collections::BTreeMap;

use domain::facts_check::recorded::{self, RecordedAnswer, RecordedEvent};
use domain::facts_check::{self, Expected, LEFT};
use domain::statistics::Share;
use domain::time::Zones;
use jiff::tz::TimeZone;

use super::prompt::{Prompt, request};
use super::prompts::{self, BadPrompt};

/// The least share of good answers that pass: below, the checker or the record is out of order.
const GOOD_MIN: f64 = 0.97;

/// What a regression found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Regression {
    /// What keeps the text from being a prompt at all.
    pub bad: Option<BadPrompt>,
    /// Requests that are whole, of those made: one for each event on record.
    pub requests: Share,
    /// Good answers on record that pass, of all of them.
    pub good: Share,
    /// Wrong answers on record that are refused, of all of them.
    pub wrong: Share,
    /// Answers to this very prompt that pass, if some were given.
    pub given: Option<Share>,
    /// Why the others of these are refused, and how many.
    pub refused: BTreeMap<&'static str, u64>,
    /// Answers that were given for events that are not on record.
    pub unknown: u64,
}

impl Regression {
    /// Whether the prompt may be tried.
    pub fn passes(&self) -> bool {
        self.bad.is_none()
            && self.requests.hits == self.requests.of
            && self.wrong.hits == self.wrong.of
            && self.good.rate().is_some_and(|rate| rate >= GOOD_MIN)
            && self.unknown == 0
    }
}

/// Tries a prompt on what is on record, and on `given` answers to it: lines with the key of an
/// event on record and the answer, a tab between them.
pub fn regression(prompt: &Prompt, given: Option<&str>, zones: &Zones) -> Regression {
    let mut found = Regression { bad: prompts::check(&prompt.text).err(), ..Regression::default() };
    let rules = zones.parse(recorded::ZONE).ok().and_then(|zone| zones.rules(&zone).ok());
    let Some(zone) = rules else { return found };
    let events = recorded::events();
    let whole = events.iter().filter(|event| is_whole(prompt, event, &zone)).count();
    found.requests = Share::new(count(whole), count(events.len()));
    let judged = |answers: &[RecordedAnswer]| -> Vec<Option<Result<(), &'static str>>> {
        answers.iter().map(|answer| judge(answer, &events, &zone)).collect()
    };
    let share = |answers: &[RecordedAnswer], passes: bool| {
        let verdicts = judged(answers);
        let is_so = |verdict: &&Option<Result<(), &str>>| {
            verdict.as_ref().is_some_and(|verdict| verdict.is_ok() == passes)
        };
        let hits = verdicts.iter().filter(is_so).count();
        Share::new(count(hits), count(answers.len()))
    };
    found.good = share(&recorded::good(), true);
    found.wrong = share(&recorded::wrong(), false);
    if let Some(given) = given {
        let answers = recorded::answers(given);
        found.given = Some(share(&answers, true));
        for verdict in judged(&answers) {
            match verdict {
                None => found.unknown += 1,
                Some(Err(reason)) => *found.refused.entry(reason).or_default() += 1,
                Some(Ok(())) => {}
            }
        }
    }
    found
}

/// Whether nothing is left open in what a model would be asked, but the place for the time left.
fn is_whole(prompt: &Prompt, event: &RecordedEvent, zone: &TimeZone) -> bool {
    let asked = request(prompt, &event.facts, event.nominal_day, zone, event.locale);
    asked.is_ok_and(|asked| !asked.instructions.replace(LEFT, "").contains(['{', '}']))
}

/// What the checker says of an answer; none if its event is not on record.
fn judge(
    answer: &RecordedAnswer,
    events: &[RecordedEvent],
    zone: &TimeZone,
) -> Option<Result<(), &'static str>> {
    let event = events.iter().find(|event| event.key == answer.key)?;
    let RecordedEvent { facts, locale, nominal_day, .. } = event;
    let expected = Expected { facts, zone, locale: *locale, nominal_day: *nominal_day };
    let checked = facts_check::check(&answer.text, &expected);
    Some(checked.map(|_| ()).map_err(|refused| refused.as_str()))
}

fn count(of: usize) -> u64 {
    u64::try_from(of).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::prompt::built_in;
    use super::*;

    #[test]
    fn exp_04_the_built_in_prompt_passes_and_a_broken_one_does_not() {
        let zones = Zones::bundled();
        let found = regression(&built_in(), None, &zones);
        println!("good {:?}, wrong {:?}, requests {:?}", found.good, found.wrong, found.requests);
        assert!(found.passes(), "{found:?}");
        assert_eq!(found.requests.of, 30);
        let text = format!("{} {{mood}}", built_in().text).into();
        let broken = regression(&Prompt { version: 2, text }, None, &zones);
        assert_eq!((broken.requests.hits, broken.passes()), (0, false));
        assert!(broken.bad.is_some());
    }

    #[test]
    fn exp_04_answers_to_a_prompt_are_judged_with_their_reasons() {
        let given = "en_plan\tQ4 planning with finance: {left}, at 2:05 PM.\n\
            en_plan\tQ4 planning with finance: {left}, at 3:05 PM.\n\
            en_none\tQ4 planning with finance: {left}, at 3:05 PM.\n";
        let found = regression(&built_in(), Some(given), &Zones::bundled());
        assert_eq!(found.given, Some(Share { hits: 1, of: 3 }));
        assert_eq!(found.refused, BTreeMap::from([("wrong_time", 1)]));
        assert_eq!((found.unknown, found.passes()), (1, false));
    }
}
