//! Titles as people and machines write them.

use domain::segments::{Encoding, count};
use tests::events::event;
use tests::users::user;
use tests::world::World;

use super::NEW_YORK;

#[tokio::test]
async fn sch_17_any_title_and_length_gives_a_sane_text() {
    let world = World::at("2026-11-24T13:00:00Z");
    world.add(user("ada", NEW_YORK).limit(50)).await;
    let long = "Quarterly planning with everybody ".repeat(9);
    let titles = [
        ("", true),
        (long.as_str(), true),
        ("\u{1f389} Party \u{1f389}\u{1f388}", true),
        ("\u{5e4}\u{5d2}\u{5d9}\u{5e9}\u{5d4} \u{202e}evil\u{202c}", false),
        ("First line\\nSecond line\\, with commas", true),
    ];
    let mut events: Vec<_> = titles
        .iter()
        .enumerate()
        .map(|(n, (title, _))| {
            event(title, &format!("2026-11-24T{:02}:00", 10 + n), NEW_YORK).uid(&format!("t{n}"))
        })
        .collect();
    let zero = event("Zero", "2026-11-24T16:00", NEW_YORK).set("DURATION", "DURATION:PT0S");
    let days = event("Days", "2026-11-24T17:00", NEW_YORK).set("DURATION", "DURATION:P3D");
    events.extend([zero, days]);
    world.put("ada", "work", &events).await;
    world.run_until("2026-11-25T00:00:00Z").await;
    let texts = world.texts();
    assert_eq!(texts.len(), titles.len() + 2);
    for (text, (title, is_gsm)) in texts.iter().zip(titles) {
        let cost = count(&text.body);
        assert_eq!(cost.segments, 1, "{title:?}: {}", text.body);
        assert_eq!(cost.encoding == Encoding::Gsm7, is_gsm, "{title:?}: {}", text.body);
        assert!(!text.body.contains(['\n', '\r', '\u{202e}']), "{}", text.body);
        assert!(text.body.contains("in 15 minutes"), "{}", text.body);
    }
    assert_eq!(texts[0].body, "(no title): in 15 minutes, first of 5 meetings from 10:00 AM.");
    assert!(
        texts[4].body.starts_with("First line Second line, with commas: "),
        "{}",
        texts[4].body
    );
    assert_eq!(texts[5].body, "Zero: in 15 minutes, at 4:00 PM.");
    world.finish().await;
}
