//! What a command does where it cannot do what was asked: it says why, and touches nothing.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::venue::{PASSWORD, Venue, command, program};

/// A folder with one DJ, `wanda`.
pub fn home() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    add(dir.path(), "wanda");
    dir
}

pub fn add(data: &Path, name: &str) {
    let (code, _, said) = command(data, &["user", "add", name, "--password-stdin"], PASSWORD);
    assert_eq!(code, 0, "{said}");
}

/// Everything in a folder: what links lead to, and what files hold.
pub fn everything(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        let held = if path.is_symlink() {
            std::fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
        } else if path.is_dir() {
            all.extend(everything(&path));
            vec![]
        } else {
            std::fs::read(&path).unwrap_or_default()
        };
        all.insert(path, held);
    }
    all
}

/// Ends with 1 and one line on standard error with all these words in it.
pub fn refused(data: &Path, args: &[&str], words: &[&str]) {
    let input = if args.contains(&"--password-stdin") { PASSWORD } else { "" };
    told(&command(data, args, input), args, words);
}

pub fn told((code, out, said): &(i32, String, String), args: &[&str], words: &[&str]) {
    assert_eq!((*code, said.lines().count()), (1, 1), "{args:?}: {out}{said}");
    for word in words {
        assert!(said.contains(word), "{args:?}: {word} is not in: {said}");
    }
}

/// Runs to the end with something on standard input.
pub fn run(mut child: Command, input: &[u8]) -> (i32, Vec<u8>, String) {
    let mut child = child.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // Who refuses early does not read.
    let _ = child.stdin.take().unwrap().write_all(input);
    let out = child.wait_with_output().unwrap();
    (out.status.code().unwrap(), out.stdout, String::from_utf8(out.stderr).unwrap())
}

pub fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

pub fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn a_command_in_a_folder_without_a_database_says_so_and_makes_nothing() {
    let around = tempfile::tempdir().unwrap();
    let empty = around.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let box_of_another = home();
    let (list, out) = (box_of_another.path().join("partyplaylist.db"), around.path().join("out.db"));
    let (list, out) = (list.to_str().unwrap(), out.to_str().unwrap());
    for args in [
        &["user", "list"][..],
        &["user", "list", "--json"],
        &["user", "password", "wanda", "--password-stdin"],
        &["user", "suspend", "wanda"],
        &["user", "activate", "wanda"],
        &["user", "delete", "wanda"],
        &["rotate-key"],
        &["backup"],
        &["backup", out],
        &["backup", "-"],
        &["check"],
        &["migrate", "status"],
        &["migrate", "down"],
        &["migrate", "up", "--to", "0"],
        &["import", list, "--user", "wanda"],
        &["tenant", "export", "wanda", out],
        &["tenant", "export", "wanda", "-"],
    ] {
        let before = everything(around.path());
        refused(&empty, args, &["There is no database in", "--data"]);
        refused(&around.path().join("nowhere"), args, &["There is no folder", "--data"]);
        assert_eq!(everything(around.path()), before, "{args:?} made something");
    }
    let before = everything(around.path());
    for folder in ["empty", "nowhere"] {
        let said = command(&around.path().join(folder), &["doctor"], "").1;
        assert!(!said.contains("WRONG  disk") && !said.contains("WRONG  folder"), "before the first start: {said}");
    }
    assert_eq!(everything(around.path()), before, "doctor made something");
}

#[test]
fn the_first_account_makes_the_box_and_says_so_unless_it_is_refused() {
    let around = tempfile::tempdir().unwrap();
    let data = around.path().join("new");
    for (name, password) in
        [("Not A Name", PASSWORD), ("login", PASSWORD), ("wanda", "short"), ("wanda", "two\nlines ")]
    {
        let (code, _, said) = command(&data, &["user", "add", name, "--password-stdin"], password);
        assert_eq!((code, said.lines().count()), (1, 1), "{said}");
        assert!(!data.exists(), "a refused {name} made a box");
    }
    let (code, said, _) = command(&data, &["user", "add", "wanda", "--password-stdin"], PASSWORD);
    assert!(code == 0 && said.contains("There was no database in") && said.contains("it was made"), "{said}");
    let (code, said, _) = command(&data, &["user", "add", "other", "--password-stdin"], PASSWORD);
    assert!(code == 0 && !said.contains("no database"), "{said}");
    assert_eq!(mode(&data), 0o700);
}

