//! `infra/template.yaml`, parsed: what must hold of a deployment before anybody makes one.

mod alarms;
mod layout;
mod panels;
mod policies;
mod read;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use self::read::{Template, list, root, target};

/// The variables that `adapters-aws` reads; it refuses all others of ours.
const VARIABLES: [&str; 59] = [
    "BEFOREHAND_ADDRESS_REQUESTS_PER_MINUTE",
    "BEFOREHAND_ALERT_EMAIL_FROM",
    "BEFOREHAND_ALERT_EMAIL_TO",
    "BEFOREHAND_CALLER_REQUESTS_PER_MINUTE",
    "BEFOREHAND_COMPOSE_QUEUE_URL",
    "BEFOREHAND_DEFAULT_COUNTRY",
    "BEFOREHAND_DIGEST_HOUR",
    "BEFOREHAND_DIGEST_ZONE",
    "BEFOREHAND_ENVIRONMENT",
    "BEFOREHAND_EVENT_BUS_NAME",
    "BEFOREHAND_GOOGLE_API_URL",
    "BEFOREHAND_GOOGLE_AUTHORIZE_URL",
    "BEFOREHAND_GOOGLE_CLIENT_ID",
    "BEFOREHAND_GOOGLE_TOKEN_URL",
    "BEFOREHAND_MICROSOFT_API_URL",
    "BEFOREHAND_MICROSOFT_AUTHORIZE_URL",
    "BEFOREHAND_MICROSOFT_CLIENT_ID",
    "BEFOREHAND_MICROSOFT_TOKEN_URL",
    "BEFOREHAND_MODEL_BASE_URL",
    "BEFOREHAND_MODEL_DAY_USD_MAX",
    "BEFOREHAND_MODEL_INPUT_USD_PER_MILLION_TOKENS",
    "BEFOREHAND_MODEL_NAME",
    "BEFOREHAND_MODEL_OUTPUT_USD_PER_MILLION_TOKENS",
    "BEFOREHAND_MODEL_PROVIDER",
    "BEFOREHAND_MODEL_SHARE_PERCENT",
    "BEFOREHAND_MODEL_USER_DAY_USD_MAX",
    "BEFOREHAND_OIDC_AUDIENCE",
    "BEFOREHAND_OIDC_ISSUER",
    "BEFOREHAND_OIDC_JWKS_URL",
    "BEFOREHAND_OIDC_OPERATOR_SCOPE",
    "BEFOREHAND_OIDC_USER_CLAIM",
    "BEFOREHAND_OIDC_USER_SCOPE",
    "BEFOREHAND_OTLP_ENDPOINT",
    "BEFOREHAND_PAGERDUTY_BASE_URL",
    "BEFOREHAND_PLAN_QUEUE_URL",
    "BEFOREHAND_PRIVATE_CALENDARS",
    "BEFOREHAND_PUBLIC_BASE_URL",
    "BEFOREHAND_RETENTION_COUNTERS_DAYS",
    "BEFOREHAND_RETENTION_EVENTS_DAYS",
    "BEFOREHAND_RETENTION_REMINDERS_DAYS",
    "BEFOREHAND_RUNBOOKS_URL",
    "BEFOREHAND_SECRETS_ARN",
    "BEFOREHAND_SEGMENT_USD",
    "BEFOREHAND_SEND_QUEUE_URL",
    "BEFOREHAND_SIGN_UP",
    "BEFOREHAND_STOP_REPLY",
    "BEFOREHAND_SYNC_QUEUE_URL",
    "BEFOREHAND_TABLE_PREFIX",
    "BEFOREHAND_TEXTS_COUNTRIES",
    "BEFOREHAND_TEXTS_DAY_USD_MAX",
    "BEFOREHAND_TEXTS_HOURS",
    "BEFOREHAND_TEXTS_LINK",
    "BEFOREHAND_TEXTS_PER_SECOND",
    "BEFOREHAND_TWILIO_ACCOUNT_SID",
    "BEFOREHAND_TWILIO_BASE_URL",
    "BEFOREHAND_TWILIO_FROM",
    "BEFOREHAND_TWILIO_MESSAGING_SERVICE_SID",
    "BEFOREHAND_TWILIO_VERIFY_BASE_URL",
    "BEFOREHAND_TWILIO_VERIFY_SERVICE_SID",
];

