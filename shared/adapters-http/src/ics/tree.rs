//! From lines to components: calendars, entries and time zones with their line numbers.

use super::limits;
use super::oddity::{Oddities, quoted};
use super::property::{self, Property};
use super::text::{self, Lines, RawLine};

/// A component that is used, with the properties of it that are used.
#[derive(Debug, Default)]
pub(super) struct Component<'a> {
    /// Where it begins in the file.
    pub(super) line: usize,
    /// Which calendar of the file it stands in; a file may hold several one after another.
    pub(super) calendar: usize,
    pub(super) properties: Vec<Property<'a>>,
    /// The STANDARD and DAYLIGHT parts of a VTIMEZONE.
    pub(super) observances: Vec<Component<'a>>,
}

impl<'a> Component<'a> {
    /// The first property of a name.
    pub(super) fn first(&self, name: &str) -> Option<&Property<'a>> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// All properties of a name.
    pub(super) fn all(&self, name: &'static str) -> impl Iterator<Item = &Property<'a>> {
        self.properties.iter().filter(move |property| property.name == name)
    }
}

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Tree<'a> {
    pub(super) calendars: Vec<Component<'a>>,
    pub(super) entries: Vec<Component<'a>>,
    pub(super) zones: Vec<Component<'a>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Calendar,
    Entry,
    Zone,
    Observance,
    /// VTODO, VJOURNAL, VFREEBUSY, VALARM and whatever else is not used.
    Other,
}

#[derive(Debug)]
struct Frame<'a> {
    kind: Kind,
    name: String,
    component: Component<'a>,
}

/// Splits a file into its components.
pub(super) fn read<'a>(bytes: &'a [u8], oddities: &mut Oddities) -> Tree<'a> {
    let mut reader = Reader {
        tree: Tree::default(),
        open: Vec::new(),
        oddities,
        first_not_utf8: None,
        first_outside: None,
        entries_left_out: 0,
    };
    for line in Lines::new(bytes) {
        reader.line(line);
    }
    let ends_with_a_line = bytes.ends_with(b"\n") || bytes.ends_with(b"\r");
    reader.finish(ends_with_a_line);
    reader.tree
}

struct Reader<'a, 'o> {
    tree: Tree<'a>,
    open: Vec<Frame<'a>>,
    oddities: &'o mut Oddities,
    first_not_utf8: Option<usize>,
    first_outside: Option<usize>,
    entries_left_out: usize,
}

