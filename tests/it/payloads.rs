//! Every trigger's payload, in the shape that AWS gives it, through its handler.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use adapters_aws::gateway;
use adapters_embedded::model_sandbox::ModelMode;
use adapters_embedded::sms_sandbox::signature;
use adapters_embedded::store::SqliteStore;
use app::domain_events::DomainEvent;
use app::fold::{FoldPorts, contribution};
use app::ports::{DomainEvents, Metrics, QueueError};
use app::records::{Record, ReminderV1};
use async_trait::async_trait;
use aws_lambda_events::eventbridge::EventBridgeEvent;
use axum::body::Body;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::reasons::CancelReason;
use domain::reminder::{Reminder, State, TextSource};
use domain::states::{Change, apply};
use jiff::SignedDuration;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tests::domain_events::KeptDomainEvents;
use tests::events::event;
use tests::stand_ins::answer;
use tests::users::user;
use tests::world::{PUBLIC_URL, World};
use twilio_webhook::STATUS_PATH;

const NEW_YORK: &str = "America/New_York";

/// The text of a fixture, with what stands between `@` signs filled in.
fn text(name: &str, filled: &[(&str, &str)]) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/aws").join(name);
    let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("{} is there", path.display()));
    filled.iter().fold(text, |text, (place, value)| text.replace(&format!("@{place}@"), value))
}

fn payload<T: DeserializeOwned>(name: &str, filled: &[(&str, &str)]) -> T {
    serde_json::from_str(&text(name, filled)).unwrap_or_else(|bad| panic!("{name}: {bad}"))
}

/// Ada has a meeting at ten past ten in New York; it is a quarter to ten there, or so.
async fn ada_before_ten() -> World {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:10", NEW_YORK)]).await;
    world.run_until("2026-11-24T14:54:59Z").await;
    world
}

