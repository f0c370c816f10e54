//! One database by several names: a link or a mount in another data folder leads to the file that a box runs on already.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::TempDir;

use crate::ledger::{Ledger, begin, faults, folder};
use crate::venue::{Caller, PASSWORD, Venue, command, program};

const SERVE: [&str; 5] = ["serve", "--address", "127.0.0.1", "--port", "0"];
const ELSEWHERE: &str = "open by another name";
const PATIENCE: Duration = Duration::from_secs(20);

/// How another data folder comes to the same file.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Symlink,
    HardLink,
    Mount,
}

/// A data folder whose database is another's.
struct Second {
    dir: TempDir,
    way: Way,
    first: PathBuf,
}

impl Second {
    fn of(first: &Path, way: Way) -> Self {
        // The same disk, so that it can be linked.
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("partyplaylist.db");
        match way {
            Way::Symlink => symlink(first, file).unwrap(),
            Way::HardLink => std::fs::hard_link(first, file).unwrap(),
            Way::Mount => drop(std::fs::File::create(file).unwrap()),
        }
        Self { dir, way, first: first.to_owned() }
    }

    /// The binary on this folder.
    fn program(&self) -> Command {
        let mut command = if self.way == Way::Mount {
            let mut command = Command::new("unshare");
            command.args(["--mount", "sh", "-c", "mount --bind \"$0\" \"$1\" && shift && exec \"$@\""]);
            command.arg(&self.first).arg(self.dir.path().join("partyplaylist.db")).arg(program().get_program());
            command
        } else {
            program()
        };
        command.arg("--data").arg(self.dir.path());
        command
    }

    fn run(&self, args: &[&str]) -> (Option<i32>, String) {
        ended(&self.program(), args)
    }

    /// What lies in it, the first box's own file left out.
    fn everything(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let paths = std::fs::read_dir(self.dir.path()).unwrap().map(|entry| entry.unwrap().path());
        paths
            .map(|path| {
                let ours = !path.ends_with("partyplaylist.db") && path.is_file();
                let bytes = if ours { std::fs::read(&path).unwrap() } else { vec![] };
                (path, bytes)
            })
            .collect()
    }

    fn is_refused(&self, args: &[&str], word: &str) {
        let before = self.everything();
        let (code, said) = self.run(args);
        assert_eq!((code, said.lines().count()), (Some(1), 1), "{:?} {args:?}: {said}", self.way);
        assert!(said.contains(word), "{:?} {args:?}: {said}", self.way);
        assert_eq!(self.everything(), before, "{:?} {args:?}: something was made", self.way);
    }

    /// A box on it.
    fn start(&self) -> Venue {
        let mut command = self.program();
        command.args(SERVE);
        Venue::start(command, tempfile::tempdir().unwrap())
    }
}

/// Runs to the end; a box that starts after all is stopped.
fn ended(program: &Command, args: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new("timeout");
    command.arg("20").arg(program.get_program()).args(program.get_args()).args(args);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    // Who refuses early does not read.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes());
    let out = child.wait_with_output().unwrap();
    (out.status.code(), String::from_utf8(out.stderr).unwrap())
}

/// The ways there are on this machine.
fn ways() -> Vec<Way> {
    let mounts = Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|done| done.success());
    if !mounts {
        println!("skipped: this machine lets nobody mount a file");
    }
    let all = [Way::Symlink, Way::HardLink, Way::Mount];
    all.into_iter().filter(|way| mounts || *way != Way::Mount).collect()
}

/// A running box with a guest, the book of what was answered, and files for the commands.
struct First {
    venue: Venue,
    host: Caller,
    guest: Caller,
    ledger: Ledger,
    files: TempDir,
}

impl First {
    fn new() -> Self {
        let (dir, files) = (folder(), tempfile::tempdir().unwrap());
        let file = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
        for args in [&["backup", &file("copy.db")][..], &["tenant", "export", "djane", &file("dj.db")]] {
            assert_eq!(command(dir.path(), args, "").0, 0, "{args:?}");
        }
        let old = tempfile::tempdir().unwrap();
        assert_eq!(command(old.path(), &["migrate", "up", "--to", "1"], "").0, 0);
        std::fs::rename(old.path().join("partyplaylist.db"), file("single.db")).unwrap();
        let venue = Venue::of(dir, &[]);
        let (host, mut guests) = begin(&venue, 1);
        Self { venue, host, guest: guests.remove(0), ledger: Ledger::default(), files }
    }

