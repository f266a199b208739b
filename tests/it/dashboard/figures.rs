//! What the dashboard tells of carriers, stages and experiments.

use adapters_embedded::sms_sandbox::{Fate, Script};
use http::StatusCode;
use serde_json::{Value, json};
use tests::users::phone_of;

use super::*;

async fn ask(world: &World, method: Method, path: &str, body: Value) -> Value {
    let (status, answer) = world.request(method, path, &body.to_string()).await;
    assert_eq!(status, 200, "{path}: {answer}");
    serde_json::from_str(&answer).unwrap()
}

#[tokio::test]
async fn met_04_a_carrier_code_leads_to_the_reminders_that_met_it() {
    let world = World::at("2026-11-23T06:00:00Z");
    for (name, code) in [("ada", 30_003), ("bob", 30_007), ("carol", 30_999)] {
        world.add(user(name, "UTC")).await;
        world.put(name, "home", &[event("Breakfast", "2026-11-23T10:00", "UTC")]).await;
        let fails = Script::fate(Fate::Undeliver { code });
        world.sandbox.script_next_to(phone_of(name).as_e164(), &fails, 1);
    }
    world.run_until("2026-11-23T15:00:00Z").await;
    let browser = Browser::signed_in(&world).await;
    let page = browser.read("/dashboard").await;
    let listed = links(&page, "/dashboard/behind?of=code");
    assert_eq!(listed.len(), 6, "three codes, for everybody and in one country: {listed:?}");
    for (code, name) in [("30003", "ada"), ("30007", "bob"), ("other", "carol")] {
        for under in ["", "&in=country:US"] {
            let end = format!("{under}&reason={code}");
            let (address, says) = listed.iter().find(|(to, _)| to.ends_with(&end)).unwrap();
            assert_eq!(says, "1", "{address}");
            let list = browser.read(address).await;
            assert_eq!(links(&list, "/dashboard/reminders/").len(), 1, "{address}");
            assert!(words(&list).contains(name), "{address}: {}", words(&list));
        }
    }
    assert!(words(&page).contains("30007 filtered as unwanted"), "{}", words(&page));
    let (_, scraped) = world.request(Method::GET, "/metrics", "").await;
    for code in ["30003", "30007", "other"] {
        let line = format!("beforehand_provider_errors{{code=\"{code}\"}} 1\n");
        assert!(scraped.contains(&line), "{scraped}");
    }
    let unknown = "/dashboard/behind?of=code&reason=x&from=2026-11-23&to=2026-11-23";
    assert_eq!(browser.get(unknown).await.status(), 422);
    world.finish().await;
}

#[tokio::test]
async fn an_experiment_is_seen_read_and_ended_on_the_dashboard() {
    let world = World::at("2026-11-23T06:00:00Z");
    for name in ["ada", "bob"] {
        world.add(user(name, "UTC")).await;
        world.put(name, "home", &[event("Breakfast", "2026-11-23T10:00", "UTC")]).await;
    }
    let browser = Browser::signed_in(&world).await;
    let read = words(&browser.read("/dashboard").await);
    assert!(read.contains("No experiment is running."), "{read}");
    let other = json!({"name": "b", "weight": 1, "lead_minutes": 30, "template": 2});
    let arms = json!([{"name": "a", "weight": 1}, other]);
    let definition = json!({
        "by": "ann", "reason": "to know", "name": "two", "layer": "words", "metric": "delivery",
        "arms": arms, "starts_at": "2026-11-20T00:00:00Z", "ends_at": "2026-12-01T00:00:00Z",
    });
    ask(&world, Method::POST, "/v1/experiments", definition).await;
    let by_ann = json!({"by": "ann", "reason": "to know"});
    ask(&world, Method::POST, "/v1/experiments/two/start", by_ann).await;
    world.run_until("2026-11-23T15:00:00Z").await;
    let read = words(&browser.read("/dashboard").await);
    assert!(read.contains("two · no verdict yet"), "{read}");
    let page = browser.read("/dashboard/experiments/two").await;
    let told = ask(&world, Method::GET, "/v1/experiments/two/report", json!({})).await;
    for arm in told["arms"].as_array().unwrap() {
        let row = format!("{} {}", arm["name"].as_str().unwrap(), arm["exposed"]);
        assert!(words(&page).contains(&row), "{row}: {}", words(&page));
    }
    for does in ["Arm a: nothing", "Arm b: lead time 30 minutes, template 2"] {
        assert!(words(&page).contains(does), "{}", words(&page));
    }
    let stop = "/dashboard/experiments/two/stop";
    assert!(page.contains(&format!("action=\"{stop}\"")), "{page}");
    let form = "by=bo&reason=enough";
    assert_eq!(browser.post(stop, form, "cross-site").await.status(), 403);
    assert_eq!(Browser::of(&world).post(stop, form, "same-origin").await.status(), 401);
    assert_eq!(browser.post(stop, "by=&reason=", "same-origin").await.status(), 422);
    let promote = "/dashboard/experiments/two/promote";
    let unearned = format!("arm=b&{form}");
    assert_eq!(browser.post(promote, &unearned, "same-origin").await.status(), 409);
    let ended = browser.post(promote, &format!("{unearned}&force=true"), "same-origin").await;
    assert_eq!(ended.status(), StatusCode::SEE_OTHER, "{}", ended.body());
    let page = browser.read("/dashboard/experiments/two").await;
    assert!(words(&page).contains("promoted: b · bo · enough"), "{}", words(&page));
    assert!(!page.contains(stop), "there is nothing left to end");
    let read = words(&browser.read("/dashboard").await);
    assert!(read.contains("No experiment is running."), "{read}");
    world.settle().await;
    world.finish().await;
}
