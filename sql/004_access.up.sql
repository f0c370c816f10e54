-- Access: waits that survive a restart, sign-ins one can look at, helpers, mutes, and a record nobody rewrites.

-- `subject` is the SHA-256 of an account's name or of the address asked from: what was typed is not kept.
CREATE TABLE sign_in_waits (
    subject  BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_at  INTEGER NOT NULL
) STRICT;

ALTER TABLE sessions ADD COLUMN seen_at INTEGER;
ALTER TABLE sessions ADD COLUMN address TEXT;
ALTER TABLE sessions ADD COLUMN device TEXT;

-- Somebody who may approve and reject for a DJ, by a link.
CREATE TABLE helpers (
    id         TEXT PRIMARY KEY,
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    revoked_at INTEGER,
    seen_at    INTEGER,
    UNIQUE (user_id, id)
) STRICT;

CREATE INDEX idx_helpers_user_id ON helpers (user_id, expires_at);

ALTER TABLE guests ADD COLUMN muted_at INTEGER;

-- The event's version when the DJ last moved a song by hand: only that makes an order given later stale.
ALTER TABLE events ADD COLUMN moved_at INTEGER NOT NULL DEFAULT 0;

-- An event that is over needs no way in any more. That of a running one is sealed when the store opens.
UPDATE events SET pin = '', join_token = '' WHERE status = 'ended';

-- The record only grows: nothing is changed, and only what is older than 90 days may go. The rows of a deleted
-- account go with it: its row in `users` is gone already when they do.
CREATE TRIGGER audit_keeps_what_was_written BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_writes_over_nothing BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = new.id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

CREATE TRIGGER audit_keeps_ninety_days BEFORE DELETE ON audit
WHEN old.at > (unixepoch() - 90 * 86400) * 1000 AND EXISTS (SELECT 1 FROM users WHERE id = old.user_id)
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
