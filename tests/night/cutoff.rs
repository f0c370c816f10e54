//! What a program that was cut off in the middle of a change has left, and what a box or a look makes of it.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use crate::commands::{everything, home, told};
use crate::venue::{PASSWORD, Venue, command};

const DOCTOR: &str = "WRONG  database";

fn database(dir: &Path) -> PathBuf {
    dir.join("partyplaylist.db")
}

fn beside(file: &Path, tail: &str) -> PathBuf {
    PathBuf::from(format!("{}{tail}", file.display()))
}

/// A box whose database was put in place by hand, as backups are: and before its first start another program was cut off
/// while it renamed the one account and wrote a great deal.
fn cut_off() -> tempfile::TempDir {
    let dir = home();
    let (file, copy) = (database(dir.path()), dir.path().join("copy"));
    let conn = Connection::open(&file).unwrap();
    let rows = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
                INSERT INTO sign_in_waits SELECT randomblob(40), 1, 1 FROM n";
    conn.execute_batch(&format!(
        "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2; BEGIN; UPDATE users SET username = 'half'; {rows}"
    ))
    .unwrap();
    for tail in ["", "-journal"] {
        std::fs::copy(beside(&file, tail), beside(&copy, tail)).unwrap();
    }
    conn.execute_batch("ROLLBACK").unwrap();
    drop(conn);
    for tail in ["", "-journal"] {
        std::fs::rename(beside(&copy, tail), beside(&file, tail)).unwrap();
    }
    dir
}

#[test]
fn a_database_left_in_the_middle_of_a_change_is_not_called_damaged_by_who_only_looks() {
    let dir = cut_off();
    let before = everything(dir.path());
    let (elsewhere, out) = (home(), dir.path().join("out.db"));
    let (file, out) = (database(dir.path()), out.to_str().unwrap());
    let cases: [(&Path, Vec<&str>); 7] = [
        (dir.path(), vec!["check"]),
        (dir.path(), vec!["user", "list"]),
        (dir.path(), vec!["migrate", "status"]),
        (dir.path(), vec!["backup", out]),
        (dir.path(), vec!["tenant", "export", "wanda", out]),
        (elsewhere.path(), vec!["check", file.to_str().unwrap()]),
        (elsewhere.path(), vec!["restore", file.to_str().unwrap()]),
    ];
    for (data, args) in cases {
        let answer = command(data, &args, "");
        told(&answer, &args, &["in the middle of a change", "Start the box"]);
        assert!(!answer.2.contains("damage"), "{}", answer.2);
        assert_eq!(everything(dir.path()), before, "{args:?}");
    }
    let said = command(dir.path(), &["doctor"], "").1;
    let line = said.lines().find(|line| line.starts_with(DOCTOR)).unwrap();
    assert!(line.contains("in the middle of a change") && !line.contains("damage"), "{line}");
}

#[test]
fn a_change_that_was_cut_off_is_taken_back_by_whatever_comes_to_change_something() {
    let start = |dir: tempfile::TempDir| {
        let venue = Venue::of(dir, &[]);
        assert!(venue.log.lock().unwrap().contains("was cut off in the middle of a change"));
        let (code, _, dir) = venue.terminate();
        assert_eq!(code, Some(0));
        dir
    };
    let tell = |args: &'static [&'static str]| {
        move |dir: tempfile::TempDir| {
            let (code, _, said) = command(dir.path(), args, PASSWORD);
            assert_eq!(code, 0, "{args:?}: {said}");
            dir
        }
    };
    let ways: [Box<dyn Fn(tempfile::TempDir) -> tempfile::TempDir>; 4] = [
        Box::new(start),
        Box::new(tell(&["user", "password", "wanda", "--password-stdin"])),
        Box::new(tell(&["migrate", "up"])),
        Box::new(tell(&["rotate-key"])),
    ];
    for (n, way) in ways.into_iter().enumerate() {
        let dir = way(cut_off());
        let (code, said, error) = command(dir.path(), &["check"], "");
        assert!(code == 0 && said.contains("Accounts: wanda."), "way {n}: {said}{error}");
        let names = everything(dir.path()).into_keys().map(|path| path.display().to_string());
        let kept = names.filter(|name| name.contains("replaced-")).collect::<Vec<_>>();
        assert_eq!(kept.len(), 2, "way {n}: {kept:?}");
        assert!(!beside(&database(dir.path()), "-journal").exists());
    }
}

