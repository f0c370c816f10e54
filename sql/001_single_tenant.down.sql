DROP TABLE settings;
DROP TABLE requests;
DROP TABLE admins;