#[test]
fn a_file_that_is_refused_leaves_no_box_behind() {
    let (around, old) = (tempfile::tempdir().unwrap(), home());
    let box_file = old.path().join("partyplaylist.db");
    let (garbage, dj) = (old.path().join("garbage"), old.path().join("dj.db"));
    std::fs::write(&garbage, "a letter".repeat(1000)).unwrap();
    assert_eq!(command(old.path(), &["tenant", "export", "wanda", dj.to_str().unwrap()], "").0, 0);
    let (gone, empty) = (old.path().join("gone"), around.path().join("empty"));
    std::fs::create_dir(&empty).unwrap();
    for data in [&empty, &around.path().join("nowhere")] {
        let before = everything(around.path());
        for file in [&garbage, &gone, &box_file, &old.path().to_owned()] {
            refused(data, &["tenant", "import", file.to_str().unwrap()], &[]);
            assert_eq!(everything(around.path()), before, "{}", file.display());
        }
        for file in [&garbage, &gone, &dj, &old.path().to_owned()] {
            refused(data, &["restore", file.to_str().unwrap()], &[]);
            assert_eq!(everything(around.path()), before, "{}", file.display());
        }
    }
    let (code, said, error) = command(&around.path().join("nowhere"), &["tenant", "import", dj.to_str().unwrap()], "");
    assert!(code == 0 && said.contains("There was no database in"), "{said}{error}");
}

#[test]
fn a_password_is_one_line_and_a_second_is_refused() {
    let dir = home();
    let set = |input: &[u8]| {
        let mut child = program();
        child.arg("--data").arg(dir.path()).args(["user", "password", "wanda", "--password-stdin"]);
        run(child, input)
    };
    for good in [&b"party-demo"[..], b"party-demo\n", b"party-demo\r\n", "\u{feff}party-demo\r\n".as_bytes()] {
        assert_eq!(set(good).0, 0, "{good:?}");
    }
    let venue = Venue::of(dir, &[]);
    venue.host("wanda");
    let (_, _, dir) = venue.terminate();
    let before = everything(dir.path());
    for (bad, word) in [
        (&b""[..], "No password came"),
        (b"\n", "No password came"),
        (b"party-demo\nparty-demo\n", "More than one line"),
        (b"party-demo\n\n", "More than one line"),
        (b"party-demo\r\nx", "More than one line"),
        (b"party-demo\xff", "not UTF-8"),
        (b"\xff\xfep\0a\0r\0t\0y\0-\0d\0e\0m\0o\0", "not UTF-8"),
        (b"party-\0demo", "control characters"),
        (b"short", "at least 8"),
        (&[b'x'; 10_000], "at most 72"),
    ] {
        let mut child = program();
        child.arg("--data").arg(dir.path()).args(["user", "password", "wanda", "--password-stdin"]);
        let (code, _, said) = run(child, bad);
        assert!(code == 1 && said.lines().count() == 1 && said.contains(word), "{word}: {said}");
    }
    assert_eq!(everything(dir.path()), before, "a refused password changed something");
}

/// Runs a command at a terminal of its own; answers its exit code and what was shown.
fn at_a_terminal(data: &Path, args: &str) -> (i32, String) {
    let line = format!("'{}' --data '{}' {args}", env!("CARGO_BIN_EXE_partyplaylist"), data.display());
    let mut child = Command::new("script");
    child.args(["-qec", &line, "/dev/null"]);
    let (code, shown, _) = run(child, b"");
    (code, String::from_utf8_lossy(&shown).into_owned())
}

#[test]
fn at_a_terminal_no_password_is_shown_and_no_file_poured_out() {
    let dir = home();
    let (code, shown) = at_a_terminal(dir.path(), "user password wanda --password-stdin");
    assert!(code == 1 && shown.contains("is a terminal"), "{shown}");
    for args in ["backup -", "tenant export wanda -"] {
        let (code, shown) = at_a_terminal(dir.path(), args);
        assert!(code == 1 && shown.contains("is a terminal") && !shown.contains("SQLite format"), "{shown}");
    }
}

