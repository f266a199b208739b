//! What operators do to everybody: releases that are deployed, and stages of the rollout.

use domain::rollout::{Rollout, RolloutStage};
use http::Method;
use serde_json::json;

use super::Simulation;

impl Simulation {
    /// A deployment begins, and two releases work side by side; or the one that goes on ends.
    pub(super) fn deploy(&mut self) {
        let world = self.world.as_mut().expect("there is a world");
        if world.end_deploying() {
            return self.note("the release before is gone".to_owned());
        }
        // Releases may write other words; what they may not do is the same.
        world.begin_deploying(|settings| settings.links_in_texts = !settings.links_in_texts);
        self.note("two releases side by side".to_owned());
    }

    /// The rollout is taken back to any stage before.
    pub(super) async fn take_back(&mut self) {
        let rollout = self.rollout().await;
        let back = RolloutStage::ALL.into_iter().filter(|stage| *stage < rollout.stage);
        let back: Vec<_> = back.collect();
        if back.is_empty() {
            return;
        }
        let to = self.chance.pick(&back).name();
        let body = json!({"by": "ann", "reason": "to see", "to": to});
        self.decide("rollback", &body.to_string()).await;
        self.note(format!("everybody is rolled back to {to}"));
    }

    /// Everybody is inside again.
    pub(super) async fn roll_out(&mut self) {
        for _ in 0..RolloutStage::ALL.len() {
            if self.rollout().await.stage.next().is_none() {
                return;
            }
            self.go_on().await;
        }
        panic!("seed {}: the rollout does not go on: {:?}", self.seed, self.rollout().await);
    }

    async fn rollout(&self) -> Rollout {
        let rollout = self.world().stores.control.rollout().await;
        rollout.expect("the store itself does not fail")
    }

    /// The rollout goes on by a stage, where there is one.
    pub(super) async fn go_on(&mut self) {
        if self.rollout().await.stage.next().is_none() {
            return;
        }
        let body = json!({"by": "ann", "reason": "to see", "force": true});
        self.decide("advance", &body.to_string()).await;
        self.note("everybody is rolled out further".to_owned());
    }

    /// Asks until the system says what became of it: done, or not possible now.
    async fn decide(&mut self, what: &str, body: &str) {
        let path = format!("/v1/rollout/{what}");
        while self.world().request(Method::POST, &path, body).await.0 >= 500 {
            self.revive().await;
        }
    }
}