#[test]
fn a_directory_of_functions_is_a_function_of_the_template_and_the_reverse() {
    let directories: BTreeSet<_> = fs::read_dir(root().join("functions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    let template = Template::read();
    let functions = template.functions().into_keys().map(str::to_owned).collect();
    assert_eq!(directories, functions);
}

#[test]
fn functions_are_built_alike_and_named_like_their_directories() {
    let template = Template::read();
    let resources = template.section("Resources");
    let all = &template.section("Globals")["Function"];
    assert_eq!(all["Runtime"], "provided.al2023");
    for (name, resource) in resources {
        if resource["Type"] != "AWS::Serverless::Function" {
            continue;
        }
        let function = &resource["Properties"];
        let directory = read::directory(function);
        assert_eq!(resource["Metadata"]["BuildMethod"], "rust-cargolambda", "{name}");
        let called = format!("${{AWS::StackName}}-{directory}");
        assert_eq!(function["FunctionName"]["Fn::Sub"], called, "{name}");
        assert!(function["Timeout"].is_u64() && function["MemorySize"].is_u64(), "{name}");
        let reserved = function.get("ReservedConcurrentExecutions");
        assert_eq!(reserved, None, "{name}: mappings bound it, not a reservation");
        assert_eq!(function.get("Environment"), None, "{name}: all are configured alike");
    }
}

#[test]
fn functions_are_given_every_variable_that_is_read_and_no_other() {
    let template = Template::read();
    let given = &template.section("Globals")["Function"]["Environment"]["Variables"];
    let given: Vec<_> = given.as_object().unwrap().keys().cloned().collect();
    let mut sorted = given.clone();
    sorted.sort();
    assert_eq!(sorted, VARIABLES);
}

/// The event sources of a function: their types and properties.
fn sources<'a>(function: &'a Value, kind: &str) -> Vec<&'a Value> {
    let events = function.get("Events").and_then(Value::as_object);
    let events = events.into_iter().flat_map(|events| events.values());
    events.filter(|event| event["Type"] == kind).map(|event| &event["Properties"]).collect()
}

#[test]
fn sec_03_a_job_stays_hidden_for_six_times_its_functions_timeout() {
    let template = Template::read();
    let mut looked_at = BTreeSet::new();
    for (name, function) in template.functions() {
        for source in sources(function, "SQS") {
            let queue = target(&source["Queue"]);
            let hidden = template.properties(queue)["VisibilityTimeout"].as_u64().unwrap();
            let timeout = function["Timeout"].as_u64().unwrap();
            assert!(hidden >= 6 * timeout, "{name}: {queue} hides jobs for {hidden} s only");
            looked_at.insert(queue);
        }
    }
    assert_eq!(looked_at, BTreeSet::from(["ComposeQueue", "PlanQueue", "SendQueue", "SyncQueue"]));
}

#[test]
fn sec_03_every_queue_has_dead_letters_which_are_kept_for_long() {
    let template = Template::read();
    let queues = template.all("AWS::SQS::Queue");
    let fourteen_days = 14 * 24 * 60 * 60;
    for (name, queue) in &queues {
        assert_eq!(queue["SqsManagedSseEnabled"], true, "{name} is encrypted");
        let kept = queue["MessageRetentionPeriod"].as_u64().unwrap();
        if name.ends_with("DeadLetters") {
            assert_eq!(kept, fourteen_days, "{name}");
            continue;
        }
        let redrive = &queue["RedrivePolicy"];
        let dead = target(&redrive["deadLetterTargetArn"]);
        assert!(queues.contains_key(dead), "{name}: {dead} is a queue");
        let receives = redrive["maxReceiveCount"].as_u64().unwrap();
        let hidden = queue["VisibilityTimeout"].as_u64().unwrap();
        let delay = 900;
        assert!((2..=10).contains(&receives), "{name}");
        assert!(
            kept >= delay + receives * hidden,
            "{name}: a job may expire before it is given up"
        );
    }
    assert_eq!(queues.len(), 10);
}

