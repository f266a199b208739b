//! What a text costs: writing it from a template, and checking one that a model wrote. Both stay
//! under 20 microseconds: `cargo bench -p domain --bench words`.
#![expect(clippy::expect_used, reason = "a benchmark may stop where it stands")]

use criterion::{Criterion, criterion_group, criterion_main};
use domain::facts_check::{Expected, check};
use domain::texts::{EventFacts, HourCycle, Language, Locale, TemplateVersion, write};
use domain::time::Zones;
use std::hint::black_box;

fn words(c: &mut Criterion) {
    let zones = Zones::bundled();
    let name = zones.parse("America/New_York").expect("it is a zone");
    let zone = zones.rules(&name).expect("it has rules");
    let facts = EventFacts {
        title: "Quarterly planning with the finance team and everybody else who cares".to_owned(),
        start: "2026-11-24T19:00:00Z".parse().expect("it is an instant"),
        end: "2026-11-24T20:00:00Z".parse().expect("it is an instant"),
        all_day_on: None,
        location: Some("12 Main St\nSpringfield, IL 62704".to_owned()),
        meeting_link: Some("https://meet.example/abc-defg-hij".to_owned()),
        first_of: None,
    };
    let day = jiff::civil::date(2026, 11, 24);
    let answer = "Reminder: Quarterly planning with the finance team starts {left}, at 2:00 PM. \
                  Join here: https://meet.example/abc-defg-hij";
    for language in Language::ALL {
        for version in TemplateVersion::all() {
            let style = Locale { language, hours: HourCycle::H12 }.by(version);
            let name = format!("write in {}, version {}", language.tag(), version.number());
            c.bench_function(&name, |b| {
                b.iter(|| write(black_box(&facts), &zone, style, black_box(day)));
            });
        }
    }
    let locale = Locale { language: Language::En, hours: HourCycle::H12 };
    let expected = Expected { facts: &facts, zone: &zone, locale, nominal_day: day };
    assert!(check(answer, &expected).is_ok(), "the answer is good");
    c.bench_function("check a good answer", |b| {
        b.iter(|| check(black_box(answer), black_box(&expected)));
    });
}

criterion_group!(benches, words);
criterion_main!(benches);