impl<'a> Reader<'a, '_> {
    fn line(&mut self, line: RawLine<'a>) {
        let name = property::name_of(&line.bytes);
        if name.eq_ignore_ascii_case(b"BEGIN") {
            let name = component_name(&line.bytes);
            self.begin(line.number, name);
        } else if name.eq_ignore_ascii_case(b"END") {
            let name = component_name(&line.bytes);
            self.end(line.number, &name);
        } else if line.bytes.trim_ascii().is_empty() {
            // Blank lines are not allowed by RFC 5545 and harm nobody.
        } else {
            self.property(line);
        }
    }

    fn begin(&mut self, line: usize, name: String) {
        let parent = self.open.last().map(|frame| frame.kind);
        let kind = match (name.as_str(), parent) {
            // An entry inside of an entry: the first one was never ended.
            ("VEVENT" | "VTIMEZONE", Some(Kind::Entry | Kind::Zone | Kind::Observance)) => {
                self.close_forgotten(line, &[Kind::Entry, Kind::Zone, Kind::Observance]);
                return self.begin(line, name);
            }
            ("VEVENT" | "VTIMEZONE", Some(Kind::Other)) if self.innermost_holds_no_entries() => {
                self.report_open(line);
                self.close();
                return self.begin(line, name);
            }
            ("VCALENDAR", Some(_)) => {
                self.oddities.add(line, "a VCALENDAR begins before the one above has ended");
                self.close_all(line);
                Kind::Calendar
            }
            ("VCALENDAR", None) => Kind::Calendar,
            ("VEVENT", Some(Kind::Calendar) | None) => Kind::Entry,
            ("VTIMEZONE", Some(Kind::Calendar) | None) => Kind::Zone,
            ("STANDARD" | "DAYLIGHT", Some(Kind::Zone)) => Kind::Observance,
            _ => Kind::Other,
        };
        if self.open.len() >= limits::DEPTH_MAX {
            self.oddities.add(line, "components lie too deep inside one another; this is skipped");
            self.open.truncate(1);
            return;
        }
        if kind == Kind::Calendar {
            self.tree.calendars.push(Component { line, ..Component::default() });
        }
        let calendar = self.tree.calendars.len().saturating_sub(1);
        let component = Component { line, calendar, ..Component::default() };
        self.open.push(Frame { kind, name, component });
    }

    fn end(&mut self, line: usize, name: &str) {
        let Some(at) = self.open.iter().rposition(|frame| frame.name == name) else {
            self.oddities.add(line, format!("END:{} without a BEGIN", shown(name)));
            return;
        };
        while self.open.len() > at + 1 {
            self.report_open(line);
            self.close();
        }
        self.close();
    }

    fn innermost_holds_no_entries(&self) -> bool {
        let name = self.open.last().map_or("", |frame| frame.name.as_str());
        matches!(name, "VTODO" | "VJOURNAL" | "VFREEBUSY" | "VALARM")
    }

    fn report_open(&mut self, line: usize) {
        if let Some(frame) = self.open.last() {
            let (name, begin) = (shown(&frame.name), frame.component.line);
            self.oddities.add(line, format!("{name} of line {begin} is not ended before this"));
        }
    }

    fn close_forgotten(&mut self, line: usize, kinds: &[Kind]) {
        while self.open.last().is_some_and(|frame| kinds.contains(&frame.kind)) {
            self.report_open(line);
            self.close();
        }
    }

    fn close_all(&mut self, line: usize) {
        while let Some(frame) = self.open.last() {
            if frame.kind != Kind::Calendar {
                self.report_open(line);
            }
            self.close();
        }
    }

    /// Puts the innermost component where it belongs.
    fn close(&mut self) {
        let Some(frame) = self.open.pop() else { return };
        match frame.kind {
            Kind::Entry if self.tree.entries.len() < limits::ENTRIES_MAX => {
                self.tree.entries.push(frame.component);
            }
            Kind::Entry => self.entries_left_out += 1,
            Kind::Zone => self.tree.zones.push(frame.component),
            Kind::Observance => {
                if let Some(zone) = self.open.last_mut() {
                    zone.component.observances.push(frame.component);
                }
            }
            Kind::Calendar | Kind::Other => {}
        }
    }

    fn property(&mut self, line: RawLine<'a>) {
        let Some(frame) = self.open.last_mut() else {
            self.first_outside.get_or_insert(line.number);
            return;
        };
        if frame.kind == Kind::Other {
            return;
        }
        let name = property::name_of(&line.bytes);
        if name.is_empty() {
            let what = "this line is not a property: it has no name followed by a colon";
            self.oddities.add(line.number, what);
            return;
        }
        let Some(name) = property::used_name(name) else { return };
        if !line.bytes.contains(&b':') {
            self.oddities.add(line.number, format!("{name} has no value"));
            return;
        }
        if line.was_cut {
            self.oddities.add(line.number, format!("{name} is too long; its end is left out"));
        }
        let (is_utf8, text) = text::decode(line.bytes);
        if !is_utf8 {
            self.first_not_utf8.get_or_insert(line.number);
        }
        let (property, oddity) = Property::split(line.number, name, text);
        if let Some(what) = oddity {
            self.oddities.add(line.number, format!("{name}: {what}"));
        }
        let properties = match frame.kind {
            Kind::Calendar => match self.tree.calendars.last_mut() {
                Some(calendar) => &mut calendar.properties,
                None => return,
            },
            _ => &mut frame.component.properties,
        };
        match properties.len() {
            limits::PROPERTIES_MAX => {
                self.oddities.add(line.number, "too many properties; the rest is left out");
                properties.push(property);
            }
            0..limits::PROPERTIES_MAX => properties.push(property),
            _ => {}
        }
    }

    fn finish(&mut self, ends_with_a_line: bool) {
        while let Some(frame) = self.open.last() {
            let (name, line) = (shown(&frame.name), frame.component.line);
            // A last line without an end was probably cut off; half an entry might be a wrong one.
            if frame.kind == Kind::Entry && !ends_with_a_line {
                let what = format!("{name} is cut off at the end of the file; it is not used");
                self.oddities.add(line, what);
                self.open.pop();
            } else {
                self.oddities.add(line, format!("{name} is not ended at the end of the file"));
                self.close();
            }
        }
        if let Some(line) = self.first_not_utf8 {
            let what = "this is not UTF-8; here and elsewhere it is read as Windows-1252";
            self.oddities.add(line, what);
        }
        if self.tree.calendars.is_empty() {
            let what = match self.tree.entries.len() {
                0 => "this is not an iCalendar file: it has no BEGIN:VCALENDAR",
                _ => "BEGIN:VCALENDAR is missing; the entries are read all the same",
            };
            self.oddities.add(1, what);
        } else if let Some(line) = self.first_outside {
            self.oddities.add(line, "lines outside of VCALENDAR are skipped");
        }
        if self.entries_left_out > 0 {
            let (left_out, max) = (self.entries_left_out, limits::ENTRIES_MAX);
            self.oddities
                .add(1, format!("more than {max} entries; the last {left_out} are not used"));
        }
    }
}

