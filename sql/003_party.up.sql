-- The party: guests, votes, a line with places, what plays, sign-ins, and who crossed a border.

CREATE TABLE guests (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event_id     TEXT NOT NULL,
    nickname     TEXT,
    created_at   INTEGER NOT NULL,
    UNIQUE (user_id, event_id, id),
    FOREIGN KEY (user_id, event_id) REFERENCES events (user_id, id) ON DELETE CASCADE
) STRICT;

ALTER TABLE requests RENAME TO old_requests;
DROP INDEX idx_requests_user_id;
DROP INDEX idx_requests_event_id;

CREATE TABLE requests (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event_id   TEXT NOT NULL,
    guest_id   TEXT,
    title      TEXT NOT NULL,
    artist     TEXT NOT NULL,
    track_uri  TEXT,
    -- Two spellings of one song meet here; see the domain's song.
    song_key   TEXT NOT NULL,
    artist_key TEXT NOT NULL,
    nickname   TEXT,
    note       TEXT,
    status     TEXT NOT NULL CHECK (status IN
        ('pending', 'approved', 'handed_over', 'playing', 'played', 'rejected', 'withdrawn', 'failed')),
    reason     TEXT,
    place      INTEGER,
    fixed      INTEGER NOT NULL DEFAULT 0 CHECK (fixed IN (0, 1)),
    created_at INTEGER NOT NULL,
    approved_at INTEGER,
    started_at INTEGER,
    played_at  INTEGER,
    -- The event's version at the last change of this row.
    version    INTEGER NOT NULL,
    UNIQUE (user_id, event_id, id),
    FOREIGN KEY (user_id, event_id) REFERENCES events (user_id, id) ON DELETE CASCADE,
    FOREIGN KEY (user_id, event_id, guest_id) REFERENCES guests (user_id, event_id, id)
) STRICT;

INSERT INTO requests (id, user_id, event_id, title, artist, track_uri, song_key, artist_key, nickname, note, status,
                      created_at, played_at, version)
SELECT id, user_id, event_id, title, artist, track_uri, lower(title) || char(31) || lower(artist), lower(artist),
       nickname, note, status, created_at, played_at, 1
FROM old_requests ORDER BY rowid;

-- Songs in line of a running event stand in the order of their arrival.
UPDATE requests SET place = (SELECT count(*) FROM requests o WHERE o.user_id = requests.user_id AND o.event_id = requests.event_id
                             AND o.status = 'approved' AND (o.created_at, o.id) <= (requests.created_at, requests.id))
WHERE status = 'approved' AND event_id IN (SELECT id FROM events WHERE status <> 'ended');

DROP TABLE old_requests;

CREATE INDEX idx_requests_user_id ON requests (user_id, status, created_at);
CREATE INDEX idx_requests_event_id ON requests (user_id, event_id, status);
CREATE INDEX idx_requests_song ON requests (user_id, event_id, song_key);
CREATE INDEX idx_requests_guest ON requests (user_id, event_id, guest_id);
CREATE UNIQUE INDEX idx_requests_one_playing ON requests (user_id) WHERE status = 'playing';

CREATE TABLE votes (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event_id   TEXT NOT NULL,
    request_id TEXT NOT NULL,
    guest_id   TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, event_id, request_id, guest_id),
    FOREIGN KEY (user_id, event_id, request_id) REFERENCES requests (user_id, event_id, id) ON DELETE CASCADE,
    FOREIGN KEY (user_id, event_id, guest_id) REFERENCES guests (user_id, event_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_votes_guest ON votes (user_id, event_id, guest_id);

-- One row per Idempotency-Key: a repeat gets the first answer. `submitter` is a guest's id, or 'host'.
CREATE TABLE submissions (
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event_id   TEXT NOT NULL,
    submitter  TEXT NOT NULL,
    key        TEXT NOT NULL,
    request_id TEXT NOT NULL,
    merged     INTEGER NOT NULL CHECK (merged IN (0, 1)),
    PRIMARY KEY (user_id, event_id, submitter, key),
    FOREIGN KEY (user_id, event_id, request_id) REFERENCES requests (user_id, event_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_submissions_request ON submissions (user_id, event_id, request_id);

-- A song the DJ announced by hand that nobody asked for; at most one a DJ.
CREATE TABLE playback (
    user_id    TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    artist     TEXT NOT NULL,
    started_at INTEGER NOT NULL
) STRICT;

-- A sign-in lives as long as its row: log-out, a new password and suspension delete it.
CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;

CREATE INDEX idx_sessions_user_id ON sessions (user_id);

-- `user_id` is whose ground it was; the actor is kept by name, since an account may go.
CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused')),
    address TEXT
) STRICT;

CREATE INDEX idx_audit_user_id ON audit (user_id, at);
