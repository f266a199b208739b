//! The one place for what people and programs read: tables, JSON, colours.

use std::io::{self, Write};

use comfy_table::presets;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};
use serde::Serialize;

/// Columns of a table where the width of the screen is not known.
const WIDTH_DEFAULT: u16 = 100;

/// The narrowest screen that tables are fitted to.
const WIDTH_MIN: u16 = 40;

/// What an answer is written on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Screen {
    /// Columns, where it is a terminal or somebody said how many.
    pub width: Option<u16>,
    /// Whether the answer is read on a terminal.
    pub is_terminal: bool,
    /// Whether colours are welcome in the answer.
    pub has_colours: bool,
    /// Whether colours are welcome in messages.
    pub has_message_colours: bool,
}

impl Screen {
    /// The screen of a process. `NO_COLOR` with any text in it takes colours away, `COLUMNS` says
    /// how wide it is.
    pub fn of(
        answers_on_terminal: bool,
        messages_on_terminal: bool,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let wants_colours = variable("NO_COLOR").is_none_or(|value| value.is_empty())
            && variable("TERM").is_none_or(|value| value != "dumb");
        let said = variable("COLUMNS").and_then(|columns| columns.trim().parse().ok());
        let seen = || Table::new().width().filter(|_| answers_on_terminal);
        Self {
            // Some terminals do not know, and say 0.
            width: said.or_else(seen).filter(|width| *width > 0).map(|w: u16| w.max(WIDTH_MIN)),
            is_terminal: answers_on_terminal,
            has_colours: wants_colours && answers_on_terminal,
            has_message_colours: wants_colours && messages_on_terminal,
        }
    }
}

/// Writes answers to one place and messages to another.
pub struct Output<'a> {
    answers: &'a mut dyn Write,
    messages: &'a mut dyn Write,
    screen: Screen,
    is_json: bool,
}

/// What a piece of an answer means; colours follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// As it should be.
    Good,
    /// Worth a look.
    Caution,
    /// Wrong.
    Bad,
    /// Beside the point.
    Faint,
}

impl<'a> Output<'a> {
    /// Writes answers and messages; `is_json` where programs read them.
    pub fn new(
        answers: &'a mut dyn Write,
        messages: &'a mut dyn Write,
        screen: Screen,
        is_json: bool,
    ) -> Self {
        Self { answers, messages, screen, is_json }
    }

    /// Whether programs read the answer.
    pub fn is_json(&self) -> bool {
        self.is_json
    }

    /// Whether a person reads the answer.
    pub fn is_terminal(&self) -> bool {
        self.screen.is_terminal
    }

    /// Whether colours are welcome in messages.
    pub fn has_message_colours(&self) -> bool {
        self.screen.has_message_colours
    }

    /// One line of an answer for people.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.answers, "{text}")
    }

    /// A whole answer that is a file, as it is.
    pub fn as_is(&mut self, text: &str) -> io::Result<()> {
        self.answers.write_all(text.as_bytes())
    }

    /// One line of an answer in a tone.
    pub fn toned(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        let text = paint(tone, text, self.screen.has_colours);
        writeln!(self.answers, "{text}")
    }

    /// A whole answer as JSON.
    pub fn json(&mut self, value: &impl Serialize) -> io::Result<()> {
        if self.screen.is_terminal {
            serde_json::to_writer_pretty(&mut *self.answers, value)?;
        } else {
            serde_json::to_writer(&mut *self.answers, value)?;
        }
        writeln!(self.answers)
    }

    /// One of many answers as a line of JSON.
    pub fn json_line(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut *self.answers, value)?;
        self.answers.write_all(b"\n")
    }

    /// A list as a JSON array with an element on each line: it can be read, searched and cut.
    pub fn json_array<T: Serialize>(
        &mut self,
        values: impl IntoIterator<Item = T>,
    ) -> io::Result<()> {
        self.answers.write_all(b"[")?;
        for (i, value) in values.into_iter().enumerate() {
            self.answers.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *self.answers, &value)?;
        }
        self.answers.write_all(b"\n]\n")
    }

    /// A table, as wide as the screen at most.
    pub fn table(&mut self, rows: &Rows) -> io::Result<()> {
        let width = self.screen.width.unwrap_or(WIDTH_DEFAULT);
        writeln!(self.answers, "{}", rows.render(width, self.screen.has_colours))
    }

    /// A message beside the answer.
    pub fn note(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.messages, "{text}")
    }

    /// What went wrong.
    pub fn error(&mut self, text: &str) -> io::Result<()> {
        if self.is_json {
            let value = serde_json::json!({ "error": text });
            return writeln!(self.messages, "{value}");
        }
        let word = paint(Tone::Bad, "error:", self.screen.has_message_colours);
        writeln!(self.messages, "{word} {text}")
    }

    /// Makes sure that everything is out.
    pub fn flush(&mut self) -> io::Result<()> {
        self.answers.flush()?;
        self.messages.flush()
    }
}

