//! CloudWatch's dashboard shows the panels that Grafana's does, and below them what only AWS knows.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use super::read::{Template, list, root};

/// What a panel is called, where it stands, and which metrics of ours it shows.
type Panel = (String, [u64; 4], BTreeSet<String>);

fn of_cloudwatch() -> Vec<Panel> {
    let template = Template::read();
    let dashboards = template.all("AWS::CloudWatch::Dashboard");
    let body = dashboards["Dashboard"]["DashboardBody"]["Fn::Sub"].as_str().unwrap();
    let body: Value = serde_json::from_str(body).expect("the body is JSON");
    let panel = |widget: &Value| {
        let place = ["x", "y", "width", "height"].map(|key| widget[key].as_u64().unwrap());
        let properties = &widget["properties"];
        let rows = properties.get("metrics").map_or(&[][..], list);
        let names = rows.iter().filter_map(name_in);
        (properties["title"].as_str().unwrap().to_owned(), place, names.collect())
    };
    list(&body["widgets"]).iter().map(panel).collect()
}

/// The metric of the figures that a row of a widget names.
fn name_in(row: &Value) -> Option<String> {
    if let Some(expression) = row[0]["expression"].as_str() {
        let after = expression.split_once("MetricName=\"")?.1;
        return Some(after.split_once('"')?.0.to_owned());
    }
    (row[0] == "Beforehand").then(|| row[1].as_str().unwrap().to_owned())
}

fn of_grafana() -> Vec<Panel> {
    let text = fs::read_to_string(root().join("infra/grafana/dashboard.json")).unwrap();
    let dashboard: Value = serde_json::from_str(&text).unwrap();
    let panel = |panel: &Value| {
        let place = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap());
        let names = list(&panel["targets"]).iter().flat_map(|target| {
            let words = target["expr"].as_str().unwrap().split(|c: char| !is_part(c));
            words.filter_map(|word| word.strip_prefix("beforehand_")).map(str::to_owned)
        });
        (panel["title"].as_str().unwrap().to_owned(), place, names.collect())
    };
    list(&dashboard["panels"]).iter().map(panel).collect()
}

fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[test]
fn cloudwatch_and_grafana_show_the_same_panels_at_the_same_places() {
    let (grafana, cloudwatch) = (of_grafana(), of_cloudwatch());
    assert!(grafana.len() >= 18);
    for (ours, theirs) in cloudwatch.iter().zip(&grafana) {
        assert_eq!(ours, theirs);
    }
    let beside: Vec<_> = cloudwatch.iter().skip(grafana.len()).map(|(title, ..)| title).collect();
    assert!(beside.iter().any(|title| *title == "Dead letters"), "{beside:?}");
}

#[test]
fn widgets_of_cloudwatch_do_not_overlap() {
    let mut taken = BTreeSet::new();
    for (title, [x, y, width, height], _) in of_cloudwatch() {
        for column in x..x + width {
            assert!(column < 24, "{title}");
            for row in y..y + height {
                assert!(taken.insert((column, row)), "{title}");
            }
        }
    }
}