#[test]
fn a_restored_database_is_in_wal_mode_before_the_first_start() {
    let (dir, out) = (home(), tempfile::tempdir().unwrap());
    let backup = out.path().join("backup.db");
    assert_eq!(command(dir.path(), &["backup", backup.to_str().unwrap()], "").0, 0);
    assert!(dir.path().join("partyplaylist.key").exists());
    let (code, said, _) = command(dir.path(), &["restore", backup.to_str().unwrap()], "");
    assert!(code == 0 && !said.contains("partyplaylist.key"), "{said}");
    let (code, said, _) = command(&out.path().join("new"), &["restore", backup.to_str().unwrap()], "");
    assert!(code == 0 && said.contains("partyplaylist.key") && said.contains("/new before"), "{said}");
    // Bytes 18 and 19 of a database are 1 in rollback mode and 2 in WAL mode.
    assert_eq!(std::fs::read(&backup).unwrap()[18..20], [1, 1]);
    assert_eq!(std::fs::read(database(dir.path())).unwrap()[18..20], [2, 2]);
    assert_eq!(everything(dir.path()).keys().filter(|path| path.display().to_string().contains("-wal")).count(), 0);
}

#[test]
fn damage_told_of_a_database_behind_a_link_is_over_when_a_sound_one_is_there() {
    let (dir, far) = (home(), tempfile::tempdir().unwrap());
    let (real, backup) = (far.path().join("real.db"), far.path().join("backup.db"));
    assert_eq!(command(dir.path(), &["backup", backup.to_str().unwrap()], "").0, 0);
    std::fs::rename(database(dir.path()), &real).unwrap();
    std::os::unix::fs::symlink(&real, database(dir.path())).unwrap();
    let note = far.path().join("real.damaged");
    for args in [&["restore", backup.to_str().unwrap()][..], &["check"], &["check", real.to_str().unwrap()]] {
        std::fs::write(&note, "page 7 is never used").unwrap();
        assert!(command(dir.path(), &["doctor"], "").1.contains("is damaged: page 7"));
        assert_eq!(command(dir.path(), args, "").0, 0);
        assert!(!note.exists(), "{args:?}: a sound database goes on being called damaged");
    }
}

#[test]
fn a_look_at_the_file_of_another_box_takes_no_note_of_that_ones_away() {
    let (dir, other) = (home(), home());
    let note = other.path().join("partyplaylist.damaged");
    std::fs::write(&note, "page 7 is never used").unwrap();
    let file = database(other.path());
    for args in [&["check", file.to_str().unwrap()][..], &["restore", file.to_str().unwrap()]] {
        assert_eq!(command(dir.path(), args, "").0, 0);
        assert!(note.exists(), "{args:?}: the other box forgot its damage");
    }
    let own = dir.path().join("partyplaylist.damaged");
    told(&command(dir.path(), &["backup", own.to_str().unwrap()], ""), &["backup"], &["the box's own"]);
}

#[test]
fn a_check_of_three_hundred_accounts_names_twenty_and_counts_the_rest() {
    let dir = home();
    let add = "WITH RECURSIVE n (i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 398)
               INSERT INTO users SELECT 'u' || i, 'anna' || i, 'Anna', 'dj', 'active', '!', 0 FROM n";
    Connection::open(database(dir.path())).unwrap().execute_batch(add).unwrap();
    let (code, said, error) = command(dir.path(), &["check"], "");
    assert_eq!(code, 0, "{error}");
    let line = said.lines().find(|line| line.starts_with("Accounts: ")).unwrap();
    assert!(line.ends_with("anna119 and 280 more, 300 in all.") && line.len() < 250, "{line}");
    assert!(said.contains("0 requests"), "{said}");
}

#[test]
fn one_thing_that_is_wrong_is_one_thing() {
    let dir = home();
    let doctor = |dir: &Path| {
        let mut doctor = crate::venue::program();
        doctor.arg("--data").arg(dir).args(["doctor", "--address", "127.0.0.1", "--port", "0"]);
        let out = doctor.env("PARTYPLAYLIST_SPOTIFY__API_URL", "http://127.0.0.1:9/v1").output().unwrap();
        (String::from_utf8(out.stdout).unwrap(), String::from_utf8(out.stderr).unwrap())
    };
    std::fs::remove_file(dir.path().join("partyplaylist.key")).unwrap();
    let (said, error) = doctor(dir.path());
    assert!(said.contains(", 1 account. "), "{said}");
    assert!(error.starts_with("One thing is wrong:"), "{said}{error}");
    std::fs::write(dir.path().join("partyplaylist.damaged"), "page 7 is never used").unwrap();
    let (said, error) = doctor(dir.path());
    assert!(error.starts_with("2 things are wrong:"), "{said}{error}");
}
