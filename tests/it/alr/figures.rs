//! What is judged by figures.

use adapters_embedded::model_sandbox::ModelMode;
use adapters_embedded::sms_sandbox::{Fate, Script};
use app::ports::AlertFigures;
use domain::alerts::{DailyCost, State};
use domain::statistics::Share;
use tests::events::event;
use tests::users::{phone_of, user};

use super::*;

const NEW_YORK: &str = "America/New_York";

/// Users with numbers of their own, each with a meeting at 9:15, reminded of at 14:00 UTC.
async fn crowd(watch: &Watch, size: usize) -> Vec<String> {
    let mut numbers = std::collections::BTreeSet::new();
    let named = (0..).map(|number| format!("user {number}"));
    let fresh = |name: &String| numbers.insert(phone_of(name).as_e164().to_owned());
    let names: Vec<_> = named.filter(fresh).take(size).collect();
    for name in &names {
        watch.world.add(user(name, NEW_YORK)).await;
        watch.world.put(name, "home", &[event("Meeting", "2026-11-23T09:15", NEW_YORK)]).await;
    }
    watch.world.run_until("2026-11-23T13:58:00Z").await;
    // A world folds at the end of a run only, so its counters were behind meanwhile.
    watch.live(1).await;
    watch.ears.chatted();
    names
}

fn lose(watch: &Watch, names: &[String]) {
    for name in names {
        let lost = Script::fate(Fate::Undeliver { code: 30_006 });
        watch.world.sandbox.script_next_to(phone_of(name).as_e164(), &lost, 1);
    }
}

#[tokio::test]
async fn alr_01_delivery_below_90_percent_pages_once_whatever_runs_twice() {
    let watch = Watch::counting();
    let names = crowd(&watch, 30).await;
    lose(&watch, &names[..4]);
    watch.live(10).await;
    assert_eq!(watch.state("delivery_rate_low").await, State::Firing);
    assert_eq!(watch.ears.paged(), [""; 0], "it may still settle");
    watch.live(30).await;
    let heard = watch.ears.pager.heard();
    assert_eq!(heard.len(), 1, "{heard:#?}");
    assert_eq!(heard[0]["event_action"], "trigger");
    assert_eq!(heard[0]["dedup_key"], "beforehand/delivery_rate_low//1");
    assert_eq!(heard[0]["payload"]["severity"], "critical");
    let summary = heard[0]["payload"]["summary"].as_str().unwrap();
    assert!(summary.ends_with("86.7 % (below 90.0 %)"), "{summary}");
    assert_eq!((watch.ears.chatted(), watch.ears.mailed()), (vec![], vec![]));
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_01_at_90_percent_nobody_is_woken() {
    let watch = Watch::counting();
    let names = crowd(&watch, 30).await;
    lose(&watch, &names[..3]);
    watch.live(40).await;
    assert_eq!(watch.state("delivery_rate_low").await, State::Ok);
    assert_eq!(watch.ears.paged(), [""; 0]);
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_01_three_texts_are_not_enough_data() {
    let watch = Watch::counting();
    let names = crowd(&watch, 3).await;
    lose(&watch, &names);
    watch.live(40).await;
    assert_eq!(watch.state("delivery_rate_low").await, State::NotEnoughData);
    assert_eq!(watch.ears.paged(), [""; 0]);
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_02_a_model_that_mostly_fails_is_critical() {
    let watch = Watch::saying();
    let failed =
        |hits| AlertFigures { model_failed: vec![Share::new(hits, 40)], ..AlertFigures::default() };
    watch.figures.say(failed(20));
    watch.live(30).await;
    assert_eq!(watch.state("model_failing").await, State::Ok);
    watch.figures.say(failed(21));
    watch.live(30).await;
    assert_eq!(watch.ears.paged(), ["trigger beforehand/model_failing//1"]);
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_02_a_real_model_that_is_down_pages_and_one_that_writes_does_not() {
    for (mode, expected) in [(ModelMode::Broken, State::Firing), (ModelMode::Good, State::Ok)] {
        let watch = Watch::in_world(World::maker(START).model(mode), |ports, _| ports);
        crowd(&watch, 30).await;
        watch.live(15).await;
        assert_eq!(watch.state("model_failing").await, expected, "{mode:?}");
        assert_eq!(watch.world.texts().len(), 30, "every reminder goes out all the same");
        watch.world.finish().await;
    }
}

#[tokio::test]
async fn txt_07_a_budget_that_is_used_to_four_fifths_is_a_warning() {
    for (budget, expected) in [(100_000, State::Ok), (1_500, State::Firing)] {
        let maker = World::maker(START)
            .model(ModelMode::Good)
            .composing(|settings| settings.day_microdollars_max = budget);
        let watch = Watch::in_world(maker, |ports, _| ports);
        crowd(&watch, 30).await;
        assert_eq!(watch.state("model_budget_used").await, expected, "{budget}");
        watch.world.finish().await;
    }
}

#[tokio::test]
async fn alr_03_a_model_that_costs_twice_the_average_of_active_days_is_a_warning() {
    let watch = Watch::saying();
    let cost = |today_micros, active_days| AlertFigures {
        model_cost: Some(DailyCost { today_micros, before_micros: 300, active_days }),
        ..AlertFigures::default()
    };
    watch.figures.say(cost(1_000, 2));
    watch.live(5).await;
    assert_eq!(watch.state("model_cost_high").await, State::NotEnoughData, "two active days");
    watch.figures.say(cost(200, 3));
    watch.live(5).await;
    assert_eq!(watch.state("model_cost_high").await, State::Ok);
    watch.figures.say(cost(201, 3));
    watch.live(5).await;
    assert_eq!(watch.ears.chatted(), ["Warning: model_cost_high"]);
    assert_eq!(watch.ears.paged(), [""; 0], "nobody is woken for it");
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_04_more_than_a_tenth_opting_out_is_a_warning() {
    let watch = Watch::saying();
    let opted_out = |hits, of| AlertFigures {
        opted_out: Some(Share::new(hits, of)),
        ..AlertFigures::default()
    };
    watch.figures.say(opted_out(2, 3));
    watch.live(5).await;
    assert_eq!(watch.state("opt_outs_high").await, State::NotEnoughData);
    watch.figures.say(opted_out(3, 30));
    watch.live(5).await;
    assert_eq!(watch.state("opt_outs_high").await, State::Ok);
    watch.figures.say(opted_out(4, 30));
    watch.live(5).await;
    assert_eq!(watch.ears.chatted(), ["Warning: opt_outs_high"]);
    assert_eq!(watch.ears.paged(), [""; 0]);
    watch.world.finish().await;
}
