DROP INDEX idx_audit_at;
DROP INDEX idx_requests_heard;
DROP INDEX idx_requests_guest;
DROP INDEX idx_requests_open_guest;
DROP INDEX idx_requests_open_isrc;
DROP INDEX idx_requests_open_uri;
DROP INDEX idx_requests_open_song;
DROP INDEX idx_guests_served;
DROP INDEX idx_requests_placed;
DROP INDEX idx_requests_line;
DROP TRIGGER turns_go_with_their_songs;
DROP TRIGGER turns_are_counted;
DROP TRIGGER turns_come_with_their_songs;
DROP TRIGGER votes_are_taken_off;
DROP TRIGGER votes_are_counted;

-- Every song in line has its place again: what is promised or set by hand first, the rest as it arrived, until the next
-- change lines it up by the rule.
UPDATE requests SET place = ranked.place
FROM (SELECT id, row_number() OVER (PARTITION BY user_id, event_id ORDER BY status = 'approved', place IS NULL, place, created_at, id) AS place
      FROM requests WHERE status IN ('approved', 'handed_over')
      AND event_id IN (SELECT id FROM events WHERE status <> 'ended' OR line_order IS NOT NULL)) ranked
WHERE requests.id = ranked.id;

ALTER TABLE events DROP COLUMN line_order;
ALTER TABLE events DROP COLUMN arranged_at;
ALTER TABLE events DROP COLUMN served;
ALTER TABLE guests DROP COLUMN served;
ALTER TABLE requests DROP COLUMN votes;

CREATE INDEX idx_requests_song ON requests (user_id, event_id, song_key);
CREATE INDEX idx_requests_guest ON requests (user_id, event_id, guest_id);
