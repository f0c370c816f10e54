//! The schema's versions: looked at before anything writes, and stepped up or down one by one.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};
use rusqlite_migration::{M, Migrations};

use super::error::{Error, Result};
use super::files;
use super::pool::{APPLICATION_ID, DJ_ID, connect, look_at};
use super::snapshots::{BEFORE, thin_out};
use crate::domain::{Song, Timestamp};

/// The newest version this program knows.
pub const LATEST: u32 = 8;
/// Since this version requests carry the keys of their songs.
const KEYED: u32 = 3;
/// Since this version the file can be made smaller piece by piece.
const SHRINKING: u32 = 8;

/// From one version to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moved {
    pub from: u32,
    pub to: u32,
}

fn steps() -> Migrations<'static> {
    Migrations::new(vec![
        M::up(include_str!("../../sql/001_single_tenant.up.sql"))
            .down(include_str!("../../sql/001_single_tenant.down.sql"))
            .foreign_key_check(),
        M::up(include_str!("../../sql/002_multi_tenancy.up.sql"))
            .down(include_str!("../../sql/002_multi_tenancy.down.sql"))
            .foreign_key_check(),
        M::up(include_str!("../../sql/003_party.up.sql"))
            .down(include_str!("../../sql/003_party.down.sql"))
            .foreign_key_check(),
        M::up(include_str!("../../sql/004_access.up.sql"))
            .down(include_str!("../../sql/004_access.down.sql"))
            .foreign_key_check(),
        M::up(include_str!("../../sql/005_spotify.up.sql"))
            .down(include_str!("../../sql/005_spotify.down.sql"))
            .foreign_key_check(),
        M::up(include_str!("../../sql/006_watching.up.sql"))
            .down(include_str!("../../sql/006_watching.down.sql"))
            .foreign_key_check(),
        M::up(include_str!("../../sql/007_search.up.sql"))
            .down(include_str!("../../sql/007_search.down.sql"))
            .foreign_key_check(),
        M::up(include_str!("../../sql/008_keeping.up.sql"))
            .down(include_str!("../../sql/008_keeping.down.sql"))
            .foreign_key_check(),
    ])
}

/// The version of a file, 0 where there is none yet. Writes nothing, and refuses with a sentence what is not ours,
/// damaged, or newer than this program.
pub fn inspect(path: &Path) -> Result<u32> {
    if !path.exists() {
        return Ok(0);
    }
    let name = path.display();
    let refuse = |what: &str| Err(Error::Broken(format!("{name} {what}")));
    if std::fs::metadata(path).is_ok_and(|about| about.len() == 0) {
        return refuse("is empty. Put a backup in its place, or remove it to start afresh.");
    }
    let damaged = "is damaged. Put a backup in its place, or move it away to start afresh.";
    let conn = look_at(path)?;
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
        (version, true) if sound(&conn) => Ok(version),
        _ => refuse(damaged),
    }
}

/// The version, and whether the file is one of ours (or still empty).
fn header(conn: &Connection) -> rusqlite::Result<(u32, bool)> {
    let version: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let id = mark(conn)?;
    let mut tables =
        conn.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB 'sqlite_*'")?;
    let tables = tables.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
    // The single-tenant files of the first days carry no mark.
    let unmarked = id == 0 && (tables.is_empty() || version > 0 && tables.iter().any(|name| name == "requests"));
    Ok((version, id == APPLICATION_ID || unmarked))
}

fn mark(conn: &Connection) -> rusqlite::Result<i32> {
    conn.pragma_query_value(None, "application_id", |row| row.get(0))
}

fn sound(conn: &Connection) -> bool {
    let verdict = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0));
    verdict.is_ok_and(|verdict| verdict == "ok")
}

/// Steps a file to version `target`, each step whole or not at all. A file that moves is copied to `backups/` first.
pub fn migrate(path: &Path, target: u32, now: Timestamp) -> Result<Moved> {
    let from = inspect(path)?;
    if target > LATEST {
        return Err(Error::Broken(format!("there is no version {target}; the newest is {LATEST}")));
    }
    if !path.exists() {
        return found(path, target);
    }
    if from != target {
        if from > 0 {
            back_up(path, from, now)?;
        }
        step(path, target)?;
    }
    Ok(Moved { from, to: target })
}

/// The same without a copy, for a file that is a copy itself.
pub fn step(path: &Path, target: u32) -> Result<()> {
    let mut conn = connect(path)?;
    let from: u32 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    lay(&mut conn, from, target)?;
    if from < KEYED && target >= KEYED {
        rekey(&conn)?;
    }
    if from < SHRINKING && target >= SHRINKING {
        // From now on pages that are no longer used can be given back.
        conn.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")?;
    }
    conn.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
}

/// Lays the tables of version `target` in the place of those of version `from`.
pub fn lay(conn: &mut Connection, from: u32, target: u32) -> Result<()> {
    conn.pragma_update(None, "foreign_keys", false)?;
    let failed =
        |error| Error::Broken(format!("the step from version {from} to {target} failed and was undone: {error}"));
    steps().to_version(conn, target as usize).map_err(failed)
}

/// Makes a new file, under another name until it is whole: a plug pulled here leaves no half database.
fn found(path: &Path, target: u32) -> Result<Moved> {
    let unfinished = path.with_extension("new");
    files::remove(&unfinished)?;
    files::private(&unfinished)?;
    step(&unfinished, target)?;
    files::put(&unfinished, path)?;
    Ok(Moved { from: 0, to: target })
}

/// Gives songs of an older schema the keys under which spellings meet: folding is more than SQL can do.
fn rekey(conn: &Connection) -> Result<()> {
    let mut statement = conn.prepare("SELECT id, user_id, title, artist, track_uri FROM requests")?;
    let song = |row: &rusqlite::Row| {
        let song = Song { track_uri: row.get(4)?, ..Song::named(row.get::<_, String>(2)?, row.get::<_, String>(3)?) };
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, song))
    };
    let songs = statement.query_map([], song)?.collect::<rusqlite::Result<Vec<_>>>()?;
    let tx = conn.unchecked_transaction()?;
    for (id, user, song) in songs {
        let sql = "UPDATE requests SET song_key = ?3, artist_key = ?4 WHERE id = ?1 AND user_id = ?2";
        tx.execute(sql, [&id, &user, &song.key(), &song.artist_key()])?;
    }
    Ok(tx.commit()?)
}

/// Keeps a copy of a file before it moves to another version, and not too many of them.
fn back_up(path: &Path, version: u32, now: Timestamp) -> Result<()> {
    let folder = path.with_file_name("backups");
    files::make_folder(&folder)?;
    let stamp = now.to_string().replace([':', '.'], "-");
    let file = folder.join(format!("{BEFORE}{version}-{stamp}.db"));
    files::make(&file, |unfinished| {
        files::private(unfinished)?;
        look_at(path)?.execute("VACUUM INTO ?1", [unfinished.to_string_lossy()])?;
        Ok(())
    })?;
    thin_out(&folder, &file)
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
