-- The connections go: an older program has no use for them, and DJs connect again.
DROP TABLE spotify_calls;
DROP TABLE spotify_consents;
DROP TABLE spotify_links;
