//! Who is in which arm, what that does to their texts, and what is counted of it.

use adapters_embedded::model_sandbox::ModelMode;
use app::users::SettingsChange;
use domain::lead_time::LeadTime;
use domain::reminder::TextSource;
use jiff::SignedDuration;
use serde_json::json;
use tests::twice::repeating;
use tests::users::names;
use tests::world::World;

use super::{add, arms_of, begin, definition, done, get, meetings, refused, report_equals_recount};

#[tokio::test]
async fn exp_01_the_model_against_the_template_is_sticky_exposed_once_and_counted_right() {
    // Everything comes twice, and nobody would get the model's texts but by the experiment.
    let world = World::maker("2026-11-23T10:00:00Z")
        .model(ModelMode::Good)
        .composing(|settings| settings.arm.share_percent = 0)
        .ports(repeating)
        .make();
    let names = names(30);
    let two_days = [meetings(23, 9..11), meetings(24, 9..11)].concat();
    add(&world, &names, |spec| spec, &two_days).await;
    world.settle().await;
    let halves = json!([
        {"name": "template", "weight": 1, "source": "template"},
        {"name": "model", "weight": 1, "source": "model"},
    ]);
    begin(&world, definition("words", halves)).await;
    let before = arms_of(&world, &names, "words").await;
    assert_eq!(before.len(), 30, "everybody is in one of the arms");
    world.run_until("2026-11-23T15:30:00Z").await;
    // A plan in the middle of the day, and the one of the next day, change nobody's arm.
    world.put(&names[0], "work", &[two_days.clone(), meetings(24, 15..16)].concat()).await;
    world.run_until("2026-11-24T22:00:00Z").await;
    assert_eq!(arms_of(&world, &names, "words").await, before);
    for name in &names {
        for row in world.reminders(name).await {
            let is_model = matches!(row.source, TextSource::Model { .. });
            assert_eq!(is_model, before[name] == "model", "{row:#?}");
        }
    }
    assert_eq!(world.texts().len(), 30 * 4 + 1);
    for (place, name) in names.iter().enumerate() {
        world.reply(name, if place % 3 == 0 { "2" } else { "5" }).await;
    }
    world.reply(&names[1], "STOP").await;
    world.reply(&names[1], "STOP").await;
    world.run_for(SignedDuration::from_mins(1)).await;
    let report = report_equals_recount(&world, &names, "words").await;
    let arms = report["arms"].as_array().unwrap();
    let all = |what: &str| arms.iter().map(|arm| arm[what].as_u64().unwrap()).sum::<u64>();
    assert_eq!((all("exposed"), all("rated"), all("opted_out")), (30, 30, 1));
    assert_eq!(report["sample_sound"], true);
    assert!(arms[0]["model_cost_usd"] == 0.0 && arms[1]["model_cost_usd"].as_f64() > Some(0.0));
    assert!(arms[1]["cost_per_user_usd"].as_f64() > Some(0.0));
    let (low, high) = (&arms[0]["interval"][0], &arms[0]["interval"][1]);
    assert!(low.as_f64() < arms[0]["rate"].as_f64() && arms[0]["rate"].as_f64() < high.as_f64());
    assert!(arms[1]["comparison"]["detectable"].as_f64() > Some(0.0));
    // The figures know the arms as dimensions, and people read the arm.
    let of_arm = get(&world, "/v1/metrics?dimension=arm:words/model&from=2026-11-23&to=2026-11-24");
    assert_eq!(of_arm.await["total"]["texts"], arms[1]["texts"]);
    let row = &world.reminders(&names[0]).await[0];
    let why = get(&world, &format!("/v1/reminders/{}/why", row.id)).await;
    let words = why["written_by"].as_str().unwrap();
    let arm = format!("In arm {} of experiment words.", before[&names[0]]);
    assert!(words.contains(&arm), "{words}");
    world.finish().await;
}

#[tokio::test]
async fn exp_01_five_lead_times_move_what_waits_and_leave_those_alone_who_chose() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(50);
    let (untouched, chose) = names.split_at(45);
    let days = [meetings(23, 9..10), meetings(24, 9..10)].concat();
    add(&world, untouched, |spec| spec, &days).await;
    add(&world, chose, |spec| spec.leads(&[20]), &days).await;
    world.run_until("2026-11-23T12:00:00Z").await;
    let leads = [5, 10, 15, 30, 60];
    let arm =
        |minutes| json!({"name": format!("m{minutes}"), "weight": 1, "lead_minutes": minutes});
    begin(&world, definition("leads", leads.map(arm).into())).await;
    let arms = arms_of(&world, &names, "leads").await;
    assert_eq!(arms.len(), 45, "those who chose are in no arm");
    world.run_until("2026-11-23T18:00:00Z").await;
    let mut seen = std::collections::BTreeSet::new();
    for name in untouched {
        let row = &world.reminders(name).await[0];
        let minutes = row.lead.unwrap().minutes();
        assert_eq!(arms[name], format!("m{minutes}"));
        assert_eq!(row.facts.start.duration_since(row.send_at).as_mins(), i64::from(minutes));
        assert_eq!((row.state.name(), row.slot.number()), ("delivered", 0), "{row:#?}");
        assert_eq!(world.texts_to(name).len(), 1, "moved, not texted again");
        seen.insert(minutes);
    }
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), leads);
    for name in chose {
        assert_eq!(world.reminders(name).await[0].lead.unwrap().minutes(), 20);
    }
    // Somebody chooses, and leaves: what waits is theirs again. What went out keeps its arm.
    let leaves = &untouched[0];
    let lead_times = Some(vec![LeadTime::from_minutes(45).unwrap()]);
    world.change(leaves, &SettingsChange { lead_times, ..SettingsChange::default() }).await;
    world.run_until("2026-11-24T18:00:00Z").await;
    let rows = world.reminders(leaves).await;
    assert_eq!((rows[0].trial.arms.len(), rows[1].trial.arms.len()), (1, 0));
    assert_eq!(rows[1].lead.unwrap().minutes(), 45);
    report_equals_recount(&world, &names, "leads").await;
    world.finish().await;
}

