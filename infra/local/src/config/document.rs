//! Documents people write, TOML or a line of JSON, as a tree that knows the line of every value,
//! and a reader that collects everything that is wrong with them instead of stopping at the first.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;
use toml::de::{DeTable, DeValue};

/// Something wrong with a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// The line, counted from 1; none where it is about something that is missing altogether.
    pub line: Option<usize>,
    /// The key with the tables around it, like `twilio.from`; empty if it is about none.
    pub key: String,
    /// What is wrong and what to do about it. Never holds a secret or a phone number.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        if !self.key.is_empty() {
            write!(f, "`{}` ", self.key)?;
        }
        f.write_str(&self.what)
    }
}

/// A value and the line it begins in.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) line: usize,
    pub(crate) value: Value,
}

/// What people can write.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(String),
    /// None where it does not fit 64 bits.
    Integer(Option<i64>),
    Bool(bool),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
    /// Something no key of ours takes, by its name.
    Other(&'static str),
}

impl Value {
    fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Integer(_) => "a whole number",
            Self::Bool(_) => "true or false",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
        }
    }
}

/// Reads TOML. Where it is broken, every place is named and there is no tree.
pub(crate) fn parse_toml(text: &str) -> Result<Node, Vec<Problem>> {
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Ok(Node { line: 1, value: from_table(table.get_ref(), &lines) });
    }
    let problem = |error: &toml::de::Error| Problem {
        line: error.span().map(|span| lines.at(span.start)),
        key: String::new(),
        what: format!("this is not TOML: {}", one_line(error.message())),
    };
    Err(errors.iter().map(problem).collect())
}

/// Reads one line of JSON.
pub(crate) fn parse_json(text: &str, line: usize) -> Result<Node, Problem> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(value) => Ok(from_json(value, line)),
        Err(error) => {
            let (place, what) = (error.column(), error.to_string());
            let what = what.split(" at line ").next().unwrap_or_default().to_owned();
            let what = format!("this is not JSON, at column {place}: {what}");
            Err(Problem { line: Some(line), key: String::new(), what })
        }
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the lines of a text begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect())
    }

    /// The line of a byte, counted from 1.
    fn at(&self, byte: usize) -> usize {
        self.0.partition_point(|start| *start <= byte).max(1)
    }
}

fn from_table(table: &DeTable<'_>, lines: &Lines) -> Value {
    let entries = table.iter().map(|(key, value)| {
        let line = lines.at(key.span().start);
        (key.get_ref().to_string(), Node { line, value: from_toml(value.get_ref(), lines) })
    });
    Value::Table(entries.collect())
}

fn from_toml(value: &DeValue<'_>, lines: &Lines) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => {
            Value::Integer(i64::from_str_radix(number.as_str(), number.radix()).ok())
        }
        DeValue::Boolean(is) => Value::Bool(*is),
        DeValue::Float(_) => Value::Other("a number with a point"),
        DeValue::Datetime(_) => Value::Other("a date or time without quotes"),
        DeValue::Table(table) => from_table(table, lines),
        DeValue::Array(items) => Value::List(
            items
                .iter()
                .map(|item| Node {
                    line: lines.at(item.span().start),
                    value: from_toml(item.get_ref(), lines),
                })
                .collect(),
        ),
    }
}

fn from_json(value: serde_json::Value, line: usize) -> Node {
    use serde_json::Value as Json;
    let value = match value {
        Json::Null => Value::Other("null"),
        Json::Bool(is) => Value::Bool(is),
        Json::Number(number) if number.is_f64() => Value::Other("a number with a point"),
        Json::Number(number) => Value::Integer(number.as_i64()),
        Json::String(text) => Value::Text(text),
        Json::Array(items) => {
            Value::List(items.into_iter().map(|item| from_json(item, line)).collect())
        }
        Json::Object(entries) => Value::Table(
            entries.into_iter().map(|(key, value)| (key, from_json(value, line))).collect(),
        ),
    };
    Node { line, value }
}

/// Reads one table of a document and notes what is wrong with it.
pub(crate) struct Section<'a> {
    path: String,
    /// The line of the table's head; none for a table that is not there.
    line: Option<usize>,
    entries: Option<&'a BTreeMap<String, Node>>,
    known: RefCell<Vec<&'static str>>,
    problems: &'a RefCell<Vec<Problem>>,
}

