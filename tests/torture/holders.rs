//! Other programs at the database: nothing is written under them, and nothing stays out of the file once they are gone.

use std::fs::File;
use std::io::Read;
use std::mem::MaybeUninit;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, OpenFlags};
use rustix::fs::inotify::{self, CreateFlags, Reader, WatchFlags};
use tempfile::TempDir;

use crate::dice::Dice;
use crate::ledger::{Ledger, begin, folder};
use crate::times;
use crate::venue::{Caller, PASSWORD, Venue, program};

/// What is promised: so long after the last touch the one file is complete.
const QUIET: Duration = Duration::from_secs(1);
/// How long a busy machine may take for that.
const PATIENCE: Duration = Duration::from_secs(20);
/// What the WAL may grow to while commands come and go.
const MOST: u64 = 8_000_000;

/// A box and the book of what it has answered.
struct Watched {
    ledger: Ledger,
    venue: Venue,
    guest: Caller,
    copies: TempDir,
    /// How long after the last touch the file was complete, each time.
    waits: Vec<Duration>,
}

impl Watched {
    fn over(venue: Venue) -> Self {
        let guest = begin(&venue, 1).1.remove(0);
        let mut watched =
            Self { ledger: Ledger::default(), venue, guest, copies: tempfile::tempdir().unwrap(), waits: vec![] };
        watched.ask(1);
        watched.await_complete("at the start");
        watched.waits.clear();
        watched
    }

    fn ask(&mut self, wishes: usize) {
        for _ in 0..wishes {
            let title = self.ledger.title();
            assert!(self.ledger.ask(&mut self.guest, &title, &title.replace(' ', "-"), None));
        }
        assert_eq!(self.ledger.refusals(), []);
    }

    fn wal(&self) -> u64 {
        wal_of(&self.venue.file())
    }

    fn await_complete(&mut self, what: &str) {
        let began = Instant::now();
        while self.wal() > 0 {
            assert!(began.elapsed() < PATIENCE, "{what}: {} bytes are left in the WAL", self.wal());
            std::thread::sleep(Duration::from_millis(5));
        }
        self.waits.push(began.elapsed());
        let copy = self.copies.path().join(format!("{}.db", self.waits.len()));
        std::fs::copy(self.venue.file(), &copy).unwrap();
        assert_eq!(self.ledger.missing(&copy, |_| true), Vec::<String>::new(), "{what}");
        std::fs::remove_file(copy).unwrap();
    }

    /// The promise is a second; a machine that is busy with other things is let off now and then.
    fn tell(&mut self, what: &str) {
        self.waits.sort();
        let (half, longest) = (self.waits[self.waits.len() / 2], *self.waits.last().unwrap());
        println!(
            "| {what} | complete after, ms: half of them | longest |\n| {} | {} | {} |",
            self.waits.len(),
            half.as_millis(),
            longest.as_millis()
        );
        assert!(half < QUIET, "{half:?}");
    }

    /// Wishes are answered with quiet between them, and for so long the file is not written into. Nobody opens it to see
    /// that: who looks into the file is waited for too.
    fn is_left_alone(&mut self, held: Duration, what: &str) {
        let changed = |file: &Path| std::fs::metadata(file).unwrap().modified().unwrap();
        let (file, began) = (self.venue.file(), Instant::now());
        let before = changed(&file);
        while began.elapsed() < held {
            self.ask(1);
            std::thread::sleep(Duration::from_millis(350));
            assert!(changed(&file) == before, "{what}: written into after {:?}", began.elapsed());
        }
        assert!(self.wal() > 0, "{what}: nothing was left to write");
    }

    fn log(&self) -> String {
        self.venue.log.lock().unwrap().clone()
    }
}

fn wal_of(file: &Path) -> u64 {
    std::fs::metadata(file.with_extension("db-wal")).unwrap().len()
}

