//! Which WAL goes with which main file: told by a mark in both, whatever their length.

use std::collections::VecDeque;
use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::{Connection, named_params};

use super::frames::{Frames, word};
use crate::store::db::file::files::fault;
use crate::store::db::pool::open_main_read_only;
use crate::store::error::{Error, Result};

/// How long a piece of what a command does beside a running box may keep others waiting.
pub const PIECE: Duration = Duration::from_millis(50);

const MAGIC: &[u8; 8] = b"PPlWALm1";
const LENGTH: usize = 44;
/// How a page of rows begins.
const LEAF: u8 = 13;
/// How the mark's row begins: 47 bytes, number 1, a head of three bytes, nothing, and 44 bytes.
const ROW: [u8; 5] = [47, 1, 3, 0, 100];

/// What a mark says: an id of its WAL's, the id the main file had when that began, and its schema cookie then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub id: [u8; 16],
    pub base: [u8; 16],
    cookie: u32,
}

impl Mark {
    /// Reads one at the beginning of some bytes.
    fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.get(..LENGTH).filter(|bytes| bytes.starts_with(MAGIC))?;
        let cookie = u32::from_be_bytes(bytes[40..].try_into().ok()?);
        Some(Self { id: bytes[8..24].try_into().ok()?, base: bytes[24..40].try_into().ok()?, cookie })
    }

    fn written(self) -> Vec<u8> {
        [&MAGIC[..], &self.id, &self.base, &self.cookie.to_be_bytes()].concat()
    }
}

/// A transaction that may begin a WAL, and has to mark it then.
pub struct Begun {
    /// The schema cookie of the main file, where everything was in it: a job may change the schema.
    cookie: Option<u32>,
    changes: u64,
}

/// Begins to write.
pub fn begin(conn: &Connection) -> Result<Begun> {
    let mut asked = conn.prepare_cached("PRAGMA wal_checkpoint(NOOP)")?;
    let all_in = asked.query_row([], |row| Ok(row.get::<_, i64>("log")? == row.get::<_, i64>("checkpointed")?))?;
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let cookie = if all_in { Some(cookie(conn)?) } else { None };
    Ok(Begun { cookie, changes: conn.total_changes() })
}

impl Begun {
    /// Marks the WAL if this is the first transaction in it, and there is something in it: to be called before the commit.
    pub fn mark(&self, conn: &Connection) -> Result<()> {
        let first = self.cookie.filter(|_| conn.total_changes() > self.changes);
        first.map_or(Ok(()), |cookie| set(conn, cookie))
    }
}

/// One transaction of a command beside a box that may be running, and then a rest as long as it has kept others waiting.
pub fn in_turn<T>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    turn(conn, work, true)
}

/// The same, of which nothing stays.
pub fn try_in_turn<T>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    turn(conn, work, false)
}

fn turn<T>(conn: &Connection, work: impl FnOnce(&Connection) -> Result<T>, stays: bool) -> Result<T> {
    let begun = begin(conn)?;
    let held = Instant::now();
    let done = work(conn).and_then(|done| {
        if stays {
            begun.mark(conn)?;
            conn.execute_batch("COMMIT")?;
        }
        Ok(done)
    });
    if !conn.is_autocommit() {
        conn.execute_batch("ROLLBACK")?;
    }
    std::thread::sleep(held.elapsed());
    done
}

/// A change that changes nothing, to see whether one can be made.
pub fn touch(conn: &Connection) -> Result<()> {
    conn.prepare_cached("UPDATE wal_mark SET one = one")?.execute([])?;
    Ok(())
}

fn set(conn: &Connection, cookie: u32) -> Result<()> {
    let (was, _) = of(conn)?;
    let mut id = [0; 16];
    getrandom::fill(&mut id).map_err(|error| Error::Broken(format!("no random numbers: {error}")))?;
    let base = was.map_or([0; 16], |mark| mark.id);
    let sql = "INSERT INTO wal_mark (one, mark) VALUES (1, :mark) ON CONFLICT (one) DO UPDATE SET mark = excluded.mark";
    conn.prepare_cached(sql)?.execute(named_params! { ":mark": Mark { id, base, cookie }.written() })?;
    Ok(())
}

/// Whether a WAL goes with its database, neither of them open; `None` where the two do not tell.
pub fn go_together(database: &Path, wal: &Path) -> Result<Option<bool>> {
    let conn = open_main_read_only(database)?;
    let (Some(main), cookie) = of(&conn)? else { return Ok(None) };
    drop(conn);
    let (marks, cookies) = in_wal(wal).map_err(|error| fault(wal, &error))?;
    let Some(first) = marks.first() else { return Ok(None) };
    // Its pages have not gone into the main file yet, or some of them have.
    let near = main.id == first.base || marks.iter().any(|mark| mark.id == main.id);
    // A file that was written anew, page by page elsewhere, has the same rows and another cookie.
    Ok(match (near, cookie == first.cookie) {
        (true, false) if cookies.contains(&cookie) => None,
        (near, same) => Some(near && same),
    })
}

/// The mark a database shows, and its schema cookie.
fn of(conn: &Connection) -> Result<(Option<Mark>, u32)> {
    let mut row = conn.prepare_cached("SELECT mark FROM wal_mark")?;
    let mark = row.query_map([], |row| row.get::<_, Vec<u8>>("mark"))?.next().transpose()?;
    Ok((mark.and_then(|bytes| Mark::read(&bytes)), cookie(conn)?))
}

fn cookie(conn: &Connection) -> Result<u32> {
    Ok(conn.pragma_query_value(None, "schema_version", |row| row.get("schema_version"))?)
}