    fn ask(&mut self, wishes: usize) {
        for _ in 0..wishes {
            let title = self.ledger.title();
            assert!(self.ledger.ask(&mut self.guest, &title, &title.replace(' ', "-"), None));
        }
        assert_eq!(self.ledger.refusals(), []);
    }

    fn file(&self, name: &str) -> String {
        self.files.path().join(name).to_str().unwrap().to_owned()
    }

    /// The one file, once nobody has written for a while.
    fn await_complete(&self) {
        let (wal, began) = (self.venue.file().with_extension("db-wal"), Instant::now());
        while std::fs::metadata(&wal).unwrap().len() > 0 {
            assert!(began.elapsed() < PATIENCE, "the WAL is not checkpointed any more");
            std::thread::sleep(Duration::from_millis(5));
        }
        let copy = self.files.path().join("plain.db");
        std::fs::copy(self.venue.file(), &copy).unwrap();
        assert_eq!(self.ledger.missing(&copy, |_| true), Vec::<String>::new());
    }

    /// Everybody is signed in still, and nothing is missing.
    fn goes_on(&mut self) {
        assert_eq!(self.host.get("/api/djane/event").status, 200, "the DJ was signed out");
        self.ask(3);
        self.await_complete();
    }
}

/// Every command that changes something, or works on the database alone.
fn changes(first: &First) -> Vec<Vec<String>> {
    let (copy, dj, single) = (first.file("copy.db"), first.file("dj.db"), first.file("single.db"));
    let all: [&[&str]; 13] = [
        &SERVE,
        &["restore", &copy],
        &["rotate-key"],
        &["migrate", "up"],
        &["migrate", "down"],
        &["tenant", "import", &dj, "--as", "twin"],
        &["import", &single, "--user", "djane"],
        &["user", "add", "newcomer", "--password-stdin"],
        &["user", "password", "djane", "--password-stdin"],
        &["user", "suspend", "djane"],
        &["user", "activate", "djane"],
        &["user", "delete", "djane"],
        // A last one, to see that none of the others has let go of anything.
        &SERVE,
    ];
    all.iter().map(|args| args.iter().map(|arg| (*arg).to_owned()).collect()).collect()
}

#[test]
fn a_second_box_or_command_by_a_link_is_refused_and_makes_nothing_and_the_first_keeps_every_wish() {
    for way in ways() {
        let mut first = First::new();
        first.ask(3);
        let second = Second::of(&first.venue.file(), way);
        for with_key in [false, true] {
            if with_key {
                let key = "partyplaylist.key";
                std::fs::copy(first.venue.file().with_file_name(key), second.dir.path().join(key)).unwrap();
            }
            for args in changes(&first) {
                let args: Vec<&str> = args.iter().map(String::as_str).collect();
                let keyless = !with_key && args == ["rotate-key"];
                second.is_refused(&args, if keyless { "key is missing" } else { ELSEWHERE });
            }
            first.goes_on();
        }
        let (code, _, dir) = first.venue.terminate();
        assert_eq!(code, Some(0));
        let file = dir.path().join("partyplaylist.db");
        assert_eq!((faults(&file), first.ledger.missing(&file, |_| true)), (vec![], vec![]), "{way:?}");
    }
}