/// The box's own locks on its database, without which another program's last close takes the WAL away. Read in the kernel's
/// list: to ask by a descriptor would be to hold the file.
fn is_locked_by(file: &Path, pid: u32) -> bool {
    let (number, pid) = (MetadataExt::ino(&std::fs::metadata(file).unwrap()), pid.to_string());
    std::fs::read_to_string("/proc/locks").unwrap().lines().any(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, "POSIX", _, _, owner, place, first, ..] = words[..] else { return false };
        let inode = place.rsplit(':').next().and_then(|inode| inode.parse().ok());
        owner == pid && inode == Some(number) && first.parse::<u64>().is_ok_and(|first| first >= 0x4000_0000)
    })
}

/// Every command there is, as `--help` lists them: a new one is not forgotten.
fn commands(path: &[String]) -> Vec<String> {
    let out = program().args(path).arg("--help").output().unwrap();
    let help = String::from_utf8(out.stdout).unwrap();
    let Some((_, list)) = help.split_once("\nCommands:\n") else { return vec![path.join(" ")] };
    let names = list
        .lines()
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.flat_map(|name| commands(&[path, &[name.to_owned()]].concat())).collect()
}

/// How a command is called here, one that ends by itself; `None` for one that never has to do with this folder.
fn call(command: &str, files: &Path) -> Option<Vec<String>> {
    let file = |name: &str| files.join(name).display().to_string();
    let (copy, dj) = (file("copy.db"), file("dj.db"));
    let rest = match command {
        "demo" | "simulate-spotify" => return None,
        "serve" => vec!["--port".into(), "0".into()],
        "user add" | "user password" => vec!["passing".into(), "--password-stdin".into()],
        "user list" | "migrate status" | "migrate up" | "migrate down" | "doctor" | "check" | "rotate-key" => vec![],
        "user suspend" | "user activate" | "user delete" => vec!["passing".into()],
        "backup" | "restore" => vec![copy],
        "tenant export" => vec!["djane".into(), dj],
        "tenant import" => vec![dj, "--as".into(), "newcomer".into()],
        "import" => vec![copy, "--user".into(), "djane".into()],
        new => panic!("how is `{new}` called beside a running box? Say so here"),
    };
    Some(command.split(' ').map(str::to_owned).chain(rest).collect())
}

fn run(data: &Path, args: &[String]) -> (Option<i32>, String) {
    let mut child = program()
        .arg("--data")
        .arg(data)
        .args(args)
        .env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that takes no password may have ended before this.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), PASSWORD.as_bytes());
    let out = child.wait_with_output().unwrap();
    (out.status.code(), String::from_utf8(out.stderr).unwrap())
}

#[test]
fn after_every_command_beside_a_running_box_the_one_file_is_complete_again() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    let (file, pid) = (watched.venue.file(), watched.venue.pid());
    let (data, files) = (file.parent().unwrap().to_owned(), tempfile::tempdir().unwrap());
    let all = commands(&[]);
    assert!(
        all.contains(&"user list".into()) && all.contains(&"doctor".into()),
        "the reader of the help is blind: {all:?}"
    );
    for _ in 0..times(1, 20) {
        for args in all.iter().filter_map(|command| call(command, files.path())) {
            watched.ask(3);
            let (code, said) = run(&data, &args);
            assert!(code == Some(0) || code == Some(1) && !said.is_empty(), "{args:?}: {said}");
            watched.await_complete(&args.join(" "));
            assert!(is_locked_by(&file, pid), "{args:?}: the box has lost its locks");
        }
        let _ = std::fs::remove_file(files.path().join("copy.db"));
        let _ = std::fs::remove_file(files.path().join("dj.db"));
        run(&data, &["user".into(), "delete".into(), "newcomer".into()]);
    }
    watched.tell("commands beside a box");
    assert!(!watched.log().contains("make that again"), "somebody is blamed: {}", watched.log());
}

/// How often a file was opened while something went on.
fn opens_of(file: &Path, what: impl FnOnce()) -> usize {
    let watch = inotify::init(CreateFlags::NONBLOCK).unwrap();
    let own = inotify::add_watch(&watch, file, WatchFlags::OPEN).unwrap();
    // Keeps equal events of the file apart.
    inotify::add_watch(&watch, file.parent().unwrap(), WatchFlags::OPEN).unwrap();
    what();
    let mut buffer = [MaybeUninit::uninit(); 16_384];
    let mut events = Reader::new(&watch, &mut buffer);
    std::iter::from_fn(|| events.next().ok().map(|event| event.wd() == own)).filter(|own| *own).count()
}

