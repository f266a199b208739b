//! A stage beside the one before it: whoever came in last must not fare worse than those who were
//! in before them, over the same days.

use serde::{Deserialize, Serialize};

use super::{GATE_ALPHA, GateReport, Verdict, spent_at};
use crate::rollout::RolloutStage;
use crate::statistics::{Interval, Share, difference};

/// Fewer texts on either side say nothing.
const SAMPLE_MIN: u64 = 30;

/// The users whom a stage brought in, beside those of the stage before it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Beside {
    /// The stage before.
    pub before: RolloutStage,
    /// Delivered there, of those whose outcome is certain.
    pub delivered_before: Share,
    /// Delivered among those whom the stage brought in.
    pub delivered: Share,
    /// By how much the latter differs, at this look's share of the error; none if one is empty.
    pub difference: Option<Interval>,
    /// Fail if it is certainly worse.
    pub verdict: Verdict,
}

impl Beside {
    /// Compares the shares at daily look number `look`.
    pub fn of(
        (before, delivered_before): (RolloutStage, Share),
        delivered: Share,
        look: u32,
    ) -> Self {
        let alpha = spent_at(GATE_ALPHA, look);
        let difference = difference(delivered_before, delivered, alpha);
        let is_enough = delivered_before.of.min(delivered.of) >= SAMPLE_MIN;
        let verdict = match difference {
            Some(apart) if is_enough && apart.high < 0.0 => Verdict::Fail,
            Some(_) if is_enough => Verdict::Pass,
            _ => Verdict::NotEnoughData,
        };
        Self { before, delivered_before, delivered, difference, verdict }
    }
}

impl GateReport {
    /// The same report, which also fails if its stage is worse than the one before. That nobody can
    /// say so yet holds nothing up: the stage before may have ten people.
    pub fn beside(mut self, beside: Option<Beside>) -> Self {
        self.beside = beside;
        if beside.is_some_and(|beside| beside.verdict == Verdict::Fail) {
            self.verdict = Verdict::Fail;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::{GateFigures, default_gate, evaluate};

    fn verdict(before: (u64, u64), own: (u64, u64), look: u32) -> Verdict {
        let share = |(hits, of)| Share::new(hits, of);
        Beside::of((RolloutStage::Beta, share(before)), share(own), look).verdict
    }

    #[test]
    fn only_what_is_certainly_worse_fails() {
        assert_eq!(verdict((990, 1_000), (900, 1_000), 1), Verdict::Fail);
        assert_eq!(verdict((990, 1_000), (985, 1_000), 1), Verdict::Pass);
        assert_eq!(verdict((900, 1_000), (990, 1_000), 1), Verdict::Pass, "better is no worse");
        assert_eq!(verdict((29, 29), (500, 1_000), 1), Verdict::NotEnoughData);
        assert_eq!(verdict((0, 0), (0, 0), 1), Verdict::NotEnoughData);
    }

    #[test]
    fn later_looks_ask_for_more() {
        // 96.0 % and 92.8 %: enough for one look, too little for the thirtieth.
        assert_eq!(verdict((960, 1_000), (928, 1_000), 1), Verdict::Fail);
        assert_eq!(verdict((960, 1_000), (928, 1_000), 30), Verdict::Pass);
    }

    #[test]
    fn rol_02_a_stage_that_is_worse_than_the_one_before_does_not_pass() {
        let (gate, look) = (default_gate(RolloutStage::Percent10), 8);
        let figures = GateFigures {
            texts: 4_000,
            delivered: Some(Share::new(3_920, 4_000)),
            opted_out: Some(Share::new(10, 1_000)),
            open_faults: Some(0),
            ..GateFigures::default()
        };
        let report = evaluate(&gate, &figures, look);
        assert_eq!(report.verdict, Verdict::Pass);
        let beside = |own| {
            let before = (RolloutStage::Beta, Share::new(1_995, 2_000));
            Some(Beside::of(before, Share::new(own, 2_000), look))
        };
        assert_eq!(report.clone().beside(beside(1_990)).verdict, Verdict::Pass);
        assert_eq!(report.clone().beside(beside(1_925)).verdict, Verdict::Fail);
        assert_eq!(report.beside(None).verdict, Verdict::Pass, "the first stage has none before");
    }
}
