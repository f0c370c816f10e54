//! What the rollback journal beside a database says, read without `SQLite`: that would already act on it.

use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use crate::store::db::file::files::with_tail;
use crate::store::db::wal::frames::word;
use crate::store::error::{Error, Result};

const MAGIC: [u8; 8] = [0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
/// Bytes of the first page that a change of the mode touches: the two marks of the mode, and who wrote last and when.
const MODE: [std::ops::Range<usize>; 3] = [18..20, 24..28, 92..100];

/// What a journal would take back from the database beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Nothing but another mode, as when a start or a restore was cut off: whosever it is, nothing else changes.
    Mode,
    /// The database has changed since by more than the change that was cut off: it was put there by hand.
    Another,
    /// A change, and of this database as far as can be seen.
    Change,
}

struct Journal {
    file: File,
    /// Bytes in it, in a page and in a sector of the disk.
    length: u64,
    size: u64,
    sector: u64,
    /// How many pages the database had, and how many of them come after the first head.
    pages: u64,
    records: u64,
}

/// A file's `-journal`.
pub fn journal_of(path: &Path) -> PathBuf {
    with_tail(path, "-journal")
}

/// Whether a journal has something to take back; one that is done with is empty or begins with zeros.
pub fn has_begun(journal: &Path) -> Result<bool> {
    let first = || -> std::io::Result<bool> {
        let mut byte = [0];
        Ok(std::fs::metadata(journal)?.is_file() && File::open(journal)?.read(&mut byte)? > 0 && byte != [0])
    };
    match first() {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unreadable(journal, &error)),
        Ok(begun) => Ok(begun),
    }
}

/// Compares what a journal holds with the database beside it.
pub fn holds(database: &Path) -> Result<Holds> {
    let (path, read) = (journal_of(database), |error: std::io::Error| unreadable(database, &error));
    let Some(journal) = Journal::of(&path).map_err(|error| unreadable(&path, &error))? else { return Ok(Holds::Mode) };
    let before = journal.first_page().map_err(|error| unreadable(&path, &error))?;
    let file = File::open(database).map_err(read)?;
    let (now, length) = (some(&file, 0, journal.size).map_err(read)?, file.metadata().map_err(read)?.len());
    let alike = |before: &Vec<u8>| differ_in_mode_only(before, &now);
    let only_that = journal.is_empty() || journal.is_short() && before.as_ref().is_some_and(alike);
    if only_that && length == journal.pages * journal.size {
        return Ok(Holds::Mode);
    }
    if now.len() < 100 {
        return Ok(Holds::Change);
    }
    // Each change counts one further, on a page that it may not have come to yet.
    let fits = before.map_or(u64::from(word(&now[28..], false)) == journal.pages, |before| {
        let [was, is] = [&before, &now].map(|page| word(&page[24..], false));
        before == now || is == was.wrapping_add(1)
    });
    Ok(if fits { Holds::Change } else { Holds::Another })
}

impl Journal {
    /// `None` for what `SQLite` takes nothing back from.
    fn of(path: &Path) -> std::io::Result<Option<Self>> {
        let file = File::open(path)?;
        let (head, length) = (some(&file, 0, 28)?, file.metadata()?.len());
        if !head.starts_with(&MAGIC) || head.len() < 28 {
            return Ok(None);
        }
        let [records, pages, sector, size] = [8, 16, 20, 24].map(|at| u64::from(word(&head[at..], false)));
        let whole = (512..=65_536).contains(&size) && (32..=65_536).contains(&sector);
        Ok(whole.then_some(Self { file, length, size, sector, pages, records }))
    }

    /// Bytes that one page takes, with its number and its sum.
    fn one(&self) -> u64 {
        self.size + 8
    }

    /// Whether no page is to be taken back.
    fn is_empty(&self) -> bool {
        self.records == 0 && self.is_short() || self.length < self.sector + self.one()
    }

    /// Whether there is room for one page in it at most.
    fn is_short(&self) -> bool {
        self.length < self.sector + 2 * self.one()
    }

    /// The first page as it was, where it is among those to be taken back. They come in parts, each with a head.
    fn first_page(&self) -> std::io::Result<Option<Vec<u8>>> {
        let mut at = 0;
        loop {
            let head = some(&self.file, at, 28)?;
            if !head.starts_with(&MAGIC) || head.len() < 28 {
                return Ok(None);
            }
            let room = self.length.saturating_sub(at + self.sector) / self.one();
            let begin = at + self.sector;
            // A part that was not counted goes on to the end.
            let end = begin + room.min(word(&head[8..], false).into()) * self.one();
            for page in (begin..end).step_by(usize::try_from(self.one()).unwrap_or(usize::MAX)) {
                if some(&self.file, page, 4)? == [0, 0, 0, 1] {
                    return some(&self.file, page + 4, self.size).map(Some);
                }
            }
            at = end.next_multiple_of(self.sector).max(begin);
        }
    }
}

/// Some bytes of a file, fewer where it ends.
fn some(file: &File, at: u64, bytes: u64) -> std::io::Result<Vec<u8>> {
    let (mut file, mut read) = (file, Vec::new());
    file.seek(SeekFrom::Start(at))?;
    file.take(bytes).read_to_end(&mut read)?;
    Ok(read)
}

fn differ_in_mode_only(before: &[u8], now: &[u8]) -> bool {
    let same = |(at, (before, now)): (usize, (&u8, &u8))| before == now || MODE.iter().any(|mode| mode.contains(&at));
    before.len() == now.len() && before.iter().zip(now).enumerate().all(same)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::Unfit(format!("{} cannot be read: {error}.", path.display()))
}
