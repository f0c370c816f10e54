//! Copies of the database that are whole: made, looked at, put back.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::{Error, Result};
use super::files;
use super::migrate::inspect;
use super::pool::look_at;
use crate::domain::Timestamp;

/// What a look at a database file found.
#[derive(Debug)]
pub struct Findings {
    pub version: u32,
    /// Usernames, by name.
    pub djs: Vec<String>,
    pub requests: i64,
    /// The newest request; `None` when nobody has ever asked.
    pub newest: Option<Timestamp>,
    /// What is wrong, in plain words; nothing when the file is sound.
    pub faults: Vec<String>,
}

/// Writes a copy of a database, running or not, as it is at this moment. Refuses to write over a file.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    files::make(to, |unfinished| {
        files::private(unfinished)?;
        look_at(from)?.execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])?;
        Ok(())
    })
}

/// Looks through a whole file. Refuses what is no database of ours; a damaged one is told in the findings.
pub fn check(path: &Path) -> Result<Findings> {
    if !path.exists() {
        return Err(Error::Unfit(format!("There is no file {}.", path.display())));
    }
    let version = inspect(path)?;
    let conn = look_at(path)?;
    let mut faults: Vec<String> =
        texts(&conn, "PRAGMA integrity_check")?.into_iter().filter(|line| line != "ok").collect();
    faults.extend(texts(
        &conn,
        "SELECT 'a row of ' || \"table\" || ' points at nothing in ' || parent FROM pragma_foreign_key_check",
    )?);
    let mut findings = Findings { version, djs: vec![], requests: 0, newest: None, faults };
    if version >= 2 {
        findings.faults.extend(strays(&conn)?);
        findings.djs = texts(&conn, "SELECT username FROM users ORDER BY username")?;
    }
    if version >= 1 {
        let sql = "SELECT count(*), max(created_at) FROM requests";
        let (requests, newest): (i64, Option<i64>) = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        (findings.requests, findings.newest) = (requests, newest.map(Timestamp));
    }
    Ok(findings)
}

/// Rows whose owner is no account: no tenant could reach them.
fn strays(conn: &Connection) -> Result<Vec<String>> {
    let owned = "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c ON c.name = 'user_id'
                 WHERE m.type = 'table' ORDER BY m.name";
    let mut found = Vec::new();
    for table in texts(conn, owned)? {
        let sql = format!("SELECT count(*) FROM {table} WHERE user_id NOT IN (SELECT id FROM users)");
        let rows: i64 = conn.query_row(&sql, [], |row| row.get(0))?;
        if rows > 0 {
            found.push(format!("{rows} rows of {table} belong to nobody"));
        }
    }
    Ok(found)
}

fn texts(conn: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}

/// Puts a checked copy in the place of a database that nobody has open. What was there before, its `-wal` included, is
/// kept under the name answered: a WAL left beside another main file would destroy it.
pub fn restore(from: &Path, database: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
    let findings = check(from)?;
    if let Some(fault) = findings.faults.first() {
        return Err(Error::Unfit(format!("{} is damaged ({fault}): nothing was changed.", from.display())));
    }
    let incoming = database.with_extension("restored");
    files::remove(&incoming)?;
    copy(from, &incoming)?;
    let stamp = now.to_string().replace([':', '.'], "-");
    let aside = database.with_file_name(format!("replaced-{stamp}.db"));
    let kept = keep(database, &aside)?;
    files::put(&incoming, database)?;
    Ok(kept.then_some(aside))
}

/// Gives what is there a second name and takes the WAL away from it; answers whether there was anything. A plug pulled now
/// leaves a database in its place, or else the next start would make an empty one.
fn keep(database: &Path, aside: &Path) -> Result<bool> {
    let mut kept = false;
    for tail in ["", "-shm", "-wal"] {
        let with = |path: &Path| PathBuf::from(format!("{}{tail}", path.display()));
        let (old, new) = (with(database), with(aside));
        if old.exists() {
            // Some disks know no second names.
            let named = tail.is_empty() && std::fs::hard_link(&old, &new).is_ok();
            if !named {
                std::fs::rename(&old, &new).map_err(|error| files::fault(database, &error))?;
            }
            kept = true;
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::super::migrate::{LATEST, migrate};
    use super::{Connection, Timestamp, check, copy, keep, restore};

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn a_restore_over_a_leftover_wal_is_exact_and_keeps_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let (database, backup) = (dir.path().join("p.db"), dir.path().join("backup.db"));
        migrate(&database, LATEST, NOW).unwrap();
        let add = "INSERT INTO users VALUES (?1, ?1, 'x', 'dj', 'active', 'h', 0)";
        let conn = Connection::open(&database).unwrap();
        conn.execute(add, ["before"]).unwrap();
        copy(&database, &backup).unwrap();
        for n in 0..20 {
            conn.execute(add, [format!("later-{n}")]).unwrap();
        }
        // As after a crash: main file and WAL lie there, nobody has them open.
        let crashed = tempfile::tempdir().unwrap();
        for tail in ["", "-wal"] {
            std::fs::copy(format!("{}{tail}", database.display()), crashed.path().join(format!("p.db{tail}"))).unwrap();
        }
        let place = crashed.path().join("p.db");
        let kept = restore(&backup, &place, NOW).unwrap().unwrap();
        let found = check(&place).unwrap();
        assert_eq!((found.djs, found.faults), (vec!["before".to_owned()], vec![]));
        assert_eq!(check(&kept).unwrap().djs.len(), 21, "what was replaced is whole");
        assert!(copy(&database, &backup).is_err(), "a backup is not written over");
    }

    #[test]
    fn a_plug_pulled_in_a_restore_leaves_a_database_in_its_place() {
        let dir = tempfile::tempdir().unwrap();
        let (database, aside) = (dir.path().join("p.db"), dir.path().join("aside.db"));
        migrate(&database, LATEST, NOW).unwrap();
        let bytes = std::fs::read(&database).unwrap();
        std::fs::write(dir.path().join("p.db-wal"), "frames").unwrap();
        assert!(keep(&database, &aside).unwrap());
        assert!(std::fs::read(&database).is_ok_and(|there| there == bytes), "there is no database");
        assert!(std::fs::read(&aside).unwrap() == bytes && !dir.path().join("p.db-wal").exists());
        assert_eq!(std::fs::read(dir.path().join("aside.db-wal")).unwrap(), b"frames");
    }

    #[test]
    fn rows_of_nobody_and_damage_are_found() {
        let dir = tempfile::tempdir().unwrap();
        let database = dir.path().join("p.db");
        migrate(&database, LATEST, NOW).unwrap();
        assert!(check(&database).unwrap().faults.is_empty());
        let conn = Connection::open(&database).unwrap();
        conn.pragma_update(None, "foreign_keys", false).unwrap();
        conn.execute("INSERT INTO settings VALUES ('ghost', 'k', 'v')", []).unwrap();
        drop(conn);
        let faults = check(&database).unwrap().faults;
        assert!(faults.iter().any(|fault| fault.contains("settings belong to nobody")), "{faults:?}");
        assert!(restore(&database, &dir.path().join("other.db"), NOW).is_err());
        assert!(!dir.path().join("other.db").exists());
    }
}
