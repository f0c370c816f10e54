DROP TABLE wal_mark;
