//! A whole rollout: from five testers to a thousand users, by itself, with ratings and opt-outs.
//!
//! Between the days on which something happens the process stands still, as a laptop that sleeps.

use std::collections::BTreeMap;

use adapters_embedded::model_sandbox::ModelMode;

use super::*;

/// The day on which each stage begins; the next passes its gate on the morning after the last of
/// its whole days.
const BEGINS: [(RolloutStage, &str); 6] = [
    (RolloutStage::Internal, "2026-11-23"),
    (RolloutStage::Beta, "2026-11-26"),
    (RolloutStage::Percent10, "2026-12-03"),
    (RolloutStage::Percent25, "2026-12-10"),
    (RolloutStage::Percent50, "2026-12-17"),
    (RolloutStage::Everyone, "2026-12-24"),
];

/// Where the testers live: each in a zone of their own.
const ZONES: [&str; 5] =
    ["UTC", "Europe/Berlin", "Asia/Kolkata", "America/New_York", "Pacific/Auckland"];

/// Hours at which everybody inside has a calendar event, by the stage and its day.
fn hours(stage: RolloutStage) -> &'static [u32] {
    match stage {
        RolloutStage::Internal => &[11, 12],
        RolloutStage::Beta => &[11, 12, 13, 14, 15, 16],
        RolloutStage::Percent10 => &[11, 12, 13],
        RolloutStage::Percent25 | RolloutStage::Percent50 => &[11, 12],
        RolloutStage::Everyone => &[11],
    }
}

/// The calendar events of somebody who belongs to the rollout from a stage on.
fn agenda(from: RolloutStage) -> Vec<Event> {
    let mut days: Vec<_> = BEGINS.into_iter().filter(|(stage, _)| *stage >= from).collect();
    if from == RolloutStage::Internal {
        days.extend([(from, "2026-11-24"), (from, "2026-11-25")]);
    }
    let at = |(stage, day): (RolloutStage, &str)| {
        let day = day.to_owned();
        hours(stage).iter().map(move |hour| {
            let meeting = event("Standup", &format!("{day}T{hour}:00"), "UTC");
            meeting.uid(&format!("{day}-{hour}@test"))
        })
    };
    days.into_iter().flat_map(at).collect()
}

struct Rollout1000 {
    world: World,
    /// Names, with the stage from which they belong to it.
    users: Vec<(String, RolloutStage)>,
    /// Who said STOP.
    stopped: Vec<String>,
}

impl Rollout1000 {
    async fn begin() -> Self {
        let world = World::maker("2026-11-23T09:00:00Z").model(ModelMode::Good).make();
        let names = names(1_000);
        let body = json!({"internal": &names[..5], "beta": &names[5..55], "salt": "ours"});
        done(&world, Method::PUT, "/v1/rollout/names", body).await;
        let back = by_ann(json!({"to": "internal"}));
        done(&world, Method::POST, "/v1/rollout/rollback", back).await;
        let automatic = json!({"advances_by_itself": true});
        done(&world, Method::PUT, "/v1/rollout/settings", automatic).await;
        let now = rollout(&world).await;
        let stage = |name: &String| now.stage_of(&UserId::parse(name).unwrap());
        let users: Vec<_> = names.iter().map(|name| (name.clone(), stage(name))).collect();
        for (place, (name, from)) in users.iter().enumerate() {
            let zone = ZONES[place % 5];
            world.add(user(name, zone).limit(50)).await;
            let mut events = agenda(*from);
            // Some who are outside have one from the beginning.
            if place % 20 == 19 {
                events.push(event("Outside", "2026-11-23T11:30", "UTC"));
            }
            world.put(name, "home", &events).await;
            // A few phones cannot be reached.
            if place % 160 == 155 {
                let lost = Script::fate(Fate::Undeliver { code: 30_006 });
                world.sandbox.script_always_to(phone_of(name).as_e164(), lost);
            }
        }
        Self { world, users, stopped: Vec::new() }
    }

    fn inside(&self, stage: RolloutStage) -> Vec<String> {
        let inside = self.users.iter().filter(|(_, from)| *from <= stage);
        inside.map(|(name, _)| name.clone()).collect()
    }

    /// A day of a stage: the morning's look at the gate, the texts, and what people say of them.
    async fn day(&mut self, day: &str, stage: RolloutStage, is_first: bool) {
        self.world.sleep_until(&format!("{day}T09:30:00Z"));
        self.world.run_until(&format!("{day}T09:40:00Z")).await;
        assert_eq!(rollout(&self.world).await.stage, stage, "{day}");
        let last = hours(stage).last().unwrap();
        self.world.run_until(&format!("{day}T{}:50:00Z", last - 1)).await;
        let inside = self.inside(stage);
        let raters = if stage <= RolloutStage::Beta { 45 } else { 20 };
        for (place, name) in inside.iter().take(raters).enumerate() {
            // One in fifteen is not content, but none of the testers.
            let stars = if place % 15 == 14 { "3" } else { "5" };
            if !self.stopped.contains(name) {
                self.world.reply(name, stars).await;
            }
        }
        if is_first && stage > RolloutStage::Internal {
            let name = inside[inside.len() - 1].clone();
            self.world.reply(&name, "STOP").await;
            self.stopped.push(name);
        }
        self.world.run_for(SignedDuration::from_mins(2)).await;
    }
}

