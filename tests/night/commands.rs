//! What a command does where it cannot do what was asked: it says why, and touches nothing.

mod files;
mod passwords;

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
