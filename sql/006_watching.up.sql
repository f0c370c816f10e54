-- Watching: what each DJ's Spotify plays, the song handed over to it, and until when a client id may not call.

-- What is known of a song that was picked from Spotify.
ALTER TABLE requests ADD COLUMN isrc TEXT;
ALTER TABLE requests ADD COLUMN duration_ms INTEGER;
ALTER TABLE requests ADD COLUMN art TEXT;

-- 0: this DJ's nights are run by hand though Spotify is connected.
ALTER TABLE spotify_links ADD COLUMN follow INTEGER NOT NULL DEFAULT 1 CHECK (follow IN (0, 1));

-- 1: the night follows Spotify again when this announcement is taken back.
ALTER TABLE playback ADD COLUMN over_spotify INTEGER NOT NULL DEFAULT 0 CHECK (over_spotify IN (0, 1));

-- What the last look at a DJ's player came to.
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

-- The song that was handed over, one ahead: written before the call, so that no crash and no lost answer doubles it.
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

-- Until when Spotify refuses a client id; the limit is the client id's, whichever of its DJs ran into it.
CREATE TABLE spotify_quotas (
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    until     INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_spotify_quotas_client_id ON spotify_quotas (client_id, until);
