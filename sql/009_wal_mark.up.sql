-- Which WAL goes with this file. The box writes this row first into each WAL: an id of its own, and the id the main file
-- has meanwhile. After a crash the two tell, without a look at anything else, whether main file and WAL belong together.
CREATE TABLE wal_mark (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    -- 'PPlWALm1', the id, the main file's id, the main file's schema cookie.
    mark BLOB NOT NULL CHECK (length(mark) = 44)
) STRICT;

INSERT INTO wal_mark (one, mark) VALUES (1, unhex('50506c57414c6d31' || hex(randomblob(16)) || hex(zeroblob(20))));
