//! The contract of [`app::ports::Control`] and [`app::ports::StoreClock`].

use domain::rollout::Rollout;
use jiff::SignedDuration;

use super::samples::at;
use super::{StorePorts, at_once, count};

/// Runs every case.
pub async fn control_suite(make: impl AsyncFn() -> StorePorts) {
    the_rollout_is_on_until_it_is_set(make().await).await;
    of_switches_at_once_one_wins(make().await).await;
    the_promoter_never_goes_back(make().await).await;
    the_store_tells_its_time(make().await).await;
}

async fn the_rollout_is_on_until_it_is_set(ports: StorePorts) {
    let rollout = async || ports.control.rollout().await.unwrap();
    let put = async |is_on, version| {
        ports.control.put_rollout(&Rollout { is_on, version }).await.unwrap()
    };
    assert_eq!(rollout().await, Rollout { is_on: true, version: 0 });
    assert!(!put(false, 0).await);
    assert!(!put(false, 2).await);
    assert!(rollout().await.is_on);
    assert!(put(false, 1).await);
    assert_eq!(rollout().await, Rollout { is_on: false, version: 1 });
    assert!(!put(true, 1).await, "somebody else set it meanwhile");
    assert!(!rollout().await.is_on);
    assert!(put(true, 2).await);
    assert_eq!(rollout().await, Rollout { is_on: true, version: 2 });
}

async fn of_switches_at_once_one_wins(ports: StorePorts) {
    let won = at_once(50, |number| {
        let control = ports.control.clone();
        let rollout = Rollout { is_on: number % 2 == 0, version: 1 };
        async move { control.put_rollout(&rollout).await.unwrap() }
    })
    .await;
    assert_eq!(count(&won, &true), 1);
    let winner = won.iter().position(|won| *won).unwrap();
    let expected = Rollout { is_on: winner % 2 == 0, version: 1 };
    assert_eq!(ports.control.rollout().await.unwrap(), expected);
}

async fn the_promoter_never_goes_back(ports: StorePorts) {
    let until = async || ports.control.promoted_until().await.unwrap();
    let set = async |text: &str| ports.control.set_promoted_until(at(text)).await.unwrap();
    assert_eq!(until().await, None);
    set("2026-03-02T10:05:00Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:05:00Z")));
    set("2026-03-02T10:00:00Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:05:00Z")));
    set("2026-03-02T10:05:00.5Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:05:00.5Z")));
    set("2026-03-02T10:10:00Z").await;
    assert_eq!(until().await, Some(at("2026-03-02T10:10:00Z")));
}

async fn the_store_tells_its_time(ports: StorePorts) {
    let time = ports.clock.store_time().await.unwrap();
    let apart = time.store_at.duration_since(time.local_at).abs();
    assert!(apart < SignedDuration::from_mins(5), "{apart:?} apart");
}
