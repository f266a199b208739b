-- The feed tells where a reminder stood before each change, so that whoever reads it knows what
-- the change means. Rows of before count 0 texts until they change.

ALTER TABLE reminders ADD COLUMN texts INTEGER NOT NULL DEFAULT 0;  -- that the provider took

ALTER TABLE feed ADD COLUMN was_state TEXT;     -- none if the reminder was new
ALTER TABLE feed ADD COLUMN was_texts INTEGER;
