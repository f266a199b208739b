//! What reminders added to the counters, of this edition and of those before.

use domain::figures::Dimension;

use super::*;
use crate::ports::{Contribution, Globally};

fn contribution(globally: Option<Globally>, edition: u32) -> Contribution {
    let counts = vec![("sent".to_owned(), 1), ("back".to_owned(), -1)];
    Contribution { on: date(2026, 3, 8), counts, globally, edition }
}

fn everywhere() -> Option<Globally> {
    let dimensions = vec![Dimension::all(), Dimension::arm("words", "short")];
    Some(Globally { hour_at: at("2026-03-08T17:00:00Z"), dimensions })
}

#[test]
fn a_contribution_comes_back_as_it_was() {
    for globally in [None, everywhere()] {
        let counted = StoredContribution { revision: 7, contribution: contribution(globally, 2) };
        check_round_trip::<CountedV1>(&counted);
        check_unknown_fields::<CountedV1>(&counted);
    }
}

#[test]
fn what_an_earlier_edition_counted_is_told_by_its_hour_and_gives_way() {
    let edition = |hour: &str| {
        let json = format!("{{\"v\":1,\"revision\":7,\"on\":\"2026-03-08\"{hour}}}");
        from_json::<CountedV1>(&json).unwrap()
    };
    let days = edition("");
    let hours = edition(",\"hour_at\":\"2026-03-08T17:00:00Z\",\"dimensions\":[\"all\"]");
    let editions = [&days, &hours].map(|stored| stored.contribution.edition);
    assert_eq!(editions, [0, 1]);
    for stored in [days, hours] {
        let gives_way =
            |revision, edition| stored.gives_way_to(revision, &contribution(everywhere(), edition));
        assert!(gives_way(7, 2) && gives_way(8, 0));
        assert!(!gives_way(6, 2) && !gives_way(7, stored.contribution.edition));
    }
}