/// The rows of a table.
pub struct Rows {
    header: Vec<&'static str>,
    rows: Vec<Vec<(Tone, String)>>,
    numbers: Vec<usize>,
}

impl Rows {
    /// An empty table with these columns; those whose name ends in a blank hold numbers.
    pub fn new(header: &[&'static str]) -> Self {
        let numbers = header.iter().enumerate().filter(|(_, name)| name.ends_with(' '));
        let numbers = numbers.map(|(i, _)| i).collect();
        Self { header: header.iter().map(|name| name.trim()).collect(), rows: Vec::new(), numbers }
    }

    /// Adds a row.
    pub fn add(&mut self, cells: Vec<(Tone, String)>) {
        self.rows.push(cells);
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn render(&self, width: u16, has_colours: bool) -> String {
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .force_no_tty()
            .set_width(width)
            .set_header(self.header.iter().map(|name| {
                let cell = Cell::new(name.to_uppercase());
                if has_colours { cell.add_attribute(Attribute::Bold) } else { cell }
            }));
        if has_colours {
            table.enforce_styling();
        }
        for row in &self.rows {
            table.add_row(row.iter().map(|(tone, text)| {
                // Titles are written by strangers: no escape sequence reaches a terminal.
                let cell = Cell::new(printable(text));
                if has_colours { toned(cell, *tone) } else { cell }
            }));
        }
        for index in &self.numbers {
            if let Some(column) = table.column_mut(*index) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        table.trim_fmt()
    }
}

/// Text without characters that steer a terminal or turn the writing around.
pub fn printable(text: &str) -> String {
    let steers = |c: char| {
        (c.is_control() && c != '\n')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if steers(c) { '\u{fffd}' } else { c }).collect()
}

fn toned(cell: Cell, tone: Tone) -> Cell {
    match tone {
        Tone::Plain => cell,
        Tone::Good => cell.fg(Color::Green),
        Tone::Caution => cell.fg(Color::Yellow),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Faint => cell.add_attribute(Attribute::Dim),
    }
}

fn paint(tone: Tone, text: &str, has_colours: bool) -> String {
    let code = match tone {
        _ if !has_colours => return text.to_owned(),
        Tone::Plain => return text.to_owned(),
        Tone::Good => "32",
        Tone::Caution => "33",
        Tone::Bad => "1;31",
        Tone::Faint => "2",
    };
    format!("\u{1b}[{code}m{text}\u{1b}[0m")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::new(&["name", "count "]);
        rows.add(vec![(Tone::Good, "a\u{1b}[31mb".to_owned()), (Tone::Plain, "7".to_owned())]);
        rows.add(vec![(Tone::Plain, "word ".repeat(30)), (Tone::Plain, "700".to_owned())]);
        rows
    }

    #[test]
    fn tables_keep_to_the_width_and_to_plain_text() {
        let text = rows().render(40, false);
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(text.contains("a\u{fffd}[31mb"), "{text}");
    }

    #[test]
    fn colours_appear_only_where_they_are_welcome() {
        assert!(rows().render(40, true).contains('\u{1b}'));
        let errors_with = |has_message_colours| {
            let (mut answers, mut messages) = (Vec::new(), Vec::new());
            let screen = Screen { has_message_colours, ..Screen::default() };
            Output::new(&mut answers, &mut messages, screen, false).error("no").unwrap();
            String::from_utf8(messages).unwrap()
        };
        assert_eq!(errors_with(false), "error: no\n");
        assert_eq!(errors_with(true), "\u{1b}[1;31merror:\u{1b}[0m no\n");
    }

    #[test]
    fn the_environment_takes_colours_away_and_says_the_width() {
        let check = |variables: &[(&str, &str)], has_colours: bool, width: Option<u16>| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            let screen = Screen::of(false, true, &variable);
            assert_eq!(screen.has_message_colours, has_colours, "{variables:?}");
            assert_eq!((screen.has_colours, screen.width), (false, width), "{variables:?}");
        };
        check(&[], true, None);
        check(&[("NO_COLOR", "1")], false, None);
        check(&[("NO_COLOR", "")], true, None);
        check(&[("TERM", "dumb")], false, None);
        check(&[("COLUMNS", "72")], true, Some(72));
        check(&[("COLUMNS", "7")], true, Some(WIDTH_MIN));
        check(&[("COLUMNS", "0")], true, None);
    }

    #[test]
    fn lists_are_json_with_an_element_a_line() {
        let written = |values: &[u8]| {
            let (mut answers, mut messages) = (Vec::new(), Vec::new());
            let mut output = Output::new(&mut answers, &mut messages, Screen::default(), true);
            output.json_array(values).unwrap();
            String::from_utf8(answers).unwrap()
        };
        assert_eq!(written(&[1, 2]), "[\n1,\n2\n]\n");
        assert_eq!(written(&[]), "[\n]\n");
    }
}
