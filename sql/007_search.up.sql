-- Searching: every track this DJ's box has heard of, what was found for which words, and covers.

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

-- What Spotify found for which plain words: good for a day, whoever asks.
CREATE TABLE searches (
    user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    words    TEXT NOT NULL,
    -- A JSON list of uris.
    uris     TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, words)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_searches_asked_at ON searches (user_id, asked_at);

-- Covers Spotify has named to this DJ's box, and those of them that were fetched. A few megabytes a DJ at most, so they
-- lie with all else that is the DJ's: behind the same wall, and gone with the account.
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
