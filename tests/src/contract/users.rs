//! The contract of [`app::ports::Users`].

use std::collections::BTreeSet;

use app::ports::PlanWriteResult;
use domain::ids::UserId;
use domain::user::{DailyLimit, Planned};

use super::samples::{add, id, key, on, plan, stored, user, user_in, zone};
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn users_suite(make: impl AsyncFn() -> StorePorts) {
    a_user_is_added_once(make().await).await;
    a_change_needs_the_version_it_was_made_from(make().await).await;
    of_changes_at_once_one_wins(make().await).await;
    users_are_listed_in_pages(make().await).await;
    zones_in_use_are_each_named_once(make().await).await;
    users_to_plan_are_those_of_the_zone_without_a_plan(make().await).await;
    stale_plans_are_those_whose_inputs_changed(make().await).await;
}

async fn a_user_is_added_once(ports: StorePorts) {
    assert_eq!(ports.users.user(&id("ann")).await.unwrap(), None);
    add(&ports, &["ann"]).await;
    assert_eq!(stored(&ports, "ann").await, user("ann"));
    let other = user_in("ann", "Asia/Tokyo");
    assert!(!ports.users.add_user(&other, &key("other")).await.unwrap());
    assert_eq!(stored(&ports, "ann").await, user("ann"));
    assert_eq!(ports.phones.phone(&key("other")).await.unwrap(), None);
    // Ids are compared as they are.
    assert_eq!(ports.users.user(&id("Ann")).await.unwrap(), None);
}

async fn a_change_needs_the_version_it_was_made_from(ports: StorePorts) {
    let mut changed = user_in("ann", "Asia/Tokyo");
    (changed.inputs_version, changed.planned) =
        (2, Some(Planned { on: on("2026-03-02"), inputs_version: 1 }));
    changed.preferences.daily_limit = DailyLimit::new(3).unwrap();
    assert!(!ports.users.update_user(&changed, &key("ann"), 1).await.unwrap(), "nobody there");
    assert_eq!(ports.users.user(&id("ann")).await.unwrap(), None);
    add(&ports, &["ann"]).await;
    for wrong in [0, 2, u64::MAX] {
        assert!(!ports.users.update_user(&changed, &key("ann"), wrong).await.unwrap());
    }
    assert_eq!(stored(&ports, "ann").await, user("ann"));
    assert!(ports.users.update_user(&changed, &key("ann"), 1).await.unwrap());
    assert_eq!(stored(&ports, "ann").await, changed);
    assert!(!ports.users.update_user(&changed, &key("ann"), 1).await.unwrap(), "once only");
}