#[tokio::test]
async fn exp_01_a_promoted_lead_time_is_everybodys_until_it_is_taken_back() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(6);
    let days: Vec<_> = (23..27).flat_map(|day| meetings(day, 12..13)).collect();
    add(&world, &names, |spec| spec, &days).await;
    let arms = json!([
        {"name": "as-ever", "weight": 1},
        {"name": "early", "weight": 1, "lead_minutes": 60},
    ]);
    begin(&world, definition("early", arms)).await;
    world.run_until("2026-11-23T22:00:00Z").await;
    let promote = json!({"arm": "early"});
    let path = "/v1/experiments/early/promote";
    let why = refused(&world, 409, path, promote).await;
    assert!(why.contains("no verdict yet"), "{why}");
    let forced = json!({"arm": "early", "force": true});
    let promoted = done(&world, path, forced).await;
    assert_eq!(promoted["state"], "promoted");
    assert_eq!(promoted["decided"][2]["arm"], "early");
    assert_eq!(promoted["decided"][2]["reason"], "to know");
    assert_eq!(get(&world, "/v1/experiments").await["usual"]["lead_minutes"], 60);
    world.run_until("2026-11-24T22:00:00Z").await;
    done(&world, "/v1/experiments/early/rollback", json!({})).await;
    world.run_until("2026-11-25T22:00:00Z").await;
    for name in &names {
        let rows = world.reminders(name).await;
        let leads: Vec<_> = rows.iter().map(|row| row.lead.unwrap().minutes()).collect();
        assert_eq!(&leads[1..3], [60, 15], "{name}");
        assert!(rows[1].trial.arms.is_empty() && rows[1].state.name() == "delivered");
    }
    let again = refused(&world, 409, "/v1/experiments/early/rollback", json!({})).await;
    assert!(again.contains("stopped"), "{again}");
    world.finish().await;
}

#[tokio::test]
async fn exp_01_whoever_is_erased_is_counted_in_no_arm() {
    let world = World::at("2026-11-23T10:00:00Z");
    let names = names(4);
    add(&world, &names, |spec| spec, &meetings(23, 9..10)).await;
    begin(
        &world,
        definition("aa", json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1}])),
    )
    .await;
    world.run_until("2026-11-23T18:00:00Z").await;
    let exposed = |report: &serde_json::Value| {
        let arms = report["arms"].as_array().unwrap().iter();
        arms.map(|arm| arm["exposed"].as_u64().unwrap()).sum::<u64>()
    };
    assert_eq!(exposed(&report_equals_recount(&world, &names, "aa").await), 4);
    let path = format!("/v1/users/{}", names[0].replace(' ', "%20"));
    assert_eq!(world.request(http::Method::DELETE, &path, "").await.0, 200);
    assert_eq!(exposed(&report_equals_recount(&world, &names[1..], "aa").await), 3);
    world.finish().await;
}

#[tokio::test]
async fn exp_01_a_bad_definition_is_refused_with_what_to_do() {
    let world = World::at("2026-11-23T10:00:00Z");
    let two = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1}]);
    let check = async |status: u16, more: serde_json::Value, words: &str| {
        let mut given = definition("one", two.clone());
        given.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let told = refused(&world, status, "/v1/experiments", given).await;
        assert!(told.contains(words), "{told}");
    };
    check(422, json!({"arms": [{"name": "a", "weight": 1}]}), "2 to 8 arms").await;
    check(422, json!({"name": "a/b"}), "letters").await;
    check(422, json!({"metric": "luck"}), "delivery, rating, opt_out").await;
    check(422, json!({"unit": "text"}), "always `user`").await;
    check(422, json!({"ends_at": "2026-11-20T00:00:00Z"}), "ends after it starts").await;
    check(422, json!({"until": 20_000}), "between 0 and 10000").await;
    let seven = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1, "lead_minutes": 7}]);
    check(422, json!({"arms": seven}), "5, 10, 15, 30 or 60").await;
    let newer = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1, "prompt": 9}]);
    check(422, json!({"arms": newer}), "no prompt of version 9").await;
    let of_model = json!({"name": "b", "weight": 1, "source": "model", "template": 2});
    let of_model = json!([{"name": "a", "weight": 1}, of_model]);
    check(422, json!({"arms": of_model}), "written by the model: leave one out").await;
    let third = json!([{"name": "a", "weight": 1}, {"name": "b", "weight": 1, "template": 3}]);
    check(
        422,
        json!({"arms": third}),
        "no template of version 3, which arm b names: choose one of 1, 2",
    )
    .await;
    check(422, json!({"arm": []}), "unknown field `arm`").await;
    begin(&world, definition("one", two.clone())).await;
    check(409, json!({}), "there is an experiment one already").await;
    check(409, json!({"name": "two"}), "users of the same slice").await;
    done(&world, "/v1/experiments/one/stop", json!({})).await;
    done(&world, "/v1/experiments", definition("two", two.clone())).await;
    let over = refused(&world, 409, "/v1/experiments/one/start", json!({})).await;
    assert!(over.contains("only one that is a draft can be started"), "{over}");
    refused(&world, 404, "/v1/experiments/three/stop", json!({})).await;
    world.finish().await;
}
