-- Spotify: one account a DJ. Tokens are sealed for their row; a copied file opens nobody's Spotify.

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
    message           TEXT
) STRICT;

-- A consent under way: its `state` is good once, for ten minutes, for the DJ who began.
CREATE TABLE spotify_consents (
    user_id      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    state_hash   BLOB PRIMARY KEY,
    verifier     TEXT NOT NULL,
    client_id    TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT;

CREATE INDEX idx_spotify_consents_user_id ON spotify_consents (user_id);

-- Calls by the hour. The budget is a client id's, whoever of its DJs made the calls.
CREATE TABLE spotify_calls (
    user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client_id TEXT NOT NULL,
    hour      INTEGER NOT NULL,
    calls     INTEGER NOT NULL,
    PRIMARY KEY (user_id, client_id, hour)
) STRICT, WITHOUT ROWID;

CREATE INDEX idx_spotify_calls_client_id ON spotify_calls (client_id, hour);
