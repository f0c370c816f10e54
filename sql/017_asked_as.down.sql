DROP INDEX idx_requests_personal;
CREATE INDEX idx_requests_personal ON requests (created_at) WHERE nickname IS NOT NULL OR note IS NOT NULL;
ALTER TABLE requests DROP COLUMN asked_artist;
ALTER TABLE requests DROP COLUMN asked_title;
