-- One deed done again and again is one row of the record, with a count: nobody buries what others did.

ALTER TABLE audit ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
-- When it was done last; NULL where it was done once.
ALTER TABLE audit ADD COLUMN last_at INTEGER;

-- A repeat is counted, one by one, and an address older than 30 days may be forgotten. Nothing else may be changed.
DROP TRIGGER audit_keeps_what_was_written;
CREATE TRIGGER audit_keeps_what_was_written BEFORE UPDATE ON audit
WHEN NOT (new.id = old.id AND new.user_id = old.user_id AND new.at = old.at AND new.actor = old.actor
          AND new.action = old.action AND new.outcome = old.outcome
          AND (new.address IS old.address AND new.count = old.count + 1 AND new.last_at >= old.at
               OR old.at < (unixepoch() - 30 * 86400) * 1000 AND new.address IS NULL AND new.count = old.count
                  AND new.last_at IS old.last_at))
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- What somebody did on a ground lately.
CREATE INDEX idx_audit_actor ON audit (user_id, actor, at);
