//! Two releases side by side, as while a deployment goes on: each with what it keeps in memory, on
//! the same store, queues, clock and provider.

use std::sync::Arc;

use beforehand::system::{Settings, System};
use jiff::Timestamp;

use super::World;

impl World {
    /// Begins to deploy: a release that is set up otherwise takes the webhooks over, while the one
    /// before goes on with its schedules and jobs. Where another deployment goes on, it is ended.
    pub fn begin_deploying(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.settings);
        let queues = self.system.queues().clone();
        let next = Arc::new(System::new(&self.ports, queues, self.settings.clone()));
        self.webhooks.connect(next.router());
        self.leaving = Some(std::mem::replace(&mut self.system, next));
    }

    /// The release before is gone. False where none was there.
    pub fn end_deploying(&mut self) -> bool {
        self.leaving.take().is_some()
    }

    /// When either release has something to do.
    pub(super) fn next_of_system(&self) -> Option<Timestamp> {
        let leaving = self.leaving.as_ref().and_then(|leaving| leaving.next_due());
        self.system.next_due().into_iter().chain(leaving).min()
    }

    /// The schedules of both, for each has its own.
    pub(super) async fn run_schedules(&self) {
        if let Some(leaving) = &self.leaving {
            leaving.run_schedules().await;
        }
        self.system.run_schedules().await;
    }

    /// Hands over what is visible, to both in turn: so a seed repeats its story. Returns how many
    /// messages that were.
    pub(super) async fn consume_all(&self) -> usize {
        let Some(leaving) = &self.leaving else { return self.system.consume_all().await };
        let mut taken = 0;
        loop {
            let of_round = leaving.consume_round().await + self.system.consume_round().await;
            if of_round == 0 {
                return taken;
            }
            taken += of_round;
        }
    }

    /// Who else works beside, or might: the release before, or another process of this one.
    pub(super) fn beside(&self) -> Arc<System> {
        self.leaving.as_ref().unwrap_or(&self.system).clone()
    }
}
