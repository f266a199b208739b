-- What is counted of all users in an hour.

CREATE TABLE hours (
    dimension TEXT NOT NULL,         -- 'all', 'country:US', 'source:model', ...
    hour_at TEXT NOT NULL,           -- the beginning of the UTC hour
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (dimension, hour_at, name)
) STRICT, WITHOUT ROWID;

-- What no reminder says is counted once for each of these.
CREATE TABLE counted_once (
    id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