async fn of_changes_at_once_one_wins(ports: StorePorts) {
    add(&ports, &["ann"]).await;
    let won = at_once(50, |number| {
        let (users, mut changed) = (ports.users.clone(), user("ann"));
        changed.inputs_version = 2;
        changed.preferences.daily_limit = DailyLimit::new(u32::try_from(number).unwrap()).unwrap();
        async move { users.update_user(&changed, &key("ann"), 1).await.unwrap() }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let limit = stored(&ports, "ann").await.preferences.daily_limit.get();
    assert_eq!(usize::try_from(limit).unwrap(), winner);
}

async fn users_are_listed_in_pages(ports: StorePorts) {
    let mut names: Vec<String> = (0..23).map(|number| format!("user-{number}")).collect();
    names.extend(["Zoë", "a b", "åsa", "'; --"].map(str::to_owned));
    for name in &names {
        add(&ports, &[name]).await;
    }
    let mut ids: Vec<UserId> = names.iter().map(|name| id(name)).collect();
    ids.sort();
    let mut listed = Vec::new();
    loop {
        let page = ports.users.users(listed.last(), 5).await.unwrap();
        assert!(page.len() <= 5);
        if page.is_empty() {
            break;
        }
        listed.extend(page.into_iter().map(|user| user.id));
    }
    let order: Vec<UserId> =
        ports.users.users(None, 100).await.unwrap().into_iter().map(|user| user.id).collect();
    assert_eq!(listed, order, "in one order, whatever the pages");
    for limit in [0, 7, 100] {
        let users = ports.users.users(None, limit).await.unwrap();
        let expected: Vec<_> = users.into_iter().map(|user| user.phone).collect();
        assert_eq!(ports.users.numbers(limit).await.unwrap(), expected, "in the same order");
    }
    listed.sort();
    assert_eq!(listed, ids);
}

async fn zones_in_use_are_each_named_once(ports: StorePorts) {
    assert_eq!(ports.users.zones_in_use().await.unwrap(), []);
    for (name, zone) in [
        ("ann", "Europe/Berlin"),
        ("bob", "Asia/Tokyo"),
        ("cy", "Europe/Berlin"),
        ("di", "America/New_York"),
    ] {
        assert!(ports.users.add_user(&user_in(name, zone), &key(name)).await.unwrap());
    }
    let mut zones = ports.users.zones_in_use().await.unwrap();
    zones.sort();
    assert_eq!(zones, [zone("America/New_York"), zone("Asia/Tokyo"), zone("Europe/Berlin")]);
    let mut moved = user_in("bob", "Europe/Berlin");
    moved.inputs_version = 2;
    assert!(ports.users.update_user(&moved, &key("bob"), 1).await.unwrap());
    let zones: BTreeSet<_> = ports.users.zones_in_use().await.unwrap().into_iter().collect();
    assert!(!zones.contains(&zone("Asia/Tokyo")), "nobody lives there any more");
}

async fn users_to_plan_are_those_of_the_zone_without_a_plan(ports: StorePorts) {
    for (number, planned_on) in
        [None, Some("2026-03-01"), Some("2026-03-02"), Some("2026-03-03"), None].iter().enumerate()
    {
        let name = format!("user-{number}");
        let mut user = user(&name);
        user.planned = planned_on.map(|date| Planned { on: on(date), inputs_version: 1 });
        assert!(ports.users.add_user(&user, &key(&name)).await.unwrap());
    }
    let elsewhere = user_in("elsewhere", "Asia/Tokyo");
    assert!(ports.users.add_user(&elsewhere, &key("elsewhere")).await.unwrap());
    let check = async |date: &str, limit: usize, expected: &[&str]| {
        let found = to_plan(&ports, date, limit, async |_| {}).await;
        let expected: Vec<_> = expected.iter().map(|name| id(name)).collect();
        assert_eq!(found, expected, "before {date} in pages of {limit}");
    };
    for limit in [1, 2, 10] {
        check("2026-03-01", limit, &["user-0", "user-4"]).await;
        check("2026-03-02", limit, &["user-0", "user-1", "user-4"]).await;
        check("2026-03-04", limit, &["user-0", "user-1", "user-2", "user-3", "user-4"]).await;
    }
    // Whoever is planned while the pages are read does not move the others.
    let found = to_plan(&ports, "2026-03-02", 1, async |user: UserId| {
        assert_eq!(plan(&ports, user.as_str(), 1, &[]).await, PlanWriteResult::Written);
    });
    assert_eq!(found.await.len(), 3);
    check("2026-03-02", 10, &[]).await;
}

/// Everybody of Berlin whom a date finds without a plan, page by page, in order of their ids.
async fn to_plan(
    ports: &StorePorts,
    date: &str,
    limit: usize,
    visit: impl AsyncFn(UserId),
) -> Vec<UserId> {
    let (zone, on) = (zone("Europe/Berlin"), on(date));
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = ports.users.users_planned_before(&zone, on, after.as_ref(), limit).await;
        let page = page.unwrap();
        assert!(page.users.len() <= limit);
        for user in &page.users {
            visit(user.clone()).await;
        }
        found.extend(page.users);
        after = page.next;
        if after.is_none() {
            found.sort();
            return found;
        }
    }
}

async fn stale_plans_are_those_whose_inputs_changed(ports: StorePorts) {
    let stale = async |limit| ports.users.users_with_stale_plans(limit).await.unwrap();
    assert_eq!(stale(10).await, []);
    add(&ports, &["ann", "bob", "cy"]).await;
    assert_eq!(stale(10).await.len(), 3, "who was never planned has no plan to speak of");
    assert_eq!(stale(2).await.len(), 2);
    for name in ["ann", "bob", "cy"] {
        assert_eq!(plan(&ports, name, 1, &[]).await, PlanWriteResult::Written);
    }
    assert_eq!(stale(10).await, []);
    let mut changed = stored(&ports, "bob").await;
    changed.inputs_version = 2;
    assert!(ports.users.update_user(&changed, &key("bob"), 1).await.unwrap());
    assert_eq!(stale(10).await, [id("bob")]);
    assert_eq!(plan(&ports, "bob", 2, &[]).await, PlanWriteResult::Written);
    assert_eq!(stale(10).await, []);
}
