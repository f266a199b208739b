//! Tables and log groups.

use std::collections::BTreeMap;

use serde_json::Value;

use super::read::{Template, list, target};

/// Every table with its key, and its indexes with theirs; `+` marks indexes that hold whole items.
const TABLES: [(&str, &str, &[&str]); 8] = [
    ("calendars", "user, calendar", &["sync+: sync_shard, sync_at"]),
    ("control", "kind, name", &[]),
    ("days", "user, day_on", &[]),
    ("events", "user, event", &["local by_start+: user, start_from"]),
    ("metrics", "scope, part", &[]),
    ("phones", "phone", &[]),
    (
        "reminders",
        "user, reminder",
        &["local by_day: user, day_on", "due: due_bucket, due_at", "by_id: reminder"],
    ),
    ("users", "user", &["by_zone: zone_shard, planned_on", "stale: stale_shard, user"]),
];

#[test]
fn tables_have_the_keys_that_the_store_expects() {
    let template = Template::read();
    let mut found = BTreeMap::new();
    for (name, table) in template.all("AWS::DynamoDB::Table") {
        let called = table["TableName"]["Fn::Sub"].as_str().unwrap();
        let called = called.strip_prefix("${AWS::StackName}-").unwrap_or_else(|| panic!("{name}"));
        let local = indexes(table, "LocalSecondaryIndexes", "local ");
        let global = indexes(table, "GlobalSecondaryIndexes", "");
        found.insert(called, (key(table), [local, global].concat()));
    }
    let expected = TABLES.into_iter().map(|(table, key, indexes)| {
        let indexes: Vec<_> = indexes.iter().map(|index| (*index).to_owned()).collect();
        (table, (key.to_owned(), indexes))
    });
    assert_eq!(found, expected.collect());
}

/// A partition key, and a sort key if there is one; all of them are texts.
fn key(of: &Value) -> String {
    let parts = list(&of["KeySchema"]);
    assert_eq!(parts[0]["KeyType"], "HASH");
    let names = parts.iter().map(|part| part["AttributeName"].as_str().unwrap());
    names.collect::<Vec<_>>().join(", ")
}

fn indexes(table: &Value, kind: &str, mark: &str) -> Vec<String> {
    let all = table.get(kind).map_or(&[][..], list);
    let words = all.iter().map(|index| {
        let name = index["IndexName"].as_str().unwrap();
        let whole = match index["Projection"]["ProjectionType"].as_str() {
            Some("ALL") => "+",
            Some("KEYS_ONLY") => "",
            other => panic!("{name} projects {other:?}"),
        };
        format!("{mark}{name}{whole}: {}", key(index))
    });
    words.collect()
}

#[test]
fn tables_are_encrypted_restorable_and_outlive_the_stack() {
    let template = Template::read();
    for (name, table) in template.all("AWS::DynamoDB::Table") {
        let recovery = &table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"];
        assert_eq!(*recovery, true, "{name}");
        assert_eq!(table["SSESpecification"]["SSEEnabled"], true, "{name}");
        assert_eq!(table["BillingMode"], "PAY_PER_REQUEST", "{name}");
        let retention = &table["TimeToLiveSpecification"];
        assert_eq!(retention["AttributeName"], "expires_at", "{name}");
        assert!(table.get("DeletionProtectionEnabled").is_some(), "{name}");
        let resource = &template.section("Resources")[name];
        for policy in ["DeletionPolicy", "UpdateReplacePolicy"] {
            assert_eq!(resource[policy], "Retain", "{name}");
        }
        let stream = table.get("StreamSpecification").map(|stream| &stream["StreamViewType"]);
        let expected = (name == "RemindersTable").then(|| Value::from("NEW_AND_OLD_IMAGES"));
        assert_eq!(stream, expected.as_ref(), "{name}");
    }
}

#[test]
fn every_log_group_forgets_and_every_function_has_its_own() {
    let template = Template::read();
    let groups = template.all("AWS::Logs::LogGroup");
    for (name, group) in &groups {
        assert_eq!(target(&group["RetentionInDays"]), "LogRetentionDays", "{name}");
    }
    for (name, function) in template.functions() {
        let group = target(&function["LoggingConfig"]["LogGroup"]);
        let called = groups[group]["LogGroupName"]["Fn::Sub"].as_str().unwrap();
        assert_eq!(called, format!("/aws/lambda/${{AWS::StackName}}-{name}"));
    }
    assert_eq!(groups.len(), template.functions().len() + 1, "and one for access logs");
}

#[test]
fn api_02_the_gateway_checks_tokens_where_an_issuer_is_configured_and_lets_the_open_routes_be() {
    let template = Template::read();
    let authorizer = template.properties("IssuerAuthorizer");
    assert_eq!(authorizer["AuthorizerType"], "JWT");
    assert_eq!(authorizer["IdentitySource"][0], "$request.header.Authorization");
    assert_eq!(target(&authorizer["JwtConfiguration"]["Issuer"]), "OidcIssuer");
    assert_eq!(target(&authorizer["JwtConfiguration"]["Audience"][0]), "OidcAudience");
    let condition = &template.section("Resources")["IssuerAuthorizer"]["Condition"];
    assert_eq!(condition, "HasAuthorizer");
    let condition = template.section("Conditions")["HasAuthorizer"].to_string();
    assert!(condition.contains("HasIssuer") && condition.contains("GatewayAuthorizer"));
    let mut guarded = Vec::new();
    for (name, route) in template.all("AWS::ApiGatewayV2::Route") {
        let key = route["RouteKey"].as_str().unwrap();
        match route["AuthorizationType"].as_str() {
            Some(kind) => assert_eq!(kind, "NONE", "{name}"),
            None => {
                let kind = route["AuthorizationType"].to_string();
                assert!(kind.contains("HasAuthorizer") && kind.contains("JWT"), "{name}: {kind}");
                assert!(route["AuthorizerId"].to_string().contains("IssuerAuthorizer"), "{name}");
                guarded.push(key);
            }
        }
    }
    assert_eq!(guarded, ["ANY /v1/{proxy+}"]);
    let parameters = template.section("Parameters");
    assert_eq!(parameters["GatewayAuthorizer"]["Default"], "off", "keys of machines are no JWTs");
    assert_eq!(parameters["SignUp"]["Default"], "off");
}
