-- Back to a list without guests, votes or places. Sign-ins, votes and the record of crossings are not kept.

DROP TABLE audit;
DROP TABLE sessions;
DROP TABLE playback;
DROP TABLE submissions;
DROP TABLE votes;

ALTER TABLE requests RENAME TO new_requests;
DROP INDEX idx_requests_user_id;
DROP INDEX idx_requests_event_id;
DROP INDEX idx_requests_song;
DROP INDEX idx_requests_guest;
DROP INDEX idx_requests_one_playing;

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

INSERT INTO requests (id, user_id, event_id, title, artist, track_uri, nickname, note, status, created_at, played_at)
SELECT id, user_id, event_id, title, artist, track_uri, nickname, note, status, created_at, played_at
FROM new_requests ORDER BY rowid;

DROP TABLE new_requests;
DROP TABLE guests;

CREATE INDEX idx_requests_user_id ON requests (user_id, status, created_at);
CREATE INDEX idx_requests_event_id ON requests (user_id, event_id, status);
