-- Where calendars live that we are connected to. `doc` holds what opens them, sealed.

CREATE TABLE connections (
    user TEXT NOT NULL,
    calendar TEXT NOT NULL,
    next_sync_at TEXT NOT NULL,
    revision INTEGER NOT NULL,
    doc TEXT NOT NULL,
    PRIMARY KEY (user, calendar)
) STRICT;

CREATE INDEX connections_by_next_sync ON connections (next_sync_at);