#[test]
fn a_command_opens_one_connection_and_looks_once_before_and_one_that_changes_something_holds_the_file() {
    let venue = Venue::of(folder(), &[]);
    let (file, data) = (venue.file(), venue.file().parent().unwrap().to_owned());
    for args in [["user", "list"].as_slice(), &["user", "suspend", "djane"], &["user", "activate", "djane"]] {
        let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
        let opens = opens_of(&file, || assert_eq!(run(&data, &args).0, Some(0)));
        println!("| {} | {opens} opens |", args.join(" "));
        assert!(opens <= if args[1] == "list" { 2 } else { 3 }, "{args:?}: {opens}");
    }
}

/// A program that opens the file 30 times, and closes what it has opened one by one or all at once.
fn burst(file: &Path, kind: usize) {
    let open = || File::open(file).unwrap();
    match kind % 3 {
        0 => (0..30).for_each(|_| drop(open())),
        1 => drop((0..30).map(|_| open()).collect::<Vec<_>>()),
        _ => std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| drop((0..15).map(|_| open()).collect::<Vec<_>>()));
            }
        }),
    }
}

#[test]
fn after_bursts_of_descriptors_the_one_file_is_complete_again() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    let file = watched.venue.file();
    for kind in 0..times(6, 60) {
        watched.ask(3);
        burst(&file, kind);
        watched.await_complete(&format!("burst {kind}"));
    }
    watched.tell("bursts of descriptors");
    assert!(!watched.log().contains("make that again"), "somebody is blamed: {}", watched.log());
}

/// Somebody who has the file open, in each of the ways there are.
fn each_holds(watched: &mut Watched, long: Duration) {
    let file = watched.venue.file();
    let one = File::open(&file).unwrap();
    watched.is_left_alone(long, "one who reads");
    drop(one);
    watched.await_complete("after one who reads");
    let [first, second] = [File::open(&file).unwrap(), File::open(&file).unwrap()];
    drop(first);
    watched.is_left_alone(long, "two opens in a row and one close");
    drop(second);
    watched.await_complete("after two opens and two closes");
    let many: Vec<_> = (0..30).map(|_| File::open(&file).unwrap()).collect();
    let last = File::open(&file).unwrap();
    drop(many);
    watched.is_left_alone(long, "the last of many");
    drop(last);
    watched.await_complete("after the last of many");
    let wal = File::open(file.with_extension("db-wal")).unwrap();
    watched.is_left_alone(long, "one who reads the WAL");
    drop(wal);
    watched.await_complete("after one who reads the WAL");
    let conn = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    conn.execute_batch("BEGIN; SELECT count(*) FROM requests").unwrap();
    watched.is_left_alone(long, "a read transaction");
    drop(conn);
    watched.await_complete("after a read transaction");
}

/// In short a little more than the box lets changes wait while it is busy.
fn hold() -> Duration {
    Duration::from_millis(times(1200, 60_000) as u64)
}

#[test]
fn nothing_is_written_under_whoever_holds_the_file_and_everything_once_they_are_gone() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    each_holds(&mut watched, hold());
    watched.tell("held and let go");
    assert!(!watched.log().contains("make that again"), "{}", watched.log());
}

