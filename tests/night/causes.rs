//! What stands in the way is told by its true name, with what to do about it.

mod every_command;

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::commands::{everything, home, mode, refused, run, set_mode, told};
use crate::venue::{PASSWORD, Venue, command};

/// A user without any rights, whoever runs the tests: `root` gives them up first.
const NOBODY: u32 = 65534;

/// The program and a data folder with one DJ, both within reach of that user.
struct Nobody {
    around: TempDir,
    program: PathBuf,
}

impl Nobody {
    fn new() -> Self {
        let around = tempfile::tempdir().unwrap();
        set_mode(around.path(), 0o755);
        let program = around.path().join("partyplaylist");
        let built = env!("CARGO_BIN_EXE_partyplaylist");
        std::fs::hard_link(built, &program).or_else(|_| std::fs::copy(built, &program).map(drop)).unwrap();
        let this = Self { around, program };
        std::fs::create_dir(this.data()).unwrap();
        give(&this.data());
        let (code, _, said) = this.command(&["user", "add", "wanda", "--password-stdin"]);
        assert_eq!(code, 0, "{said}");
        this
    }

    fn data(&self) -> PathBuf {
        self.around.path().join("data")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    fn program(&self) -> Command {
        if !is_root() {
            return Command::new(&self.program);
        }
        let mut child = Command::new("setpriv");
        child.args(["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]).arg(&self.program);
        child
    }

    fn command(&self, args: &[&str]) -> (i32, String, String) {
        let mut child = self.program();
        child.arg("--data").arg(self.data()).args(args).current_dir("/");
        let (code, out, said) = run(child, if args.contains(&"--password-stdin") { PASSWORD.as_bytes() } else { b"" });
        (code, String::from_utf8(out).unwrap(), said)
    }

    fn refused(&self, args: &[&str], words: &[&str]) {
        let before = everything(self.around.path());
        told(&self.command(args), args, words);
        let after = everything(self.around.path());
        let changed: Vec<_> =
            after.iter().filter(|(path, held)| before.get(*path) != Some(held)).map(|(path, _)| path).collect();
        assert!(changed.is_empty() && after.len() == before.len(), "{args:?} changed {changed:?}");
    }
}

/// Makes a file that user's own.
fn give(path: &Path) {
    if is_root() {
        chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

const SERVE: [&str; 5] = ["serve", "--address", "127.0.0.1", "--port", "0"];

#[test]
fn a_port_that_cannot_be_had_is_told_by_its_cause() {
    let (dir, taken) = (home(), TcpListener::bind("127.0.0.1:0").unwrap());
    let port = taken.local_addr().unwrap().port().to_string();
    for args in [
        &["serve", "--address", "127.0.0.1", "--port", &port][..],
        &["demo", "--port", &port],
        &["simulate-spotify", "--port", &port],
    ] {
        refused(dir.path(), args, &["another program listens", &port, "Choose another port with --port"]);
    }
    // 192.0.2.0/24 is for examples: no machine has an address of it.
    for command in ["serve", "demo"] {
        let args = [command, "--address", "192.0.2.77", "--port", "0"];
        refused(dir.path(), &args, &["no network of this machine", "192.0.2.77", "ip address"]);
    }
    let nobody = Nobody::new();
    let tried = nobody.command(&["serve", "--address", "127.0.0.1", "--port", "80"]);
    told(&tried, &["serve on port 80"], &["no right to port 80", "above 1023", "setcap"]);
    assert!(!tried.2.contains("running already"), "{}", tried.2);
    let doctor = |settings: &[(&str, &str)]| {
        let mut child = nobody.program();
        child.arg("--data").arg(nobody.data()).arg("doctor").current_dir("/");
        child.env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1").envs(settings.iter().copied());
        let (code, said, _) = run(child, b"");
        (code, String::from_utf8(said).unwrap())
    };
    for (address, port, word) in [
        ("127.0.0.1", "80", "no right to port 80"),
        ("192.0.2.77", "0", "no network of this machine"),
        ("127.0.0.1", &port, "another program listens"),
    ] {
        let (code, said) = doctor(&[("PARTYPLAYLIST_SERVER__ADDRESS", address), ("PARTYPLAYLIST_SERVER__PORT", port)]);
        assert!(code == 1 && said.contains("WRONG  port") && said.contains(word), "{said}");
    }
}

#[test]
fn a_folder_given_as_a_file_and_a_file_given_as_a_folder_are_called_so() {
    let dir = home();
    let (folder, file) = (dir.path().join("folder"), dir.path().join("file"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(&file, "text").unwrap();
    let (folder, file) = (folder.to_str().unwrap(), file.to_str().unwrap());
    for args in [
        &["check", folder][..],
        &["restore", folder],
        &["import", folder, "--user", "wanda"],
        &["tenant", "import", folder],
        &["tenant", "export", "wanda", folder],
    ] {
        refused(dir.path(), args, &["is a folder", "file in it"]);
    }
    for args in [&["check", "/dev/null"][..], &["restore", "/dev/null"], &["tenant", "import", "/dev/null"]] {
        refused(dir.path(), args, &["is not a plain file"]);
    }
    let inside = format!("{file}/deeper");
    for args in [&["user", "activate", "wanda"][..], &SERVE, &["check"], &["backup"], &["doctor"], &["rotate-key"]] {
        refused(Path::new(file), args, &["is a file, not a folder"]);
        refused(Path::new(&inside), args, &["a part of its path is a file"]);
    }
    refused(dir.path(), &["backup", &inside], &["is a file, not a folder"]);
    std::fs::rename(dir.path().join("partyplaylist.db"), dir.path().join("away")).unwrap();
    std::fs::create_dir(dir.path().join("partyplaylist.db")).unwrap();
    for args in [&["user", "activate", "wanda"][..], &SERVE, &["check"], &["backup"]] {
        refused(dir.path(), args, &["partyplaylist.db is not a plain file"]);
    }
}

#[test]
fn a_folder_nobody_may_write_to_and_a_file_nobody_may_read_are_called_so() {
    let nobody = Nobody::new();
    let (database, key) = (nobody.file("partyplaylist.db"), nobody.file("partyplaylist.key"));
    let outside = nobody.around.path().join("out.db");
    set_mode(nobody.around.path(), 0o555);
    nobody.refused(&["backup", outside.to_str().unwrap()], &["cannot be written by this user", "mode 0555"]);
    nobody.refused(&["tenant", "export", "wanda", outside.to_str().unwrap()], &["cannot be written by this user"]);
    let (mut child, new) = (nobody.program(), nobody.around.path().join("new"));
    child.arg("--data").arg(&new).args(SERVE).current_dir("/");
    let (code, _, said) = run(child, b"");
    assert!(code == 1 && said.contains("The data folder") && said.contains("cannot be made by this user"), "{said}");
    set_mode(nobody.around.path(), 0o755);

    let change: [&[&str]; 5] =
        [&SERVE, &["user", "activate", "wanda"], &["user", "suspend", "wanda"], &["rotate-key"], &["migrate", "down"]];
    set_mode(&nobody.data(), 0o555);
    for args in change {
        nobody.refused(args, &["The data folder", "cannot be written by this user", "mode 0555", "chmod"]);
    }
    nobody.refused(&["backup"], &["cannot be made by this user"]);
    // To look needs no more than rights to read.
    for args in [&["check"][..], &["migrate", "status"]] {
        assert_eq!(nobody.command(args).0, 0, "{args:?}");
    }
    set_mode(&nobody.data(), 0o700);

    set_mode(&database, 0o400);
    for args in change {
        nobody.refused(args, &["The database", "partyplaylist.db cannot be written by this user", "mode 0400"]);
    }
    set_mode(&database, 0o000);
    for args in [&["check"][..], &["backup"], &["migrate", "status"], &["tenant", "export", "wanda", "/tmp/x.db"]] {
        nobody.refused(args, &["partyplaylist.db cannot be read by this user", "mode 0000"]);
    }
    set_mode(&database, 0o600);

    set_mode(&key, 0o000);
    for args in [&SERVE[..], &["user", "activate", "wanda"], &["rotate-key"]] {
        nobody.refused(args, &["The key", "partyplaylist.key cannot be read by this user", "mode 0000"]);
    }
    set_mode(&key, 0o600);
    if is_root() {
        chown(&key, Some(0), Some(0)).unwrap();
        let words = ["belongs to number 0", "Run as that user", "chown"];
        nobody.refused(&["user", "activate", "wanda"], &words);
        give(&key);
        chown(nobody.data(), Some(0), Some(0)).unwrap();
        nobody.refused(&["user", "activate", "wanda"], &["belongs to number 0", "cannot be opened by this user"]);
        give(&nobody.data());
    }
    assert_eq!(nobody.command(&["user", "activate", "wanda"]).0, 0);
}

#[test]
fn what_is_no_key_is_called_so_and_left_alone() {
    let dir = home();
    let key = dir.path().join("partyplaylist.key");
    let good = std::fs::read_to_string(&key).unwrap();
    let long = good.repeat(3);
    for text in ["", "\n", "short", &good[..good.len() / 2], &long, "ö".repeat(30).as_str()] {
        std::fs::write(&key, text).unwrap();
        for args in [&SERVE[..], &["user", "activate", "wanda"], &["rotate-key"]] {
            refused(dir.path(), args, &["is not a key", "Put the right file back"]);
            assert_eq!(std::fs::read_to_string(&key).unwrap(), text);
        }
    }
    std::fs::File::create(&key).unwrap().set_len(3 << 30).unwrap();
    refused(dir.path(), &["user", "activate", "wanda"], &["is not a key"]);
    std::fs::remove_file(&key).unwrap();
    refused(dir.path(), &["rotate-key"], &["is missing beside the database"]);
    assert!(!key.exists());
    std::fs::create_dir(&key).unwrap();
    refused(dir.path(), &["user", "activate", "wanda"], &["The key", "is a folder"]);
    std::fs::remove_dir(&key).unwrap();
    symlink(dir.path().join("stick"), &key).unwrap();
    for args in [&SERVE[..], &["user", "activate", "wanda"], &["rotate-key"]] {
        refused(dir.path(), args, &["The key"]);
        assert!(key.is_symlink() && !dir.path().join("stick").exists(), "{args:?} made a key in the place of a link");
    }
}

#[test]
fn a_disk_that_keeps_no_locks_is_told_from_a_box_that_runs() {
    let dir = home();
    for call in ["flock", "fcntl"] {
        for args in [&SERVE[..], &["rotate-key"], &["user", "activate", "wanda"], &["migrate", "down"]] {
            if call == "flock" && args == ["user", "activate", "wanda"] {
                continue;
            }
            let mut child = Command::new("strace");
            child.args(["-f", "-o", "/dev/null", "-e", &format!("inject={call}:error=ENOLCK")]);
            child.arg(env!("CARGO_BIN_EXE_partyplaylist")).arg("--data").arg(dir.path()).args(args);
            let (code, _, said) = run(child, b"");
            assert!(code == 1 && said.lines().count() == 1, "{call} {args:?}: {said}");
            assert!(said.contains("keeps no locks") && said.contains("NFS"), "{call} {args:?}: {said}");
            assert!(!said.contains("running") && !said.contains("busy"), "{call} {args:?}: {said}");
        }
    }
    assert_eq!(command(dir.path(), &["user", "activate", "wanda"], "").0, 0);
}

#[test]
fn a_data_folder_open_to_everybody_is_closed_with_a_word() {
    let dir = home();
    let (key, database) = (dir.path().join("partyplaylist.key"), dir.path().join("partyplaylist.db"));
    for open in [0o777, 0o775, 0o757] {
        set_mode(dir.path(), open);
        let (code, _, said) = command(dir.path(), &["user", "activate", "wanda"], "");
        assert!(code == 0 && said.contains(&format!("mode {open:04o}")) && said.contains("owner only"), "{said}");
        assert_eq!((mode(dir.path()), said.lines().count()), (0o700, 1));
    }
    set_mode(&key, 0o644);
    assert_eq!(command(dir.path(), &["user", "activate", "wanda"], "").2, "", "nobody else can come at it");
    set_mode(dir.path(), 0o755);
    for (file, open) in [(&key, 0o644), (&database, 0o644), (&database, 0o660)] {
        set_mode(file, open);
        let (code, _, said) = command(dir.path(), &["user", "activate", "wanda"], "");
        assert!(code == 0 && said.contains(file.to_str().unwrap()) && said.contains("owner only"), "{said}");
        assert_eq!(mode(file), 0o600);
    }
    set_mode(&database, 0o640);
    assert_eq!(command(dir.path(), &["user", "activate", "wanda"], "").2, "", "who may only look is let be");
    assert_eq!((mode(dir.path()), mode(&database)), (0o755, 0o640));
    // As `/tmp` is: to close that would lock everybody out.
    set_mode(dir.path(), 0o1777);
    assert!(command(dir.path(), &["user", "activate", "wanda"], "").2.contains("a folder of its own"));
    assert_eq!(mode(dir.path()), 0o1777);
    set_mode(dir.path(), 0o777);
    set_mode(&key, 0o644);
    let (code, said, _) = command(dir.path(), &["doctor"], "");
    assert!(code == 1 && said.contains("WRONG  folder") && said.contains("chmod 700"), "{said}");
    assert!(said.contains("WRONG  key") && said.contains("chmod 600"), "{said}");
    let venue = Venue::of(dir, &[]);
    assert!(venue.log.lock().unwrap().contains("is for its owner only now"));
    assert_eq!(mode(venue.file().parent().unwrap()), 0o700);
    if is_root() {
        let nobody = Nobody::new();
        chown(nobody.data(), Some(0), Some(0)).unwrap();
        set_mode(&nobody.data(), 0o777);
        nobody.refused(&["user", "activate", "wanda"], &["mode 0777", "cannot be changed", "chmod 700"]);
    }
}
