//! Alarms: each reaches somebody, and says where to read on.

use std::collections::BTreeSet;
use std::fs;

use super::read::{Template, list, root, target};

#[test]
fn heartbeats_take_silence_for_an_alarm_and_nothing_else_does() {
    let template = Template::read();
    let mut heartbeats = BTreeSet::new();
    for (name, alarm) in template.all("AWS::CloudWatch::Alarm") {
        let is_heartbeat = name.ends_with("HeartbeatAlarm");
        let expected = if is_heartbeat { "breaching" } else { "notBreaching" };
        assert_eq!(alarm["TreatMissingData"], expected, "{name}");
        if is_heartbeat {
            assert_eq!(alarm["ComparisonOperator"], "LessThanThreshold", "{name}");
            heartbeats.insert(name);
        }
    }
    let expected = ["MonitorHeartbeatAlarm", "PromoterHeartbeatAlarm", "SchedulerHeartbeatAlarm"];
    assert_eq!(heartbeats, BTreeSet::from(expected));
}

#[test]
fn every_alarm_reaches_the_topic_and_has_a_heading_in_the_runbook() {
    let template = Template::read();
    let page = fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap();
    let headings: Vec<_> = page.lines().filter(|line| line.starts_with('#')).collect();
    let mut named = BTreeSet::new();
    for (name, alarm) in template.all("AWS::CloudWatch::Alarm") {
        for actions in ["AlarmActions", "OKActions"] {
            assert_eq!(target(&list(&alarm[actions])[0]), "AlarmTopic", "{name}");
        }
        assert!(alarm["AlarmDescription"].is_string(), "{name}");
        let called = alarm["AlarmName"]["Fn::Sub"].as_str().unwrap();
        let called = called.strip_prefix("${AWS::StackName}-").unwrap().to_owned();
        let word = format!("`{called}`");
        assert!(headings.iter().any(|line| line.contains(&word)), "no heading has {word}");
        named.insert(word);
    }
    // And the reverse: a runbook of an alarm that is no more misleads.
    for heading in headings.iter().filter(|line| line.starts_with("### ")) {
        for word in heading.split(',').flat_map(|part| part.split_whitespace()) {
            let is_known = !word.starts_with('`') || named.contains(word);
            assert!(is_known, "{word} is no alarm of the template");
        }
    }
    assert!(named.len() > 15, "the alarms were read");
}

#[test]
fn every_dead_letter_queue_has_an_alarm_at_the_first_letter() {
    let template = Template::read();
    let alarms = template.all("AWS::CloudWatch::Alarm");
    for queue in template.all("AWS::SQS::Queue").into_keys() {
        if !queue.ends_with("DeadLetters") {
            continue;
        }
        let alarm = alarms[format!("{queue}Alarm").as_str()];
        assert_eq!(alarm["MetricName"], "ApproximateNumberOfMessagesVisible", "{queue}");
        assert_eq!(target(&list(&alarm["Dimensions"])[0]["Value"]), queue);
        assert_eq!(alarm["Threshold"], 1, "{queue}");
    }
}

#[test]
fn every_function_has_an_alarm_on_its_failures_and_counts_its_logged_errors() {
    let template = Template::read();
    let alarms = template.all("AWS::CloudWatch::Alarm");
    let filters = template.all("AWS::Logs::MetricFilter");
    for (name, function) in template.functions() {
        let role = target(&function["Role"]).trim_end_matches("Role");
        let alarm = alarms[format!("{role}ErrorsAlarm").as_str()];
        let watched = target(&list(&alarm["Dimensions"])[0]["Value"]);
        assert_eq!(watched, format!("{role}Function"), "{name}");
        let filter = filters[format!("{role}LoggedErrors").as_str()];
        assert_eq!(target(&filter["LogGroupName"]), format!("{role}Logs"), "{name}");
        assert_eq!(filter["FilterPattern"], "{ $.level = \"ERROR\" }", "{name}");
    }
}