impl<'a> Section<'a> {
    /// The section of `node`, whose keys are named below `path`.
    pub(crate) fn new(
        path: &str,
        node: Option<&'a Node>,
        problems: &'a RefCell<Vec<Problem>>,
    ) -> Self {
        let mut section = Self {
            path: path.to_owned(),
            line: node.map(|node| node.line),
            entries: None,
            known: RefCell::default(),
            problems,
        };
        match node.map(|node| &node.value) {
            None => {}
            Some(Value::Table(entries)) => section.entries = Some(entries),
            Some(other) => {
                let what = format!("must be a table, not {}", other.kind());
                let line = section.line;
                problems.borrow_mut().push(Problem { line, key: path.to_owned(), what });
            }
        }
        section
    }

    /// The table under `key`, as a section of its own.
    pub(crate) fn section(&self, key: &'static str) -> Self {
        Self::new(&self.path_of(key), self.node(key), self.problems)
    }

    /// Whether the document has this table at all.
    pub(crate) fn is_present(&self) -> bool {
        self.entries.is_some()
    }

    /// Whether the table has this key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.is_some_and(|entries| entries.contains_key(key))
    }

    /// The node under a key, which is known from now on.
    pub(crate) fn node(&self, key: &'static str) -> Option<&'a Node> {
        self.known.borrow_mut().push(key);
        self.entries.and_then(|entries| entries.get(key))
    }

    /// Trimmed text that is not empty.
    pub(crate) fn text(&self, key: &'static str) -> Option<String> {
        self.as_text(key, self.node(key)?)
    }

    /// Text that `read` understands; its refusal is noted.
    pub(crate) fn parsed<T, E: fmt::Display>(
        &self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(key)?;
        read(&text).map_err(|error| self.problem(key, error.to_string())).ok()
    }

    /// True or false.
    pub(crate) fn bool(&self, key: &'static str) -> Option<bool> {
        match self.node(key)? {
            Node { value: Value::Bool(is), .. } => Some(*is),
            other => self.wrong_type(key, "true or false", &other.value),
        }
    }

    /// A whole number within `range`.
    pub(crate) fn integer(&self, key: &'static str, range: RangeInclusive<i64>) -> Option<i64> {
        match &self.node(key)?.value {
            Value::Integer(Some(number)) if range.contains(number) => Some(*number),
            Value::Integer(_) => {
                let what = format!("must lie between {} and {}", range.start(), range.end());
                self.problem(key, what);
                None
            }
            other => self.wrong_type(key, "a whole number", other),
        }
    }

    /// Texts, in a list or as one that holds a single one.
    pub(crate) fn texts(&self, key: &'static str) -> Option<Vec<String>> {
        let node = self.node(key)?;
        match &node.value {
            Value::List(items) => items.iter().map(|item| self.as_text(key, item)).collect(),
            Value::Text(_) => self.as_text(key, node).map(|text| vec![text]),
            other => self.wrong_type(key, "text or a list of texts", other),
        }
    }

    /// Notes something that is wrong with a key.
    pub(crate) fn problem(&self, key: &str, what: impl Into<String>) {
        let entry = self.entries.and_then(|entries| entries.get(key));
        let line = entry.map(|node| node.line).or(self.line);
        let key = self.path_of(key);
        self.problems.borrow_mut().push(Problem { line, key, what: what.into() });
    }

    /// Notes every key that nobody asked for.
    pub(crate) fn finish(&self) {
        let known = self.known.borrow();
        for key in self.entries.into_iter().flat_map(BTreeMap::keys) {
            if known.contains(&key.as_str()) {
                continue;
            }
            let hint = match nearest(key, &known) {
                Some(nearest) => format!("did you mean `{}`?", self.path_of(nearest)),
                None => format!("the keys here are {}", known.join(", ")),
            };
            self.problem(key, format!("is not a known key; {hint}"));
        }
    }

    fn as_text(&self, key: &'static str, node: &Node) -> Option<String> {
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => {
                self.problem(key, "is empty; leave it out instead");
                None
            }
            Value::Text(text) => Some(text.trim().to_owned()),
            other => self.wrong_type(key, "text in quotes", other),
        }
    }

    fn wrong_type<T>(&self, key: &str, wanted: &str, found: &Value) -> Option<T> {
        self.problem(key, format!("must be {wanted}, not {}", found.kind()));
        None
    }

    /// The key with the names of the tables around it.
    pub(crate) fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The known name that looks most like `given`, if any does.
pub(crate) fn nearest<'n>(given: &str, known: &[&'n str]) -> Option<&'n str> {
    let given = given.to_lowercase();
    let scored = known.iter().map(|name| (strsim::jaro_winkler(&given, name), *name));
    scored.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, n)| n)
}
