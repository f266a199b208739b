//! Entries that belong together: a series and the changes to its occurrences.

use std::collections::HashMap;

use domain::ids::EventUid;
use sha2::{Digest, Sha256};

use super::entry::{self, Entry};
use super::oddity::Oddities;

/// Everything that a file says under one UID.
#[derive(Debug, Clone)]
pub(super) struct Series {
    /// The entry without RECURRENCE-ID. A file may hold nothing but changes.
    pub(super) master: Option<Entry>,
    pub(super) changes: Vec<Entry>,
}

/// Groups entries by UID. Of several with the same UID the newest counts.
pub(super) fn group(entries: Vec<Entry>, oddities: &mut Oddities) -> Vec<Series> {
    let mut groups: Vec<Series> = Vec::new();
    let mut index_of: HashMap<EventUid, usize> = HashMap::new();
    let mut namesakes = Vec::new();
    for entry in entries {
        let index = *index_of.entry(entry.uid.clone()).or_insert_with(|| {
            groups.push(Series { master: None, changes: Vec::new() });
            groups.len() - 1
        });
        let Some(series) = groups.get_mut(index) else { continue };
        if entry.changes.is_some() {
            series.changes.push(entry);
            continue;
        }
        match &series.master {
            Some(master) if is_namesake(master, &entry) => namesakes.push(entry),
            Some(master) if entry.version < master.version => {}
            _ => series.master = Some(entry),
        }
    }
    separate(namesakes, &mut groups, &mut index_of, oddities);
    groups
}

/// Whether two entries share a UID by mistake: neither is newer, and they begin at different times.
/// Some exporters give all their entries the same UID.
fn is_namesake(one: &Entry, other: &Entry) -> bool {
    one.version == other.version && one.start != other.start
}

/// Gives entries that share a UID by mistake their own.
fn separate(
    namesakes: Vec<Entry>,
    groups: &mut Vec<Series>,
    index_of: &mut HashMap<EventUid, usize>,
    oddities: &mut Oddities,
) {
    for mut entry in namesakes {
        let mut hash = Sha256::new();
        hash.update(entry.uid.as_str());
        hash.update(entry.start.wall.to_string());
        let Some(uid) = entry::made_uid(&hash.finalize()) else { continue };
        let what = "another entry has the same UID, none is newer, and they begin at different \
                    times; this one gets a UID of its own";
        oddities.add(entry.line, what);
        entry.uid = uid.clone();
        match index_of.get(&uid).and_then(|index| groups.get_mut(*index)) {
            Some(series) => series.master = Some(entry),
            None => {
                index_of.insert(uid, groups.len());
                groups.push(Series { master: Some(entry), changes: Vec::new() });
            }
        }
    }
}