#[test]
fn no_copy_deletes_or_overwrites_a_file_it_did_not_make() {
    let dir = home();
    let place = dir.path().join("place");
    std::fs::create_dir(&place).unwrap();
    let at = |name: &str| place.join(name);
    for name in ["there", "new.partial", "new.partial-wal", "new.partial-shm", "new.partial-journal"] {
        std::fs::write(at(name), format!("mine: {name}")).unwrap();
    }
    std::fs::create_dir(at("folder")).unwrap();
    symlink(at("there"), at("link")).unwrap();
    symlink(at("nothing"), at("dangling")).unwrap();
    symlink(dir.path().join("partyplaylist.db"), at("link to the database")).unwrap();
    let copies = |dest: &Path| {
        let dest = dest.to_str().unwrap().to_owned();
        [vec!["backup".to_owned(), dest.clone()], vec!["tenant".into(), "export".into(), "wanda".into(), dest]]
    };
    let own = |name: &str| dir.path().join(name);
    for (dest, word) in [
        (at("there"), "there already"),
        (at("link"), "there already"),
        (at("dangling"), "there already"),
        (at("link to the database"), "there already"),
        (PathBuf::from("/dev/null"), "there already"),
        (own("partyplaylist.db"), "the box's own"),
        (own("partyplaylist.db-wal"), "the box's own"),
        (own("partyplaylist.db-journal"), "the box's own"),
        (own("partyplaylist.key"), "the box's own"),
        (own("partyplaylist.key.new"), "the box's own"),
        (at("there").join("x.db"), "is a file, not a folder"),
        (at("gone").join("x.db"), "there is no folder"),
        (at("gone/"), "is no folder"),
    ] {
        for args in copies(&dest) {
            let (before, args) = (everything(dir.path()), args.iter().map(String::as_str).collect::<Vec<_>>());
            refused(dir.path(), &args, &[word]);
            assert_eq!(everything(dir.path()), before, "{args:?}");
        }
    }
    refused(dir.path(), &["tenant", "export", "wanda", at("folder").to_str().unwrap()], &["is a folder"]);
    // A failure half-way, and then a copy beside files that an older way of copying would have taken for its own.
    let before = everything(dir.path());
    refused(dir.path(), &["tenant", "export", "nobody", at("new").to_str().unwrap()], &["no account called nobody"]);
    assert_eq!(everything(dir.path()), before);
    for args in copies(&at("new")) {
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        assert_eq!(command(dir.path(), &args, "").0, 0);
        std::fs::remove_file(at("new")).unwrap();
        assert_eq!(everything(dir.path()), before, "{args:?}");
    }
}

#[test]
fn a_dash_is_standard_output_and_nothing_else_is_on_it() {
    let venue = Venue::demo();
    let data = venue.file().parent().unwrap().to_owned();
    let out = tempfile::tempdir().unwrap();
    let poured = |args: &[&str]| {
        let mut child = program();
        child.arg("--data").arg(&data).args(args);
        let (code, bytes, said) = run(child, b"");
        assert_eq!((code, said.as_str()), (0, ""), "{args:?}");
        bytes
    };
    let whole = out.path().join("whole.db");
    std::fs::write(&whole, poured(&["backup", "-"])).unwrap();
    let (code, said, error) = command(out.path(), &["check", whole.to_str().unwrap()], "");
    assert!(code == 0 && said.contains("15 requests") && said.contains("johnsmith"), "{said}{error}");
    let dj = out.path().join("dj.db");
    std::fs::write(&dj, poured(&["tenant", "export", "johnsmith", "-"])).unwrap();
    let (code, said, error) = command(&out.path().join("new"), &["tenant", "import", dj.to_str().unwrap()], "");
    assert!(code == 0 && said.contains("5 requests"), "{said}{error}");
    assert_eq!(std::fs::read_dir(data.join("backups")).unwrap().count(), 0, "a copy was left behind");
    for args in [&["backup", "-"][..], &["tenant", "export", "johnsmith", "-"]] {
        let (full, (reader, writer)) =
            (std::fs::File::options().write(true).open("/dev/full").unwrap(), std::io::pipe().unwrap());
        drop(reader);
        for (sink, word) in [(Stdio::from(full), "is full"), (Stdio::from(writer), "has gone")] {
            let out =
                program().arg("--data").arg(&data).args(args).stdout(sink).stderr(Stdio::piped()).output().unwrap();
            let said = String::from_utf8(out.stderr).unwrap();
            assert!(out.status.code() == Some(1) && said.lines().count() == 1 && said.contains(word), "{said}");
        }
        assert_eq!(std::fs::read_dir(data.join("backups")).unwrap().count(), 0, "a copy was left behind");
    }
}

