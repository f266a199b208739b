//! The summary of a day, in Slack and by e-mail.

use domain::alerts::Course;
use domain::rollout::Rollout;
use serde_json::Value;
use tests::events::event;
use tests::users::user;
use tests::world::user_id;

use super::*;

/// The summaries that Slack got, whole.
fn in_slack(ears: &Ears) -> Vec<Value> {
    let heard = ears.chat.heard().into_iter();
    heard.filter(|m| m["text"].as_str().is_some_and(|t| t.starts_with("Summary of"))).collect()
}

/// The digests that were mailed, whole.
fn by_mail(ears: &Ears) -> Vec<String> {
    let heard = ears.email.heard().into_iter().filter(|mail| mail["kind"] == "summary");
    heard.map(|mail| mail["mail"].as_str().unwrap().to_owned()).collect()
}

/// What a summary in Slack says of a figure: on the day, and usually.
fn figure(message: &Value, name: &str) -> (String, String) {
    let blocks = message["blocks"].as_array().unwrap();
    let fields = blocks.iter().filter_map(|block| block["fields"].as_array()).flatten();
    let mut texts = fields.map(|field| field["text"].as_str().unwrap());
    let head = format!("*{name}*\n");
    let told = texts.find_map(|text| text.strip_prefix(head.as_str())).unwrap();
    let (day, usual) = told.split_once(" (usual: ").unwrap();
    (day.to_owned(), usual.trim_end_matches(')').to_owned())
}

