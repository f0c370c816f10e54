//! Disks that are full, or fail.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::ledger::{Ledger, begin, faults, furnish};
use crate::times;
use crate::venue::{PASSWORD, Venue, command, next, wish};

/// A small disk of one's own; `None` where this machine lets nobody mount one.
pub struct SmallDisk(pub tempfile::TempDir);

impl SmallDisk {
    pub fn mount(megabytes: usize) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let size = format!("size={megabytes}m");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(dir.path()).status();
        mounted.is_ok_and(|status| status.success()).then_some(Self(dir))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        // Nothing of worth is on it, and a disk still in use goes away with the machine.
        let _ = Command::new("umount").arg("--lazy").arg(self.0.path()).status();
    }
}

/// Takes all room that is left; answers the file that takes it.
pub fn fill(disk: &Path) -> PathBuf {
    let ballast = disk.join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    ballast
}

#[test]
fn a_full_disk_stops_writing_only_and_heals_by_itself() {
    let Some(disk) = SmallDisk::mount(16) else {
        println!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    let data = tempfile::tempdir_in(disk.0.path()).unwrap();
    furnish(data.path());
    let venue = Venue::of(data, &[]);
    let (ledger, span) = (Ledger::default(), Duration::from_secs(times(3, 60) as u64));
    let (mut host, mut guests) = begin(&venue, 4);
    let stream = host.listen("/api/djane/live");
    assert_eq!(next(&stream).event, "hello");
    ledger.while_asking(&guests, Duration::from_millis(5), None, || ledger.await_more(100));
    let (before, ballast) = (ledger.acked(), fill(disk.0.path()));
    let (mut reads, began) = (0, Instant::now());
    let mut banner = false;
    while began.elapsed() < span || reads < 20 {
        let _ = ledger.ask(&mut guests[0], &ledger.title(), &format!("full-{reads}"), None);
        assert_eq!(guests[1].get("/api/djane/party").status, 200);
        assert_eq!(host.get("/api/djane/requests").status, 200);
        let page = host.get("/djane/admin/requests");
        assert_eq!(page.status, 200);
        banner |= page.body.contains("The disk is full or read-only")
            && !page.body.contains("data-unsaved=\"disk_full\" hidden");
        reads += 1;
        std::thread::sleep(Duration::from_millis(20));
    }
    let refused: usize = ledger.refusals().iter().filter(|(status, _)| *status == 503).map(|(_, n)| n).sum();
    let others: Vec<_> = ledger.refusals().into_iter().filter(|(status, _)| *status != 503).collect();
    let answer = guests[2].post("/api/djane/requests", &wish("Where to put it?"));
    assert_eq!((answer.status, answer.code().as_str()), (503, "disk_full"), "{}", answer.body);
    assert_eq!(venue.stranger().get("/api/health").status, 503);
    assert!(!matches!(stream.try_recv(), Err(std::sync::mpsc::TryRecvError::Disconnected)), "the stream ended");
    let word = |code: &str| while next(&stream).data != format!(r#"{{"code":{code}}}"#) {};
    word("\"disk_full\"");
    std::fs::remove_file(ballast).unwrap();
    // Nobody saves anything meanwhile.
    word("null");
    let first = guests[3].post("/api/djane/requests", &wish("Room again")).status;
    // The page shows a hundred of them, and how many there are.
    let waiting = host.get("/api/djane/requests?status=pending").json()["requests"].as_array().unwrap().len();
    while !next(&stream).data.contains(&format!(">{waiting}</span>")) {}
    let healed = host.get("/djane/admin/requests").body.contains("data-unsaved=\"disk_full\" hidden");
    let (code, _, dir) = venue.terminate();
    assert_eq!(code, Some(0));
    let file = dir.path().join("partyplaylist.db");
    let (faults, lost) = (faults(&file), ledger.missing(&file, |_| true));
    println!(
        "| disk full s | answered before | taken while full | answers 503 | other refusals | reads, all well | first write after | lost |"
    );
    println!(
        "| {} | {before} | {} | {refused} | {others:?} | {} | {first} | {} |",
        began.elapsed().as_secs(),
        ledger.acked() - before,
        reads * 3,
        lost.len()
    );
    assert!(refused > 0 && others.is_empty(), "{refused} {others:?}");
    assert_eq!((first, banner, healed), (201, true, true));
    assert_eq!((faults, lost), (vec![], vec![]));
}

#[test]
fn a_download_takes_no_room_that_the_party_needs() {
    let Some(disk) = SmallDisk::mount(16) else {
        println!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    let data = tempfile::tempdir_in(disk.0.path()).unwrap();
    furnish(data.path());
    let boss = ["user", "add", "boss", "--role", "superadmin", "--password-stdin"];
    assert_eq!(command(data.path(), &boss, PASSWORD).0, 0);
    let venue = Venue::of(data, &[]);
    let (_, mut guests) = begin(&venue, 1);
    let (mut boss, size) = (venue.host("boss"), std::fs::metadata(venue.file()).unwrap().len());
    let ballast = std::fs::OpenOptions::new().write(true).open(fill(disk.0.path())).unwrap();
    // Room for one copy, and not for two.
    ballast.set_len(ballast.metadata().unwrap().len() - size * 3 / 2).unwrap();
    let answer = boss.get("/api/superadmin/backup");
    assert_eq!((answer.status, answer.code().as_str()), (503, "disk_full"));
    assert_eq!(guests[0].post("/api/djane/requests", &wish("Room for me")).status, 201);
    ballast.set_len(0).unwrap();
    assert_eq!(boss.get("/api/superadmin/backup").status, 200);
}

/// Ended with 1 and one line with all these words in it.
pub fn refused((code, _, said): &(i32, String, String), words: &[&str]) {
    assert_eq!((*code, said.lines().count()), (1, 1), "{said}");
    for word in words {
        assert!(said.contains(word), "{word} is not in: {said}");
    }
}

fn names(folder: &Path) -> Vec<std::ffi::OsString> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
}

#[test]
fn a_copy_for_which_there_is_no_room_says_whose_disk_is_full_and_leaves_nothing() {
    let Some(disk) = SmallDisk::mount(2) else {
        println!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    let (data, small) = (tempfile::tempdir().unwrap(), disk.0.path());
    furnish(data.path());
    let ballast = std::fs::OpenOptions::new().write(true).open(fill(small)).unwrap();
    let dest = small.join("copy.db");
    let named = dest.to_str().unwrap();
    let full = ballast.metadata().unwrap().len();
    for room in [0, 4096, 40_960, 200_000] {
        ballast.set_len(full - room).unwrap();
        for args in [&["backup", named][..], &["tenant", "export", "djane", named]] {
            refused(&command(data.path(), args, ""), &["copy.db was not made: its disk is full", "Free some space"]);
            assert_eq!(names(small), ["ballast"], "{args:?} left something behind");
        }
    }
    // To standard output: by way of any disk that has room for it.
    let near = tempfile::tempdir_in(small).unwrap();
    ballast.set_len(0).unwrap();
    furnish(near.path());
    fill(near.path());
    for args in [&["backup", "-"][..], &["tenant", "export", "djane", "-"]] {
        let poured = |elsewhere: &Path| {
            let mut child = crate::venue::program();
            child.arg("--data").arg(near.path()).args(args).env("TMPDIR", elsewhere).output().unwrap()
        };
        let whole = poured(&std::env::temp_dir());
        assert!(whole.status.success() && whole.stdout.starts_with(b"SQLite format 3"), "{args:?}");
        let out = poured(small);
        let said = String::from_utf8(out.stderr).unwrap();
        refused(&(out.status.code().unwrap(), String::new(), said), &["needs about 1 MB", "0 MB are free"]);
        assert!(out.stdout.is_empty());
    }
}

#[test]
fn a_read_only_disk_is_called_so_and_can_be_read() {
    let Some(disk) = SmallDisk::mount(8) else {
        println!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    let (data, out) = (disk.0.path(), tempfile::tempdir().unwrap());
    furnish(data);
    std::fs::set_permissions(data, std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let again = Command::new("mount").args(["-o", "remount,ro"]).arg(data).status().unwrap();
    assert!(again.success());
    let inside = data.join("inside.db");
    for args in [
        &["serve", "--address", "127.0.0.1", "--port", "0"][..],
        &["user", "suspend", "djane"],
        &["rotate-key"],
        &["migrate", "down"],
        &["backup", inside.to_str().unwrap()],
        &["backup"],
        &["tenant", "export", "djane", inside.to_str().unwrap()],
    ] {
        refused(&command(data, args, ""), &["its disk is read-only"]);
    }
    let new = data.join("new");
    refused(&command(&new, &["serve", "--port", "0"], ""), &["The data folder", "its disk is read-only"]);
    let (whole, dj) = (out.path().join("whole.db"), out.path().join("dj.db"));
    for args in [
        &["check"][..],
        &["user", "list"],
        &["migrate", "status"],
        &["backup", whole.to_str().unwrap()],
        &["tenant", "export", "djane", dj.to_str().unwrap()],
        &["check", whole.to_str().unwrap()],
    ] {
        let (code, _, said) = command(data, args, "");
        assert_eq!((code, said.as_str()), (0, ""), "{args:?}");
    }
}

#[test]
fn a_folder_nobody_may_write_to_is_refused_with_a_sentence() {
    let disk = SmallDisk::mount(8);
    let Some(disk) = disk else {
        println!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    furnish(disk.0.path());
    let before = std::fs::read(disk.0.path().join("partyplaylist.db")).unwrap();
    let again = Command::new("mount").args(["-o", "remount,ro"]).arg(disk.0.path()).status().unwrap();
    assert!(again.success());
    let (code, _, said) = command(disk.0.path(), &["serve", "--address", "127.0.0.1", "--port", "0"], "");
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    assert!(said.contains("cannot be written"), "{said}");
    assert_eq!(std::fs::read(disk.0.path().join("partyplaylist.db")).unwrap(), before);
    println!("| read-only folder | {} |", said.trim());
}

#[test]
fn an_upgrade_without_room_names_the_mb_and_leaves_all_as_it_was() {
    let Some(disk) = SmallDisk::mount(24) else {
        println!("skipped: this machine lets nobody mount a small disk");
        return;
    };
    let (data, file) = (disk.0.path().join("data"), disk.0.path().join("data/partyplaylist.db"));
    std::fs::create_dir(&data).unwrap();
    assert_eq!(command(&data, &["migrate", "up", "--to", "2"], "").0, 0);
    let conn = rusqlite::Connection::open(&file).unwrap();
    conn.execute_batch(
        "INSERT INTO users VALUES ('u', 'djane', 'Jane', 'dj', 'active', '*', 0);
         INSERT INTO events VALUES ('e', 'u', 'Old', 'ended', '', '', 0, 1, 2, 2, 1);
         WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29999)
         INSERT INTO requests SELECT 'r' || i, 'u', 'e', 'Song ' || i, 'Somebody', NULL, NULL, hex(randomblob(30)), 'played', i, NULL FROM n;
         PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE",
    )
    .unwrap();
    drop(conn);
    let (before, free) = (std::fs::read(&file).unwrap(), free_blocks(disk.0.path()));
    let start = ["serve", "--address", "127.0.0.1", "--port", "0"];
    let (code, _, said) = command(&data, &start, "");
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    assert!(
        said.contains("needs about") && said.contains("MB are free") && said.contains("Nothing was changed"),
        "{said}"
    );
    println!("| no room to upgrade | {} |", said.trim());
    assert!(std::fs::read(&file).unwrap() == before, "the old file was changed");
    // Less than it turns out to take: what was written is given back.
    for taken in [2, 4, 6, 9] {
        let ballast = disk.0.path().join("ballast");
        std::fs::write(&ballast, vec![0; taken << 20]).unwrap();
        let (code, _, said) = command(&data, &["migrate", "up"], "");
        std::fs::remove_file(&ballast).unwrap();
        assert_eq!(code, 1, "{said}");
        let left = free_blocks(disk.0.path());
        // The key and an empty folder at most.
        assert!(free - left < 64, "{free} blocks were free, {left} are left");
        assert!(std::fs::read(&file).unwrap() == before, "the old file was changed");
    }
}

fn free_blocks(disk: &Path) -> u64 {
    let out = Command::new("stat").args(["-f", "-c", "%a"]).arg(disk).output().unwrap();
    String::from_utf8(out.stdout).unwrap().trim().parse().unwrap()
}
