-- Which recording a wish typed by hand is, looked for long before its turn. One with a track_uri is found.

-- Why no recording was chosen, for the DJ; NULL where one was, or where nobody has asked Spotify yet.
ALTER TABLE requests ADD COLUMN unmatched TEXT;
-- What the DJ may choose from instead: a JSON list of tracks.
ALTER TABLE requests ADD COLUMN candidates TEXT;
-- 1: the DJ plays it without Spotify.
ALTER TABLE requests ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0 CHECK (by_hand IN (0, 1));

-- Those that nobody has looked for.
CREATE INDEX idx_requests_searched ON requests (user_id, event_id, status, created_at)
WHERE track_uri IS NULL AND unmatched IS NULL AND by_hand = 0 AND status IN ('pending', 'approved');

-- While the night follows Spotify, a song without a recording stands behind all others.
DROP INDEX idx_requests_line;
CREATE INDEX idx_requests_line ON requests (user_id, event_id, created_at, id, guest_id, votes, place, status, duration_ms, track_uri)
WHERE status IN ('approved', 'handed_over');
