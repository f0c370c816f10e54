-- Back to one party without owners. What the old schema has no room for is not kept: who owned a row, events, screens,
-- DJ accounts, and settings of anyone but the first super admin. Every request stays, whoever's it was.

ALTER TABLE requests RENAME TO new_requests;
ALTER TABLE settings RENAME TO new_settings;
DROP INDEX idx_requests_user_id;
DROP INDEX idx_requests_event_id;
DROP INDEX idx_settings_user_id;

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

INSERT INTO admins (id, username, password_hash, created_at)
SELECT id,
       CASE WHEN username GLOB 'owner-[0-9]*' AND length(display_name) BETWEEN 3 AND 20 AND display_name NOT GLOB '*[^a-z0-9-]*'
                 AND NOT EXISTS (SELECT 1 FROM users o WHERE o.username = users.display_name)
            THEN display_name ELSE username END,
       password_hash, created_at FROM users
WHERE role = 'superadmin' AND password_hash <> '!' ORDER BY rowid;

INSERT INTO requests (id, title, artist, track_uri, nickname, note, status, created_at, played_at)
SELECT id, title, artist, track_uri, nickname, note,
       CASE WHEN status IN ('pending', 'approved', 'rejected', 'played') THEN status
            WHEN status = 'handed_over' THEN 'approved'
            WHEN status = 'playing' THEN 'played'
            ELSE 'rejected' END,
       created_at, played_at
FROM new_requests ORDER BY rowid;

INSERT INTO settings (key, value)
SELECT key, value FROM new_settings
WHERE user_id = (SELECT id FROM users WHERE role = 'superadmin' ORDER BY created_at, id LIMIT 1) ORDER BY rowid;

DROP TABLE new_requests;
DROP TABLE new_settings;
DROP TABLE display_tokens;
DROP TABLE events;
DROP TABLE users;
