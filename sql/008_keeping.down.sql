DROP INDEX idx_guests_named;
DROP INDEX idx_requests_named;
DROP TRIGGER audit_keeps_what_was_written;

CREATE TRIGGER audit_keeps_what_was_written BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
