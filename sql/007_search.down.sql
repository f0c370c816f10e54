DROP TABLE covers;
DROP TABLE searches;
DROP TABLE tracks;
