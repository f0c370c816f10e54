//! Whether the main file is still the one the box works on: what another program writes over it, with no regard to the
//! WAL, would be mixed with the pages that are there and in memory.

use std::fs::File;
use std::io::Result;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};

use crate::store::db::wal::frames::word;
use crate::store::db::wal::mark::{Mark, on_page};
use crate::store::error;

/// How long the head of a database is, and how it begins.
const HEAD: usize = 100;
const FORMAT: &[u8; 16] = b"SQLite format 3\0";
/// What stands in the head of one in WAL mode, and of no backup.
const IN_WAL_MODE: [u8; 2] = [2, 2];

/// The main file, open once more. To be dropped only when `SQLite` has it open nowhere in this process: closing any
/// descriptor of a file lets go of the locks that `SQLite` has on it.
pub struct MainFile {
    pub file: File,
    /// The page that has the mark.
    page: u64,
    /// As the last checkpoint left it.
    left: State,
}

/// What a file shows of itself without `SQLite`.
#[derive(Clone, Copy)]
struct State {
    /// Bytes, and seconds and nanoseconds of the last change.
    about: (u64, i64, i64),
    mark: Option<Mark>,
    cookie: u32,
    /// Goes up with every change of the first page.
    changes: u32,
}

impl MainFile {
    /// Of a database in WAL mode that this process has open already, by the connection given.
    pub fn of(path: &Path, conn: &Connection) -> error::Result<Self> {
        let fault = |error| super::files::fault(path, &error);
        let (file, page) = (File::open(path).map_err(fault)?, page_of_mark(conn)?);
        let left = read(&file, page).map_err(fault)?.ok_or_else(|| error::Error::Broken("no head".into()))?;
        Ok(Self { file, page, left })
    }

    /// Whether nobody has written into the file but by a checkpoint. To be asked after each, too.
    pub fn is_ours(&mut self, conn: &Connection) -> bool {
        if self.file.metadata().is_ok_and(|about| about_of(&about) == self.left.about) {
            return true;
        }
        if self.goes_on() {
            return true;
        }
        // Who makes all tables anew by way of `SQLite` gives the mark another page.
        self.page = page_of_mark(conn).unwrap_or(self.page);
        self.goes_on()
    }

    /// Takes what the file shows for what was left, if that goes on from it; answers whether it does.
    fn goes_on(&mut self) -> bool {
        match read(&self.file, self.page) {
            Ok(Some(now)) if now.follows(&self.left) => {
                self.left = now;
                true
            }
            Ok(_) => false,
            // A disk that fails has overwritten nothing.
            Err(_) => true,
        }
    }
}

impl State {
    /// Whether a checkpoint may have made this of what was before: of the same WAL, or of the next one.
    fn follows(&self, before: &Self) -> bool {
        let id = |mark: Option<Mark>| mark.map_or([0; 16], |mark| mark.id);
        let same = id(self.mark) == id(before.mark);
        let next = self.mark.is_some_and(|mark| mark.base == id(before.mark));
        let unchanged = (self.changes, self.cookie) == (before.changes, before.cookie);
        next || same && (unchanged || self.changes > before.changes)
    }
}

/// Tables that are not there yet have no mark, which the first page is taken for.
fn page_of_mark(conn: &Connection) -> error::Result<u64> {
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'wal_mark'";
    Ok(conn.query_row(sql, [], |row| row.get::<_, i64>("rootpage")).optional()?.map_or(1, i64::unsigned_abs))
}

fn about_of(about: &std::fs::Metadata) -> (u64, i64, i64) {
    (about.len(), about.mtime(), about.mtime_nsec())
}

/// `None` for what is not a database in WAL mode, whole up to the page.
fn read(file: &File, page: u64) -> Result<Option<State>> {
    let about = about_of(&file.metadata()?);
    let mut head = [0; HEAD];
    if !filled(file, &mut head, 0)? || !head.starts_with(FORMAT) || head[18..20] != IN_WAL_MODE {
        return Ok(None);
    }
    let size = u64::from(u16::from_be_bytes([head[16], head[17]]));
    let mut marked = vec![0; usize::try_from(size).unwrap_or(0)];
    let whole = filled(file, &mut marked, page.saturating_sub(1) * size)?;
    let state =
        || State { about, mark: on_page(&marked), cookie: word(&head[40..], false), changes: word(&head[24..], false) };
    Ok(whole.then(state))
}

/// Reads so many bytes from there; whether there are as many.
fn filled(file: &File, bytes: &mut [u8], at: u64) -> Result<bool> {
    match file.read_exact_at(bytes, at) {
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Ok(false),
        read => read.map(|()| true),
    }
}
