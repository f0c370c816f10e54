-- The clock: what it said when the box was last known to run, and how it was set since. One row, the box's own.
CREATE TABLE clock (
    one         INTEGER PRIMARY KEY CHECK (one = 1),
    left_at     INTEGER NOT NULL,
    -- By how many milliseconds it was set, all told: the box's own time, which tokens count in, is without it.
    set_by      INTEGER NOT NULL,
    -- How far it is believed where something would be forgotten for its age.
    believed_at INTEGER,
    -- The last time it was set.
    jumped_at   INTEGER,
    jumped_ms   INTEGER
) STRICT;
