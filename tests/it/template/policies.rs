//! Roles: one per function, and nothing in them that is not needed.

use std::collections::{BTreeMap, BTreeSet};

use super::read::{Template, list, target, texts};

/// Resources with a wildcard, and why there is no narrower one.
const WILDCARDS: [(&str, &str, &str); 1] = [(
    "MetricsRole",
    "dynamodb:ListStreams",
    // Lambda asks which streams the table has when it makes the mapping; the resource of that is
    // every stream of the table.
    "${RemindersTable.Arn}/stream/*",
)];

/// The functions that use secrets: the phone key, Twilio's token, the operator's, the model's key,
/// what seals calendars, or those of the channels of alerts.
const TRUSTED: [&str; 8] = [
    "ApiRole",
    "CalendarSyncRole",
    "CalendarWebhookRole",
    "ComposerRole",
    "MonitorRole",
    "PlannerRole",
    "SenderRole",
    "TwilioWebhookRole",
];

#[test]
fn sec_03_each_function_has_a_role_of_its_own() {
    let template = Template::read();
    let mut roles = BTreeMap::new();
    for (name, function) in template.functions() {
        let role = target(&function["Role"]);
        assert_eq!(roles.insert(role, name), None, "{name} shares its role");
        assert_eq!(function.get("Policies"), None, "{name}: its role says it all");
    }
    let all = template.all("AWS::IAM::Role");
    assert!(all.keys().eq(roles.keys()), "roles are the functions' only");
    for (role, properties) in all {
        assert_eq!(properties.get("ManagedPolicyArns"), None, "{role}: managed ones are wide");
        let trust = list(&properties["AssumeRolePolicyDocument"]["Statement"]);
        assert_eq!(trust.len(), 1, "{role}");
        assert_eq!(trust[0]["Principal"]["Service"], "lambda.amazonaws.com", "{role}");
        assert_eq!(trust[0]["Action"], "sts:AssumeRole", "{role}");
    }
}

#[test]
fn sec_03_no_action_is_a_wildcard_and_no_resource_but_those_that_aws_demands() {
    let template = Template::read();
    let mut met = BTreeSet::new();
    for statement in template.role_statements().into_iter().chain(template.resource_statements()) {
        let (holder, body) = (statement.holder, statement.body);
        assert_eq!(body["Effect"], "Allow", "{holder}");
        for key in ["NotAction", "NotResource", "NotPrincipal"] {
            assert_eq!(body.get(key), None, "{holder}");
        }
        let (actions, resources) = (texts(&body["Action"]), texts(&body["Resource"]));
        for action in &actions {
            let (service, name) = action.split_once(':').expect("an action names its service");
            assert!(!service.is_empty() && !name.is_empty() && !action.contains('*'), "{holder}");
        }
        for resource in resources.iter().filter(|resource| resource.contains('*')) {
            let known = WILDCARDS.iter().find(|(role, action, known)| {
                *role == holder && actions == [*action] && resource == known
            });
            assert!(known.is_some(), "{holder}: {actions:?} on {resource}");
            met.insert(resource.clone());
        }
    }
    assert_eq!(met.len(), WILDCARDS.len(), "a reason that is no longer needed");
}

#[test]
fn sec_03_policies_of_resources_name_who_may_and_for_whom() {
    let template = Template::read();
    for statement in template.resource_statements() {
        let (holder, body) = (statement.holder, statement.body);
        assert!(body["Principal"]["Service"].is_string(), "{holder}");
        let condition = body["Condition"].to_string();
        assert!(condition.contains("aws:Source"), "{holder}: any account could use the service");
    }
    let permissions = template.all("AWS::Lambda::Permission");
    assert_eq!(permissions.len(), 9);
    for (name, permission) in permissions {
        let source = texts(&permission["SourceArn"]).join("");
        assert!(source.contains("${HttpApi}/") && !source.ends_with("/*/*"), "{name}");
    }
}

#[test]
fn sec_03_only_who_needs_secrets_may_read_them() {
    let template = Template::read();
    let mut readers = BTreeSet::new();
    for statement in template.role_statements() {
        let actions = texts(&statement.body["Action"]).join(" ");
        if actions.contains("secretsmanager:") || actions.contains("ssm:") {
            assert_eq!(target(&statement.body["Resource"]), "SecretArn");
            readers.insert(statement.holder);
        }
        if actions.contains("kms:") {
            assert_eq!(actions, "kms:Decrypt");
            assert_eq!(target(&statement.body["Resource"]), "SecretKmsKeyArn");
        }
    }
    assert_eq!(readers, BTreeSet::from(TRUSTED));
}

#[test]
fn sec_03_a_function_takes_from_its_own_queue_only_and_logs_to_its_own_group() {
    let template = Template::read();
    let mut takers = BTreeMap::new();
    for statement in template.role_statements() {
        let actions = texts(&statement.body["Action"]);
        if actions.iter().any(|action| action == "sqs:ReceiveMessage") {
            takers.insert(statement.holder, target(&statement.body["Resource"]));
        }
        if actions.iter().any(|action| action.starts_with("logs:")) {
            let own = statement.holder.replace("Role", "Logs");
            assert_eq!(target(&statement.body["Resource"]), own, "{}", statement.holder);
        }
    }
    let expected = [
        ("CalendarSyncRole", "SyncQueue"),
        ("ComposerRole", "ComposeQueue"),
        ("PlannerRole", "PlanQueue"),
        ("SenderRole", "SendQueue"),
    ];
    assert_eq!(takers, BTreeMap::from(expected));
}
