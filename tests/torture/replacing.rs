//! One file in the place of another where the disk fails in between: what is said is what is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use rusqlite::Connection;
use tempfile::TempDir;

use crate::cuts::{Case, a_crashed_box, an_old_box, calls, cut_everywhere, database, numbered, titles};
use crate::disk::{SmallDisk, fill, refused};
use crate::ledger::furnish;
use crate::venue::command;

/// A command under `strace`, with one call failing; answers its exit code, and what it said at last.
fn failing(data: &Path, inject: &str, args: &[String]) -> (i32, String, String) {
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,linkat", "-e", &format!("inject={inject}")]);
    strace.arg(env!("CARGO_BIN_EXE_partyplaylist")).arg("--data").arg(data).args(args);
    let out = strace.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let last = text(out.stderr).lines().last().unwrap_or_default().to_owned();
    (out.status.code().unwrap(), text(out.stdout), last)
}

/// Files that keep what was replaced, and copies from before a change of version.
fn kept(dir: &Path) -> Vec<BTreeSet<String>> {
    let folders = [dir.join("data"), dir.join("data/backups")];
    let all = folders.iter().flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten());
    let paths = all.map(|entry| entry.unwrap().path());
    let ours = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("replaced-") || name.starts_with("partyplaylist-")
    };
    paths.filter(ours).map(|path| titles(&path)).collect()
}

#[test]
fn what_is_in_place_is_not_called_failed_where_only_the_disk_did_not_confirm_it() {
    let (mut wishes, songs) = (numbered("Wish", 20), numbered("Song", 300));
    wishes.extend(numbered("Kept", 3));
    let rotate: fn() -> TempDir = || {
        let dir = a_crashed_box();
        std::fs::copy(dir.path().join("data/partyplaylist.key"), dir.path().join("old.key")).unwrap();
        dir
    };
    let case = |name, prepare, args| Case { name, prepare, args, versions: None, judge: |_, _| true };
    for case in [
        case("restore", a_crashed_box, |dir| vec!["restore".into(), dir.join("backup.db").display().to_string()]),
        case("migrate up", an_old_box, |_| vec!["migrate".into(), "up".into()]),
        case("backup", a_crashed_box, |_| vec!["backup".into()]),
        case("rotate-key", rotate, |_| vec!["rotate-key".into()]),
    ] {
        let Case { name, prepare, args, .. } = case;
        let steps = calls(&case, prepare());
        let named = steps.iter().rposition(|(call, _)| call.starts_with("rename")).unwrap();
        let (_, nth) = steps[named..].iter().find(|(call, _)| call == "fsync").unwrap();
        let dir = prepare();
        let answer = failing(&dir.path().join("data"), &format!("fsync:error=EIO:when={nth}"), &args(dir.path()));
        refused(&answer, &["is in place and whole, but its disk did not confirm that", "partyplaylist doctor"]);
        println!("| {name}, not confirmed | {} |", answer.2.trim());
        let key = std::fs::read(dir.path().join("data/partyplaylist.key")).unwrap_or_default();
        match name {
            "restore" => {
                assert_eq!(titles(&database(dir.path())), numbered("Kept", 3));
                assert_eq!(kept(dir.path()), vec![wishes.clone()], "what was replaced is gone");
            }
            "migrate up" => {
                assert_eq!(titles(&database(dir.path())), songs);
                assert_eq!(kept(dir.path()), vec![songs.clone()], "what was replaced is gone");
            }
            "backup" => assert_eq!(kept(dir.path()), vec![wishes.clone()]),
            _ => assert!(key != std::fs::read(dir.path().join("old.key")).unwrap()),
        }
    }
}

#[test]
fn a_change_of_a_backup_put_in_place_by_hand_cut_anywhere_is_all_or_nothing() {
    println!("| command | steps | cuts | old after the next start | new |");
    cut_everywhere(&Case {
        name: "first change of a backup",
        prepare: || {
            let dir = a_crashed_box();
            std::fs::remove_file(dir.path().join("data/partyplaylist.db-wal")).unwrap();
            std::fs::copy(dir.path().join("backup.db"), database(dir.path())).unwrap();
            dir
        },
        versions: None,
        args: |_| ["user", "suspend", "djane"].map(str::to_owned).to_vec(),
        judge: |venue, _| {
            assert_eq!(titles(&venue.file()), numbered("Kept", 3));
            venue.rows().query_row("SELECT status = 'suspended' FROM users", [], |row| row.get(0)).unwrap()
        },
    });
}

/// Rows of three megabytes.
fn grow(file: &Path) -> Connection {
    let conn = Connection::open(file).unwrap();
    conn.execute_batch(
        "PRAGMA wal_autocheckpoint = 0;
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO settings SELECT (SELECT id FROM users LIMIT 1), 'k' || i, hex(randomblob(1500)) FROM n",
    )
    .unwrap();
    conn
}

#[test]
fn a_restore_without_room_for_the_wal_or_for_what_is_kept_says_so_first() {
    for links in [true, false] {
        let Some(disk) = SmallDisk::mount(12) else {
            println!("skipped: this machine lets nobody mount a small disk");
            return;
        };
        let data = disk.0.path().join("data");
        std::fs::create_dir(&data).unwrap();
        furnish(&data);
        let (out, file) = (tempfile::tempdir().unwrap(), data.join("partyplaylist.db"));
        let backup = out.path().join("backup.db");
        assert_eq!(command(&data, &["backup", backup.to_str().unwrap()], "").0, 0);
        let conn = grow(&file);
        let wal = data.join("partyplaylist.db-wal");
        if links {
            // As after a crash.
            std::fs::copy(&file, out.path().join("main")).unwrap();
            std::fs::copy(&wal, out.path().join("wal")).unwrap();
            drop(conn);
            std::fs::copy(out.path().join("main"), &file).unwrap();
            std::fs::copy(out.path().join("wal"), &wal).unwrap();
        } else {
            drop(conn);
        }
        let ballast = std::fs::OpenOptions::new().write(true).open(fill(disk.0.path())).unwrap();
        ballast.set_len(ballast.metadata().unwrap().len() - 1_500_000).unwrap();
        let (before, log) = (std::fs::read(&file).unwrap(), std::fs::read(&wal).unwrap_or_default());
        let args = ["restore".to_owned(), backup.display().to_string()];
        // A disk that knows no second names, as exFAT and CIFS.
        let inject = if links { "linkat:error=EPERM:when=9999" } else { "linkat:error=EPERM:when=1+" };
        refused(&failing(&data, inject, &args), &["The backup needs about", "1 MB are free", "Nothing was changed"]);
        assert!(std::fs::read(&file).unwrap() == before && std::fs::read(&wal).unwrap_or_default() == log);
        ballast.set_len(0).unwrap();
        assert_eq!(failing(&data, inject, &args).0, 0);
    }
}
