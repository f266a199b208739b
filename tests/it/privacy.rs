//! docs/PRIVACY.md says what is stored of people: every record with every field, every table, and
//! how long. Here it is compared with the code.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn page() -> String {
    fs::read_to_string(root().join("docs/PRIVACY.md")).unwrap()
}

/// The sources of a folder, tests left out.
fn sources(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let sources: Vec<_> = paths
        .filter(|path| !path.ends_with("tests.rs"))
        .map(|path| fs::read_to_string(path).unwrap())
        .collect();
    assert!(sources.len() > 3, "{folder}");
    sources
}

/// What stands between backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The stored structs and their fields, without the version of the form.
fn records() -> BTreeMap<String, BTreeSet<String>> {
    let mut records = BTreeMap::new();
    for source in sources("shared/app/src/records") {
        for part in source.split("\npub struct ").skip(1) {
            let Some((name, rest)) = part.split_once(" {\n") else { continue };
            let body = rest.split("\n}").next().unwrap();
            let fields = body.lines().filter_map(|line| line.trim().strip_prefix("pub "));
            let fields = fields.filter_map(|line| line.split_once(':')).map(|(name, _)| name);
            let fields = fields.filter(|name| *name != "v").map(str::to_owned);
            records.insert(name.to_owned(), fields.collect::<BTreeSet<_>>());
        }
    }
    assert!(records.len() > 20 && records["PhoneV1"].contains("ledger"), "{records:?}");
    records
}

#[test]
fn api_04_the_data_map_names_every_record_with_every_field() {
    let (page, records) = (page(), records());
    let (people, others) = page.split_once("## Records that hold nothing of a person").unwrap();
    let mut told = BTreeMap::new();
    for part in people.split("\n### `").skip(1) {
        let (name, rest) = part.split_once('`').unwrap();
        let rows = rest.lines().filter(|line| line.starts_with("| `"));
        let fields = rows.flat_map(|line| quoted(line.split('|').nth(1).unwrap()));
        told.insert(name.to_owned(), fields.collect::<BTreeSet<_>>());
    }
    for (name, fields) in &told {
        assert_eq!(records.get(name), Some(fields), "{name}");
    }
    let others = quoted(others);
    for name in records.keys() {
        assert!(told.contains_key(name) != others.contains(name), "{name} stands there once");
    }
    for name in &others {
        assert!(records.contains_key(name), "{name} is no record");
    }
}

#[test]
fn api_04_the_data_map_names_every_table() {
    let page = page();
    let names = quoted(&page);
    let schemas = sources("shared/adapters-embedded/src/store").join("\n");
    let tables = schemas.split("CREATE TABLE ").skip(1);
    let mut count = 0;
    for table in tables.filter_map(|rest| rest.split([' ', '(']).next()) {
        if table.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            assert!(names.contains(table), "table {table}");
            count += 1;
        }
    }
    assert!(count >= 15, "{count} tables were found");
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    for table in template.split("TableName: !Sub ${AWS::StackName}-").skip(1) {
        let table = table.lines().next().unwrap();
        assert!(names.contains(table), "table {table} of the template");
    }
}

#[test]
fn api_04_the_data_map_says_how_long_things_are_kept() {
    use domain::retention::{COUNTERS_DAYS, EVENTS_DAYS, REMINDERS_DAYS, Retention};
    let (page, usual) = (page(), Retention::default());
    for kept in [usual.events(), usual.reminders(), usual.guards(), usual.counters()] {
        let days = kept.as_hours() / 24;
        assert!(page.contains(&format!("| {days} days")), "{days} days");
    }
    let settings = [
        ("events_days", "Events", EVENTS_DAYS, usual.events()),
        ("reminders_days", "Reminders", REMINDERS_DAYS, usual.reminders()),
        ("counters_days", "Counters", COUNTERS_DAYS, usual.counters()),
    ];
    let template = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
    for (key, parameter, range, kept) in settings {
        let (least, most) = range.into_inner();
        assert!(page.contains(&format!("`{key}`: {least} to {most}")), "{key}");
        let declared = format!(
            "  Retention{parameter}Days:\n    Type: Number\n    Default: {}\n    \
             MinValue: {least}\n    MaxValue: {most}\n",
            kept.as_hours() / 24
        );
        assert!(template.contains(&declared), "{declared}");
    }
    let hours = [app::once::KEPT_FOR, domain::limits::SIGN_UP_FOR].map(|kept| kept.as_hours());
    for hours in hours {
        assert!(page.contains(&format!("| {hours} hours")), "{hours} hours");
    }
}
