//! Telling users that a rollback leaves outside, if that is configured.

use app::users::SettingsChange;
use domain::quiet_parse;
use tests::twice::repeating;

use super::*;

/// Of users of the stage `beta`, who each have a reminder that waits.
async fn at_beta(world: &World, names: &[String], tells_users: bool) {
    let body = json!({"internal": ["ivy"], "beta": names, "salt": "ours"});
    done(world, Method::PUT, "/v1/rollout/names", body).await;
    let back = by_ann(json!({"to": "beta"}));
    done(world, Method::POST, "/v1/rollout/rollback", back).await;
    let settings = json!({"tells_users": tells_users});
    let told = done(world, Method::PUT, "/v1/rollout/settings", settings).await;
    assert_eq!(told["tells_users"], tells_users);
    let review = [event("Review", "2026-11-23T20:00", NEW_YORK)];
    world.add(user("ivy", NEW_YORK)).await;
    world.put("ivy", "home", &review).await;
    for (place, name) in names.iter().enumerate() {
        let spec = user(name, NEW_YORK);
        let spec = if place == 1 { spec.sharing_phone_of(&names[0]) } else { spec };
        world.add(spec).await;
        // The last has nothing that waits, so nothing is taken from them.
        if place + 1 < names.len() {
            world.put(name, "home", &review).await;
        }
    }
    world.settle().await;
}

fn notices(world: &World, name: &str) -> usize {
    let texts = world.texts_to(name);
    texts.iter().filter(|text| text.body.contains("your reminders are paused")).count()
}

async fn go_back(world: &World) {
    let back = by_ann(json!({"to": "internal"}));
    done(world, Method::POST, "/v1/rollout/rollback", back).await;
}

#[tokio::test]
async fn rol_03_those_outside_are_told_once_by_their_wishes_where_that_is_configured() {
    // Everything comes twice.
    let world = World::maker("2026-11-23T14:00:00Z").ports(repeating).make();
    let names = names(6);
    let [first, shares, sleeps, stopped, off, idle] = &names[..] else { panic!("six") };
    at_beta(&world, &names, true).await;
    world.reply(stopped, "STOP").await;
    let windows = Some(vec![quiet_parse::window("09:00-11:00").unwrap()]);
    let quiet = SettingsChange { quiet_windows: windows, ..SettingsChange::default() };
    world.change(sleeps, &quiet).await;
    let no_more = SettingsChange { reminders_on: Some(false), ..SettingsChange::default() };
    world.change(off, &no_more).await;
    world.settle().await;
    go_back(&world).await;
    world.run_for(SignedDuration::from_mins(10)).await;
    assert_eq!((notices(&world, first), notices(&world, shares)), (1, 0), "one number, one text");
    let told = |names: &[&String]| names.iter().map(|name| notices(&world, name)).sum::<usize>();
    assert_eq!(told(&[sleeps, stopped, off, idle]), 0);
    assert_eq!(notices(&world, "ivy"), 0, "who stays inside is told nothing");
    // Quiet hours end at eleven.
    world.run_until("2026-11-23T16:05:00Z").await;
    assert_eq!(notices(&world, sleeps), 1);
    // Another rollback is another story; what came of the first is not told again.
    let forward = by_ann(json!({"force": true}));
    done(&world, Method::POST, "/v1/rollout/advance", forward).await;
    world.run_for(SignedDuration::from_mins(2)).await;
    go_back(&world).await;
    world.run_until("2026-11-24T18:00:00Z").await;
    assert_eq!((notices(&world, first), notices(&world, sleeps)), (2, 2));
    assert_eq!(told(&[stopped, off, idle]), 0);
    world.finish().await;
}

#[tokio::test]
async fn rol_03_nobody_is_told_unless_that_is_configured_nor_while_all_is_off() {
    let world = World::at("2026-11-23T14:00:00Z");
    let names = names(3);
    at_beta(&world, &names, false).await;
    go_back(&world).await;
    world.run_for(SignedDuration::from_mins(5)).await;
    let settings = json!({"tells_users": true});
    done(&world, Method::PUT, "/v1/rollout/settings", settings).await;
    let off = json!({"on": false});
    done(&world, Method::PUT, "/v1/rollout", off).await;
    world.run_until("2026-11-24T14:00:00Z").await;
    assert_eq!(names.iter().map(|name| notices(&world, name)).sum::<usize>(), 0);
    world.finish().await;
}

#[tokio::test]
async fn rol_03_a_notice_that_comes_late_or_to_somebody_inside_again_is_withheld() {
    let world = World::at("2026-11-23T14:00:00Z");
    let names = names(4);
    at_beta(&world, &names, true).await;
    let windows = Some(vec![quiet_parse::window("09:00-11:00").unwrap()]);
    let quiet = SettingsChange { quiet_windows: windows, ..SettingsChange::default() };
    world.change(&names[2], &quiet).await;
    world.settle().await;
    go_back(&world).await;
    world.run_for(SignedDuration::from_mins(10)).await;
    let forward = by_ann(json!({"force": true}));
    done(&world, Method::POST, "/v1/rollout/advance", forward).await;
    world.run_until("2026-11-23T18:00:00Z").await;
    assert_eq!(notices(&world, &names[2]), 0, "they are inside again when quiet hours end");
    world.finish().await;
}

/// A clock that is far off would have turns that nobody else asks for, and texts beyond the rate.
#[tokio::test]
async fn pre_10_a_notice_waits_until_clocks_agree() {
    let faults = Arc::<Faults>::default();
    let inside = faults.clone();
    let maker = World::maker("2026-11-23T14:00:00Z").texts_per_second(50);
    let world = maker.ports(move |ports| faulty(&inside, ports)).make();
    let names = names(3);
    at_beta(&world, &names, true).await;
    go_back(&world).await;
    faults.skew_store_clock(SignedDuration::from_mins(-5));
    world.run_for(SignedDuration::from_mins(5)).await;
    assert_eq!(notices(&world, &names[0]), 0);
    assert!(!faults.calls().contains(&"Control::take_turns"));
    faults.skew_store_clock(SignedDuration::ZERO);
    world.run_for(SignedDuration::from_mins(1)).await;
    assert_eq!(notices(&world, &names[0]), 1);
    world.finish().await;
}