#[test]
fn a_stop_under_a_reader_names_the_program_and_one_with_nobody_there_names_none() {
    for held in [true, false] {
        let mut watched = Watched::over(Venue::of(folder(), &[]));
        let file = watched.venue.file();
        let one = File::open(&file).unwrap();
        let other = held.then(|| Command::new("sleep").arg("60").stdin(File::open(&file).unwrap()).spawn().unwrap());
        watched.ask(3);
        drop(one);
        let Watched { ledger, venue, copies, .. } = watched;
        let (log, copy) = (venue.log.clone(), copies.path().join("last.db"));
        let (code, _, dir) = venue.terminate();
        assert_eq!(code, Some(0));
        let name = other
            .as_ref()
            .map_or("make that again".into(), |other| format!("sleep (process {}) has it open", other.id()));
        std::fs::copy(dir.path().join("partyplaylist.db"), &copy).unwrap();
        assert_eq!(ledger.missing(&copy, |_| true), Vec::<String>::new());
        let _ = other.map(|mut other| other.kill().and_then(|()| other.wait()).unwrap());
        let log = log.lock().unwrap();
        assert_eq!(log.contains(&name), held, "{log}");
    }
}

/// A box of a user who may not look at this program, or who is shown no other's processes at all; `None` where this test may
/// not make one.
fn of_another_user(before: &str) -> Option<Venue> {
    let dir = folder();
    let own = |path: PathBuf| chown(path, Some(65534), Some(65534));
    let all = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).chain([dir.path().to_owned()]);
    let script = format!("{before} exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$0\" \"$@\"");
    let shell = |args: &[&str]| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &script]).arg(program().get_program()).args(args);
        command
    };
    if all.map(own).any(|owned| owned.is_err()) || !shell(&["--help"]).output().is_ok_and(|out| out.status.success()) {
        println!("no box of another user can be made here");
        return None;
    }
    let mut command = shell(&["serve", "--address", "127.0.0.1", "--port", "0", "--data"]);
    command.arg(dir.path());
    Some(Venue::start(command, dir))
}

#[test]
fn a_holder_whom_the_box_may_not_see_is_left_alone_and_not_waited_for_once_gone() {
    for before in ["", "mount -t proc -o hidepid=2 proc /proc &&"] {
        let Some(venue) = of_another_user(before) else { continue };
        let mut watched = Watched::over(venue);
        let file = watched.venue.file();
        each_holds(&mut watched, hold());
        for kind in 0..times(4, 40) {
            watched.ask(3);
            // Two programs at the very same moment are told apart from events alone only nearly always.
            burst(&file, kind % 2);
            watched.await_complete(&format!("burst {kind}"));
        }
        let list = ["user".to_owned(), "list".to_owned()];
        watched.ask(3);
        assert_eq!(run(file.parent().unwrap(), &list), (Some(0), String::new()));
        watched.await_complete("a command of another user");
        watched.tell("unseen holders gone");
        assert!(!watched.log().contains("make that again"), "{}", watched.log());
    }
}

/// Past the quiet time after which a hold that is not seen would be taken for none.
fn longer() -> Duration {
    Duration::from_millis(times(2500, 60_000) as u64)
}

/// A program that holds the file in some way that is not in its list of descriptors; it lets go when it is dropped.
struct Holder {
    program: Child,
    _folder: TempDir,
}

impl Holder {
    fn of(file: &Path, way: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (source, path) = (folder.path().join("holder.c"), folder.path().join("holder"));
        std::fs::write(&source, include_str!("holder.c")).unwrap();
        let built = Command::new("cc").args(["-O1", "-pthread", "-o"]).args([&path, &source]).status().unwrap();
        assert!(built.success(), "the holder does not build");
        let mut command = Command::new(path);
        command.arg(way).arg(file).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = command.spawn().unwrap();
        let mut word = [0; 6];
        program.stdout.as_mut().unwrap().read_exact(&mut word).unwrap();
        assert_eq!(&word, b"ready\n", "{way}");
        Self { program, _folder: folder }
    }

