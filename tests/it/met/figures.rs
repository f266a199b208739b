//! Figures of days, users and hours, as the API tells them.

use adapters_embedded::sms_sandbox::{Delays, Fate, Script};
use app::figures::{days, days_of, hours};
use app::fold::contribution;
use app::ports::Metrics;
use domain::figures::Dimension;
use domain::reminder::{ModelCall, TextSource};
use domain::time::ahead;
use http::Method;
use jiff::SignedDuration;
use jiff::civil::{Date, date};
use serde_json::Value;
use tests::events::event;
use tests::memory::MemoryStore;
use tests::users::user;
use tests::world::{World, instant, user_id};

const NEW_YORK: &str = "America/New_York";
const UTC: &str = "Etc/UTC";
const TODAY: Date = date(2026, 11, 24);

async fn get(world: &World, path: &str) -> Value {
    world.system.fold().await.expect("the store answers");
    let (status, body) = world.request(Method::GET, path, "").await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

/// A world whose carrier takes so long.
fn world(delays: Delays) -> World {
    World::maker("2026-11-24T06:00:00Z").sandbox(|config| config.delays = delays).make()
}

#[tokio::test]
async fn met_02_a_delivery_belongs_to_the_day_its_text_was_sent() {
    let two_minutes = SignedDuration::from_mins(2);
    let world = world(Delays { ended: two_minutes, ..Delays::NONE });
    world.add(user("ada", UTC)).await;
    world.put("ada", "work", &[event("Midnight", "2026-11-25T00:14", UTC)]).await;
    world.run_until("2026-11-25T03:00:00Z").await;
    let row = world.reminder("ada").await;
    assert_eq!(row.attempts[0].claimed_at, instant("2026-11-24T23:59:00Z"));
    let told = get(&world, "/v1/metrics?from=2026-11-24&to=2026-11-25").await;
    assert_eq!(told["days"].as_array().unwrap().len(), 1, "{told:#}");
    assert_eq!(
        (&told["days"][0]["date"], &told["days"][0]["delivered"]),
        (&"2026-11-24".into(), &1.into())
    );
    assert_eq!(told["total"]["delivery_rate"], 1.0);
    let took = told["total"]["delivery_ms"]["mean"].as_u64().unwrap();
    assert_eq!(took, 120_000);
    let by_hour = get(&world, "/v1/metrics?from=2026-11-24&by=hour").await;
    assert_eq!(by_hour["hours"][0]["at"], "2026-11-24T23:00:00Z");
    let own = get(&world, "/v1/users/ada/metrics?days=2").await;
    assert_eq!((&own["from"], &own["to"]), (&"2026-11-24".into(), &"2026-11-25".into()));
    assert_eq!(own["days"][0]["date"], "2026-11-24");
    world.finish().await;
}

#[tokio::test]
async fn met_02_deferred_retried_and_skipped_are_told_apart() {
    let world = world(Delays::NONE);
    world.add(user("ada", NEW_YORK)).await;
    world.add(user("bob", NEW_YORK).quiet(&["09:30-09:50"])).await;
    world.add(user("carol", NEW_YORK).unverified()).await;
    let undelivered = Script::fate(Fate::Undeliver { code: 30_003 });
    world.sandbox.script_next_to(tests::users::phone_of("ada").as_e164(), &undelivered, 1);
    for id in ["ada", "bob", "carol"] {
        world.put(id, "work", &[event("Meeting", "2026-11-24T10:00", NEW_YORK)]).await;
    }
    world.run_until("2026-11-24T18:00:00Z").await;
    let told = get(&world, "/v1/metrics").await;
    let total = &told["total"];
    let count = |name: &str| total[name].as_u64().unwrap();
    assert_eq!((count("planned"), count("sent"), count("delivered")), (3, 2, 2), "{told:#}");
    assert_eq!((count("texts"), count("attempts"), count("deferred")), (3, 3, 1));
    assert_eq!((count("skipped"), count("failed"), count("undelivered")), (1, 0, 0));
    assert_eq!(total["skipped_by"]["phone_unverified"], 1);
    assert_eq!(total["delivery_rate"], 1.0, "three texts, two reminders, and not 150 %");
    assert_eq!(total["error_codes"], serde_json::json!({"30003": 1}));
    let us = get(&world, "/v1/metrics?dimension=country:US").await;
    assert_eq!(us["total"]["error_codes"], serde_json::json!({"30003": 1}));
    let ada = get(&world, "/v1/users/ada/metrics").await;
    assert_eq!((&ada["total"]["texts"], &ada["total"]["delivery_rate"]), (&2.into(), &1.0.into()));
    world.finish().await;
}

#[tokio::test]
async fn met_03_where_nothing_was_sent_there_is_no_rate() {
    let world = world(Delays::NONE);
    world.add(user("ada", NEW_YORK)).await;
    let check = async |path: &str| {
        let told = get(&world, path).await;
        for rate in ["delivery_rate", "deferral_rate", "daily_limit_rate", "delivery_ms"] {
            assert_eq!(told["total"][rate], Value::Null, "{path}: {rate}");
        }
        assert_eq!(told["total"]["model"]["success_rate"], Value::Null, "{path}");
        assert_eq!(told["days"].as_array().unwrap().len(), 0, "{path}");
    };
    check("/v1/metrics").await;
    check("/v1/metrics?from=2026-11-01&to=2026-11-30&dimension=country:US").await;
    check("/v1/users/ada/metrics?days=30").await;
    // Planned, but not sent.
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:00", NEW_YORK)]).await;
    world.settle().await;
    let told = get(&world, "/v1/metrics").await;
    assert_eq!(
        (&told["total"]["planned"], &told["total"]["delivery_rate"]),
        (&1.into(), &Value::Null)
    );
    world.finish().await;
}

#[tokio::test]
async fn met_03_prometheus_is_told_no_rate_of_nothing() {
    let world = world(Delays::NONE);
    let check = async |path: &str, has_rate: bool| {
        world.system.fold().await.expect("the store answers");
        let (status, text) = world.request(Method::GET, path, "").await;
        assert_eq!(status, 200, "{text}");
        assert_eq!(text.contains("beforehand_delivery_ratio 1\n"), has_rate, "{text}");
    };
    check("/metrics", false).await;
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    check("/metrics", true).await;
    check("/v1/metrics/prometheus", true).await;
    world.finish().await;
}

#[tokio::test]
async fn a_user_is_one_user_a_day_however_many_texts_they_get() {
    let world = world(Delays::NONE);
    world.add(user("ada", NEW_YORK).limit(2)).await;
    for id in ["bob", "carol"] {
        world.add(user(id, NEW_YORK)).await;
    }
    let at = |time: &str| event(time, &format!("2026-11-24T{time}"), NEW_YORK);
    world.put("ada", "work", &["10:00", "11:00", "12:00", "13:00"].map(at)).await;
    world.put("bob", "work", &["10:00", "12:00"].map(at)).await;
    world.run_until("2026-11-24T19:00:00Z").await;
    world.reply("bob", "STOP").await;
    world.settle().await;
    let told = get(&world, "/v1/metrics").await;
    let total = &told["total"];
    assert_eq!((&total["sent"], &total["users_texted"]), (&4.into(), &2.into()));
    assert_eq!((&total["daily_limit"], &total["users_limited"]), (&2.into(), &1.into()));
    assert_eq!((&total["opt_out_rate"], &total["users_limited_rate"]), (&0.5.into(), &0.5.into()));
    // What one person's days say is of reminders.
    let own = get(&world, "/v1/users/ada/metrics?days=1").await;
    assert_eq!(own["total"]["users_texted"], 0);
    world.finish().await;
}

#[tokio::test]
async fn met_04_an_opt_out_is_counted_once_in_the_hour_it_was_sent() {
    let world = world(Delays::NONE);
    for id in ["ada", "bob"] {
        world.add(user(id, NEW_YORK)).await;
        world.put(id, "work", &[event("Meeting", "2026-11-24T10:00", NEW_YORK)]).await;
    }
    world.run_until("2026-11-24T15:30:00Z").await;
    for word in ["STOP", "stop", "STOP"] {
        world.reply("ada", word).await;
    }
    world.run_until("2026-11-24T16:30:00Z").await;
    world.reply("ada", "STOP").await;
    world.settle().await;
    let told = get(&world, "/v1/metrics?by=hour").await;
    let total = &told["total"];
    assert_eq!((&total["opted_out"], &total["opt_out_rate"]), (&1.into(), &0.5.into()));
    let hours = told["hours"].as_array().unwrap();
    let hour = hours.iter().find(|hour| hour["opted_out"] == 1).unwrap();
    assert_eq!(hour["at"], "2026-11-24T15:00:00Z");
    // Back, and out again: that is another one.
    world.reply("ada", "START").await;
    world.run_until("2026-11-24T16:40:00Z").await;
    world.reply("ada", "STOP").await;
    world.settle().await;
    assert_eq!(get(&world, "/v1/metrics").await["total"]["opted_out"], 2);
    world.finish().await;
}

#[tokio::test]
async fn figures_are_asked_for_in_words_that_exist() {
    let world = world(Delays::NONE);
    world.add(user("ada", NEW_YORK)).await;
    let check = async |path: &str, status: u16, words: &str| {
        let (found, body) = world.request(Method::GET, path, "").await;
        assert_eq!(found, status, "{path}: {body}");
        assert!(body.contains(words), "{path}: {body}");
    };
    check("/v1/metrics?from=2026-11-24&to=2026-11-23", 422, "choose a date").await;
    check("/v1/metrics?from=2026-01-01&to=2026-12-31", 422, "choose a date").await;
    check("/v1/metrics?from=2026-11-01&to=2026-11-09&by=hour", 422, "choose a date").await;
    check("/v1/metrics?from=tomorrow", 422, "from").await;
    check("/v1/metrics?by=week", 422, "day or hour").await;
    check("/v1/metrics?dimension=user:ada", 422, "not a dimension").await;
    check("/v1/users/ada/metrics?days=0", 422, "1 to 92").await;
    check("/v1/users/bob/metrics", 404, "no user").await;
    world.finish().await;
}

#[tokio::test]
async fn met_04_durations_costs_deferrals_limits_and_lateness_per_day_and_user() {
    let world = world(Delays { ended: SignedDuration::from_secs(8), ..Delays::NONE });
    world.add(user("ada", NEW_YORK).limit(2).quiet(&["09:30-09:50"])).await;
    world.add(user("bob", NEW_YORK)).await;
    let events = ["10:00", "12:00", "14:00"]
        .map(|time| event(&format!("At {time}"), &format!("2026-11-24T{time}"), NEW_YORK));
    world.put("ada", "work", &events).await;
    world.put("bob", "work", &events[..1]).await;
    world.run_until("2026-11-25T01:00:00Z").await;
    // The same rows, half of them as if a model had been asked, counted in a store of their own.
    let metrics = MemoryStore::new(world.ports.clock.clone());
    for (id, is_used) in [("ada", true), ("bob", false)] {
        for mut row in world.reminders(id).await {
            let call = Box::new(ModelCall {
                model: "m".to_owned(),
                prompt_version: "reminder.1".to_owned(),
                input_tokens: 200,
                output_tokens: 30,
                cost_microdollars: 50,
                took_ms: 900,
            });
            let (id, reason) = ("t".to_owned(), "timeout".to_owned());
            row.source = match is_used {
                true => {
                    let template = Some(id);
                    TextSource::Model { call, instead_of: row.body.clone(), template }
                }
                false => TextSource::Fallback { id, call, reason },
            };
            let counts = contribution(&row);
            metrics.replace_contribution(&row.user, row.id, 1, &counts).await.unwrap();
        }
    }
    let all = days(&metrics, &Dimension::all(), TODAY, TODAY).await.unwrap().all;
    assert_eq!((all.planned, all.delivered, all.deferred, all.daily_limit), (4, 3, 1, 1));
    assert_eq!((all.model.cost_microdollars, all.model.input_tokens), (200, 800));
    assert_eq!(all.model_success().rate(), Some(0.75));
    assert_eq!((all.segments, all.texts_cost_microdollars), (3, 3 * 11_800));
    assert_eq!(all.generation_time().unwrap().mean, 900);
    let took = all.delivery_time().unwrap();
    assert_eq!((took.count, took.mean), (3, 8_000));
    assert!(took.p50.abs_diff(8_000) <= 160 && took.p95.abs_diff(8_000) <= 160, "{took:?}");
    assert_eq!(all.lateness().unwrap().count, 3);
    let own = days_of(&metrics, &user_id("ada"), TODAY, TODAY).await.unwrap();
    let own = &own.parts[0].1;
    assert_eq!((own.planned, own.delivered, own.daily_limit, own.deferred), (3, 2, 1, 1));
    assert_eq!((own.model.cost_microdollars, own.model_success().rate()), (150, Some(1.0)));
    assert_eq!(own.delivery_time().unwrap().count, 2);
    let model = Dimension::source("model");
    let model = days(&metrics, &model, TODAY, TODAY).await.unwrap().all;
    assert_eq!((model.planned, model.delivered), (3, 2));
    let (from, until) = (instant("2026-11-24T14:00:00Z"), instant("2026-11-24T15:00:00Z"));
    let hour = hours(&metrics, &Dimension::all(), from, until).await.unwrap();
    assert_eq!(hour.parts.len(), 1);
    assert_eq!((hour.all.delivered, ahead(from, SignedDuration::from_hours(1))), (2, until));
    world.finish().await;
}