/// The ids in the failures of a batch, as AWS reads them.
fn failures(response: &impl serde::Serialize) -> Vec<String> {
    let response = serde_json::to_value(response).unwrap();
    let failures = response["batchItemFailures"].as_array().expect("AWS reads this key").clone();
    failures.iter().map(|f| f["itemIdentifier"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_batch_of_send_jobs_sends_and_gives_back_only_what_is_no_job() {
    let world = ada_before_ten().await;
    world.lose_queues();
    world.clock.advance(SignedDuration::from_secs(1));
    let id = world.reminder("ada").await.id.to_string();
    let batch = payload("sqs-send-jobs.json", &[("reminder", &id)]);
    let response = sender::handle(&world.ports.sends(&world.settings), batch).await;
    assert_eq!(failures(&response), ["MessageID_1"]);
    assert_eq!(world.texts_to("ada").len(), 1);
    world.run_until("2026-11-25T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn a_batch_of_plan_jobs_plans_and_gives_back_only_what_is_no_job() {
    let world = World::at("2026-11-24T10:00:00Z");
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T10:10", NEW_YORK)]).await;
    world.lose_queues();
    let ports = world.ports.plans(&world.settings);
    let response = planner::handle(&ports, &*world.clock, payload("sqs-plan-jobs.json", &[])).await;
    assert_eq!(failures(&response), ["MessageID_1"]);
    assert_eq!(world.reminder("ada").await.state, State::Scheduled);
    world.finish().await;
}

#[tokio::test]
async fn a_batch_of_compose_jobs_writes_and_gives_back_only_what_is_no_job() {
    let world = World::maker("2026-11-24T10:00:00Z").model(ModelMode::Good).make();
    world.add(user("ada", NEW_YORK)).await;
    world.put("ada", "work", &[event("Meeting", "2026-11-24T12:00", NEW_YORK)]).await;
    world.system.consume_plans().await;
    let id = world.reminder("ada").await.id.to_string();
    let ports = world.ports.composes(&world.settings).unwrap();
    let batch = payload("sqs-compose-jobs.json", &[("reminder", &id)]);
    let response = composer::handle(&ports, batch).await;
    assert_eq!(failures(&response), ["MessageID_1"]);
    assert!(matches!(world.reminder("ada").await.source, TextSource::Model { .. }));
    world.finish().await;
}

#[tokio::test]
async fn a_tick_of_the_schedule_starts_each_function_that_has_one() {
    let tick = || payload::<EventBridgeEvent>("eventbridge-schedule.json", &[]);
    let world = ada_before_ten().await;
    world.lose_queues();
    world.clock.advance(SignedDuration::from_mins(3));
    let promotions = world.ports.promotions(&world.settings);
    let watched = world.ports.monitor(&world.settings);
    // Its time came three minutes ago and nobody looked: the monitor asks for it again.
    let monitored = monitor::handle(&watched, &*world.clock, tick()).await;
    assert_eq!(monitored.unwrap(), monitor::Monitored { swept: 1, syncs: 0 });
    world.settle().await;
    assert_eq!(world.texts_to("ada").len(), 1);
    let lunch = event("Lunch", "2026-11-24T12:00", NEW_YORK);
    world.put("ada", "home", &[lunch]).await;
    world.settle().await;
    world.clock.advance_to("2026-11-24T16:36:00Z".parse().unwrap());
    assert_eq!(promoter::handle(&promotions, &*world.clock, tick()).await.unwrap(), 1);
    // The next day begins at five in the morning, UTC; no earlier.
    let ticks = world.ports.ticks(&world.settings);
    assert_eq!(scheduler::handle(&ticks, &*world.clock, tick()).await.unwrap(), 0);
    world.clock.advance_to("2026-11-25T04:45:00Z".parse().unwrap());
    assert_eq!(scheduler::handle(&ticks, &*world.clock, tick()).await.unwrap(), 1);
    world.run_until("2026-11-26T16:00:00Z").await;
    world.finish().await;
}

#[tokio::test]
async fn a_local_day_on_the_bus_asks_for_the_plans_of_its_zone() {
    let world = ada_before_ten().await;
    let ticks = world.ports.ticks(&world.settings);
    let day = || payload::<EventBridgeEvent>("eventbridge-local-day-started.json", &[]);
    assert_eq!(scheduler::handle(&ticks, &*world.clock, day()).await.unwrap(), 1);
    world.run_until("2026-11-25T06:00:00Z").await;
    let mut unreadable = day();
    unreadable.detail = json!({ "version": 2 });
    let refused = scheduler::handle(&ticks, &*world.clock, unreadable).await.unwrap_err();
    assert!(refused.to_string().contains("version 2"), "{refused}");
    world.finish().await;
}

#[tokio::test]
async fn a_callback_through_the_api_gateway_is_verified_and_recorded() {
    let world = ada_before_ten().await;
    world.run_until("2026-11-24T14:55:01Z").await;
    let row = world.reminder("ada").await;
    let id = row.id.to_string();
    let Some(attempt) = row.last_attempt() else { panic!("it was posted: {row:?}") };
    let domain::reminder::AttemptOutcome::Accepted { sid } = &attempt.outcome else {
        panic!("the provider has it: {row:?}")
    };
    let form = [("MessageSid", sid.as_str()), ("MessageStatus", "delivered")];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let url = format!("{PUBLIC_URL}{STATUS_PATH}?user=ada&reminder={id}&attempt=1");
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&form).finish();
    let body = STANDARD.encode(body);
    let post = async |signature: &str| {
        let filled = [("reminder", &*id), ("signature", signature), ("body", &*body)];
        let payload = text("apigateway-v2-twilio-status.json", &filled);
        let request = gateway::request(serde_json::from_str(&payload).unwrap()).unwrap();
        answer(world.system.router(), request.map(Body::new)).await.0
    };
    assert_eq!(post("bm90IHNpZ25lZA==").await, 403);
    assert_eq!(world.reminder("ada").await.state, row.state);
    assert_eq!(post(&signature(world.token(), &url, &form)).await, 204);
    assert_eq!(world.reminder("ada").await.state, State::Delivered);
    world.run_until("2026-11-24T16:00:00Z").await;
    world.finish().await;
}

/// A stream record with images of these rows, where there are any.
fn record(kind: &str, number: u32, old: Option<&Reminder>, new: Option<&Reminder>) -> Value {
    let image = |row: &Reminder| -> Value {
        let doc = serde_dynamo::to_attribute_value(ReminderV1::of(row)).unwrap();
        let doc: serde_dynamo::AttributeValue = doc;
        json!({
            "user": { "S": row.user.as_str() },
            "reminder": { "S": row.id.to_string() },
            "due_bucket": { "S": "2026-11-24T14:55Z#3" },
            "expires_at": { "N": "1801958400" },
            "doc": doc,
        })
    };
    let number = number.to_string();
    let mut record: Value = payload("dynamodb-stream-record.json", &[("number", &number)]);
    record["eventName"] = kind.into();
    let change = record["dynamodb"].as_object_mut().unwrap();
    change.remove("NewImage");
    for (name, row) in [("NewImage", new), ("OldImage", old)] {
        if let Some(row) = row {
            change.insert(name.to_owned(), image(row));
        }
    }
    record
}

fn stream(records: &[Value]) -> aws_lambda_events::dynamodb::Event {
    serde_json::from_value(json!({ "Records": records })).unwrap()
}

#[tokio::test]
async fn a_change_that_counts_as_before_is_not_written_to_the_counters() {
    let world = ada_before_ten().await;
    let planned = world.reminder("ada").await;
    let now = world.now();
    let (body, source) = (planned.body.clone(), planned.source.clone());
    let retext = Change::Retext { facts: planned.facts.clone(), body, source };
    let retexted = apply(&planned, retext, now).unwrap();
    let cancelled = apply(&retexted, Change::Cancel(CancelReason::Declined), now).unwrap();
    let counting = Arc::new(SqliteStore::in_memory(world.clock.clone()).unwrap());
    let kept: Arc<dyn DomainEvents> = Arc::new(KeptDomainEvents::default());
    let ports = FoldPorts { metrics: counting.clone(), domain_events: kept };
    let first = record("INSERT", 1, None, Some(&planned));
    let alike = record("MODIFY", 2, Some(&planned), Some(&retexted));
    let last = record("MODIFY", 3, Some(&retexted), Some(&cancelled));
    let counted = |name: &str| vec![("planned".to_owned(), 1), (name.to_owned(), 1)];
    for batch in [vec![first], vec![alike.clone()]] {
        assert_eq!(failures(&metrics::handle(&ports, stream(&batch)).await), [""; 0]);
        let counters = counting.counters(&planned.user, planned.day_on).await.unwrap();
        assert_eq!(counters, counted("scheduled"));
    }
    // The counters still stand at the first revision, so the second could be counted now...
    let again = contribution(&retexted);
    let (user, id) = (&planned.user, planned.id);
    assert!(counting.replace_contribution(user, id, retexted.revision, &again).await.unwrap());
    // ...and beside one that counts anew it holds nothing up.
    assert_eq!(failures(&metrics::handle(&ports, stream(&[alike, last])).await), [""; 0]);
    let counters = counting.counters(user, planned.day_on).await.unwrap();
    assert!(counters.contains(&("cancelled".to_owned(), 1)), "{counters:?}");
    world.run_until("2026-11-25T16:00:00Z").await;
    world.finish().await;
}

/// A bus that is down.
struct Down;

#[async_trait]
impl DomainEvents for Down {
    async fn publish(&self, _: &[DomainEvent]) -> Result<(), QueueError> {
        Err(QueueError { operation: "publish", source: "a fault of this test".into() })
    }
}

#[tokio::test]
async fn the_stream_is_counted_once_and_told_and_what_is_unreadable_comes_again() {
    let world = ada_before_ten().await;
    let row = world.reminder("ada").await;
    let (mut planned, now) = (row.clone(), world.now());
    planned.revision = 1;
    let cancelled = apply(&planned, Change::Cancel(CancelReason::Declined), now).unwrap();
    let mut alien = record("INSERT", 2, None, Some(&row));
    alien["dynamodb"]["NewImage"]["doc"]["M"]["v"] = json!({ "N": "9" });
    let batch = [
        record("INSERT", 1, None, Some(&planned)),
        alien,
        record("MODIFY", 3, Some(&planned), Some(&cancelled)),
        record("REMOVE", 4, Some(&cancelled), None),
    ];
    // A store of its own, for the world folds its feed itself.
    let counting = Arc::new(SqliteStore::in_memory(world.clock.clone()).unwrap());
    let kept = KeptDomainEvents::default();
    let ports = FoldPorts { metrics: counting.clone(), domain_events: Arc::new(kept.clone()) };
    for _ in 0..2 {
        assert_eq!(failures(&metrics::handle(&ports, stream(&batch)).await), ["2"]);
        assert_eq!(kept.take_types(), ["ReminderPlanned", "ReminderCancelled"]);
        let counters = counting.counters(&row.user, row.day_on).await.unwrap();
        let expected = [("cancelled", 1), ("cancelled.declined", 1), ("planned", 1)];
        assert_eq!(counters, expected.map(|(name, count)| (name.to_owned(), count)));
    }
    let down = FoldPorts { domain_events: Arc::new(Down), ..ports.clone() };
    assert_eq!(failures(&metrics::handle(&down, stream(&batch[2..])).await), ["3"]);
    assert_eq!(failures(&metrics::handle(&down, stream(&batch[3..])).await), [""; 0]);
    let another = payload("dynamodb-stream-of-another-table.json", &[]);
    let number = "1405400000000002063282832";
    assert_eq!(failures(&metrics::handle(&ports, another).await), [number, number]);
    world.run_until("2026-11-25T16:00:00Z").await;
    world.finish().await;
}