/// A mail's lines as they were before the journey: no soft breaks, no codes.
fn decoded(mail: &str) -> String {
    let joined = mail.replace("=\r\n", "").replace("\r\n", "\n");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        let code = code.filter(|_| *first == b'=').and_then(|h| u8::from_str_radix(h, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap()
}

/// A person with two texts on the first day and one on the second.
async fn two_days() -> Watch {
    let watch = Watch::counting();
    let world = &watch.world;
    world.add(user("ada", "UTC")).await;
    let events = [
        event("Breakfast", "2026-11-23T11:00", "UTC"),
        event("Lunch", "2026-11-23T13:00", "UTC"),
        event("Dinner", "2026-11-24T18:00", "UTC"),
    ];
    world.put("ada", "home", &events).await;
    watch
}

/// Lets everything live until an instant, with the counters never far behind.
async fn live_until(watch: &Watch, until: &str) {
    let until: jiff::Timestamp = until.parse().unwrap();
    while watch.world.now() < until {
        let next = watch.world.now() + SignedDuration::from_mins(9);
        watch.world.run_to(next.min(until)).await;
    }
    watch.look().await;
}

#[tokio::test]
async fn alr_07_one_summary_and_one_digest_a_day_with_the_counters_numbers() {
    let watch = two_days().await;
    live_until(&watch, "2026-11-24T07:59:00Z").await;
    assert_eq!((in_slack(&watch.ears).len(), by_mail(&watch.ears).len()), (0, 0), "not yet");
    live_until(&watch, "2026-11-24T08:30:00Z").await;
    let (slack, mail) = (in_slack(&watch.ears), by_mail(&watch.ears));
    assert_eq!((slack.len(), mail.len()), (1, 1), "once, though every run ran twice");
    live_until(&watch, "2026-11-25T09:00:00Z").await;
    let (slack, mail) = (in_slack(&watch.ears), by_mail(&watch.ears));
    assert_eq!((slack.len(), mail.len()), (1, 1), "once a day");

    let told = watch.world.request(http::Method::GET, "/v1/metrics?from=2026-11-24", "").await.1;
    let told: Value = serde_json::from_str(&told).unwrap();
    let counted = &told["days"][0];
    assert_eq!((&counted["sent"], &counted["delivered"]), (&1.into(), &1.into()), "{told:#}");
    let summary = &slack[0];
    assert_eq!(summary["text"], "Summary of 2026-11-24: nothing needs attention");
    for (name, key, usual) in [
        ("Planned", "planned", "2"),
        ("Sent", "sent", "2"),
        ("Delivered", "delivered", "2"),
        ("Segments", "segments", "2"),
        ("Opted out", "opted_out", "0"),
    ] {
        let expected = (counted[key].to_string(), usual.to_owned());
        assert_eq!(figure(summary, name), expected, "{name}");
    }
    assert_eq!(figure(summary, "Delivered of sent").0, "100.0 %");
    assert_eq!(figure(summary, "Texts of the model used").0, "no data");

    assert_eq!(figure(summary, "Cost of the texts"), ("0.0118 USD".into(), "0.0236 USD".into()));
    let stage = Rollout::default().stage_of(&user_id("ada")).name();
    let part = format!("stage {stage}: 1 sent, 100.0 % delivered (100.0 %), 0.0118 USD");
    assert!(summary.to_string().contains(&part), "{part}: {summary:#}");

    let mail = decoded(&mail[0]);
    assert!(mail.contains(&part), "{mail}");
    assert!(mail.contains("Content-Type: multipart/alternative"), "{mail}");
    assert!(mail.contains("Subject: [beforehand] 2026-11-24: nothing needs attention"), "{mail}");
    assert!(mail.contains("Message-ID: <beforehand.summary.2026-11-24@example.org>"), "{mail}");
    let (plain, html) = mail.split_once("text/html").unwrap();
    for line in ["- Sent: 1 (2)", "- Delivered: 1 (2)", "- Tue 2026-11-24: 1 of 1"] {
        assert!(plain.contains(line), "{line}\n{plain}");
    }
    assert!(html.contains("<td>Sent</td>") || html.contains(">Sent</td>"), "{html}");
    assert_eq!(html.matches("bgcolor=\"#17594a\"").count(), 2, "a bar for each day with texts");
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_07_a_restart_tells_no_summary_twice() {
    let watch = two_days().await;
    live_until(&watch, "2026-11-24T08:05:00Z").await;
    assert_eq!((in_slack(&watch.ears).len(), by_mail(&watch.ears).len()), (1, 1));
    let ears = watch.ears.clone();
    let heard = ears.clone();
    let world =
        watch.world.restart_with(move |ports| Ports { alert_channels: heard.channels(), ..ports });
    let world = world.await;
    for _ in 0..3 {
        tokio::join!(world.system.fire(Tick::Monitor), world.system.fire(Tick::Monitor));
        world.run_for(SignedDuration::from_mins(30)).await;
    }
    assert_eq!((in_slack(&ears).len(), by_mail(&ears).len()), (0, 0), "it was told");
    world.finish().await;
}

#[tokio::test]
async fn alr_07_a_channel_that_is_down_gets_its_summary_later_and_the_other_at_once() {
    let watch = two_days().await;
    watch.ears.chat.set_down(true);
    live_until(&watch, "2026-11-24T08:00:00Z").await;
    assert_eq!((in_slack(&watch.ears).len(), by_mail(&watch.ears).len()), (0, 1));
    watch.ears.chat.set_down(false);
    live_until(&watch, "2026-11-24T08:05:00Z").await;
    assert_eq!((in_slack(&watch.ears).len(), by_mail(&watch.ears).len()), (1, 0));
    watch.world.finish().await;
}

#[tokio::test]
async fn alr_07_what_nobody_took_is_recorded() {
    let watch = two_days().await;
    watch.ears.chat.set_down(true);
    live_until(&watch, "2026-11-24T08:30:00Z").await;
    let board = board(&*watch.world.stores.control).await.unwrap();
    let courses: Vec<_> =
        board.digest.unwrap().told.into_iter().map(|notice| notice.delivery).collect();
    assert!(matches!(courses[0].course, Course::NotDelivered { .. }), "{courses:?}");
    assert_eq!(courses[0].tries[0].count, 3);
    assert!(matches!(courses[1].course, Course::Delivered { .. }), "{courses:?}");
    watch.world.finish().await;
}
