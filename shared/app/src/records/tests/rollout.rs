//! The rollout as it is stored, and as it was.

use super::*;

#[test]
fn a_rollout_comes_back_as_it_was() {
    let ids = |name: &str| [UserId::parse(name).unwrap()].into();
    let everyone = Rollout { is_on: false, version: 3, ..Rollout::default() };
    check_round_trip::<RolloutV2>(&everyone);
    check_unknown_fields::<RolloutV2>(&everyone);
    let (internal, beta, salt) = (ids("ann"), ids("bob"), "of ours".to_owned());
    let stage = RolloutStage::Beta;
    let staged = Rollout { is_on: true, version: 4, stage, salt, internal, beta };
    check_round_trip::<RolloutV2>(&staged);
    check_unknown_fields::<RolloutV2>(&staged);
}

#[test]
fn rol_01_a_stored_switch_without_stages_is_for_everybody_and_only_that() {
    let switch = Rollout { is_on: true, version: 7, ..Rollout::default() };
    let old = r#"{"v": 1, "is_on": true, "version": 7}"#;
    assert_eq!(from_json::<RolloutV2>(old), Ok(switch.clone()));
    // Code that knows no stages reads version 1 only, and so never takes a share for everybody.
    assert!(to_json::<RolloutV2>(&switch).unwrap().contains("\"v\":1"));
    let staged = Rollout { stage: RolloutStage::Percent50, ..switch };
    assert!(to_json::<RolloutV2>(&staged).unwrap().contains("\"v\":2"));
    let no_stage = from_json::<RolloutV2>(r#"{"v": 2, "is_on": true, "version": 7}"#);
    assert!(matches!(no_stage, Err(BadRecord::Malformed { .. })));
}