    /// Lets go, and answers what was mapped.
    fn end(mut self) -> Vec<u8> {
        drop(self.program.stdin.take());
        let mut seen = Vec::new();
        self.program.stdout.take().unwrap().read_to_end(&mut seen).unwrap();
        self.program.wait().unwrap();
        seen
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[test]
fn a_copy_read_from_memory_after_its_descriptor_is_closed_is_sound() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    let (file, copy) = (watched.venue.file(), watched.copies.path().join("mapped.db"));
    let before = std::fs::read(&file).unwrap();
    let holder = Holder::of(&file, "map");
    watched.is_left_alone(longer(), "one who has it mapped");
    let seen = holder.end();
    assert!(seen == before, "what was mapped has changed");
    std::fs::write(&copy, seen).unwrap();
    let verdict =
        Connection::open(&copy).unwrap().query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
    assert_eq!(verdict.unwrap(), "ok");
    watched.await_complete("after one who had it mapped");
    assert!(!watched.log().contains("make that again"), "{}", watched.log());
}

#[test]
fn a_descriptor_on_its_way_to_another_program_is_left_alone() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    let holder = Holder::of(&watched.venue.file(), "send");
    // Longer than it takes until a count of opens is taken for wrong.
    watched.is_left_alone(longer().max(Duration::from_secs(5)), "one on its way");
    holder.end();
    watched.await_complete("after one on its way");
    assert!(!watched.log().contains("make that again"), "{}", watched.log());
}

#[test]
fn a_thread_with_descriptors_of_its_own_is_left_alone() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    let holder = Holder::of(&watched.venue.file(), "thread");
    watched.is_left_alone(longer(), "a thread apart");
    holder.end();
    watched.await_complete("after a thread apart");
    assert!(!watched.log().contains("make that again"), "{}", watched.log());
}

#[test]
fn a_large_program_that_has_nothing_to_do_with_the_box_does_not_hold_up_its_end() {
    let venue = Venue::of(folder(), &[]);
    let program = Holder::of(&venue.file(), "large");
    let (code, took, _dir) = venue.terminate();
    println!("ended after {} ms beside 500 threads with 4,000 descriptors", took.as_millis());
    assert!(code == Some(0) && took < Duration::from_secs(2), "{took:?}");
    program.end();
}

#[test]
fn a_loop_device_on_the_file_is_left_alone() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    let made = Command::new("losetup").args(["--find", "--show", "--read-only"]).arg(watched.venue.file()).output();
    let Some(made) = made.ok().filter(|made| made.status.success()) else {
        println!("skipped: this machine lets nobody make a loop device");
        return;
    };
    let device = String::from_utf8(made.stdout).unwrap();
    let left =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| watched.is_left_alone(longer(), "a loop device")));
    assert!(Command::new("losetup").args(["--detach", device.trim()]).status().unwrap().success());
    left.unwrap();
    watched.await_complete("after a loop device");
    assert!(!watched.log().contains("make that again"), "{}", watched.log());
}

/// What of the file is open is asked while others come and go in the same moments, when events are merged.
#[test]
fn where_many_programs_come_and_go_at_once_nobody_is_waited_for_who_has_gone() {
    let mut watched = Watched::over(Venue::of(folder(), &[]));
    let (file, second) = (watched.venue.file(), watched.copies.path().join("second.db"));
    std::fs::hard_link(&file, &second).unwrap();
    let fork = "for i in 1 2 3 4 5 6 7 8; do (exec 3<\"$0\"; exec 4<&3; (:); exec 3<&-) & done; wait";
    for round in 0..times(4, 40) {
        watched.ask(3);
        std::thread::scope(|scope| {
            for name in [&file, &second, &file] {
                scope.spawn(move || (0..5).for_each(|kind| burst(name, kind)));
            }
            let done = Command::new("sh").args(["-c", fork]).arg(&file).status().unwrap();
            assert!(done.success());
        });
        watched.await_complete(&format!("round {round}"));
    }
    std::fs::remove_file(second).unwrap();
    println!("| programs at once: longest wait, ms | {} |", watched.waits.iter().max().unwrap().as_millis());
    assert!(!watched.log().contains("make that again"), "somebody is blamed: {}", watched.log());
}

/// Lets a WAL grow past what is waited for, which takes less time than ten minutes.
fn pile_up(file: &Path) {
    let conn = Connection::open(file).unwrap();
    conn.execute_batch(
        "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = OFF; PRAGMA cache_size = 100; CREATE TABLE pile (v);
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 270) INSERT INTO pile SELECT randomblob(1000000) FROM n",
    )
    .unwrap();
}

