//! Who has the database open, asked of the kernel's own lists.

use std::fs::{File, read_dir, read_link, read_to_string};
use std::io::Result;
use std::path::Path;

use rustix::process::{Flock, FlockType, Pid, fcntl_getlk};

use super::open_files::{FileId, Threads, has_open};
use super::unlisted::{loops, may_hold};

/// The first of all namespaces of processes: who is in it sees every process of the machine.
const FIRST_NAMESPACE: &str = "pid:[4026531836]";
/// Where `SQLite` puts its locks.
const LOCKS: (u64, u64) = (0x4000_0000, 512);

/// A program that has the database open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// `None` where it is outside of what this process may see, or no process.
    pub pid: Option<i32>,
    name: String,
}

/// Who was found.
pub struct Search {
    pub holders: Vec<Holder>,
    /// Whether everybody could be looked at who may have them open.
    pub whole: bool,
}

/// Why there may be somebody whom the lists of processes do not show at once.
pub struct Doubt {
    /// By the events somebody has the files open.
    pub counted: bool,
    /// There are no events here.
    pub blind: bool,
    /// Who is known to have them open for long, and is not who is looked for.
    pub outstayed: Vec<Holder>,
}

impl Holder {
    fn of(pid: i32) -> Self {
        let name = read_to_string(format!("/proc/{pid}/comm")).unwrap_or_else(|_| "A program".into());
        Self { pid: Some(pid), name: name.trim().to_owned() }
    }

    /// A loop device, which no process need have open.
    fn disk(name: String) -> Self {
        Self { pid: None, name: format!("the loop device {name}") }
    }

    pub fn is_running(&self) -> bool {
        self.pid.is_none_or(|pid| Path::new(&format!("/proc/{pid}")).exists())
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.pid {
            Some(pid) => write!(f, "{} (process {pid})", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Looks through all other processes, and the kernel's own holds; where nobody is found there and somebody may be, also at
/// threads with descriptors of their own, and at what no list shows.
pub fn search(files: &[FileId], doubt: &Doubt) -> Search {
    let mut found = Search { holders: Vec::new(), whole: sees_all() };
    let own = i32::try_from(std::process::id()).unwrap_or(0);
    // Whoever cannot be listed may be there: with no descriptor left nobody would be.
    let all = processes(Path::new("/proc")).inspect_err(|_| found.whole = false).unwrap_or_default();
    let ask = |found: &mut Search, asked| {
        for pid in all.iter().copied().filter(|pid| *pid != own) {
            match has_open(pid, files, asked) {
                Ok(true) => found.holders.push(Holder::of(pid)),
                Ok(false) => {}
                Err(_) => found.whole = false,
            }
        }
    };
    ask(&mut found, Threads::First);
    found.holders.extend(loops(files).into_iter().map(Holder::disk));
    let nobody = |found: &Search| found.whole && found.holders.iter().all(|holder| doubt.outstayed.contains(holder));
    if (doubt.counted || doubt.blind) && nobody(&found) {
        found.holders.retain(|holder| holder.pid.is_none());
        ask(&mut found, Threads::Every);
    }
    if doubt.counted && nobody(&found) {
        found.whole = !may_hold(&all);
    }
    found
}

/// Whether the list of processes is all there are: not inside a container, nor with others' processes hidden.
fn sees_all() -> bool {
    read_link("/proc/self/ns/pid").is_ok_and(|namespace| namespace == Path::new(FIRST_NAMESPACE))
        && Path::new("/proc/1").exists()
}

fn processes(list: &Path) -> Result<Vec<i32>> {
    let names = read_dir(list)?.map(|entry| Ok(entry?.file_name())).collect::<Result<Vec<_>>>()?;
    Ok(names.iter().filter_map(|name| name.to_str()?.parse().ok()).collect())
}

/// Another process that has the database open by way of `SQLite`, whoever runs it: in WAL mode each holds a lock all the
/// time. `file` is a descriptor of our own that stays open: closing one would let go of this process's own locks. Where the
/// system does not say who, somebody may be there.
pub fn by_lock(file: &File) -> Option<Holder> {
    let mut lock = Flock::from(FlockType::WriteLock);
    (lock.start, lock.length) = LOCKS;
    let unseen = |name: String| Holder { pid: None, name };
    match fcntl_getlk(file, &lock) {
        Ok(other) => other.map(|other| {
            let outside = || unseen("A program outside the box's container".into());
            other.pid.map_or_else(outside, |pid: Pid| Holder::of(pid.as_raw_nonzero().get()))
        }),
        Err(error) => Some(unseen(format!("A program that the system does not name ({error})"))),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Command, Stdio};

    use super::{Doubt, File, FileId, Holder, by_lock};
    use crate::store::db::pool::connect;

    fn search(files: &[FileId]) -> Vec<Holder> {
        super::search(files, &Doubt { counted: true, blind: false, outstayed: vec![] }).holders
    }

    #[test]
    fn a_program_that_holds_the_file_is_named_and_one_that_has_ended_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let (path, other) = (dir.path().join("p.db"), dir.path().join("other"));
        let own = File::create(&path).unwrap();
        std::fs::hard_link(&path, dir.path().join("second name")).unwrap();
        let files = [FileId::of(&path).unwrap()];
        assert_eq!(search(&files), [], "our own, or nobody's");
        let input = File::open(dir.path().join("second name")).unwrap();
        let mut child = Command::new("sleep").arg("60").stdin(Stdio::from(input)).spawn().unwrap();
        // Gone by name, and another in its place: those who have it open still do.
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&other, "x").unwrap();
        let found = search(&files);
        assert!(found.len() == 1 && found[0].pid == i32::try_from(child.id()).ok(), "{found:?}");
        assert_eq!(found[0].to_string(), format!("sleep (process {})", child.id()));
        assert_eq!(search(&[FileId::of(&other).unwrap()]), []);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(search(&files), []);
        drop(own);
    }

    #[test]
    fn a_list_of_processes_that_cannot_be_read_is_not_an_empty_one() {
        assert!(super::processes(std::path::Path::new("/proc/self/status")).is_err());
        assert!(super::processes(std::path::Path::new("/proc")).unwrap().len() > 1);
    }

    #[test]
    fn a_lock_of_our_own_is_nobody_elses() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        let conn = connect(&path).unwrap();
        let file = File::open(&path).unwrap();
        assert_eq!(by_lock(&file), None);
        // A descriptor by which nothing can be asked.
        let blind = rustix::fs::open(&path, rustix::fs::OFlags::PATH, rustix::fs::Mode::empty()).unwrap();
        let unknown = by_lock(&blind.into()).expect("an error passes for nobody");
        assert!(unknown.pid.is_none() && unknown.to_string().contains("does not name"), "{unknown}");
        drop((conn, file));
    }
}
