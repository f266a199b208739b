//! Users in a table (CSV, RFC 4180): a line of names, then a user a line. Its cells become the same
//! tree that TOML and JSON become, so what is wrong is told in the same words.

use std::cell::RefCell;
use std::collections::BTreeMap;

use csv::{ReaderBuilder, StringRecord, Trim};

use super::document::{Node, Problem, Value};

/// Columns whose cells are true or false.
const SWITCHES: [&str; 9] = [
    "verified",
    "reminders",
    "allow_after_start",
    "counting.tentative",
    "counting.declined",
    "counting.transparent",
    "counting.out_of_office",
    "counting.focus_time",
    "counting.working_location",
];

/// Columns whose cells are whole numbers.
const NUMBERS: [&str; 2] = ["limit", "counting.all_day.days_before"];

/// Columns whose cells hold several values, with semicolons between.
const LISTS: [&str; 3] = ["lead", "lead_choice", "quiet"];

/// Reads a table. What is wrong with it as a table is noted; what is wrong with its users is found
/// by whoever reads the nodes.
pub(super) fn csv_users(text: &str, problems: &RefCell<Vec<Problem>>) -> Vec<Node> {
    let note = |line: Option<usize>, what: String| {
        problems.borrow_mut().push(Problem { line, key: String::new(), what });
    };
    let text = text.trim_start_matches('\u{FEFF}');
    let delimiter = delimiter(text);
    let mut reader =
        ReaderBuilder::new().delimiter(delimiter).trim(Trim::All).from_reader(text.as_bytes());
    let columns = match reader.headers() {
        Ok(columns) => columns.clone(),
        Err(error) => {
            note(Some(1), format!("this is no table of comma-separated values: {error}"));
            return Vec::new();
        }
    };
    if columns.iter().any(str::is_empty) {
        note(Some(1), "a column has no name".to_owned());
    }
    let mut nodes = Vec::new();
    for record in reader.records() {
        match record {
            Ok(record) => {
                let line = line_of(text, record.position()).unwrap_or_default();
                nodes.push(node(&columns, &record, line));
            }
            Err(error) => {
                let line = line_of(text, error.position());
                note(line, format!("has not as many cells as the first line has names: {error}"));
            }
        }
    }
    nodes
}

/// Spreadsheets of countries whose decimals have commas write semicolons.
fn delimiter(text: &str) -> u8 {
    let head = text.lines().next().unwrap_or_default();
    if head.contains(';') && !head.contains(',') { b';' } else { b',' }
}

/// The line on which a record begins. The reader's own count leaves out the ends of lines that it
/// passes over before a record: empty lines, and the feed that follows a carriage return.
fn line_of(text: &str, position: Option<&csv::Position>) -> Option<usize> {
    let at = usize::try_from(position?.byte()).ok()?;
    let rest = text.get(at..)?;
    let begins = text.len() - rest.trim_start_matches(['\r', '\n']).len();
    Some(1 + text.get(..begins)?.matches('\n').count())
}

fn node(columns: &StringRecord, record: &StringRecord, line: usize) -> Node {
    let mut user = BTreeMap::new();
    // An empty cell says nothing: what it would say is the default.
    for (column, cell) in columns.iter().zip(record).filter(|(_, cell)| !cell.is_empty()) {
        let value = match cell {
            "true" | "TRUE" | "yes" if SWITCHES.contains(&column) => Value::Bool(true),
            "false" | "FALSE" | "no" if SWITCHES.contains(&column) => Value::Bool(false),
            _ if NUMBERS.contains(&column) && cell.bytes().all(|byte| byte.is_ascii_digit()) => {
                Value::Integer(cell.parse().ok())
            }
            _ if LISTS.contains(&column) => Value::List(list(cell, line)),
            _ => Value::Text(cell.to_owned()),
        };
        put(&mut user, column, Node { line, value });
    }
    Node { line, value: Value::Table(user) }
}

/// Several values; `-` is none, as an empty cell is the default.
fn list(cell: &str, line: usize) -> Vec<Node> {
    let parts = cell.split(';').map(str::trim).filter(|part| !part.is_empty() && *part != "-");
    parts.map(|part| Node { line, value: Value::Text(part.to_owned()) }).collect()
}

/// Puts a value under a name with points: `counting.declined` is `declined` in `counting`.
fn put(table: &mut BTreeMap<String, Node>, name: &str, node: Node) {
    let Some((outer, inner)) = name.split_once('.') else {
        table.insert(name.to_owned(), node);
        return;
    };
    let line = node.line;
    let empty = || Node { line, value: Value::Table(BTreeMap::new()) };
    if let Value::Table(inside) = &mut table.entry(outer.to_owned()).or_insert_with(empty).value {
        put(inside, inner, node);
    }
}
