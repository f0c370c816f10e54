//! A database goes from one version to another: in a copy, which takes its place when all is done, and not before.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::versions::{KEYED, LATEST, lay};
use super::{migration_cost, song_keys};
use crate::domain::Timestamp;
use crate::store::db::copies::folder::{BEFORE, backups_of, thin_out};
use crate::store::db::file::disk_space::folder_of;
use crate::store::db::file::files::with_tail;
use crate::store::db::file::inspect::{inspect, is_settled};
use crate::store::db::file::progress::Progress;
use crate::store::db::file::{files, replace};
use crate::store::db::pool::{APPLICATION_ID, bound, name, open_read_only};
use crate::store::db::recovery::sweep::{CHANGED, NEW};
use crate::store::error::{Error, Result};

const MB: u64 = 1_000_000;

/// From one version to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub from: u32,
    pub to: u32,
}

/// Leads a file to version `target`, whole or not at all: the old file stays as it is until the new one is finished, and
/// is then kept in `backups/`. So does a file that an earlier program left half done at that version. Only for who holds
/// the data folder. Refuses where there is no room for both.
pub fn migrate(path: &Path, target: u32, now: Timestamp) -> Result<Moved> {
    let from = inspect(path)?;
    if target > LATEST {
        return Err(Error::Broken(format!("there is no version {target}; the newest is {LATEST}")));
    }
    if !path.exists() {
        found(path, target)?;
    } else if from != target || !is_settled(path, target)? {
        change(path, from, target, now)?;
    }
    Ok(Moved { from, to: target })
}

/// The same for a file that is a copy itself: one that this was cut short on is of no use any more.
pub fn step(path: &Path, target: u32) -> Result<()> {
    raise(path, target, &Progress::on(path, || "A database is led to another version.".into()))
}

/// Makes a new file, under another name until it is whole: a plug pulled here leaves no half database.
fn found(path: &Path, target: u32) -> Result<()> {
    let unfinished = with_tail(path, NEW);
    files::remove(&unfinished)?;
    files::private(&unfinished)?;
    step(&unfinished, target).and_then(|()| replace::put(&unfinished, path, None))
}

/// Looks through all songs of a file of the newest version, and leads it there anew where that was left half done; answers
/// whether it was.
pub fn mend(path: &Path, now: Timestamp) -> Result<bool> {
    let version = inspect(path)?;
    let done = is_settled(path, version)? && (version < KEYED || song_keys::wrong(&open_read_only(path)?)? == 0);
    if !done {
        change(path, version, version, now)?;
    }
    Ok(!done)
}

fn change(path: &Path, from: u32, target: u32, now: Timestamp) -> Result<()> {
    let (new, what) = (with_tail(path, CHANGED), format!("To lead the database from version {from} to {target}"));
    files::remove(&new)?;
    let kept = (from > 0).then(|| kept_as(path, from, now));
    migration_cost::ask(path, from, kept.as_deref().unwrap_or(path), &what)?;
    let made =
        migration_cost::announce(path, &new, from, target).and_then(|()| make(path, &new, target)).and_then(|()| {
            kept.as_deref().map_or(Ok(()), |kept| files::make_folder(folder_of(kept)))?;
            replace::put(&new, path, kept.as_deref())
        });
    // Whatever stood in the way, the old file is there, and the room is given back.
    files::remove(&new)?;
    if made.is_ok()
        && let Some(Err(error)) = kept.map(|kept| thin_out(path, &kept))
    {
        log::warn!(target: "box", "The database is changed, and older copies in backups/ stay: {error}");
    }
    made.map_err(|error| match error {
        Error::Full => Error::Unfit(format!(
            "{what} there was not enough room after all. Nothing was changed. Make room and try again."
        )),
        other => other,
    })
}

/// Writes what the database will be into another file.
fn make(path: &Path, new: &Path, target: u32) -> Result<()> {
    let held = replace::hold(path)?;
    files::private(new)?;
    let (copy, whole) = (new.to_owned(), files::size(path)?);
    let progress = Progress::on(path, move || {
        format!("The database is copied: {} of about {} MB.", files::size(&copy).unwrap_or(0) / MB, whole / MB)
    });
    let conn = workshop(path)?;
    // From now on pages that are no longer used can be given back.
    conn.execute_batch("PRAGMA auto_vacuum = INCREMENTAL")?;
    // Meanwhile nobody writes.
    held.execute_batch("BEGIN IMMEDIATE")?;
    conn.execute("VACUUM INTO CAST(?1 AS TEXT)", [bound(new)?])?;
    drop(conn);
    raise(new, target, &progress)?;
    held.close().map_err(|(_, error)| error.into())
}

/// Leads a file to another version where it lies, and without a journal.
fn raise(path: &Path, target: u32, progress: &Progress) -> Result<()> {
    let mut conn = workshop(path)?;
    conn.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA auto_vacuum = INCREMENTAL")?;
    let from: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    progress.next(move || format!("The tables of version {target} are laid."));
    lay(&mut conn, from, target)?;
    song_keys::keep_up(&conn, from, target, progress)?;
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    progress.next(|| "Room is given back.".into());
    give_back(&conn)?;
    conn.close().map_err(|(_, error)| error.into()).and_then(|()| replace::into_wal(path))
}

