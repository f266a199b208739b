//! The summary of a day, as each channel tells it.

use domain::alerts::digest::{Digest, DigestDay, DigestLine, DigestPart};
use jiff::civil::date;

use super::*;

fn digest() -> Digest {
    let line = |name, day: &str, usual: &str| DigestLine {
        name,
        day: day.to_owned(),
        usual: usual.to_owned(),
    };
    let day = |on, sent, delivered| DigestDay { on: date(2026, 11, on), sent, delivered };
    Digest {
        deployment: "beforehand".to_owned(),
        at: "2026-11-24T08:00:00Z".parse().unwrap(),
        on: date(2026, 11, 23),
        zone: "Europe/Paris".to_owned(),
        attention: vec!["Nobody looks after <dead_letters> & more".to_owned(); 2],
        lines: vec![line("Sent", "120", "98.4"); 13],
        parts: vec![DigestPart {
            name: "stage beta".to_owned(),
            sent: 40,
            delivered: "97.5 %".to_owned(),
            usual: "98.0 %".to_owned(),
            cost: "0.4720 USD".to_owned(),
        }],
        days: vec![day(22, 0, 0), day(23, 120, 90)],
        open: Vec::new(),
        rollout: "Stage everyone; its gate was not looked at".to_owned(),
        dashboard: Some("https://ops.example/dashboard".to_owned()),
    }
}

#[tokio::test]
async fn alr_07_slack_hears_first_what_needs_attention_within_its_limits() {
    let other = other_side(Ok(200));
    let slack = Slack::new("http://chat.example/services/secret", other.clone()).unwrap();
    slack.summarise(&digest()).await.unwrap();
    let asked = other.asked.lock().unwrap();
    let message = &asked[0].1;
    let first = "Summary of 2026-11-23: Nobody looks after &lt;dead_letters&gt; &amp; more";
    assert_eq!(message["text"], first);
    let blocks = message["blocks"].as_array().unwrap();
    assert_eq!(blocks[0]["text"]["text"], ":calendar: beforehand on Mon 2026-11-23");
    let attention = blocks[1]["text"]["text"].as_str().unwrap();
    assert!(attention.starts_with("*What needs attention*\n• Nobody looks after &lt;"));
    let fields: Vec<_> = blocks.iter().filter_map(|block| block["fields"].as_array()).collect();
    assert_eq!(fields.iter().map(|some| some.len()).collect::<Vec<_>>(), [10, 3]);
    assert_eq!(fields[0][0]["text"], "*Sent*\n120 (usual: 98.4)");
    let told = blocks.iter().filter_map(|block| block["text"]["text"].as_str());
    let part = "• stage beta: 40 sent, 97.5 % delivered (98.0 %), 0.4720 USD";
    assert!(told.into_iter().any(|text| text.ends_with(part)), "{blocks:#?}");
    let foot = blocks.last().unwrap()["elements"][0]["text"].as_str().unwrap();
    assert!(foot.ends_with("<https://ops.example/dashboard|Dashboard>"), "{foot}");

    let mut long = digest();
    long.attention = vec!["x".repeat(1_000); 20];
    long.deployment = "d".repeat(300);
    let message = slack::summary(&long);
    let chars = |text: &Value| text["text"]["text"].as_str().unwrap().chars().count();
    assert_eq!(chars(&message["blocks"][0]), 150);
    assert_eq!(chars(&message["blocks"][1]), 3_000);
}

#[tokio::test]
async fn alr_07_a_mail_server_gets_a_digest_in_words_and_with_a_chart() {
    let (url, server) = mail_server("250 fine").await;
    let email = email(url);
    email.summarise(&digest()).await.unwrap();
    drop(email);
    // Quoted-printable breaks lines anywhere.
    let all = server.await.unwrap().replace("=\r\n", "").replace("=\n", "");
    for expected in [
        "RCPT TO:<bo@example.org>",
        "Subject: [beforehand] 2026-11-23: Nobody looks after <dead_letters> & more",
        "Date: Tue, 24 Nov 2026 08:00:00 +0000",
        "Message-ID: <beforehand.summary.2026-11-23@example.org>",
        "multipart/alternative",
        "- Sent: 120 (98.4)",
        "- Mon 2026-11-23: 90 of 120",
        "Dashboard: https://ops.example/dashboard",
        "text/html",
        "&lt;dead_letters&gt; &amp; more",
    ] {
        assert!(all.contains(expected), "{expected}\n{all}");
    }
    // 90 of 120 fill three quarters of the longest bar; a day without texts has none.
    assert_eq!(all.matches("#17594a").count(), 1, "{all}");
    assert!(all.contains("75%"), "{all}");
}

#[tokio::test]
async fn alr_07_nobody_is_woken_by_a_summary() {
    let other = other_side(Ok(202));
    let told = pagerduty("http://pager.example", other.clone()).summarise(&digest()).await;
    assert!(matches!(told, Err(ChannelError::Permanent(_))));
    assert!(other.asked.lock().unwrap().is_empty());
}
