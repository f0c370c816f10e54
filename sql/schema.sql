-- The whole schema of today, to read it in one place. What makes it are the numbered files beside this one.

CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    action  TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('allowed', 'refused')),
    address TEXT,
    count INTEGER NOT NULL DEFAULT 1,
    last_at INTEGER
) STRICT;
CREATE INDEX idx_audit_actor ON audit (user_id, actor, at);
CREATE INDEX idx_audit_address ON audit (at) WHERE address IS NOT NULL;
CREATE INDEX idx_audit_at ON audit (at);
CREATE INDEX idx_audit_user_id ON audit (user_id, at);
CREATE TRIGGER audit_keeps_ninety_days BEFORE DELETE ON audit
WHEN old.at > (unixepoch() - 90 * 86400) * 1000 AND EXISTS (SELECT 1 FROM users WHERE id = old.user_id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_keeps_what_was_written BEFORE UPDATE ON audit
WHEN NOT (new.id = old.id AND new.user_id = old.user_id AND new.at = old.at AND new.actor = old.actor
          AND new.action = old.action AND new.outcome = old.outcome
          AND (new.address IS old.address AND new.count = old.count + 1 AND new.last_at >= old.at
               OR old.at < (unixepoch() - 30 * 86400) * 1000 AND new.address IS NULL AND new.count = old.count
                  AND new.last_at IS old.last_at))
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER audit_writes_over_nothing BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

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

CREATE TABLE covers (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- A fingerprint of the address.
    id       TEXT NOT NULL,
    address  TEXT NOT NULL,
    picture  BLOB,
    named_at INTEGER NOT NULL,
    -- A fetch that failed is not tried again before.
    retry_at INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, id)
) STRICT;
CREATE INDEX idx_covers_named_at ON covers (user_id, named_at);

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
    moved_at INTEGER NOT NULL DEFAULT 0,
    served INTEGER NOT NULL DEFAULT 0,
    arranged_at INTEGER NOT NULL DEFAULT 0,
    line_order TEXT CHECK (line_order IN ('arrival', 'votes', 'fair')),
    UNIQUE (user_id, id)
) STRICT;
CREATE INDEX idx_events_history ON events (user_id, started_at);
CREATE UNIQUE INDEX idx_events_one_active ON events (user_id) WHERE status <> 'ended';