#[test]
fn sec_03_every_mapping_reports_which_records_failed() {
    let template = Template::read();
    let mut mappings = 0;
    for (name, function) in template.functions() {
        for source in sources(function, "SQS").into_iter().chain(sources(function, "DynamoDB")) {
            let says = list(&source["FunctionResponseTypes"]);
            assert!(says.contains(&"ReportBatchItemFailures".into()), "{name}");
            mappings += 1;
        }
        for source in sources(function, "SQS") {
            // A look at a calendar may take 40 s: a batch of them would outlast the function.
            let batch = if target(&source["Queue"]) == "SyncQueue" { 1 } else { 10 };
            assert_eq!(source["BatchSize"], batch, "{name}");
            let most = target(&source["ScalingConfig"]["MaximumConcurrency"]);
            let parameter = &template.section("Parameters")[most];
            assert!(parameter["MinValue"].as_u64() >= Some(2), "{name}: SQS takes no less");
        }
        for source in sources(function, "DynamoDB") {
            assert_eq!(source["BisectBatchOnFunctionError"], true, "{name}");
            assert!(source["MaximumRecordAgeInSeconds"].as_u64() <= Some(86_400), "{name}");
            assert!(source["MaximumRetryAttempts"].as_u64().is_some(), "{name}");
            let dead = target(&source["DestinationConfig"]["OnFailure"]["Destination"]);
            assert!(template.all("AWS::SQS::Queue").contains_key(dead), "{name}");
        }
    }
    assert_eq!(mappings, 5);
}

#[test]
fn sec_03_ticks_that_fail_are_kept() {
    let template = Template::read();
    let mut ticks = 0;
    for (name, function) in template.functions() {
        let fired = sources(function, "Schedule").into_iter();
        let fired: Vec<_> = fired.chain(sources(function, "EventBridgeRule")).collect();
        for source in &fired {
            assert_eq!(target(&source["DeadLetterConfig"]["Arn"]), "TickDeadLetters", "{name}");
            assert!(source["RetryPolicy"]["MaximumEventAgeInSeconds"].is_u64(), "{name}");
            ticks += 1;
        }
        if !fired.is_empty() {
            let invoked = &function["EventInvokeConfig"];
            let dead = target(&invoked["DestinationConfig"]["OnFailure"]["Destination"]);
            assert_eq!(dead, "TickDeadLetters", "{name}");
            assert!(invoked["MaximumEventAgeInSeconds"].is_u64(), "{name}");
        }
    }
    assert_eq!(ticks, 4);
}

#[test]
fn parameters_and_outputs_are_described() {
    let template = Template::read();
    for section in ["Parameters", "Outputs"] {
        for (name, entry) in template.section(section) {
            let words = entry["Description"].as_str().unwrap_or_default();
            assert!(words.len() > 5, "{name} says what it is");
        }
    }
    for (name, parameter) in template.section("Parameters") {
        let must_be_given = ["SecretArn", "TwilioAccountSid"].contains(&name.as_str());
        assert_eq!(parameter.get("Default").is_none(), must_be_given, "{name}");
    }
}

#[test]
fn access_logs_hold_neither_queries_nor_addresses_of_callers() {
    let template = Template::read();
    let stages = template.all("AWS::ApiGatewayV2::Stage");
    assert_eq!(stages.len(), 1);
    for stage in stages.into_values() {
        let format = stage["AccessLogSettings"]["Format"].as_str().unwrap();
        let logged: Value = serde_json::from_str(format).expect("each line is JSON");
        assert_eq!(logged["path"], "$context.path");
        for word in ["query", "identity", "Ip", "userAgent"] {
            assert!(!format.contains(word), "{word}");
        }
        assert!(stage["DefaultRouteSettings"]["ThrottlingRateLimit"].is_object());
    }
}
