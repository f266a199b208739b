//! Traces: one for each reminder, from the tick to the receipt, by OTLP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use app::ports::Clock;
use tests::collector::{Collector, attribute};
use tests::events::event;
use tests::users::{phone_of, user};
use tests::world::World;
use traces::wire::WireSpan;
use traces::{ATTRIBUTES, SPANS_MAX, Traces, trace_of_day};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt as _;

const NEW_YORK: &str = "America/New_York";

/// Collects the spans of a world, by its clock, on the thread of the test.
fn traces_of(world: &World) -> (Traces, DefaultGuard) {
    let clock = world.clock.clone();
    let now = move || u64::try_from(clock.now().as_nanosecond()).unwrap();
    let traces = Traces::new("beforehand", "test", now);
    let subscriber = tracing_subscriber::registry().with(traces.layer());
    let guard = tracing::subscriber::set_default(subscriber);
    (traces, guard)
}

fn named<'a>(spans: &'a [WireSpan], name: &str) -> Vec<&'a WireSpan> {
    spans.iter().filter(|span| span.name == name).collect()
}

/// Whether a span is linked to the place of another.
fn is_linked(span: &WireSpan, to: &WireSpan) -> bool {
    span.links.iter().any(|link| link.trace_id == to.trace_id && link.span_id == to.span_id)
}

#[tokio::test]
async fn the_steps_of_a_reminder_from_tick_to_receipt_are_found_together() {
    let world = World::at("2026-11-24T11:00:00Z");
    let (traces, _guard) = traces_of(&world);
    let (collector, exporter) = Collector::of(&traces).await;
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Standup", "2026-11-25T10:00", NEW_YORK)]).await;
    world.run_until("2026-11-25T16:00:00Z").await;
    world.system.fold().await.unwrap();
    exporter.flush().await;
    let row = world.reminder("ada").await;
    let spans = collector.spans();
    let trace = u128::from_str_radix(&row.id.to_string(), 16).unwrap().to_be_bytes();
    let own: Vec<_> = spans.iter().filter(|span| span.trace_id == trace).cloned().collect();
    let names: BTreeSet<_> = own.iter().map(|span| span.name.as_str()).collect();
    let expected = ["planned", "promoted", "look", "claim", "post", "receipt", "folded"];
    assert_eq!(names, BTreeSet::from(expected));
    for span in &own {
        assert_eq!(attribute(span, "reminder.id"), Some(row.id.to_string()), "{}", span.name);
    }
    // Inner steps are below the outer one, and steps of single ones link to those of many.
    let look = named(&own, "look")
        .into_iter()
        .find(|look| named(&own, "post").iter().any(|post| post.parent_span_id == look.span_id));
    assert_eq!(attribute(look.unwrap(), "outcome").as_deref(), Some("Posted"));
    for (one, many) in [("planned", "plan"), ("promoted", "promote"), ("folded", "fold")] {
        let span = named(&own, one)[0];
        assert!(span.parent_span_id.is_empty());
        assert!(named(&spans, many).iter().any(|many| is_linked(span, many)), "{one}");
    }
    // The plan leads to the day's trace, in which the tick announced it, and that to the tick.
    let day = trace_of_day("America/New_York/2026-11-25");
    let began = named(&spans, "day_begins").into_iter().find(|span| span.trace_id == day);
    let ticks = named(&spans, "tick");
    assert!(ticks.iter().any(|tick| is_linked(began.unwrap(), tick)));
    assert!(named(&spans, "ask_for_plans").iter().any(|span| span.trace_id == day));
    let plans = named(&spans, "plan");
    let planned = plans.iter().find(|plan| is_linked(named(&own, "planned")[0], plan)).unwrap();
    assert!(planned.links.iter().any(|link| link.trace_id == day));
    let statuses = named(&own, "receipt").into_iter().filter_map(|span| attribute(span, "status"));
    assert!(statuses.into_iter().any(|status| status == "Delivered"));
    world.finish().await;
}