CREATE TABLE guests (
    id           TEXT PRIMARY KEY,
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    event_id     TEXT NOT NULL,
    nickname     TEXT,
    created_at   INTEGER NOT NULL,
    muted_at INTEGER,
    served INTEGER NOT NULL DEFAULT 0,
    UNIQUE (user_id, event_id, id),
    FOREIGN KEY (user_id, event_id) REFERENCES events (user_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX idx_guests_served ON guests (user_id, event_id, id, served) WHERE served > 0;

CREATE TABLE handovers (
    user_id    TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    event_id   TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- begun: what became of the call is not known; queued: Spotify has it.
    state      TEXT NOT NULL CHECK (state IN ('begun', 'queued')),
    begun_at   INTEGER NOT NULL,
    -- Songs before it in Spotify's queue when it was last seen there.
    ahead      INTEGER,
    -- Songs that began since without it, while the queue would not show itself.
    misses     INTEGER NOT NULL DEFAULT 0,
    FOREIGN KEY (user_id, event_id, request_id) REFERENCES requests (user_id, event_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX idx_handovers_request ON handovers (user_id, event_id, request_id);

CREATE TABLE helpers (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    seen_at    INTEGER,
    UNIQUE (user_id, id)
) STRICT;
CREATE INDEX idx_helpers_user_id ON helpers (user_id, expires_at);

CREATE TABLE playback (
    user_id    TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT NOT NULL,
    artist     TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    over_spotify INTEGER NOT NULL DEFAULT 0 CHECK (over_spotify IN (0, 1))
) STRICT;

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
    isrc TEXT,
    duration_ms INTEGER,
    art TEXT,
    votes INTEGER NOT NULL DEFAULT 0,
    lined_at INTEGER NOT NULL DEFAULT 0,
    unmatched TEXT,
    candidates TEXT,
    by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1)),
    asked_title TEXT,
    asked_artist TEXT,
    UNIQUE (user_id, event_id, id),
    FOREIGN KEY (user_id, event_id) REFERENCES events (user_id, id) ON DELETE CASCADE,
    FOREIGN KEY (user_id, event_id, guest_id) REFERENCES guests (user_id, event_id, id)
) STRICT;
CREATE INDEX idx_requests_event_id ON requests (user_id, event_id, status);
CREATE INDEX idx_requests_guest ON requests (user_id, event_id, guest_id, created_at);
CREATE INDEX idx_requests_heard ON requests (user_id, event_id, coalesce(played_at, started_at))
WHERE status IN ('playing', 'played');
CREATE INDEX idx_requests_line ON requests (user_id, event_id, created_at, id, guest_id, votes, place, status, duration_ms, track_uri)
WHERE status IN ('approved', 'handed_over');
CREATE UNIQUE INDEX idx_requests_one_playing ON requests (user_id) WHERE status = 'playing';
CREATE INDEX idx_requests_open_guest ON requests (user_id, event_id, guest_id, status)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing');
CREATE INDEX idx_requests_open_isrc ON requests (user_id, event_id, isrc)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing') AND isrc IS NOT NULL;
CREATE INDEX idx_requests_open_song ON requests (user_id, event_id, song_key)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing');
CREATE INDEX idx_requests_open_uri ON requests (user_id, event_id, track_uri)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing') AND track_uri IS NOT NULL;
CREATE INDEX idx_requests_personal ON requests (created_at)
    WHERE nickname IS NOT NULL OR note IS NOT NULL OR asked_title IS NOT NULL;
CREATE INDEX idx_requests_placed ON requests (user_id, event_id, status, place)
WHERE status IN ('approved', 'handed_over') AND place IS NOT NULL;
CREATE INDEX idx_requests_searched ON requests (user_id, event_id, status, created_at)
WHERE track_uri IS NULL AND unmatched IS NULL AND by_hand = 0 AND status IN ('pending', 'approved');
CREATE INDEX idx_requests_user_id ON requests (user_id, status, created_at);
CREATE TRIGGER turns_are_counted AFTER UPDATE OF status ON requests
WHEN (new.status IN ('playing', 'played')) <> (old.status IN ('playing', 'played'))
BEGIN
    UPDATE guests SET served = served + iif(new.status IN ('playing', 'played'), 1, -1)
    WHERE user_id = new.user_id AND event_id = new.event_id AND id = new.guest_id;
    UPDATE events SET served = served + iif(new.status IN ('playing', 'played'), 1, -1)
    WHERE user_id = new.user_id AND id = new.event_id AND new.guest_id IS NULL;
END;
CREATE TRIGGER turns_come_with_their_songs AFTER INSERT ON requests WHEN new.status IN ('playing', 'played')
BEGIN
    UPDATE guests SET served = served + 1 WHERE user_id = new.user_id AND event_id = new.event_id AND id = new.guest_id;
    UPDATE events SET served = served + 1 WHERE user_id = new.user_id AND id = new.event_id AND new.guest_id IS NULL;
END;
CREATE TRIGGER turns_go_with_their_songs AFTER DELETE ON requests WHEN old.status IN ('playing', 'played')
BEGIN
    UPDATE guests SET served = served - 1 WHERE user_id = old.user_id AND event_id = old.event_id AND id = old.guest_id;
    UPDATE events SET served = served - 1 WHERE user_id = old.user_id AND id = old.event_id AND old.guest_id IS NULL;
END;

CREATE TABLE searches (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    words    TEXT NOT NULL,
    -- A JSON list of uris.
    uris     TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, words)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_searches_asked_at ON searches (user_id, asked_at);

CREATE TABLE sessions (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    seen_at INTEGER,
    address TEXT,
    device TEXT
) STRICT;
CREATE INDEX idx_sessions_user_id ON sessions (user_id);

CREATE TABLE settings (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (user_id, key)
) STRICT;
CREATE INDEX idx_settings_user_id ON settings (user_id);

CREATE TABLE sign_in_waits (
    subject  BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE spotify_calls (
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    hour      INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, hour)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_spotify_calls_client_id ON spotify_calls (client_id, hour);

CREATE TABLE spotify_consents (
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state_hash   BLOB PRIMARY KEY,
    verifier     TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;
CREATE INDEX idx_spotify_consents_user_id ON spotify_consents (user_id);

CREATE TABLE spotify_links (
    user_id           TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    -- The DJ's own app; NULL uses the house's.
    client_id         TEXT,
    account_id        TEXT,
    account_name      TEXT,
    access_token      TEXT,
    access_expires_at INTEGER,
    refresh_token     TEXT,
    -- When the DJ consented: a refresh token dies six months later, used or not.
    authorized_at     INTEGER,
    health            TEXT NOT NULL DEFAULT 'ok',
    message           TEXT,
    follow INTEGER NOT NULL DEFAULT 1 CHECK (follow IN (0, 1))
) STRICT;

CREATE TABLE spotify_looks (
    user_id     TEXT PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    state       TEXT NOT NULL CHECK (state IN ('playing', 'paused', 'idle')),
    uri         TEXT,
    isrc        TEXT,
    title       TEXT,
    artist      TEXT,
    art         TEXT,
    duration_ms INTEGER,
    progress_ms INTEGER,
    -- When that was so.
    seen_at     INTEGER NOT NULL,
    -- Looks in a row that found nothing or failed.
    streak      INTEGER NOT NULL,
    -- When to look again; NULL is never, until something else begins the looks again.
    due_at      INTEGER,
    -- Nothing is handed over before.
    hold_until  INTEGER NOT NULL
) STRICT;

CREATE TABLE spotify_quotas (
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    until     INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_spotify_quotas_client_id ON spotify_quotas (client_id, until);

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

CREATE TABLE tracks (
    user_id     TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    uri         TEXT NOT NULL,
    isrc        TEXT,
    title       TEXT NOT NULL,
    -- A JSON list of names.
    artists     TEXT NOT NULL,
    album       TEXT,
    duration_ms INTEGER,
    explicit    INTEGER CHECK (explicit IN (0, 1)),
    -- Address of its cover at Spotify.
    art         TEXT,
    -- The plain words by which it is looked for; see the domain's hit.
    words       TEXT NOT NULL,
    named_at    INTEGER NOT NULL,
    PRIMARY KEY (user_id, uri)
) STRICT, WITHOUT ROWID;
CREATE INDEX idx_tracks_named_at ON tracks (user_id, named_at);

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
CREATE TRIGGER votes_are_counted AFTER INSERT ON votes
BEGIN
    UPDATE requests SET votes = votes + 1 WHERE user_id = new.user_id AND event_id = new.event_id AND id = new.request_id;
END;
CREATE TRIGGER votes_are_taken_off AFTER DELETE ON votes
BEGIN
    UPDATE requests SET votes = votes - 1 WHERE user_id = old.user_id AND event_id = old.event_id AND id = old.request_id;
END;

CREATE TABLE wal_mark (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    -- 'PPlWALm1', the id, the main file's id, the main file's schema cookie.
    mark BLOB NOT NULL CHECK (length(mark) = 44)
) STRICT;