/// All marks and all schema cookies in what was committed to a WAL.
fn in_wal(wal: &Path) -> std::io::Result<(Vec<Mark>, Vec<u32>)> {
    let (mut found, mut open) = ((Vec::new(), Vec::new()), VecDeque::new());
    let Some(mut frames) = Frames::of(wal)? else { return Ok(found) };
    while let Some((number, commits)) = frames.next()? {
        let cookie = (number == 1).then(|| word(&frames.page[40..], false));
        open.push_back((on_page(&frames.page), cookie));
        if commits {
            for (mark, cookie) in open.drain(..) {
                found.0.extend(mark);
                found.1.extend(cookie);
            }
        }
    }
    Ok(found)
}

/// The mark on the page of its table, wherever that is: it has the one row, with number 1 and the mark in it.
pub fn on_page(page: &[u8]) -> Option<Mark> {
    if page.first() != Some(&LEAF) || page.get(3..5) != Some(&[0, 1]) {
        return None;
    }
    let cell = usize::from(u16::from_be_bytes(page.get(8..10)?.try_into().ok()?));
    page.get(cell..)?.strip_prefix(&ROW).and_then(Mark::read)
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use super::super::file_watch::wal_of;
    use super::{Connection, begin, go_together, touch};
    use crate::domain::Timestamp;
    use crate::store::db::pool::connect;
    use crate::store::db::schema::migrate::migrate;
    use crate::store::db::schema::versions::LATEST;

    struct Two(tempfile::TempDir, PathBuf, Connection);

    impl Two {
        fn new() -> Self {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("p.db");
            migrate(&path, LATEST, Timestamp(0)).unwrap();
            let conn = connect(&path).unwrap();
            Self(dir, path, conn)
        }

        /// A WAL that begins, with some rows in it.
        fn write(&self, mark: bool) {
            self.2.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
            let begun = begin(&self.2).unwrap();
            let row = "INSERT INTO sign_in_waits VALUES (randomblob(900), 1, 1)";
            self.2.execute_batch(row).unwrap();
            if mark {
                begun.mark(&self.2).unwrap();
            }
            self.2.execute_batch(&format!("COMMIT; {row}; {row}")).unwrap();
        }

        /// This main file beside the WAL as it lies now.
        fn beside(&self, main: &Path) -> Option<bool> {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("p.db");
            std::fs::copy(main, &path).unwrap();
            std::fs::copy(wal_of(&self.1), wal_of(&path)).unwrap();
            go_together(&path, &wal_of(&path)).unwrap()
        }

        fn copy(&self, name: &str) -> PathBuf {
            let copy = self.0.path().join(name);
            std::fs::copy(&self.1, &copy).unwrap();
            copy
        }
    }

    #[test]
    fn a_wal_goes_with_its_main_file_however_much_of_it_is_there_already() {
        let two = Two::new();
        two.write(true);
        assert_eq!(two.beside(&two.1), Some(true));
        // All pages, and of a WAL that goes on meanwhile; then only some of them.
        let before = two.copy("before.db");
        two.2.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).unwrap();
        assert_eq!(two.beside(&two.1), Some(true));
        let (old, mut half) = (std::fs::read(before).unwrap(), std::fs::read(&two.1).unwrap());
        half.truncate(old.len());
        half[4096..].copy_from_slice(&old[4096..]);
        std::fs::write(two.0.path().join("half.db"), half).unwrap();
        assert_eq!(two.beside(&two.0.path().join("half.db")), Some(true));
    }

    #[test]
    fn no_other_main_file_goes_with_it() {
        let (two, other) = (Two::new(), Two::new());
        two.write(true);
        let older = two.copy("older.db");
        two.write(true);
        two.2.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
        let anew = two.0.path().join("anew.db");
        two.2.execute("VACUUM INTO ?1", [anew.to_string_lossy()]).unwrap();
        two.write(true);
        let later = two.0.path().join("later.db");
        two.2.execute("VACUUM INTO ?1", [later.to_string_lossy()]).unwrap();
        for (main, what) in [
            (&older, "an older copy"),
            (&anew, "written anew"),
            (&later, "written anew just now"),
            (&other.1, "another box's"),
        ] {
            assert_eq!(two.beside(main), Some(false), "{what}");
        }
        assert_eq!(two.beside(&two.1), Some(true));
    }

    #[test]
    fn a_wal_that_begins_with_a_change_of_the_schema_goes_with_its_main_file() {
        let two = Two::new();
        two.2.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let begun = begin(&two.2).unwrap();
        two.2.execute_batch("INSERT INTO sign_in_waits VALUES (randomblob(9), 1, 1); ANALYZE").unwrap();
        begun.mark(&two.2).unwrap();
        two.2.execute_batch("COMMIT").unwrap();
        assert_eq!(two.beside(&two.1), Some(true), "answered wishes were moved aside");
    }

    #[test]
    fn a_wal_without_a_mark_does_not_tell() {
        let two = Two::new();
        two.write(false);
        assert_eq!(two.beside(&two.1), None);
        // Nor does one whose mark was not committed, or is not whole.
        two.2.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let begun = begin(&two.2).unwrap();
        touch(&two.2).unwrap();
        begun.mark(&two.2).unwrap();
        two.2.execute_batch("COMMIT").unwrap();
        let wal = std::fs::read(wal_of(&two.1)).unwrap();
        std::fs::write(two.0.path().join("t.db-wal"), &wal[..wal.len() - 1]).unwrap();
        two.copy("t.db");
        assert_eq!(go_together(&two.0.path().join("t.db"), &two.0.path().join("t.db-wal")).unwrap(), None);
    }
}
