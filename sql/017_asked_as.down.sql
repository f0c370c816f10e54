ALTER TABLE requests DROP COLUMN asked_artist;
ALTER TABLE requests DROP COLUMN asked_title;