#[test]
fn a_data_folder_of_any_bytes_works_or_is_refused_at_once() {
    let around = tempfile::tempdir().unwrap();
    let names: [&[u8]; 8] = [
        b"with space",
        b"quote' \" and `tick`",
        b"what?mode=memory&x=1",
        b"hash#tag 100%25",
        b"two\nlines",
        b"-leading",
        b"file:partyplaylist",
        b"no\xfftext\xc3",
    ];
    for name in names {
        let data = around.path().join(OsStr::from_bytes(name));
        std::fs::create_dir(&data).unwrap();
        add(&data, "wanda");
        let whole = |what: &str| {
            let (code, said, error) = command(&data, &["check"], "");
            assert!(code == 0 && said.contains("Accounts: wanda."), "{what} {}: {said}{error}", data.display());
        };
        whole("made");
        let run_in = |args: &[&str]| {
            let child = program().current_dir(&data).args(["--data", "."]).args(args).output().unwrap();
            assert!(child.status.success(), "{args:?} {}: {}", data.display(), String::from_utf8_lossy(&child.stderr));
        };
        run_in(&["backup", "copy.db"]);
        run_in(&["tenant", "export", "wanda", "dj.db"]);
        run_in(&["migrate", "down"]);
        run_in(&["user", "activate", "wanda"]);
        run_in(&["rotate-key"]);
        run_in(&["restore", "copy.db"]);
        whole("restored");
        run_in(&["user", "delete", "wanda"]);
        run_in(&["tenant", "import", "dj.db"]);
        whole("moved");
        let mut serve = program();
        serve.arg("--data").arg(&data).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
        let venue = Venue::start(serve, tempfile::tempdir().unwrap());
        let wal = data.join("partyplaylist.db-wal");
        assert!(wal.exists() && !venue.log.lock().unwrap().contains("cannot be noticed"), "{}", data.display());
        assert_eq!(command(&data, &["backup"], "").0, 0);
        assert_eq!(venue.terminate().0, Some(0));
    }
    let made = everything(around.path()).keys().filter(|path| path.parent() == Some(around.path())).count();
    assert_eq!(made, names.len(), "something was made under another name");
    let long = around.path().join("x".repeat(200)).join("y".repeat(200));
    refused(&long, &["serve", "--port", "0"], &["bytes", "takes 400"]);
    assert!(!around.path().join("x".repeat(200)).exists());
    let nothing = program().args(["--data", "", "user", "list"]).output().unwrap();
    assert_eq!(nothing.status.code(), Some(2));
}

#[test]
fn a_database_behind_a_link_is_one_with_its_wal() {
    let (home, far) = (home(), tempfile::tempdir().unwrap());
    let (file, real) = (home.path().join("partyplaylist.db"), far.path().join("real.db"));
    std::fs::rename(&file, &real).unwrap();
    symlink(&real, &file).unwrap();
    let folder = far.path().join("folder");
    symlink(home.path(), &folder).unwrap();
    let mut serve = program();
    serve.arg("--data").arg(&folder).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
    let venue = Venue::start(serve, tempfile::tempdir().unwrap());
    add(&folder, "later");
    assert!(!venue.log.lock().unwrap().contains("cannot be noticed"));
    let copy = far.path().join("copy.db");
    assert_eq!(command(home.path(), &["backup", copy.to_str().unwrap()], "").0, 0);
    assert!(
        command(home.path(), &["check", copy.to_str().unwrap()], "").1.contains("later, wanda"),
        "the WAL was passed over"
    );
    assert_eq!(venue.terminate().0, Some(0));
    assert_eq!(command(&folder, &["restore", copy.to_str().unwrap()], "").0, 0);
    assert!(file.is_symlink() && real.exists(), "the link was exchanged, not the database");
    std::fs::rename(&real, far.path().join("unplugged")).unwrap();
    for args in [&["user", "list"][..], &["serve", "--port", "0"], &["user", "add", "x-y", "--password-stdin"]] {
        refused(home.path(), args, &["is a link to nothing"]);
        assert!(!real.exists() && file.is_symlink());
    }
}

#[test]
fn serve_that_cannot_have_its_port_makes_no_box() {
    let around = tempfile::tempdir().unwrap();
    let data = around.path().join("data");
    let (code, _, said) = command(&data, &["serve", "--address", "192.0.2.77", "--port", "0"], "");
    assert!(code == 1 && said.contains("no network of this machine"), "{said}");
    assert!(!data.exists(), "a box was made that nobody reaches");
}

#[test]
fn a_database_made_by_migrate_up_takes_its_first_account() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(command(dir.path(), &["migrate", "up"], "").0, 0);
    let add = ["user", "add", "owner", "--role", "superadmin", "--password-stdin"];
    let (code, _, said) = command(dir.path(), &add, PASSWORD);
    assert_eq!(code, 0, "{said}");
    let (code, said, error) = command(dir.path(), &["migrate", "down", "--to", "1"], "");
    assert!(code == 0 && said.contains("left out") && said.contains("backups/"), "{said}{error}");
}
