//! What a process has open: by a descriptor of any of its threads, or mapped into its memory.

use std::ffi::CStr;
use std::fs::{File, Metadata, read_dir};
use std::io::{BufRead, BufReader, Result};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, Mode, OFlags, StatxFlags, makedev, open, statx};
use rustix::io::Errno;

/// The process that starts all others.
pub const INIT: i32 = 1;

/// A file whatever it is called: device and number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(u64, u64);

impl FileId {
    pub fn of(path: &Path) -> Result<Self> {
        std::fs::metadata(path).map(|about| Self::from(&about))
    }

    /// What a link in a list of descriptors leads to, by what the kernel has at hand: a server that does not answer holds
    /// nobody up.
    fn behind(folder: &OwnedFd, link: &CStr) -> Result<Self> {
        let about = statx(folder, link, AtFlags::STATX_DONT_SYNC, StatxFlags::INO)?;
        Ok(Self(makedev(about.stx_dev_major, about.stx_dev_minor), about.stx_ino))
    }
}

impl From<&Metadata> for FileId {
    fn from(about: &Metadata) -> Self {
        Self(about.dev(), about.ino())
    }
}

/// Which of a process's threads are asked for their descriptors.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// The first that has any: nearly always they share one list, and asking each would cost the square of a large program.
    First,
    Every,
}

/// Whether a process has one of these files open. Refuses one that may not be looked at; who has ended has nothing open.
pub fn has_open(pid: i32, files: &[FileId], asked: Threads) -> Result<bool> {
    for thread in threads(pid)? {
        match descriptors(&thread, files) {
            Err(_) if pid == INIT => {}
            found => match found? {
                Descriptors::Hold => return Ok(true),
                Descriptors::Others if asked == Threads::First => break,
                Descriptors::Others | Descriptors::None => {}
            },
        }
    }
    // Some systems let nobody see what the first process has open or mapped; it copies no files.
    if pid == INIT { Ok(false) } else { has_mapped(pid, files) }
}

/// The threads of a process: each may have a list of descriptors of its own, and go on when the first has ended.
pub fn threads(pid: i32) -> Result<Vec<PathBuf>> {
    match read_dir(format!("/proc/{pid}/task")) {
        Ok(threads) => threads.map(|thread| Ok(thread?.path())).collect(),
        Err(error) if is_gone(&error) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What was found of a thread or a descriptor: one that has ended meanwhile has nothing.
pub fn unless_gone(found: Result<bool>) -> Result<bool> {
    found.or_else(|error| if is_gone(&error) { Ok(false) } else { Err(error) })
}

fn is_gone(error: &std::io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::SRCH))
}

/// What the descriptors of a thread are.
enum Descriptors {
    /// One of the files' is among them.
    Hold,
    Others,
    /// There are none: it has closed them all, or has ended.
    None,
}

fn descriptors(thread: &Path, files: &[FileId]) -> Result<Descriptors> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    let mut known = Descriptors::None;
    let mut query = || {
        let folder = open(thread.join("fd"), flags, Mode::empty())?;
        for entry in Dir::read_from(&folder)? {
            let entry = entry?;
            if entry.file_name().to_bytes().starts_with(b".") {
                continue;
            }
            known = Descriptors::Others;
            if unless_gone(FileId::behind(&folder, entry.file_name()).map(|file| files.contains(&file)))? {
                return Ok(true);
            }
        }
        Ok(false)
    };
    let holds = unless_gone(query())?;
    Ok(if holds { Descriptors::Hold } else { known })
}

/// Who reads a file in memory needs no descriptor for it any more. All threads have the same memory; one that has ended shows
/// none of it.
fn has_mapped(pid: i32, files: &[FileId]) -> Result<bool> {
    for thread in threads(pid)? {
        let mut shows_any = false;
        let mut query = || {
            for line in BufReader::new(File::open(thread.join("maps"))?).split(b'\n') {
                if is_of(&String::from_utf8_lossy(&line?), files) {
                    return Ok(true);
                }
                shows_any = true;
            }
            Ok(false)
        };
        if unless_gone(query())? {
            return Ok(true);
        }
        if shows_any {
            break;
        }
    }
    Ok(false)
}

/// Whether a line of `maps` is of one of these files: addresses, rights, offset, device, number, path.
fn is_of(line: &str, files: &[FileId]) -> bool {
    let mut words = line.split_ascii_whitespace().skip(3);
    let (device, number) = (words.next().and_then(device), words.next().and_then(|number| number.parse().ok()));
    let Some(file) = files.iter().find(|file| Some(file.1) == number) else { return false };
    // Some file systems name a device here that is not the one of their files.
    device == Some(file.0)
        || line.find('/').is_some_and(|path| FileId::of(Path::new(&line[path..])).ok() == Some(*file))
}

fn device(word: &str) -> Option<u64> {
    let (major, minor) = word.split_once(':')?;
    Some(makedev(u32::from_str_radix(major, 16).ok()?, u32::from_str_radix(minor, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::{FileId, Mode, OFlags, is_of, makedev, open, unless_gone};

    #[test]
    fn a_descriptor_that_cannot_be_asked_is_not_one_that_is_closed() {
        let asked = |folder: &str, link: &str| {
            let folder = open(folder, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).unwrap();
            let link = std::ffi::CString::new(link).unwrap();
            unless_gone(FileId::behind(&folder, &link).map(|_| true))
        };
        assert!(asked("/proc/self/fd", "0").unwrap());
        assert!(!asked("/proc/self/fd", "999999").unwrap());
        assert!(asked("/", &"9".repeat(300)).is_err(), "an error passes for a closed one");
    }

    #[test]
    fn a_line_of_mappings_is_of_a_file_by_device_and_number_or_by_its_path() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("with a space.db");
        std::fs::write(&path, "x").unwrap();
        let file = FileId::of(&path).unwrap();
        let line = |device: &str, number: u64, path: &str| {
            format!("7f5a4c000000-7f5a4c021000 r--s 00000000 {device} {number}                   {path}")
        };
        assert!(is_of(&line("fe:01", 77, "/gone (deleted)"), &[FileId(makedev(0xfe, 1), 77)]));
        assert!(!is_of(&line("fe:01", 77, "/gone (deleted)"), &[FileId(makedev(0xfe, 2), 77)]));
        assert!(is_of(&line("ff:ff", file.1, path.to_str().unwrap()), &[file]), "a device of the file system's own");
        assert!(!is_of(&line("00:00", 0, ""), &[file]) && !is_of("", &[file]));
    }
}