/// The name after BEGIN or END, in capital letters.
fn component_name(line: &[u8]) -> String {
    let at = line.iter().position(|b| *b == b':').map_or(line.len(), |colon| colon + 1);
    String::from_utf8_lossy(line[at..].trim_ascii()).to_ascii_uppercase()
}

/// A component's name as an oddity shows it.
fn shown(name: &str) -> String {
    let is_plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_plain && name.len() <= 40 { name.to_owned() } else { quoted(name) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, entries: &[&str], oddities: &[(usize, &str)]) {
        let mut found = Oddities::default();
        let tree = read(text.as_bytes(), &mut found);
        let titles: Vec<_> = tree
            .entries
            .iter()
            .map(|entry| entry.first("SUMMARY").map_or("", |summary| summary.value()))
            .collect();
        assert_eq!(titles, entries, "{text}");
        let found = found.finish();
        assert_eq!(found.len(), oddities.len(), "{found:?}");
        for (found, (line, part)) in found.iter().zip(oddities) {
            assert!(found.line == *line && found.what.contains(part), "{found}");
        }
    }

    const HEAD: &str = "BEGIN:VCALENDAR\nVERSION:2.0\n";

    #[test]
    fn entries_are_found_whatever_stands_between_them() {
        check(
            &format!(
                "{HEAD}BEGIN:VTODO\nSUMMARY:no\nEND:VTODO\nbegin:vevent\nSUMMARY:a\n\
                 BEGIN:VALARM\nSUMMARY:no\nEND:VALARM\nEND:VEVENT\nBEGIN:X-OWN\nBEGIN:VEVENT\n\
                 SUMMARY:no\nEND:VEVENT\nEND:X-OWN\nBEGIN:VEVENT\nSUMMARY:b\nEND:VEVENT\n\
                 END:VCALENDAR\n"
            ),
            &["a", "b"],
            &[],
        );
    }

    #[test]
    fn two_calendars_in_one_file_are_told_apart() {
        let one =
            format!("{HEAD}X-WR-CALNAME:one\nBEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\nEND:VCALENDAR\n");
        let text = format!("{one}{}", one.replace("one", "two"));
        let tree = read(text.as_bytes(), &mut Oddities::default());
        let names: Vec<_> = tree
            .entries
            .iter()
            .map(|entry| tree.calendars[entry.calendar].first("X-WR-CALNAME").unwrap().value())
            .collect();
        assert_eq!(names, ["one", "two"]);
    }

    #[test]
    fn forgotten_and_stray_ends_are_told_and_survived() {
        check(
            &format!("{HEAD}BEGIN:VEVENT\nSUMMARY:a\nBEGIN:VEVENT\nSUMMARY:b\nEND:VCALENDAR\n"),
            &["a", "b"],
            &[(5, "VEVENT of line 3"), (7, "VEVENT of line 5")],
        );
        check(
            &format!(
                "{HEAD}BEGIN:VTODO\nBEGIN:VALARM\nBEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\n\
                 END:VCALENDAR\n"
            ),
            &["a"],
            &[(5, "VALARM of line 4"), (5, "VTODO of line 3")],
        );
        check(
            &format!("{HEAD}END:VEVENT\nBEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\nEND:VCALENDAR\n"),
            &["a"],
            &[(3, "without a BEGIN")],
        );
        check(
            &format!("{HEAD}BEGIN:VEVENT\nSUMMARY:a\n"),
            &["a"],
            &[(1, "VCALENDAR is not ended"), (3, "VEVENT is not ended")],
        );
        check(
            &format!("{HEAD}BEGIN:VEVENT\nSUMMARY:a"),
            &[],
            &[(1, "VCALENDAR is not ended"), (3, "cut off")],
        );
    }

    #[test]
    fn lines_that_are_no_properties_are_told_with_their_number() {
        check(
            &format!(
                "{HEAD}BEGIN:VEVENT\nSUMMARY:a\nunfolded rest\nUID\nEND:VEVENT\nEND:VCALENDAR"
            ),
            &["a"],
            &[(5, "not a property"), (6, "not a property")],
        );
        check("<html>\n<body>\n", &[], &[(1, "not an iCalendar file")]);
        check("", &[], &[(1, "not an iCalendar file")]);
    }

    #[test]
    fn a_component_a_thousand_deep_is_survived() {
        let deep = "BEGIN:X\n".repeat(1000);
        let mut found = Oddities::default();
        let text = format!("{HEAD}{deep}BEGIN:VEVENT\nSUMMARY:a\nEND:VEVENT\n");
        read(text.as_bytes(), &mut found);
        assert!(!found.finish().is_empty());
    }
}
