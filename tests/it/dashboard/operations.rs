//! What operators do on the dashboard about the rollout and experiments.

use domain::rollout::RolloutStage;
use http::StatusCode;
use tests::world::World;

use super::{Browser, words};

#[tokio::test]
async fn the_rollout_goes_on_back_off_and_on_again_by_forms_with_a_name_and_a_reason() {
    let world = World::at("2026-11-23T10:00:00Z");
    let control = world.ports.stores.control.clone();
    let stands = async || {
        let rollout = control.rollout().await.unwrap();
        (rollout.stage, rollout.is_on)
    };
    let browser = Browser::signed_in(&world).await;
    assert!(browser.read("/dashboard").await.contains("href=\"/dashboard/rollout\""));
    let page = browser.read("/dashboard/rollout").await;
    assert!(words(&page).contains("Stage everyone"), "{page}");
    assert!(!page.contains("/rollout/advance") && page.contains("/rollout/rollback"), "{page}");
    let post = async |what: &str, form: &str| {
        let path = format!("/dashboard/rollout/{what}");
        browser.post(&path, form, "same-origin").await.status()
    };
    let ann = "by=ann&reason=we+begin";
    assert_eq!(post("rollback", &format!("{ann}&to=internal")).await, StatusCode::SEE_OTHER);
    assert_eq!(stands().await, (RolloutStage::Internal, true));
    // The gate has not passed; force needs words too.
    assert_eq!(post("advance", ann).await, StatusCode::CONFLICT);
    assert_eq!(post("advance", "by=ann&reason=&force=true").await, 422);
    assert_eq!(post("advance", &format!("{ann}&force=true")).await, StatusCode::SEE_OTHER);
    assert_eq!(stands().await, (RolloutStage::Beta, true));
    assert_eq!(post("off", ann).await, StatusCode::SEE_OTHER);
    assert_eq!(stands().await, (RolloutStage::Beta, false));
    let page = browser.read("/dashboard/rollout").await;
    assert!(page.contains("/rollout/resume") && !page.contains("/rollout/off"), "{page}");
    assert_eq!(post("resume", ann).await, StatusCode::SEE_OTHER);
    assert_eq!(stands().await, (RolloutStage::Beta, true));
    let told = words(&browser.read("/dashboard").await);
    for part in ["rolled back", "forced", "switched off", "resumed", "ann", "we begin"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    // From elsewhere, or by somebody who is not signed in, nothing is done.
    let path = "/dashboard/rollout/off";
    assert_eq!(browser.post(path, ann, "cross-site").await.status(), 403);
    assert_eq!(Browser::of(&world).post(path, ann, "same-origin").await.status(), 401);
    assert_eq!(stands().await, (RolloutStage::Beta, true));
    world.finish().await;
}
