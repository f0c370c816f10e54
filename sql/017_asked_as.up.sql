-- What was asked for, in the words it was asked with, where the request goes by the name of another recording since; NULL
-- where its title and artist are those words.
ALTER TABLE requests ADD COLUMN asked_title TEXT;
ALTER TABLE requests ADD COLUMN asked_artist TEXT;
