//! Counters of hours: which items a fold writes, and what is read of their shards.

use std::collections::BTreeSet;

use app::ports::{Contribution, Globally, Metrics};
use domain::figures::Dimension;
use serde_json::{Value, json};
use tests::aws::script::{Answer, Script};
use tests::contract::samples::{at, id, on, reminder};

const HOUR: &str = "2026-03-02T09:00:00Z";

fn contribution() -> Contribution {
    let counts = [("delivered", 1), ("d~101", 1), ("d.sum", 900), ("l~0", 1)];
    let dimensions = ["all", "country:US"].map(|name| Dimension::parse(name).unwrap());
    Contribution {
        on: on("2026-03-02"),
        counts: counts.iter().map(|(name, by)| ((*name).to_owned(), *by)).collect(),
        globally: Some(Globally { hour_at: at(HOUR), dimensions: dimensions.to_vec() }),
        edition: 1,
    }
}

#[tokio::test]
async fn a_fold_is_one_transaction_over_small_items_of_one_shard() {
    let script = Script::new(|_| Answer::Good(json!({})));
    let row = reminder("ann", "one", "2026-03-02T09:00:00Z");
    let folded =
        script.store().replace_contribution(&id("ann"), row.id, 3, &contribution()).await.unwrap();
    assert!(folded);
    let calls = script.calls();
    assert_eq!(calls.len(), 2, "one read, one write");
    let items = calls[1].body["TransactItems"].as_array().unwrap();
    let keys: BTreeSet<_> = items
        .iter()
        .filter_map(|item| item.get("Update"))
        .map(|update| {
            let part = |name: &str| update["Key"][name]["S"].as_str().unwrap().to_owned();
            (part("scope"), part("part"))
        })
        .collect();
    let shard = format!("{:02}", row.id.shard(16));
    let hour = |end: &str| format!("2026-03-02T09:00:00#{shard}{end}");
    let key = |scope: &str, part: &str| (scope.to_owned(), part.to_owned());
    let expected = [
        key("hour#all", &hour("")),
        key("hour#all", &hour("#d")),
        key("hour#all", &hour("#l")),
        key("hour#country:US", &hour("")),
        key(&format!("total#{}", row.id.shard(16)), "all"),
        key("user#ann", "day#2026-03-02"),
    ];
    assert_eq!(keys, BTreeSet::from(expected));
    assert_eq!(items.len(), 7, "and the guard");
    let expiring = items.iter().filter(|item| item.to_string().contains("expires_at")).count();
    assert_eq!(expiring, 6, "all but the totals are forgotten some day");
}

#[tokio::test]
async fn the_shards_of_an_hour_add_up() {
    let item = |hour: &str, end: &str, name: &str, count: i64| {
        let mut item = json!({
            "scope": {"S": "hour#all"},
            "part": {"S": format!("2026-03-02T{hour}:00:00#{end}")},
            "expires_at": {"N": "1900000000"},
        });
        item[format!("n:{name}")] = json!({"N": count.to_string()});
        item
    };
    let pages: [Vec<Value>; 2] = [
        vec![item("09", "00", "delivered", 2), item("09", "00#d", "d~101", 2)],
        vec![
            item("09", "15", "delivered", 3),
            item("09", "15#d", "d~101", 1),
            item("10", "03", "delivered", 0),
        ],
    ];
    let script = Script::new(move |call| {
        let mut answer = json!({"Items": pages[call.nth.min(1)]});
        if call.nth == 0 {
            answer["LastEvaluatedKey"] = json!({"scope": {"S": "hour#all"}, "part": {"S": "x"}});
        }
        Answer::Good(answer)
    });
    let (store, until) = (script.store(), at("2026-03-02T11:00:00Z"));
    let hours = store.hours(&Dimension::all(), at(HOUR), until).await.unwrap();
    assert_eq!(hours.len(), 1, "an hour of nothing but zeros is none");
    assert_eq!(hours[0].0, at(HOUR));
    let counts: Vec<_> = hours[0].1.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(counts, [("delivered", 5), ("d~101", 3)]);
    let asked = &script.calls()[0].body["ExpressionAttributeValues"];
    assert_eq!(asked[":from"]["S"], "2026-03-02T09:00:00");
    assert_eq!(asked[":until"]["S"], "2026-03-02T11:00:00");
}
