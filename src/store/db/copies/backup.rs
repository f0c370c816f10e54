//! Copies of the database that are whole: made, looked at, put back.

use std::fs::File;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, ErrorCode, Row, named_params};

use crate::domain::{Timestamp, amount};
use crate::store::db::file::inspect::{inspect, is_settled, shrinks};
use crate::store::db::file::permissions::may_read;
use crate::store::db::file::progress::Progress;
use crate::store::db::file::{damage, files, replace};
use crate::store::db::pool::{bound, open_read_only};
use crate::store::db::recovery::sweep::{REPLACED, RESTORED};
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::db::schema::versions::{KEYED, SHRINKING};
use crate::store::db::schema::{check, song_keys};
use crate::store::error::{Error, Result};

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
    /// What an upgrade that was cut short has left undone; the next one does it.
    pub undone: Vec<String>,
}

/// Writes a copy of a database, running or not, as it is at this moment. Refuses to write over a file.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    files::make(to, |unfinished| fill(from, unfinished)).map_err(|error| files::no_room(to, error))
}

/// The same, to be passed on at once: the file has no name.
pub fn copy_passing(from: &Path) -> Result<File> {
    files::passing(&files::passing_place(from)?, |unfinished| fill(from, unfinished))
}

/// Writes a database as it is now into an empty file.
fn fill(from: &Path, to: &Path) -> Result<()> {
    let name = from.display().to_string();
    let _progress = Progress::on(from, move || format!("{name} is copied."));
    let copied =
        open_read_only(from)?.execute("VACUUM INTO CAST(:file AS TEXT)", named_params! { ":file": bound(to)? });
    let damaged = |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt);
    match copied {
        Err(error) if damaged(&error) => Err(Error::Unfit(format!(
            "{} is damaged, so there is no whole copy of it. Put a backup in its place with `partyplaylist restore`.",
            from.display()
        ))),
        copied => Ok(copied.map(drop)?),
    }
}

/// Looks through a whole file. Refuses what is no database of ours; a damaged one is told in the findings.
pub fn check(path: &Path) -> Result<Findings> {
    may_read(path)?;
    let version = inspect(path)?;
    let name = path.display().to_string();
    let _progress = Progress::on(path, move || format!("{name} is looked through."));
    let conn = open_read_only(path)?;
    let mut findings = Findings { version, djs: vec![], requests: 0, newest: None, faults: vec![], undone: vec![] };
    findings.faults = foreign(&conn, version)?;
    // What somebody else put there is not set off.
    if findings.faults.is_empty() { scan(path, &conn, findings) } else { Ok(findings) }
}

/// What is not as the file's version lays it; damage is for a closer look.
fn foreign(conn: &Connection, version: u32) -> Result<Vec<String>> {
    match check::foreign(conn, version) {
        Err(Error::Damaged(_)) => Ok(vec![]),
        found => found,
    }
}

fn scan(path: &Path, conn: &Connection, mut findings: Findings) -> Result<Findings> {
    let version = findings.version;
    let mut faults = damage::faults(conn, None)?;
    faults.extend(texts(
        conn,
        "SELECT 'a row of ' || \"table\" || ' points at nothing in ' || parent AS text FROM pragma_foreign_key_check",
    )?);
    findings.faults = faults;
    if findings.faults.is_empty() {
        findings.undone = undone(path, conn, version)?;
    }
    if version >= 2 {
        findings.faults.extend(strays(conn)?);
        findings.djs = texts(conn, &format!("SELECT username AS text FROM users WHERE {PRESENT} ORDER BY username"))?;
    }
    if version >= 1 {
        let sql = "SELECT count(*) AS requests, max(created_at) AS newest FROM requests";
        let row = |row: &Row| Ok((row.get("requests")?, row.get("newest")?));
        (findings.requests, findings.newest) = conn.query_row(sql, [], row)?;
    }
    Ok(findings)
}

/// The same for a box's own database: damage that was told of it is over when nothing is found.
pub fn check_own(database: &Path) -> Result<Findings> {
    let findings = check(database)?;
    if findings.faults.is_empty() {
        damage::forget(database)?;
    }
    Ok(findings)
}

fn undone(path: &Path, conn: &Connection, version: u32) -> Result<Vec<String>> {
    let mut undone = Vec::new();
    let wrong = if version >= KEYED { song_keys::wrong(conn)? } else { 0 };
    if wrong > 0 {
        undone.push(format!("{} with keys that are not made so any more", amount(wrong, "song")));
    }
    if version >= SHRINKING && !shrinks(conn)? {
        undone.push("auto_vacuum is off, so that it never gets smaller".into());
    } else if version > 1 && !is_settled(path, version)? {
        undone.push("it does not carry our mark".into());
    }
    Ok(undone)
}

