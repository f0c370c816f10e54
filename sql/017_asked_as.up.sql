-- What was asked for, in the words it was asked with, where the request goes by the name of a recording since; NULL where
-- none was named over them.
ALTER TABLE requests ADD COLUMN asked_title TEXT;
ALTER TABLE requests ADD COLUMN asked_artist TEXT;

-- What guests wrote, which is forgotten once a night is old enough.
DROP INDEX idx_requests_personal;
CREATE INDEX idx_requests_personal ON requests (created_at)
    WHERE nickname IS NOT NULL OR note IS NOT NULL OR asked_title IS NOT NULL;