#[tokio::test]
async fn spans_hold_ids_and_words_of_ours_and_nothing_of_people() {
    let world = World::at("2026-11-24T11:00:00Z");
    let (traces, _guard) = traces_of(&world);
    let (collector, exporter) = Collector::of(&traces).await;
    world.add(user("somebody-known", NEW_YORK)).await;
    let title = "Oncologist with Grace";
    world.put("somebody-known", "work", &[event(title, "2026-11-24T10:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T16:00:00Z").await;
    world.system.fold().await.unwrap();
    exporter.flush().await;
    assert!(!collector.spans().is_empty());
    for body in collector.bodies() {
        let text = String::from_utf8_lossy(&body).into_owned();
        let phone = phone_of("somebody-known");
        for word in
            ["Oncologist", "Grace", "somebody-known", phone.as_e164().trim_start_matches('+')]
        {
            assert!(!text.contains(word), "{word}");
        }
    }
    for span in collector.spans() {
        for attribute in &span.attributes {
            assert!(ATTRIBUTES.contains(&attribute.key.as_str()), "{}", attribute.key);
        }
    }
    world.finish().await;
}

#[tokio::test]
async fn a_collector_that_is_down_costs_spans_and_no_text_and_is_left_alone_for_a_while() {
    let world = World::at("2026-11-24T11:00:00Z");
    let (traces, _guard) = traces_of(&world);
    let (collector, exporter) = Collector::of(&traces).await;
    collector.refuse(true);
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Standup", "2026-11-24T10:00", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:50:00Z").await;
    exporter.flush().await;
    assert_eq!(world.texts().len(), 1);
    let after_refusal = traces.waiting();
    collector.refuse(false);
    exporter.flush().await;
    assert_eq!(traces.waiting(), after_refusal, "it is not asked again at once");
    world.run_until("2026-11-24T14:51:00Z").await;
    exporter.flush().await;
    assert_eq!(traces.waiting(), 0);
    assert!(!collector.spans().is_empty());
    world.finish().await;
}

#[tokio::test]
async fn what_waits_is_bounded_and_what_is_lost_is_counted() {
    let world = World::at("2026-11-24T11:00:00Z");
    let (traces, guard) = traces_of(&world);
    for number in 0..SPANS_MAX + 3 {
        drop(tracing::info_span!(target: "app::test", "step", revision = number, secret = "no"));
    }
    drop(tracing::info_span!(target: "hyper::client", "of a library"));
    assert_eq!(traces.waiting(), SPANS_MAX);
    let (mut spans, mut lost) = (0, 0);
    while let Some(batch) = traces.take() {
        assert!(!String::from_utf8_lossy(&batch.body).contains("secret"));
        spans += batch.spans;
        lost += batch.lost;
    }
    assert_eq!((spans, lost), (SPANS_MAX, 3));
    drop(guard);
    world.finish().await;
}

#[tokio::test]
async fn a_step_that_failed_says_so() {
    let world = World::at("2026-11-24T11:00:00Z");
    let (traces, _guard) = traces_of(&world);
    let (collector, exporter) = Collector::of(&traces).await;
    let outcomes = Arc::new([("Posted", false), ("failed", true)]);
    for (outcome, _) in outcomes.iter() {
        let step =
            tracing::info_span!(target: "app::test", "step", outcome = tracing::field::Empty);
        step.record("outcome", outcome);
    }
    tracing::info_span!(target: "app::test", "step", outcome = "told").in_scope(|| {
        tracing::error!(target: "app::test", "Nobody can read this");
    });
    exporter.flush().await;
    let failed = collector.spans().into_iter().map(|span| {
        (attribute(&span, "outcome").unwrap(), span.status.is_some_and(|status| status.code == 2))
    });
    let failed: BTreeMap<_, _> = failed.collect();
    let expected = [("Posted", false), ("failed", true), ("told", true)];
    assert_eq!(failed, expected.map(|(word, is)| (word.to_owned(), is)).into());
    world.finish().await;
}
