DROP TABLE spotify_quotas;
DROP TABLE handovers;
DROP TABLE spotify_looks;
ALTER TABLE playback DROP COLUMN over_spotify;
ALTER TABLE spotify_links DROP COLUMN follow;
ALTER TABLE requests DROP COLUMN art;
ALTER TABLE requests DROP COLUMN duration_ms;
ALTER TABLE requests DROP COLUMN isrc;
