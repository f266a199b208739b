//! Reads the template as CloudFormation does: short forms become long ones, so that
//! `!GetAtt A.Arn` and `{"Fn::GetAtt": ["A", "Arn"]}` are the same.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use saphyr::{LoadableYamlNode, ScalarOwned, YamlOwned};
use serde_json::{Map, Value, json};

/// The repository.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The template.
pub(super) struct Template(Value);

/// A role's or a resource's statement.
pub(super) struct Statement<'a> {
    /// The resource whose policy it stands in.
    pub(super) holder: &'a str,
    pub(super) body: &'a Value,
}

impl Template {
    pub(super) fn read() -> Self {
        let text = fs::read_to_string(root().join("infra/template.yaml")).unwrap();
        let documents = YamlOwned::load_from_str(&text).expect("the template is YAML");
        Self(plain(&documents[0]))
    }

    /// Everything below a section, like `Parameters`.
    pub(super) fn section(&self, name: &str) -> &Map<String, Value> {
        self.0[name].as_object().unwrap_or_else(|| panic!("the template has {name}"))
    }

    /// Names and properties of all resources of a type.
    pub(super) fn all(&self, kind: &str) -> BTreeMap<&str, &Value> {
        let resources = self.section("Resources").iter();
        let named = resources.filter(|(_, resource)| resource["Type"] == kind);
        named.map(|(name, resource)| (name.as_str(), &resource["Properties"])).collect()
    }

    /// The properties of a resource.
    pub(super) fn properties(&self, name: &str) -> &Value {
        &self.section("Resources")[name]["Properties"]
    }

    /// Functions by the name of their directory.
    pub(super) fn functions(&self) -> BTreeMap<&str, &Value> {
        let functions = self.all("AWS::Serverless::Function");
        functions.into_values().map(|function| (directory(function), function)).collect()
    }

    /// The statements of all roles.
    pub(super) fn role_statements(&self) -> Vec<Statement<'_>> {
        let mut found = Vec::new();
        for (role, properties) in self.all("AWS::IAM::Role") {
            for policy in list(&properties["Policies"]) {
                let document = &policy["PolicyDocument"];
                found.extend(statements(role, document));
            }
        }
        assert!(found.len() > 20, "the roles were read");
        found
    }

    /// The statements of all policies that belong to resources.
    pub(super) fn resource_statements(&self) -> Vec<Statement<'_>> {
        let kinds = ["AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"];
        let policies = kinds.iter().flat_map(|kind| self.all(kind));
        policies.flat_map(|(name, policy)| statements(name, &policy["PolicyDocument"])).collect()
    }
}

fn statements<'a>(holder: &'a str, document: &'a Value) -> Vec<Statement<'a>> {
    let bodies = list(&document["Statement"]).iter().map(|body| {
        // A conditional statement is judged as if it applied.
        body.get("Fn::If").map_or(body, |branches| &branches[1])
    });
    bodies.map(|body| Statement { holder, body }).collect()
}

/// The directory of a function.
pub(super) fn directory(function: &Value) -> &str {
    let code = function["CodeUri"].as_str().expect("a function names its code");
    code.strip_prefix("../functions/").expect("its code is a directory of functions/")
}

/// What `!Ref` or `!GetAtt` names.
pub(super) fn target(value: &Value) -> &str {
    let named = value.get("Ref").or_else(|| value["Fn::GetAtt"].get(0));
    named.and_then(Value::as_str).unwrap_or_else(|| panic!("{value} names a resource"))
}

/// A list.
pub(super) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("{value} is a list"))
}

/// One or several texts, as policies write them; references as CloudFormation spells them.
pub(super) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(values) => values.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        Value::Object(map) => match map.get("Fn::Sub") {
            Some(text) => texts(text),
            None => vec![value.to_string()],
        },
        other => panic!("{other} is a text or several"),
    }
}

fn plain(node: &YamlOwned) -> Value {
    match node {
        YamlOwned::Value(scalar) => scalar_value(scalar),
        YamlOwned::Sequence(items) => items.iter().map(plain).collect(),
        YamlOwned::Mapping(entries) => {
            let entries = entries.iter().map(|(key, value)| {
                let key = plain(key);
                let key = key.as_str().expect("keys are texts").to_owned();
                (key, plain(value))
            });
            Value::Object(entries.collect())
        }
        YamlOwned::Tagged(tag, inner) => function(&tag.suffix, plain(inner)),
        other => panic!("{other:?} is nothing that a template holds"),
    }
}

fn scalar_value(scalar: &ScalarOwned) -> Value {
    match scalar {
        ScalarOwned::Null => Value::Null,
        ScalarOwned::Boolean(value) => json!(value),
        ScalarOwned::Integer(value) => json!(value),
        ScalarOwned::FloatingPoint(value) => json!(value.into_inner()),
        ScalarOwned::String(value) => json!(value),
    }
}

/// The long form of a short one.
fn function(name: &str, argument: Value) -> Value {
    match (name, &argument) {
        ("Ref" | "Condition", _) => json!({ name: argument }),
        ("GetAtt", Value::String(path)) => {
            let (resource, attribute) = path.split_once('.').expect("an attribute is named");
            json!({ "Fn::GetAtt": [resource, attribute] })
        }
        _ => json!({ format!("Fn::{name}"): argument }),
    }
}