#[tokio::test]
async fn rol_02_a_whole_rollout_of_a_thousand_users_goes_from_five_to_all_by_itself() {
    let mut whole = Rollout1000::begin().await;
    for (stage, day) in BEGINS {
        whole.day(day, stage, true).await;
        if stage == RolloutStage::Internal {
            whole.day("2026-11-24", stage, false).await;
            whole.day("2026-11-25", stage, false).await;
        }
    }
    let world = &whole.world;
    // Whoever was inside was texted, from their stage on, and nobody else ever.
    let mut texts = BTreeMap::<String, usize>::new();
    for text in world.texts() {
        *texts.entry(text.to).or_default() += 1;
    }
    let has_stopped = |name: &String| whole.stopped.contains(name);
    let is_lost = |place: usize| place % 160 == 155;
    for (place, (name, from)) in whole.users.iter().enumerate() {
        if has_stopped(name) || is_lost(place) {
            continue;
        }
        let got = texts.get(phone_of(name).as_e164()).copied().unwrap_or(0);
        assert_eq!(got, agenda(*from).len(), "{name}, from {}", from.name());
    }
    let decided = get(world, "/v1/rollout/decisions").await;
    let decided = decided["decisions"].as_array().unwrap();
    let kinds: Vec<_> = decided.iter().map(|one| one["kind"].as_str().unwrap()).collect();
    let mut expected = vec!["rolled_back"];
    expected.extend(["advanced"; 5]);
    assert_eq!(kinds, expected);
    for one in &decided[1..] {
        assert_eq!((&one["by"], &one["gate"]["verdict"]), (&json!("monitor"), &json!("pass")));
        let metrics = one["gate"]["findings"].as_array().unwrap();
        assert!(metrics.iter().all(|finding| !finding["value"].is_null()), "{one}");
    }
    let beta = &decided[2]["gate"]["findings"];
    assert_eq!(beta[1]["metric"], "opted_out");
    assert_eq!(beta[1]["value"].as_f64().unwrap(), 1.0 / 55.0, "the evidence is what happened");
    // The story, as operators read it.
    let (code, page) = world.request(Method::GET, "/dashboard", "").await;
    assert_eq!(code, 200);
    for words in ["advanced, internal to beta", "advanced, percent50 to everyone", "pass on day 7"]
    {
        assert!(page.contains(words), "{words}");
    }
    assert!(page.contains("opted out 1.8 % of 55"), "the evidence stands beside it");
    world.finish().await;
}

#[tokio::test]
async fn rol_02_an_open_bug_holds_a_gate_until_somebody_closes_it() {
    let world = World::at("2026-11-23T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    let body = json!({"internal": ["ada"], "beta": [], "salt": "ours"});
    done(&world, Method::PUT, "/v1/rollout/names", body).await;
    let back = by_ann(json!({"to": "internal"}));
    done(&world, Method::POST, "/v1/rollout/rollback", back).await;
    world.run_until("2026-11-23T10:05:00Z").await;
    let filed = done(&world, Method::POST, "/v1/rollout/bugs", by_ann(json!({}))).await;
    assert_eq!((&filed["number"], &filed["closed"]), (&json!(1), &Value::Null));
    let faults = async |until: &str| {
        world.sleep_until(until);
        world.run_for(SignedDuration::from_mins(3)).await;
        let course = get(&world, "/v1/rollout/course").await;
        let findings = course["gate"]["findings"].as_array().unwrap();
        let of = |f: &&Value| f["metric"] == "open_faults";
        let finding = findings.iter().find(of).unwrap();
        (finding["value"].as_f64().unwrap(), finding["verdict"].as_str().unwrap().to_owned())
    };
    let why = refused(&world, "/v1/rollout/advance", by_ann(json!({}))).await;
    assert!(why.contains("a bug is open"), "{why}");
    assert_eq!(faults("2026-11-24T10:10:00Z").await, (1.0, "fail".to_owned()));
    done(&world, Method::POST, "/v1/rollout/bugs/1/close", by_ann(json!({}))).await;
    let missing = by_ann(json!({})).to_string();
    let path = "/v1/rollout/bugs/2/close";
    assert_eq!(world.request(Method::POST, path, &missing).await.0, 404);
    assert_eq!(faults("2026-11-25T10:10:00Z").await, (0.0, "pass".to_owned()));
    let listed = get(&world, "/v1/rollout/bugs").await;
    assert_eq!((&listed["open"], &listed["bugs"][0]["closed"]["by"]), (&json!(0), &json!("ann")));
    world.finish().await;
}
