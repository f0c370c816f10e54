-- The schema PartyPlaylist began with: one party, no owner on any row.
CREATE TABLE admins (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL UNIQUE CHECK (length(username) BETWEEN 3 AND 20 AND username NOT GLOB '*[^a-z0-9-]*'),
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE requests (
    id         TEXT PRIMARY KEY,
    title      TEXT NOT NULL,
    artist     TEXT NOT NULL,
    track_uri  TEXT,
    nickname   TEXT,
    note       TEXT,
    status     TEXT NOT NULL CHECK (status IN ('pending', 'approved', 'rejected', 'played')),
    created_at INTEGER NOT NULL,
    played_at  INTEGER
) STRICT;

CREATE INDEX idx_requests_status ON requests (status, created_at);

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
