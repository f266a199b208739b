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

#[tokio::test]
async fn an_experiment_is_defined_started_promoted_and_taken_back_by_forms() {
    const LIST: &str = "/dashboard/experiments";
    let world = World::at("2026-12-02T10:00:00Z");
    let browser = Browser::signed_in(&world).await;
    let page = browser.read(LIST).await;
    assert!(words(&page).contains("There is none yet."), "{page}");
    // What stands in the form at first can be sent as it is.
    let example = page.split("spellcheck=\"false\">").nth(1).unwrap();
    let example = example.split("</textarea>").next().unwrap().replace("&quot;", "\"");
    let form = |definition: &str| {
        let pairs = [("definition", definition), ("by", "ann"), ("reason", "why not")];
        form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
    };
    let post = async |path: &str, form: &str| {
        let path = format!("{LIST}{path}");
        browser.post(&path, form, "same-origin").await.status()
    };
    assert_eq!(post("", &form(&example)).await, StatusCode::SEE_OTHER);
    assert_eq!(post("", &form(&example)).await, StatusCode::CONFLICT, "the name is taken");
    assert_eq!(post("", &form("name = ")).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post("", &form("name = \"leads\"")).await, StatusCode::UNPROCESSABLE_ENTITY);
    let run = async || {
        let board = app::experiments::board(&*world.ports.stores.control).await.unwrap();
        (board.run("leads").unwrap().state.name(), board.usual.lead.map(|lead| lead.minutes()))
    };
    assert_eq!(run().await, ("draft", None));
    assert!(words(&browser.read(LIST).await).contains("leads draft"));
    let ann = "by=ann&reason=why+not";
    let offers = async |what: &str| {
        browser.read(&format!("{LIST}/leads")).await.contains(&format!("/leads/{what}\""))
    };
    assert!(offers("start").await && offers("stop").await && !offers("promote").await);
    assert_eq!(post("/leads/start", "by=ann&reason=").await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(post("/leads/start", ann).await, StatusCode::SEE_OTHER);
    assert_eq!(run().await, ("running", None));
    assert!(!offers("start").await && offers("promote").await);
    let early = format!("{ann}&arm=early");
    assert_eq!(post("/leads/promote", &early).await, StatusCode::CONFLICT, "it did not win");
    assert_eq!(post("/leads/promote", &format!("{early}&force=true")).await, 303);
    assert_eq!(run().await, ("promoted", Some(30)));
    assert!(offers("rollback").await && !offers("stop").await);
    assert_eq!(post("/leads/rollback", ann).await, StatusCode::SEE_OTHER);
    assert_eq!(run().await, ("stopped", None));
    let path = format!("{LIST}/leads/start");
    assert_eq!(browser.post(&path, ann, "cross-site").await.status(), 403);
    assert_eq!(Browser::of(&world).get(LIST).await.status(), 401);
    world.finish().await;
}
