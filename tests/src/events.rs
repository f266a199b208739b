//! Calendars for tests, written as the iCalendar files that people hand over.

/// One VEVENT.
#[derive(Debug, Clone)]
pub struct Event {
    uid: String,
    lines: Vec<String>,
}

/// An event called `title` whose UID is made from it, starting at a local time such as
/// `2026-11-24T10:00` in a zone, one hour long.
pub fn event(title: &str, start: &str, zone: &str) -> Event {
    let uid: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
    let start = compact(start);
    Event { uid: format!("{uid}@test"), lines: Vec::new() }
        .with(&format!("SUMMARY:{title}"))
        .with(&format!("DTSTART;TZID={zone}:{start}"))
        .with("DURATION:PT1H")
}

/// An all-day entry.
pub fn all_day(title: &str, date: &str) -> Event {
    let uid: String = title.chars().filter(char::is_ascii_alphanumeric).collect();
    Event { uid: format!("{uid}@test"), lines: Vec::new() }
        .with(&format!("SUMMARY:{title}"))
        .with(&format!("DTSTART;VALUE=DATE:{}", date.replace('-', "")))
}

impl Event {
    /// Adds a line as it stands in the file.
    pub fn with(mut self, line: &str) -> Self {
        self.lines.push(line.to_owned());
        self
    }

    /// Replaces the line that begins with `name`, or adds it.
    pub fn set(mut self, name: &str, line: &str) -> Self {
        self.lines.retain(|known| !known.starts_with(name));
        self.with(line)
    }

    /// Gives it another UID.
    pub fn uid(mut self, uid: &str) -> Self {
        uid.clone_into(&mut self.uid);
        self
    }

    /// Gives it another title, keeping its UID.
    pub fn titled(self, title: &str) -> Self {
        self.set("SUMMARY", &format!("SUMMARY:{title}"))
    }

    /// Moves it, keeping its UID.
    pub fn moved_to(self, start: &str, zone: &str) -> Self {
        self.set("DTSTART", &format!("DTSTART;TZID={zone}:{}", compact(start)))
    }
}

/// A calendar of these events.
pub fn calendar(events: &[Event]) -> String {
    let mut text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n".to_owned();
    for event in events {
        text.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:{}\r\nDTSTAMP:20260101T000000Z\r\n",
            event.uid
        ));
        for line in &event.lines {
            text.push_str(&format!("{line}\r\n"));
        }
        text.push_str("END:VEVENT\r\n");
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

/// `2026-11-24T10:00` as iCalendar writes it.
fn compact(local: &str) -> String {
    let digits = local.replace(['-', ':'], "");
    if local.len() == "2026-11-24T10:00".len() { format!("{digits}00") } else { digits }
}
