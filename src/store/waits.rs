//! Wrong passwords, counted for the account and for the address they come from; kept across restarts.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::error::Result;
use super::secrets;
use crate::domain::{Refusal, Subject, Timestamp, counted};

/// One thing wrong passwords are counted for, by its fingerprint.
pub type Counted = (Subject, [u8; 32]);

/// What a try is counted for: the account named, and the address it comes from.
pub fn subjects(name: &str, address: Option<&str>) -> [Counted; 2] {
    let name = name.trim().to_lowercase();
    let address = address.unwrap_or_default();
    [
        (Subject::Account, secrets::fingerprint(&format!("account {name}"))),
        (Subject::Source, secrets::fingerprint(&format!("source {address}"))),
    ]
}

/// Refuses where somebody has to wait before the next try, and says how long.
pub fn admit(conn: &Connection, subjects: &[Counted], now: Timestamp) -> Result<()> {
    let mut longest = None;
    for (subject, key) in subjects {
        if let Some((failures, last_at)) = failures(conn, key)? {
            longest = longest.max(subject.left(failures, last_at, now));
        }
    }
    longest.map_or(Ok(()), |ms| Err(Refusal::SignInWait(ms).into()))
}

/// Counts a wrong password.
pub fn count(conn: &Connection, subjects: &[Counted], now: Timestamp) -> Result<()> {
    for (_, key) in subjects {
        let sql = "INSERT INTO sign_in_waits (subject, failures, last_at) VALUES (?1, ?2, ?3)
                   ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_at = max(last_at, excluded.last_at)";
        conn.execute(sql, params![key.as_slice(), counted(failures(conn, key)?, now), now.0])?;
    }
    Ok(())
}

fn failures(conn: &Connection, key: &[u8; 32]) -> Result<Option<(u32, Timestamp)>> {
    let sql = "SELECT failures, last_at FROM sign_in_waits WHERE subject = ?1";
    let row = |row: &Row| Ok((row.get(0)?, Timestamp(row.get(1)?)));
    Ok(conn.prepare_cached(sql)?.query_row([key.as_slice()], row).optional()?)
}

/// Forgets the account's count, after a right password or with a new one. What its address got wrong stays counted.
pub fn forget(conn: &Connection, username: &str) -> Result<()> {
    let (_, key) = subjects(username, None)[0];
    conn.execute("DELETE FROM sign_in_waits WHERE subject = ?1", [key.as_slice()])?;
    Ok(())
}
