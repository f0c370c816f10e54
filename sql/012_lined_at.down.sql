ALTER TABLE requests DROP COLUMN lined_at;