#[test]
fn who_only_reads_by_a_link_sees_everything_or_is_refused() {
    for way in ways() {
        let mut first = First::new();
        let second = Second::of(&first.venue.file(), way);
        // Nobody's changes go into the file as long as it is held.
        let held = std::fs::File::open(first.venue.file()).unwrap();
        first.ask(3);
        let (copy, dj) = (first.file("read.db"), first.file("read-dj.db"));
        let reads: [&[&str]; 4] =
            [&["backup", &copy], &["check"], &["user", "list"], &["tenant", "export", "djane", &dj]];
        let doctor =
            second.program().arg("doctor").env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1").output();
        let said = String::from_utf8(doctor.unwrap().stdout).unwrap();
        let found = said.lines().find(|line| line.contains(" database ")).unwrap();
        assert!(found.starts_with("WRONG") && found.contains(ELSEWHERE), "{way:?}: {said}");
        for args in reads {
            if way == Way::Symlink {
                assert_eq!(second.run(args), (Some(0), String::new()), "{args:?}");
            } else {
                second.is_refused(args, ELSEWHERE);
            }
        }
        if way == Way::Symlink {
            assert_eq!(first.ledger.missing(Path::new(&copy), |_| true), Vec::<String>::new());
        }
        assert!(!Path::new(&copy).exists() || way == Way::Symlink, "a copy without the wishes was made");
        drop(held);
        first.goes_on();
    }
}

#[test]
fn the_second_box_starts_once_the_first_has_stopped_or_was_killed_and_the_first_is_refused_then() {
    for way in ways() {
        for killed in [false, true] {
            let mut first = First::new();
            first.ask(3);
            // By another name nobody finds the WAL of a box that was killed.
            first.await_complete();
            let second = Second::of(&first.venue.file(), way);
            let dir = if killed { first.venue.kill() } else { first.venue.terminate().2 };
            let venue = second.start();
            let (code, said) = ended(program().arg("--data").arg(dir.path()), &SERVE);
            assert!(code == Some(1) && said.contains(ELSEWHERE), "{way:?}: {said}");
            let warned = |word: &str| venue.log.lock().unwrap().contains(word);
            let (names, mount) = (warned("has 2 names"), warned("is a mount of that one file"));
            let due = (way == Way::HardLink, way == Way::Mount);
            assert_eq!((names, mount), due, "{way:?}: the WAL of a crash is found by one name only");
            assert_eq!(venue.host("djane").get("/api/djane/event").status, 200);
            assert_eq!(venue.terminate().0, Some(0));
            let file = dir.path().join("partyplaylist.db");
            assert_eq!(first.ledger.missing(&file, |_| true), Vec::<String>::new(), "{way:?} {killed}");
            assert_eq!(Venue::of(dir, &[]).terminate().0, Some(0), "{way:?}: the first one's turn again");
        }
    }
}

#[test]
fn after_an_upgrade_the_new_file_is_held_too() {
    let dir = folder();
    assert_eq!(command(dir.path(), &["migrate", "down"], "").0, 0);
    let file = dir.path().join("partyplaylist.db");
    let (second, old) = (Second::of(&file, Way::Symlink), std::fs::metadata(&file).unwrap());
    let venue = Venue::of(dir, &[]);
    let new = std::fs::metadata(venue.file()).unwrap();
    assert!(std::os::unix::fs::MetadataExt::ino(&old) != std::os::unix::fs::MetadataExt::ino(&new), "no new file");
    second.is_refused(&SERVE, ELSEWHERE);
    second.is_refused(&["user", "suspend", "djane"], ELSEWHERE);
    assert_eq!(venue.terminate().0, Some(0));
}

#[test]
fn a_box_that_starts_while_commands_work_in_its_folder_refuses_none_and_is_not_refused() {
    let dir = folder();
    let data = dir.path().to_owned();
    let names: Vec<String> = (0..6).map(|n| format!("newcomer-{n}")).collect();
    let venue = std::thread::scope(|scope| {
        let adding = names.iter().map(|name| {
            let add = || command(&data, &["user", "add", name, "--password-stdin"], PASSWORD);
            scope.spawn(add)
        });
        let adding: Vec<_> = adding.collect();
        let venue = Venue::of(dir, &[]);
        for added in adding {
            let (code, _, said) = added.join().unwrap();
            assert_eq!(code, 0, "{said}");
        }
        venue
    });
    let rows: i64 = venue.rows().query_row("SELECT count(*) FROM users", [], |row| row.get(0)).unwrap();
    assert_eq!(rows, 7);
}

#[test]
fn sqlite_of_another_program_is_not_held_up() {
    let mut first = First::new();
    let other = Connection::open(first.venue.file()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE wal_mark SET one = one; COMMIT").unwrap();
    drop(other);
    first.goes_on();
}
