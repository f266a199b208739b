//! The tables as they must be: what the deployment makes, and what tests make on an emulator.

use super::Tables;

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its key.
    pub key: Key,
    /// Its indexes.
    pub indexes: Vec<Index>,
    /// Whether its changes are streamed, with the images before and after.
    pub has_stream: bool,
}

/// The key of a table or index; all its attributes are texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The partition key.
    pub partition: &'static str,
    /// The sort key.
    pub sort: Option<&'static str>,
}

/// A secondary index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: &'static str,
    /// Its key.
    pub key: Key,
    /// Whether it lies within the partitions of its table, where reads may be consistent.
    pub is_local: bool,
    /// Whether it holds whole items; else only their keys.
    pub is_whole: bool,
}

const fn key(partition: &'static str, sort: Option<&'static str>) -> Key {
    Key { partition, sort }
}

const fn global(name: &'static str, partition: &'static str, sort: Option<&'static str>) -> Index {
    Index { name, key: key(partition, sort), is_local: false, is_whole: false }
}

/// By how many local days a zone's users are behind.
pub(super) const BY_ZONE: Index = global("by_zone", "zone_shard", Some("planned_on"));

/// Users whose inputs changed since their last plan; sparse.
pub(super) const STALE: Index = global("stale", "stale_shard", Some("user"));

/// A user's events by the first instant they may begin at. Whole, because they are read in ranges
/// by every plan and written rarely.
pub(super) const BY_START: Index = Index {
    name: "by_start",
    key: key("user", Some("start_from")),
    is_local: true,
    is_whole: true,
};

/// A user's reminders by local date. Of keys only, because a reminder is written a dozen times and
/// its date seldom changes: its items are fetched from the table.
pub(super) const BY_DAY: Index =
    Index { name: "by_day", key: key("user", Some("day_on")), is_local: true, is_whole: false };

/// Reminders by when they next need a look; sparse.
pub(super) const DUE: Index = global("due", "due_bucket", Some("due_at"));

/// Reminders by their id, for people who ask why.
pub(super) const BY_ID: Index = global("by_id", "reminder", None);

/// Connected calendars by when they are next looked at; sparse. Whole, because an item is small and
/// its key may hold the calendar's name shortened.
pub(super) const SYNC: Index = Index {
    name: "sync",
    key: key("sync_shard", Some("sync_at")),
    is_local: false,
    is_whole: true,
};

/// All tables of a deployment.
pub fn tables(names: &Tables) -> Vec<Table> {
    let table = |name: &String, key, indexes: &[Index]| Table {
        name: name.clone(),
        key,
        indexes: indexes.to_vec(),
        has_stream: *name == names.reminders,
    };
    vec![
        table(&names.users, key("user", None), &[BY_ZONE, STALE]),
        table(&names.phones, key("phone", None), &[]),
        table(&names.calendars, key("user", Some("calendar")), &[SYNC]),
        table(&names.events, key("user", Some("event")), &[BY_START]),
        table(&names.reminders, key("user", Some("reminder")), &[BY_DAY, DUE, BY_ID]),
        table(&names.days, key("user", Some("day_on")), &[]),
        table(&names.metrics, key("scope", Some("part")), &[]),
        table(&names.control, key("kind", Some("name")), &[]),
    ]
}
