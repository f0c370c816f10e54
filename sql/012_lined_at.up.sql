-- The event's version when a song last came into line: who sends an order of songs cannot have meant those that came later.
-- Votes and places given by the rules raise a request's version too, so that does not tell. What stands in line already
-- counts as seen.
ALTER TABLE requests ADD COLUMN lined_at INTEGER NOT NULL DEFAULT 0;
