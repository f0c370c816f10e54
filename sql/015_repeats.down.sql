DROP INDEX idx_audit_actor;
DROP TRIGGER audit_keeps_what_was_written;

ALTER TABLE audit DROP COLUMN last_at;
ALTER TABLE audit DROP COLUMN count;

CREATE TRIGGER audit_keeps_what_was_written BEFORE UPDATE ON audit
WHEN NOT (old.at < (unixepoch() - 30 * 86400) * 1000 AND new.address IS NULL AND new.id = old.id
          AND new.user_id = old.user_id AND new.at = old.at AND new.actor = old.actor AND new.action = old.action
          AND new.outcome = old.outcome)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
