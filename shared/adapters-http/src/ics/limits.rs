//! Every limit of reading a calendar, once. A calendar is written by strangers: whatever it says,
//! reading it ends, and what is left out is reported.

/// Bytes of one calendar; what is beyond is not read. The largest real exports hold about 20 MiB.
pub const CALENDAR_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes of one unfolded line that are kept. Only inline attachments are longer, and they are not
/// used.
pub const LINE_BYTES_MAX: usize = 1024 * 1024;

/// Entries (VEVENT) of one calendar.
pub const ENTRIES_MAX: usize = 100_000;

/// Properties of one component that are kept.
pub const PROPERTIES_MAX: usize = 10_000;

/// Dates in all RDATE or EXDATE properties of one entry.
pub const DATES_MAX: usize = 20_000;

/// Recurrence rules (RRULE or EXRULE) of one entry. RFC 5545 wants at most one.
pub const RULES_MAX: usize = 20;

/// Components inside one another.
pub const DEPTH_MAX: usize = 20;

/// Oddities that are told one by one; the rest is counted.
pub const ODDITIES_MAX: usize = 1_000;

/// Steps of one walk along a rule: periods looked at and instances found.
pub const RULE_STEPS_MAX: u64 = 1_000_000;

/// Steps of all walks of one reading or one expansion.
pub const FEED_STEPS_MAX: u64 = 10_000_000;

/// Occurrences of one series in one expansion: two weeks, minute by minute.
pub const SERIES_OCCURRENCES_MAX: usize = 20_160;

/// Occurrences in one expansion.
pub const OCCURRENCES_MAX: usize = 500_000;

/// The last year for which a VTIMEZONE is computed.
pub const ZONE_YEAR_MAX: i16 = 2100;

/// Transitions of one VTIMEZONE.
pub const TRANSITIONS_MAX: usize = 4_000;
