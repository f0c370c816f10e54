-- Every row gets an owner. Times are milliseconds since 1970 UTC; ids are text, the same as in JSON.
-- Children point at their parent by (user_id, id), so a row cannot hang on another tenant's.

ALTER TABLE requests RENAME TO old_requests;
ALTER TABLE settings RENAME TO old_settings;
DROP INDEX idx_requests_status;

CREATE TABLE users (
    id            TEXT PRIMARY KEY,
    username      TEXT NOT NULL UNIQUE CHECK (length(username) BETWEEN 3 AND 20 AND username NOT GLOB '*[^a-z0-9-]*'),
    display_name  TEXT NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('dj', 'superadmin')),
    status        TEXT NOT NULL CHECK (status IN ('active', 'suspended')),
    -- '!' opens to no password: an owner of old rows nobody has claimed yet.
    password_hash TEXT NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE events (
    id            TEXT PRIMARY KEY,
    user_id       TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name          TEXT NOT NULL,
    status        TEXT NOT NULL CHECK (status IN ('live', 'paused', 'ended')),
    pin           TEXT NOT NULL,
    join_token    TEXT NOT NULL,
    requests_open INTEGER NOT NULL CHECK (requests_open IN (0, 1)),
    started_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    version       INTEGER NOT NULL,
    UNIQUE (user_id, id)
) STRICT;

CREATE UNIQUE INDEX idx_events_one_active ON events (user_id) WHERE status <> 'ended';
CREATE INDEX idx_events_history ON events (user_id, started_at);

CREATE TABLE display_tokens (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    label        TEXT NOT NULL,
    token_hash   BLOB NOT NULL UNIQUE,
    uses_left    INTEGER NOT NULL CHECK (uses_left >= 0),
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    revoked_at   INTEGER,
    last_seen_at INTEGER,
    UNIQUE (user_id, id)
) STRICT;

CREATE TABLE requests (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event_id   TEXT NOT NULL,
    title      TEXT NOT NULL,
    artist     TEXT NOT NULL,
    track_uri  TEXT,
    nickname   TEXT,
    note       TEXT,
    status     TEXT NOT NULL CHECK (status IN
        ('pending', 'approved', 'handed_over', 'playing', 'played', 'rejected', 'withdrawn', 'failed')),
    created_at INTEGER NOT NULL,
    played_at  INTEGER,
    FOREIGN KEY (user_id, event_id) REFERENCES events (user_id, id) ON DELETE CASCADE
) STRICT;

CREATE INDEX idx_requests_user_id ON requests (user_id, status, created_at);
CREATE INDEX idx_requests_event_id ON requests (user_id, event_id, status);

CREATE TABLE settings (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT;

CREATE INDEX idx_settings_user_id ON settings (user_id);

-- A name that is an address of the appliance itself, or ends in a hyphen, gets another; people go on seeing the old one.
INSERT INTO users (id, username, display_name, role, status, password_hash, created_at)
SELECT id,
       CASE WHEN username GLOB '-*' OR username GLOB '*-' OR username IN
                ('account', 'api', 'assets', 'health', 'help', 'login', 'logout', 'me', 'metrics', 'setup', 'spotify', 'static', 'superadmin')
            THEN 'owner-' || row_number() OVER (ORDER BY created_at, id) ELSE username END,
       username, 'superadmin', 'active', password_hash, created_at
FROM admins ORDER BY rowid;

-- Rows without any admin: an owner nobody can sign in as, until set-up or `import` names one.
INSERT INTO users (id, username, display_name, role, status, password_hash, created_at)
SELECT 'unclaimed', 'unclaimed', 'Unclaimed', 'superadmin', 'active', '!', 0
WHERE NOT EXISTS (SELECT 1 FROM users)
  AND (EXISTS (SELECT 1 FROM old_requests) OR EXISTS (SELECT 1 FROM old_settings));

-- The old list becomes one ended event of the first super admin.
INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
SELECT 'single-tenant', (SELECT id FROM users ORDER BY created_at, id LIMIT 1), 'Before accounts', 'ended', '', '', 0,
       min(created_at), max(created_at), max(created_at), 1
FROM old_requests HAVING count(*) > 0;

INSERT INTO requests (id, user_id, event_id, title, artist, track_uri, nickname, note, status, created_at, played_at)
SELECT o.id, e.user_id, e.id, o.title, o.artist, o.track_uri, o.nickname, o.note, o.status, o.created_at, o.played_at
FROM old_requests o JOIN events e ON e.id = 'single-tenant' ORDER BY o.rowid;

INSERT INTO settings (user_id, key, value)
SELECT (SELECT id FROM users ORDER BY created_at, id LIMIT 1), key, value FROM old_settings ORDER BY rowid;

DROP TABLE old_requests;
DROP TABLE old_settings;
DROP TABLE admins;
