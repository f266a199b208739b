-- What is counted of all users on a UTC date: the sums of its hours, written with them. Only where
-- durations are kept, whose buckets make a month of hours long to read.

CREATE TABLE utc_days (
    dimension TEXT NOT NULL,         -- 'all', 'arm:...'
    day_on TEXT NOT NULL,            -- the UTC date
    name TEXT NOT NULL,
    value INTEGER NOT NULL,
    PRIMARY KEY (dimension, day_on, name)
) STRICT, WITHOUT ROWID;

INSERT INTO utc_days (dimension, day_on, name, value)
    SELECT dimension, substr(hour_at, 1, 10), name, sum(value) FROM hours
    WHERE dimension = 'all' OR (dimension >= 'arm:' AND dimension < 'arm;')
    GROUP BY 1, 2, 3;
