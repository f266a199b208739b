//! Who gets reminders at all: one row, read at every claim.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::buckets::{BUCKETS, bucket_of};
use crate::ids::UserId;
use crate::limits;

/// How far reminders have been rolled out. Each stage holds everybody of those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RolloutStage {
    /// A few users by name, who know that they test.
    Internal,
    /// Some dozens of users by name, beside those.
    Beta,
    /// 10 % of all others, beside those who are named.
    Percent10,
    /// 25 %.
    Percent25,
    /// 50 %.
    Percent50,
    /// Everybody.
    Everyone,
}

impl RolloutStage {
    /// Every stage, in order.
    pub const ALL: [Self; 6] = [
        Self::Internal,
        Self::Beta,
        Self::Percent10,
        Self::Percent25,
        Self::Percent50,
        Self::Everyone,
    ];

    /// The name in tables, JSON and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Beta => "beta",
            Self::Percent10 => "percent10",
            Self::Percent25 => "percent25",
            Self::Percent50 => "percent50",
            Self::Everyone => "everyone",
        }
    }

    /// The stage of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.name() == name)
    }

    /// The share of the users who are not named, in percent.
    pub fn percent(self) -> u32 {
        match self {
            Self::Internal | Self::Beta => 0,
            Self::Percent10 => 10,
            Self::Percent25 => 25,
            Self::Percent50 => 50,
            Self::Everyone => 100,
        }
    }

    /// The stage after this one, if there is one.
    pub fn next(self) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| *stage > self)
    }

    /// The stage before this one, if there is one.
    pub fn before(self) -> Option<Self> {
        Self::ALL.into_iter().rev().find(|stage| *stage < self)
    }
}

/// The rollout: a kill switch, the stage, and what decides who belongs to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollout {
    /// Whether anybody gets reminders. Off is the kill switch.
    pub is_on: bool,
    /// Rises with every change.
    pub version: u64,
    /// How far reminders have been rolled out.
    pub stage: RolloutStage,
    /// Makes the shares of this deployment others than those of the next. It never changes: the
    /// share that is in would be exchanged.
    pub salt: String,
    /// Those of stage internal.
    pub internal: BTreeSet<UserId>,
    /// Those whom stage beta adds.
    pub beta: BTreeSet<UserId>,
}

impl Default for Rollout {
    /// On for everybody: who runs the system for themselves rolls nothing out.
    fn default() -> Self {
        Self {
            is_on: true,
            version: 0,
            stage: RolloutStage::Everyone,
            salt: String::new(),
            internal: BTreeSet::new(),
            beta: BTreeSet::new(),
        }
    }
}

/// A change to the rollout that is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RolloutRefusal {
    /// There is no stage in that direction.
    #[error("there is no stage beyond {}", .0.name())]
    NoStage(RolloutStage),
    /// Too many users are named.
    #[error("{what} names at most {max} users")]
    TooMany {
        /// Which list.
        what: &'static str,
        /// How many it may hold.
        max: usize,
    },
    /// Somebody who is in would fall out.
    #[error("a list of users that is in force only grows; roll back to the stage before it first")]
    Shrinks,
}

impl Rollout {
    /// Whether this user gets reminders.
    pub fn includes(&self, user: &UserId) -> bool {
        self.is_on && self.stage_of(user) <= self.stage
    }

    /// The first stage that holds this user. It depends on nothing that changes while the rollout
    /// grows, so whoever is in stays in.
    pub fn stage_of(&self, user: &UserId) -> RolloutStage {
        if self.internal.contains(user) {
            return RolloutStage::Internal;
        }
        if self.beta.contains(user) {
            return RolloutStage::Beta;
        }
        let bucket = bucket_of(&["rollout", &self.salt], user);
        let holds = |stage: &RolloutStage| bucket < stage.percent() * (BUCKETS / 100);
        RolloutStage::ALL.into_iter().find(holds).unwrap_or(RolloutStage::Everyone)
    }

    /// The same rollout at another stage, or with the switch turned.
    pub fn at(&self, stage: RolloutStage, is_on: bool) -> Self {
        Self { stage, is_on, version: self.version + 1, ..self.clone() }
    }

    /// The same rollout with these users named.
    ///
    /// # Errors
    /// [`RolloutRefusal`] if a list is too long, or somebody who gets reminders now would not.
    pub fn naming(
        &self,
        internal: BTreeSet<UserId>,
        beta: BTreeSet<UserId>,
    ) -> Result<Self, RolloutRefusal> {
        let lists = [
            ("internal", &internal, limits::INTERNAL_USERS_MAX),
            ("beta", &beta, limits::BETA_USERS_MAX),
        ];
        for (what, list, max) in lists {
            if list.len() > max {
                return Err(RolloutRefusal::TooMany { what, max });
            }
        }
        let next = Self { internal, beta, version: self.version + 1, ..self.clone() };
        let mut named = self.internal.union(&self.beta);
        if named.any(|user| self.includes(user) && !next.includes(user)) {
            return Err(RolloutRefusal::Shrinks);
        }
        Ok(next)
    }
}