/// Rows whose owner is no account: no tenant could reach them.
fn strays(conn: &Connection) -> Result<Vec<String>> {
    let owned = "SELECT m.name AS text FROM sqlite_schema m JOIN pragma_table_info(m.name) c ON c.name = 'user_id'
                 WHERE m.type = 'table' ORDER BY m.name";
    let mut found = Vec::new();
    for table in texts(conn, owned)? {
        let sql = format!("SELECT count(*) AS strays FROM {table} WHERE user_id NOT IN (SELECT id FROM users)");
        let rows: i64 = conn.query_row(&sql, [], |row| row.get("strays"))?;
        if rows > 0 {
            found.push(format!("{} of {table} that nobody owns", amount(rows, "row")));
        }
    }
    Ok(found)
}

/// The column `text` of what a statement finds.
fn texts(conn: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| row.get("text"))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}

/// Puts a checked copy in the place of a database that nobody has open: at every instant the old one is there, or the new.
/// What was there before, with what its `-wal` held, is kept under the name answered. Only for who holds the data folder.
pub fn restore(from: &Path, database: &Path, now: Timestamp) -> Result<Option<PathBuf>> {
    let findings = check(from)?;
    if let Some(fault) = findings.faults.first() {
        return Err(Error::Unfit(format!("{} is damaged ({fault}): nothing was changed.", from.display())));
    }
    let incoming = files::with_tail(database, RESTORED);
    files::remove(&incoming)?;
    let aside = database.with_file_name(format!("{REPLACED}{}.db", now.stamp()));
    replace::ask(database, files::sizes(from)?.iter().sum(), &aside, "The backup")?;
    let kept = database.exists().then_some(aside);
    let put = copy(from, &incoming)
        .and_then(|()| replace::into_wal(&incoming))
        .and_then(|()| kept.as_ref().map_or(Ok(()), |kept| make_one(database, kept)))
        .and_then(|()| replace::put(&incoming, database, kept.as_deref()));
    files::remove(&incoming)?;
    put.map(|()| kept)
}

/// Brings what the WAL holds into the database. A damaged one, and no other, takes nothing any more and gives away what
/// lies beside it, to lie beside the name it is kept by.
fn make_one(database: &Path, kept: &Path) -> Result<()> {
    let damaged = match replace::hold(database) {
        Err(Error::Damaged(_)) => true,
        held => held.map(|_| false)?,
    };
    let beside = ["-wal", "-journal"].map(|tail| [database, kept].map(|file| files::with_tail(file, tail)));
    for [from, to] in beside.iter().filter(|[from, _]| damaged && from.exists()) {
        std::fs::rename(from, to).map_err(|error| files::fault(from, &error))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Connection, Timestamp, check, copy, restore};
    use crate::store::db::schema::migrate::migrate;
    use crate::store::db::schema::versions::LATEST;

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
    fn a_wal_that_cannot_be_read_today_is_not_given_away() {
        let dir = tempfile::tempdir().unwrap();
        let (database, backup) = (dir.path().join("p.db"), dir.path().join("backup.db"));
        migrate(&database, LATEST, NOW).unwrap();
        copy(&database, &backup).unwrap();
        let before = std::fs::read(&database).unwrap();
        // Something that stands in the way of the WAL, and is no damage.
        let wal = dir.path().join("p.db-wal");
        std::fs::create_dir(&wal).unwrap();
        let said = restore(&backup, &database, NOW).unwrap_err();
        assert!(wal.exists(), "{said}");
        assert!(std::fs::read(&database).unwrap() == before, "{said}");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3, "{said}");
    }

    #[test]
    fn what_lies_beside_a_damaged_database_goes_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let (database, backup) = (dir.path().join("p.db"), dir.path().join("backup.db"));
        migrate(&database, LATEST, NOW).unwrap();
        copy(&database, &backup).unwrap();
        std::fs::write(&database, "a letter".repeat(1000)).unwrap();
        for tail in ["-wal", "-journal"] {
            std::fs::write(dir.path().join(format!("p.db{tail}")), [0; 600]).unwrap();
        }
        let kept = restore(&backup, &database, NOW).unwrap().unwrap();
        assert!(check(&database).unwrap().faults.is_empty());
        for tail in ["-wal", "-journal"] {
            assert!(!dir.path().join(format!("p.db{tail}")).exists(), "{tail} lies beside the new one");
        }
        assert_eq!(std::fs::read(kept).unwrap(), b"a letter".repeat(1000));
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
        assert!(faults.iter().any(|fault| fault.contains("1 row of settings that nobody owns")), "{faults:?}");
        assert!(restore(&database, &dir.path().join("other.db"), NOW).is_err());
        assert!(!dir.path().join("other.db").exists());
    }
}
