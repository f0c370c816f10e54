DROP INDEX idx_requests_searched;
DROP INDEX idx_requests_line;
CREATE INDEX idx_requests_line ON requests (user_id, event_id, created_at, id, guest_id, votes, place, status, duration_ms)
WHERE status IN ('approved', 'handed_over');
ALTER TABLE requests DROP COLUMN by_hand;
ALTER TABLE requests DROP COLUMN candidates;
ALTER TABLE requests DROP COLUMN unmatched;
