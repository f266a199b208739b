-- Items stand whole in `doc` (JSON, see `app::records`); the other columns are what is searched,
-- compared and sorted by, and what a person wants to see first. Instants are UTC without the Z,
-- dates (`_on`) are local to the user.

CREATE TABLE users (
    user TEXT PRIMARY KEY,
    zone TEXT NOT NULL,
    phone TEXT NOT NULL,             -- key into phones
    inputs_version INTEGER NOT NULL,
    planned_on TEXT,                 -- the last local date a plan covers
    planned_version INTEGER,         -- the inputs that plan was made from
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX users_by_zone ON users (zone, ifnull(planned_on, ''), user);
CREATE INDEX users_with_stale_plans ON users (user) WHERE planned_version IS NOT inputs_version;

CREATE TABLE phones (
    phone TEXT PRIMARY KEY,          -- keyed hash of the number
    consent TEXT NOT NULL,
    version INTEGER NOT NULL,
    doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE calendars (
    user TEXT NOT NULL,
    calendar TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (user, calendar)
) STRICT;

CREATE TABLE events (
    user TEXT NOT NULL,
    calendar TEXT NOT NULL,
    uid TEXT NOT NULL,
    occurrence TEXT NOT NULL,
    start_from TEXT NOT NULL,        -- the event begins within start_from..=start_until, whatever
    start_until TEXT NOT NULL,       -- zone its user is in; both are the start if it is an instant
    doc TEXT NOT NULL,
    PRIMARY KEY (user, calendar, uid, occurrence)
) STRICT;
CREATE INDEX events_by_start ON events (user, start_from);
CREATE INDEX events_by_uid ON events (user, uid, occurrence, calendar);

CREATE TABLE reminders (
    "row" INTEGER PRIMARY KEY,
    reminder TEXT NOT NULL UNIQUE,   -- a hash of whose it is, among others
    user TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    revision INTEGER NOT NULL,
    day_on TEXT NOT NULL,
    send_at TEXT NOT NULL,
    due_at TEXT,                     -- when it next needs a look; none if nothing happens by itself
    doc TEXT NOT NULL
) STRICT;
CREATE INDEX reminders_by_day ON reminders (user, day_on);
CREATE INDEX reminders_due ON reminders (due_at, reminder, user) WHERE due_at IS NOT NULL;

-- The reminders that were claimed on a user's local date.
CREATE TABLE days (
    user TEXT NOT NULL,
    day_on TEXT NOT NULL,
    reminder TEXT NOT NULL,
    PRIMARY KEY (user, day_on, reminder)
) STRICT, WITHOUT ROWID;

-- What the last planning of a user's local date did.
CREATE TABLE runs (
    user TEXT NOT NULL,
    day_on TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (user, day_on)
) STRICT;

-- Every change to a reminder, in order. The last entry always stays, so that no number comes
-- twice; an entry whose person was erased loses its doc.
CREATE TABLE feed (
    sequence INTEGER PRIMARY KEY,
    user TEXT NOT NULL,
    reminder TEXT NOT NULL,
    revision INTEGER NOT NULL,
    doc TEXT
) STRICT;

-- What each reminder adds to the counters, and the revision that said so.
CREATE TABLE contributions (
    user TEXT NOT NULL,
    reminder TEXT NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (user, reminder)
) STRICT;

CREATE TABLE counters (
    user TEXT NOT NULL,
    day_on TEXT NOT NULL,
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (user, day_on, name)
) STRICT, WITHOUT ROWID;

-- The sums of the counters over all users and dates.
CREATE TABLE totals (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE control (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    value ANY NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT, WITHOUT ROWID;

-- What no consumer of a queue could handle.
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    body TEXT NOT NULL,
    receives INTEGER NOT NULL,
    added_at TEXT NOT NULL,
    dead_at TEXT NOT NULL
) STRICT;
