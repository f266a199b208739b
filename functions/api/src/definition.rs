//! An experiment's definition as people write it.

use serde_json::Value;

/// What stands in a definition: TOML, or JSON where it begins with a brace. It has the form of the
/// body of `POST /v1/experiments`, perhaps without who defines it and why.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn definition(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{') {
        return serde_json::from_str(text).map_err(|bad| bad.to_string());
    }
    let table = toml::from_str::<toml::Table>(text).map_err(|bad| bad.message().to_owned());
    table.map(|table| in_json(toml::Value::Table(table)))
}

/// The same in JSON, which has no instants of its own.
fn in_json(value: toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => {
            table.into_iter().map(|(key, value)| (key, in_json(value))).collect()
        }
        toml::Value::Array(values) => values.into_iter().map(in_json).collect(),
        toml::Value::Datetime(at) => Value::from(at.to_string()),
        toml::Value::String(text) => Value::from(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(is_so) => Value::from(is_so),
    }
}
