use std::collections::BTreeSet;

use super::{Rollout, RolloutRefusal, RolloutStage};
use crate::ids::UserId;

fn ids(names: &[&str]) -> BTreeSet<UserId> {
    names.iter().map(|name| UserId::parse(name).unwrap()).collect()
}

fn crowd() -> Vec<UserId> {
    (0..10_000).map(|number| UserId::parse(&format!("user {number}")).unwrap()).collect()
}

fn rollout() -> Rollout {
    Rollout {
        stage: RolloutStage::Internal,
        salt: "first".to_owned(),
        internal: ids(&["ada"]),
        beta: ids(&["bo", "user 7"]),
        ..Rollout::default()
    }
}

fn members(rollout: &Rollout) -> BTreeSet<UserId> {
    crowd().into_iter().chain(ids(&["ada", "bo"])).filter(|user| rollout.includes(user)).collect()
}

#[test]
fn rol_01_named_stages_hold_exactly_those_who_are_named() {
    let mut rollout = rollout();
    assert_eq!(members(&rollout), ids(&["ada"]));
    rollout.stage = RolloutStage::Beta;
    assert_eq!(members(&rollout), ids(&["ada", "bo", "user 7"]));
}

#[test]
fn rol_01_growing_keeps_everyone_who_is_in_and_reaches_the_share() {
    let mut before = BTreeSet::new();
    for stage in RolloutStage::ALL {
        let now = members(&Rollout { stage, ..rollout() });
        assert!(before.is_subset(&now), "{stage:?}");
        // Four standard deviations of a share of 10,000 users, at half of them: 2 %.
        let share = now.len() * 100;
        let expected = usize::try_from(stage.percent()).unwrap() * 10_000;
        assert!(share.abs_diff(expected) <= 2 * 10_000, "{stage:?}: {share}");
        before = now;
    }
    assert_eq!(before.len(), 10_002);
}

#[test]
fn rol_01_the_share_of_one_salt_says_nothing_of_anothers() {
    let share = |salt: &str| {
        let salt = salt.to_owned();
        members(&Rollout { stage: RolloutStage::Percent50, salt, ..rollout() })
    };
    let both = share("first").intersection(&share("second")).count();
    assert!(both.abs_diff(2_500) < 200, "{both}");
}

#[test]
fn rol_01_off_holds_nobody() {
    let off = rollout().at(RolloutStage::Everyone, false);
    assert_eq!(members(&off), BTreeSet::new());
    assert_eq!(off.version, rollout().version + 1);
}

#[test]
fn rol_01_a_list_in_force_only_grows() {
    let internal = rollout();
    let grown = internal.naming(ids(&["ada", "eve"]), ids(&["bo"])).unwrap();
    assert!(grown.includes(&UserId::parse("eve").unwrap()));
    assert_eq!(internal.naming(ids(&["eve"]), ids(&[])), Err(RolloutRefusal::Shrinks));
    let beta = internal.at(RolloutStage::Beta, true);
    assert_eq!(beta.naming(ids(&["ada"]), ids(&["bo"])), Err(RolloutRefusal::Shrinks));
    assert!(beta.naming(ids(&["ada", "bo"]), ids(&["user 7"])).is_ok(), "moved, not dropped");
}

#[test]
fn stages_are_found_by_their_names_and_their_neighbours() {
    for stage in RolloutStage::ALL {
        assert_eq!(RolloutStage::parse(stage.name()), Some(stage));
        assert_eq!(stage.next().and_then(RolloutStage::before).unwrap_or(stage), stage);
    }
    assert_eq!(RolloutStage::Internal.before(), None);
    assert_eq!(RolloutStage::parse("all"), None);
}

#[test]
fn rol_01_stages_follow_each_other_both_ways() {
    let stages = RolloutStage::ALL;
    for pair in stages.windows(2) {
        assert_eq!((pair[0].next(), pair[1].before()), (Some(pair[1]), Some(pair[0])));
    }
    assert_eq!((stages[0].before(), RolloutStage::Everyone.next()), (None, None));
}

#[test]
fn rol_01_lists_have_a_longest_and_make_a_new_version() {
    let many = |count: usize| crowd().into_iter().take(count).collect::<BTreeSet<_>>();
    let rollout = Rollout { version: 6, ..Rollout::default() };
    let max = crate::limits::INTERNAL_USERS_MAX;
    let named = rollout.naming(many(max), ids(&["bo"])).unwrap();
    assert_eq!((named.internal.len(), named.version), (max, 7));
    let refused = RolloutRefusal::TooMany { what: "internal", max };
    assert_eq!(rollout.naming(many(max + 1), ids(&["bo"])), Err(refused));
}
