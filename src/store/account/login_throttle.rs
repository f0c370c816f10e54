//! Wrong passwords, counted for who tries and for where they come from; kept across restarts.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::secrets;
use crate::domain::{Failures, Refusal, Subject, Timestamp};
use crate::store::error::Result;
use crate::store::tenant::client::Client;

/// One thing wrong passwords are counted for, by its fingerprint.
pub type Counted = (Subject, [u8; 32]);

/// What a try is counted for. A browser that signed in to this account before has a count of its own, and nobody elsewhere
/// adds to it. `account` tells it from others, and one password of it from the next: a new one begins with nothing counted.
pub fn subjects(name: &str, account: &str, client: &Client) -> Vec<Counted> {
    let of = |what: &str| secrets::fingerprint(what);
    if let Some(browser) = client.known_at(name) {
        return vec![(Subject::Somebody, of(&format!("browser {browser} at {account}")))];
    }
    let source = client.source();
    vec![
        (Subject::Somebody, of(&format!("source {source} at {account}"))),
        (Subject::Source, of(&format!("source {source}"))),
        (Subject::Account, of(&format!("account {account}"))),
    ]
}

/// Refuses where somebody has to wait before the next try, and says how long.
pub fn admit(conn: &Connection, subjects: &[Counted], now: Timestamp) -> Result<()> {
    let mut longest = None;
    for (subject, key) in subjects {
        if let Some(failures) = failures(conn, key)? {
            longest = longest.max(subject.left(failures, now));
        }
    }
    longest.map_or(Ok(()), |ms| Err(Refusal::SignInWait(ms).into()))
}

/// Counts a wrong password.
pub fn count(conn: &Connection, subjects: &[Counted], now: Timestamp) -> Result<()> {
    for (_, key) in subjects {
        let sql = "INSERT INTO sign_in_waits (subject, failures, last_at) VALUES (:subject, :failures, :now)
                   ON CONFLICT (subject) DO UPDATE SET failures = excluded.failures, last_at = max(last_at, excluded.last_at)";
        let failures = failures(conn, key)?.map_or(1, |failures| failures.and_one_more(now));
        conn.execute(sql, named_params! { ":subject": key, ":failures": failures, ":now": now })?;
    }
    Ok(())
}

fn failures(conn: &Connection, key: &[u8; 32]) -> Result<Option<Failures>> {
    let sql = "SELECT failures, last_at FROM sign_in_waits WHERE subject = :subject";
    let row = |row: &Row| Ok(Failures { count: row.get("failures")?, last_at: row.get("last_at")? });
    Ok(conn.prepare_cached(sql)?.query_row(named_params! { ":subject": key }, row).optional()?)
}

/// Forgets what somebody got wrong, after a right password. What their source got wrong, and others at this account, stays
/// counted.
pub fn forget(conn: &Connection, subjects: &[Counted]) -> Result<()> {
    for (_, key) in subjects.iter().filter(|(subject, _)| *subject == Subject::Somebody) {
        conn.execute("DELETE FROM sign_in_waits WHERE subject = :subject", named_params! { ":subject": key })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Client, Connection, Timestamp, admit, count, subjects};
    use crate::store::db::schema::migrate::migrate;
    use crate::store::db::schema::versions::LATEST;
    use crate::store::tenant::client::Known;

    const NOW: Timestamp = Timestamp(1_790_000_000_000);

    fn at(address: &str) -> Client {
        Client { address: Some(address.into()), ..Client::default() }
    }

    #[test]
    fn guessing_from_ever_new_addresses_slows_down_and_never_for_a_browser_that_signed_in_before() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("p.db");
        migrate(&file, LATEST, NOW).unwrap();
        let conn = Connection::open(&file).unwrap();
        let looked_at = |client: &Client, account: &str| admit(&conn, &subjects("djane", account, client), NOW).is_ok();
        for n in 0..300 {
            let guesser = at(&format!("10.0.{}.{}", n / 200, n % 200));
            assert!(looked_at(&guesser, "djane old"), "{n}");
            count(&conn, &subjects("djane", "djane old", &guesser), NOW).unwrap();
        }
        assert!(!looked_at(&at("10.1.0.1"), "djane old"));
        let known = Known { account: "djane".into(), browser: "b".into() };
        assert!(looked_at(&Client { known: vec![known], ..at("10.0.0.1") }, "djane old"));
        assert!(looked_at(&at("10.1.0.1"), "djane new"), "a new password begins anew");
        assert!(looked_at(&at("10.1.0.1"), "other"));
    }
}