#[test]
fn whoever_is_no_longer_waited_for_is_named_if_seen_and_delays_nothing_from_then_on() {
    let named = format!("(process {}) has it open", std::process::id());
    // In short the unit tests of the store say the same with less.
    for sees in [false, true].into_iter().take(times(0, 2)) {
        let venue = if sees { Some(Venue::of(folder(), &[])) } else { of_another_user("") };
        let Some(venue) = venue else { continue };
        let mut watched = Watched::over(venue);
        let file = watched.venue.file();
        let stays = File::open(&file).unwrap();
        pile_up(&file);
        watched.ask(1);
        watched.await_complete("past the bound");
        // Whoever has piled it up may be met at its lock.
        let said = watched.log();
        assert!(said.contains(&named) || !sees && said.contains("a program this box cannot see"), "{said}");
        watched.ask(3);
        watched.await_complete("beside one who has been waited for");
        let mut comes = Command::new("sleep").arg("600").stdin(File::open(&file).unwrap()).spawn().unwrap();
        watched.is_left_alone(Duration::from_secs(3), "one who comes later");
        comes.kill().and_then(|()| comes.wait()).unwrap();
        drop(stays);
        watched.await_complete("after both");
        assert_eq!(watched.log().matches("make that again").count(), 1, "{}", watched.log());
    }
}

#[test]
fn where_the_system_tells_no_events_a_holder_is_still_left_alone() {
    let dir = folder();
    let mut command = Command::new("unshare");
    let script = "echo 0 > /proc/sys/user/max_inotify_instances && exec \"$0\" \"$@\"";
    command.args(["--user", "--map-root-user", "sh", "-c", script]).arg(program().get_program());
    command.args(["serve", "--address", "127.0.0.1", "--port", "0", "--data"]).arg(dir.path());
    if !Command::new("unshare").args(["--user", "--map-root-user", "true"]).status().is_ok_and(|done| done.success()) {
        println!("no box without events can be made here");
        return;
    }
    let mut watched = Watched::over(Venue::start(command, dir));
    let file = watched.venue.file();
    assert!(watched.log().contains("does not say when other programs open the database"), "{}", watched.log());
    let conn = Connection::open_with_flags(&file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    conn.execute_batch("BEGIN; SELECT count(*) FROM requests").unwrap();
    watched.is_left_alone(hold(), "a read transaction");
    drop(conn);
    watched.await_complete("after a read transaction");
    watched.tell("held where there are no events");
}

#[test]
fn the_wal_stays_small_while_commands_and_bursts_come_and_go() {
    let (ledger, venue) = (Ledger::default(), Venue::of(folder(), &[]));
    let (_, guests) = begin(&venue, 8);
    let (file, long) = (venue.file(), Duration::from_secs(times(20, 1200) as u64));
    let (largest, ended, mut dice) = (AtomicU64::new(0), AtomicBool::new(false), Dice::new(4711));
    let mut rounds = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                largest.fetch_max(wal_of(&file), Ordering::Relaxed);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let began = Instant::now();
        ledger.while_asking(&guests, Duration::from_millis(times(60, 200) as u64), None, || {
            while began.elapsed() < long {
                let args = [["user", "list"], ["user", "list"], ["check", ""]][rounds % 3];
                let args: Vec<_> = args.iter().filter(|arg| !arg.is_empty()).map(|arg| (*arg).to_owned()).collect();
                assert_eq!(run(file.parent().unwrap(), &args).0, Some(0));
                burst(&file, rounds);
                rounds += 1;
                std::thread::sleep(Duration::from_millis(500 + dice.below(1000) as u64));
            }
        });
        ended.store(true, Ordering::Relaxed);
    });
    let largest = largest.into_inner();
    println!(
        "| seconds | wishes | commands and bursts | largest WAL, kB |\n| {} | {} | {rounds} | {} |",
        long.as_secs(),
        ledger.acked(),
        largest / 1000
    );
    assert!(largest <= MOST, "{largest}");
}
