DROP INDEX idx_audit_address;
DROP INDEX idx_requests_personal;
DROP TRIGGER audit_keeps_what_was_written;

CREATE TRIGGER audit_keeps_what_was_written BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
