-- The line: what a place depends on is kept beside the song, and the place itself only where it is promised or set by
-- hand. No write has to read the whole line, or to write it again.

-- Both are kept by the triggers below.
ALTER TABLE requests ADD COLUMN votes INTEGER NOT NULL DEFAULT 0;
-- Songs of this guest that were heard; those of the host's own stand with the event.
ALTER TABLE guests ADD COLUMN served INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN served INTEGER NOT NULL DEFAULT 0;
-- The event's version when songs in line last changed places.
ALTER TABLE events ADD COLUMN arranged_at INTEGER NOT NULL DEFAULT 0;
-- The rule the line followed when the event ended; NULL while it runs, and where each song still has its place.
ALTER TABLE events ADD COLUMN line_order TEXT CHECK (line_order IN ('arrival', 'votes', 'fair'));

UPDATE requests SET votes = (SELECT count(*) FROM votes v WHERE v.user_id = requests.user_id AND v.event_id = requests.event_id
                             AND v.request_id = requests.id)
WHERE (user_id, event_id, id) IN (SELECT user_id, event_id, request_id FROM votes);
UPDATE guests SET served = (SELECT count(*) FROM requests r WHERE r.user_id = guests.user_id AND r.event_id = guests.event_id
                            AND r.guest_id = guests.id AND r.status IN ('playing', 'played'));
UPDATE events SET arranged_at = version,
    served = (SELECT count(*) FROM requests r WHERE r.user_id = events.user_id AND r.event_id = events.id
              AND r.guest_id IS NULL AND r.status IN ('playing', 'played'));

-- The next two of a running line are promised; from there on only places set by hand stay.
UPDATE requests SET fixed = 1
WHERE place <= 2 AND status IN ('approved', 'handed_over') AND event_id IN (SELECT id FROM events WHERE status <> 'ended');
UPDATE requests SET place = NULL
WHERE place IS NOT NULL AND fixed = 0 AND event_id IN (SELECT id FROM events WHERE status <> 'ended');

CREATE TRIGGER votes_are_counted AFTER INSERT ON votes
BEGIN
    UPDATE requests SET votes = votes + 1 WHERE user_id = new.user_id AND event_id = new.event_id AND id = new.request_id;
END;

CREATE TRIGGER votes_are_taken_off AFTER DELETE ON votes
BEGIN
    UPDATE requests SET votes = votes - 1 WHERE user_id = old.user_id AND event_id = old.event_id AND id = old.request_id;
END;

CREATE TRIGGER turns_come_with_their_songs AFTER INSERT ON requests WHEN new.status IN ('playing', 'played')
BEGIN
    UPDATE guests SET served = served + 1 WHERE user_id = new.user_id AND event_id = new.event_id AND id = new.guest_id;
    UPDATE events SET served = served + 1 WHERE user_id = new.user_id AND id = new.event_id AND new.guest_id IS NULL;
END;

CREATE TRIGGER turns_are_counted AFTER UPDATE OF status ON requests
WHEN (new.status IN ('playing', 'played')) <> (old.status IN ('playing', 'played'))
BEGIN
    UPDATE guests SET served = served + iif(new.status IN ('playing', 'played'), 1, -1)
    WHERE user_id = new.user_id AND event_id = new.event_id AND id = new.guest_id;
    UPDATE events SET served = served + iif(new.status IN ('playing', 'played'), 1, -1)
    WHERE user_id = new.user_id AND id = new.event_id AND new.guest_id IS NULL;
END;

CREATE TRIGGER turns_go_with_their_songs AFTER DELETE ON requests WHEN old.status IN ('playing', 'played')
BEGIN
    UPDATE guests SET served = served - 1 WHERE user_id = old.user_id AND event_id = old.event_id AND id = old.guest_id;
    UPDATE events SET served = served - 1 WHERE user_id = old.user_id AND id = old.event_id AND old.guest_id IS NULL;
END;

-- The line as it arrived, with all that its order and its waits depend on.
CREATE INDEX idx_requests_line ON requests (user_id, event_id, created_at, id, guest_id, votes, place, status, duration_ms)
WHERE status IN ('approved', 'handed_over');
CREATE INDEX idx_requests_placed ON requests (user_id, event_id, status, place)
WHERE status IN ('approved', 'handed_over') AND place IS NOT NULL;
CREATE INDEX idx_guests_served ON guests (user_id, event_id, id, served) WHERE served > 0;

-- A song that still waits, or plays, by each of its names; and what one guest has waiting.
DROP INDEX idx_requests_song;
CREATE INDEX idx_requests_open_song ON requests (user_id, event_id, song_key)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing');
CREATE INDEX idx_requests_open_uri ON requests (user_id, event_id, track_uri)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing') AND track_uri IS NOT NULL;
CREATE INDEX idx_requests_open_isrc ON requests (user_id, event_id, isrc)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing') AND isrc IS NOT NULL;
CREATE INDEX idx_requests_open_guest ON requests (user_id, event_id, guest_id, status)
WHERE status IN ('pending', 'approved', 'handed_over', 'playing');
DROP INDEX idx_requests_guest;
CREATE INDEX idx_requests_guest ON requests (user_id, event_id, guest_id, created_at);

-- What was heard, the last first: songs and artists rest for a while.
CREATE INDEX idx_requests_heard ON requests (user_id, event_id, coalesce(played_at, started_at))
WHERE status IN ('playing', 'played');

-- The record is trimmed by age, whoever it belongs to.
CREATE INDEX idx_audit_at ON audit (at);