/// Each step of the statement gives one page back.
fn give_back(conn: &Connection) -> Result<()> {
    let mut statement = conn.prepare("PRAGMA incremental_vacuum")?;
    let mut pages = statement.query([])?;
    while pages.next()?.is_some() {}
    Ok(())
}

/// A connection for long work, which takes little memory and puts what it sets aside on the disk beside the file.
fn workshop(path: &Path) -> Result<Connection> {
    let conn =
        Connection::open_with_flags(name(path)?, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    for (name, value) in
        [("trusted_schema", "OFF"), ("cell_size_check", "ON"), ("secure_delete", "FAST"), ("cache_size", "-16000")]
    {
        conn.pragma_update(None, name, value)?;
    }
    conn.pragma_update(None, "temp_store", "FILE")?;
    // Where the folder's name is no text, the system's own place has to do.
    if let Some(folder) = folder_of(path).to_str() {
        conn.pragma_update(None, "temp_store_directory", folder)?;
    }
    Ok(conn)
}

fn kept_as(path: &Path, version: u32, now: Timestamp) -> PathBuf {
    backups_of(path).join(format!("{BEFORE}{version}-{}.db", now.stamp()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Connection;

    use super::{LATEST, Moved, Timestamp, inspect, migrate};

    const NOW: Timestamp = Timestamp(1_700_000_000_000);

    fn single_tenant(path: &Path) {
        migrate(path, 1, NOW).unwrap();
        let rows = "INSERT INTO admins VALUES ('a2', 'second', 'h2', 20), ('a1', 'first', 'h1', 10);
             INSERT INTO requests VALUES ('z', 'Blue Monday', 'New Order', 'spotify:track:1', 'Ann', 'please', 'played', 5, 9),
                 ('b', 'One', 'U2', NULL, NULL, NULL, 'pending', 7, NULL), ('a', 'Help!', 'Beatles', NULL, NULL, NULL, 'rejected', 6, NULL);
             INSERT INTO settings VALUES ('zeta', '1'), ('event_title', 'Our party');";
        Connection::open(path).unwrap().execute_batch(rows).unwrap();
    }

    /// Every word of the schema and every row, in row order.
    fn everything(path: &Path) -> String {
        let conn = Connection::open(path).unwrap();
        let mut out = text(&conn, "SELECT type || name || coalesce(sql, '') FROM sqlite_schema ORDER BY name");
        for table in ["admins", "requests", "settings"] {
            let names = text(&conn, &format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}')"));
            out += &text(
                &conn,
                &format!("SELECT {} FROM {table} ORDER BY rowid", names.trim().replace('\n', " || ',' || ")),
            );
        }
        out
    }

    fn text(conn: &Connection, sql: &str) -> String {
        let mut statement = conn.prepare(sql).unwrap();
        statement.query_map([], |row| row.get::<_, String>(0)).unwrap().map(|line| line.unwrap() + "\n").collect()
    }

    #[test]
    fn a_single_tenant_database_goes_up_and_down_and_is_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        single_tenant(&path);
        let before = everything(&path);
        assert!(before.contains("Blue Monday") && before.contains("Our party"));
        assert_eq!(migrate(&path, LATEST, NOW).unwrap(), Moved { from: 1, to: LATEST });
        let conn = Connection::open(&path).unwrap();
        let owners = text(&conn, "SELECT DISTINCT u.username FROM requests r JOIN users u ON u.id = r.user_id");
        assert_eq!(owners, "first\n");
        assert_eq!(text(&conn, "SELECT key || user_id FROM settings ORDER BY rowid"), "zetaa1\nevent_titlea1\n");
        drop(conn);
        migrate(&path, 1, NOW).unwrap();
        assert_eq!(everything(&path), before);
        assert_eq!(std::fs::read_dir(dir.path().join("backups")).unwrap().count(), 2);
    }

    #[test]
    fn rows_nobody_owned_wait_for_the_first_super_admin() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        single_tenant(&path);
        Connection::open(&path).unwrap().execute("DELETE FROM admins", []).unwrap();
        let before = everything(&path);
        migrate(&path, LATEST, NOW).unwrap();
        let conn = Connection::open(&path).unwrap();
        assert_eq!(text(&conn, "SELECT count(*) || user_id FROM requests"), "3unclaimed\n");
        drop(conn);
        migrate(&path, 1, NOW).unwrap();
        assert_eq!(everything(&path), before);
    }

    #[test]
    fn a_fresh_file_goes_up_and_all_the_way_down() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        assert_eq!(inspect(&path).unwrap(), 0);
        migrate(&path, LATEST, NOW).unwrap();
        assert_eq!(inspect(&path).unwrap(), LATEST);
        migrate(&path, 0, NOW).unwrap();
        let conn = Connection::open(&path).unwrap();
        assert_eq!(text(&conn, "SELECT name FROM sqlite_schema WHERE name NOT GLOB 'sqlite_*'"), "");
    }
}
