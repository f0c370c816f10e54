//! What a database file is, told by its first pages before anything writes: a look costs the same however long it is.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, named_params};

use super::permissions::denied;
use crate::store::db::pool::{APPLICATION_ID, DJ_ID, open_read_only};
use crate::store::db::schema::versions::{LATEST, SHRINKING};
use crate::store::error::{Error, Result};

/// The version of a file, 0 where there is none yet. Writes nothing, and refuses with a sentence what is not ours,
/// newer than this program, or damaged where every look begins; damage further inside is `check`'s to find.
pub fn inspect(path: &Path) -> Result<u32> {
    if !path.try_exists().map_err(|error| denied(path, "read", &error))? {
        return Ok(0);
    }
    let name = path.display();
    let refuse = |what: &str| Err(Error::Broken(format!("{name} {what}")));
    if std::fs::metadata(path).is_ok_and(|about| about.len() == 0) {
        return refuse("is empty. Put a backup in its place, or remove it to start afresh.");
    }
    let damaged = "is damaged. Put a backup in its place, or move it away to start afresh.";
    let conn = open_read_only(path)?;
    let (version, ours) = match header(&conn) {
        Ok(header) => header,
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
            return refuse("is not a database. Put a backup in its place, or move it away to start afresh.");
        }
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => return refuse(damaged),
        Err(error) => return Err(error.into()),
    };
    match (version, ours) {
        (_, false) if mark(&conn)? == DJ_ID => refuse("holds one DJ, not a box: see `partyplaylist tenant import`."),
        (_, false) => refuse("belongs to another program. Choose another data directory with --data."),
        (newer, true) if newer > LATEST => refuse(&format!(
            "is of version {newer}, and this PartyPlaylist knows versions up to {LATEST}. Install the newer PartyPlaylist, or put a backup in its place."
        )),
        (version, true) if begins_well(&conn) => Ok(version),
        _ => refuse(damaged),
    }
}

/// Whether a file of ours is all that its version promises: an earlier program wrote the version before it was done.
pub fn is_settled(path: &Path, version: u32) -> Result<bool> {
    let conn = open_read_only(path)?;
    Ok(mark(&conn)? == APPLICATION_ID && (version < SHRINKING || shrinks(&conn)?))
}

/// Whether pages that are no longer used can be given back one by one.
pub fn shrinks(conn: &Connection) -> Result<bool> {
    Ok(conn.pragma_query_value(None, "auto_vacuum", |row| row.get::<_, i64>("auto_vacuum"))? == 2)
}

/// The version, and whether the file is one of ours (or still empty).
fn header(conn: &Connection) -> rusqlite::Result<(u32, bool)> {
    let version: u32 = conn.pragma_query_value(None, "user_version", |row| row.get("user_version"))?;
    let id = mark(conn)?;
    let tables = tables(conn)?;
    // The single-tenant files of the first days carry no mark.
    let unmarked = id == 0 && (tables.is_empty() || version > 0 && tables.iter().any(|name| name == "requests"));
    Ok((version, id == APPLICATION_ID || unmarked))
}

fn tables(conn: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut tables =
        conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")?;
    tables.query_map([], |row| row.get("name"))?.collect()
}

fn mark(conn: &Connection) -> rusqlite::Result<i32> {
    conn.pragma_query_value(None, "application_id", |row| row.get("application_id"))
}

/// Whether each table and index has a first page that is one.
fn begins_well(conn: &Connection) -> bool {
    let all = || -> rusqlite::Result<bool> {
        let mut names = conn.prepare("SELECT name FROM sqlite_schema WHERE rootpage > 0")?;
        let mut first = conn.prepare("SELECT pagetype FROM dbstat WHERE name = :name LIMIT 1")?;
        for name in names.query_map([], |row| row.get::<_, String>("name"))? {
            if first.query_row(named_params! { ":name": name? }, |row| row.get::<_, String>("pagetype"))? == "corrupted"
            {
                return Ok(false);
            }
        }
        Ok(true)
    };
    all().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::{LATEST, inspect};
    use crate::domain::Timestamp;
    use crate::store::db::schema::migrate::migrate;

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn files_that_are_not_ours_are_refused_unchanged() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        migrate(&path, LATEST, NOW).unwrap();
        let good = std::fs::read(&path).unwrap();
        let refused = |bytes: Vec<u8>, word: &str| {
            std::fs::write(&path, &bytes).unwrap();
            let said = inspect(&path).expect_err(word).to_string();
            assert!(said.contains(word), "{said}");
            assert!(migrate(&path, LATEST, NOW).is_err(), "{word}");
            assert_eq!(std::fs::read(&path).unwrap(), bytes, "{word}: bytes changed");
        };
        refused(b"this is a text file, not a database at all".repeat(30), "not a database");
        let mut newer = good.clone();
        newer[63] = 99;
        refused(newer, "is of version 99");
        let mut foreign = good.clone();
        foreign[68..72].copy_from_slice(b"ABCD");
        refused(foreign, "another program");
        refused(good[..good.len() / 2].to_vec(), "damaged");
        let mut torn = good.clone();
        torn[4096..9000].fill(0x5a);
        refused(torn, "damaged");
    }
}
