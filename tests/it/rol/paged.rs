//! A guardrail that takes the rollout back wakes somebody: once for each rollback, with the
//! evidence, until somebody goes on.

use beforehand::system::Ports;
use domain::ids::UserId;
use tests::alerts::Ears;

use super::*;

/// Fifteen users at 25 % of whom nobody can be reached, with a text every half an hour.
struct Unreachable {
    world: World,
    ears: Ears,
}

impl Unreachable {
    async fn at(stage: RolloutStage) -> Self {
        let ears = Ears::default();
        let heard = ears.clone();
        let maker = World::maker("2026-11-24T11:00:00Z");
        let maker = maker.ports(move |ports| Ports { alert_channels: heard.channels(), ..ports });
        let world = maker.make();
        let names = names(15);
        put(&world, |rollout| {
            rollout.stage = stage;
            rollout.beta = names.iter().map(|name| UserId::parse(name).unwrap()).collect();
        })
        .await;
        for name in &names {
            world.add(user(name, NEW_YORK).limit(50)).await;
            let hourly: Vec<_> = (10..20).map(|hour| at(&format!("Hour {hour}"), hour)).collect();
            world.put(name, "home", &hourly).await;
            let lost = Script::fate(Fate::Undeliver { code: 30_006 });
            world.sandbox.script_always_to(phone_of(name).as_e164(), lost);
        }
        Self { world, ears }
    }

    /// What PagerDuty heard of guardrails.
    fn paged(&self) -> Vec<Value> {
        let of_guardrails = |event: &Value| {
            event["dedup_key"].as_str().unwrap_or_default().contains("/guardrail_broken/")
        };
        self.ears.pager.heard().into_iter().filter(of_guardrails).collect()
    }

    /// Until the rollout has left a stage, by one minute.
    async fn until_back_from(&self, stage: RolloutStage) {
        for _ in 0..6 * 60 {
            if rollout(&self.world).await.stage != stage {
                return;
            }
            self.world.run_for(SignedDuration::from_mins(1)).await;
        }
        panic!("it is not taken back");
    }
}

fn said(event: &Value) -> (&str, &str) {
    (event["event_action"].as_str().unwrap(), event["dedup_key"].as_str().unwrap())
}

#[tokio::test]
async fn rol_04_a_rollback_pages_once_with_evidence_and_runbook_and_resuming_resolves_it() {
    let watch = Unreachable::at(RolloutStage::Percent25).await;
    let world = &watch.world;
    watch.until_back_from(RolloutStage::Percent25).await;
    let paged = watch.paged();
    assert_eq!(paged.len(), 1, "in the very run that took it back");
    let key = "beforehand/guardrail_broken/percent25/1";
    assert_eq!(said(&paged[0]), ("trigger", key));
    let told = &paged[0]["payload"];
    assert_eq!(told["severity"], "critical");
    let words = told["custom_details"]["value"].as_str().unwrap();
    let breach = &get(world, "/v1/rollout/decisions").await["decisions"][0]["breach"];
    let measured = format!("delivered {} of {} (", breach["hits"], breach["of"]);
    assert!(words.starts_with(&measured), "{words}");
    assert!(words.ends_with("at least 90.0 %) at percent25, back to percent10"), "{words}");
    let runbook = &told["custom_details"]["runbook"];
    assert_eq!(runbook, "docs/OPERATIONS.md#guardrail-broken");
    let open = get(world, "/v1/alerts").await;
    let open = open["alerts"].as_array().unwrap().iter().find(|a| a["rule"] == "guardrail_broken");
    assert_eq!(open.unwrap()["incident"]["value"], words);
    // It is not told again.
    world.run_for(SignedDuration::from_mins(10)).await;
    assert_eq!(watch.paged(), [] as [Value; 0]);
    let stood = rollout(world).await;
    assert_eq!(stood.stage, RolloutStage::Percent10);
    // Somebody found the cause: on with the same users.
    let resumed = done(world, Method::POST, "/v1/rollout/resume", by_ann(json!({}))).await;
    assert_eq!(resumed["stage"], "percent25");
    world.run_for(SignedDuration::from_mins(2)).await;
    let resolved = watch.paged();
    assert_eq!(resolved.iter().map(said).collect::<Vec<_>>(), [("resolve", key)]);
    // It was not the cause.
    watch.until_back_from(RolloutStage::Percent25).await;
    let again = watch.paged();
    let second = "beforehand/guardrail_broken/percent25/2";
    assert_eq!(again.iter().map(said).collect::<Vec<_>>(), [("trigger", second)]);
    world.finish().await;
}

#[tokio::test]
async fn rol_04_once_everybody_is_in_a_broken_guardrail_pages_and_takes_nothing_back() {
    let watch = Unreachable::at(RolloutStage::Everyone).await;
    let mut paged = Vec::new();
    // Counters follow each minute.
    for _ in 0..6 * 60 {
        watch.world.run_for(SignedDuration::from_mins(1)).await;
        paged.extend(watch.paged());
    }
    let key = "beforehand/guardrail_broken/everyone/1";
    assert_eq!(paged.iter().map(said).collect::<Vec<_>>(), [("trigger", key)]);
    let words = paged[0]["payload"]["custom_details"]["value"].as_str().unwrap();
    assert!(words.ends_with(" at everyone; nothing was taken back"), "{words}");
    let now = rollout(&watch.world).await;
    assert!(now.is_on && now.stage == RolloutStage::Everyone);
    watch.world.finish().await;
}
