//! The database is taken from under the running box, as a person at a terminal or a tool that syncs files does it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::ledger::{Ledger, begin, faults, furnish, titles};
use crate::venue::{Caller, PASSWORD, Venue, command, wish};

/// A box whose data folder is inside another, so that it can be moved.
fn a_box() -> (Venue, PathBuf) {
    let outer = tempfile::tempdir().unwrap();
    let data = outer.path().join("data");
    std::fs::create_dir(&data).unwrap();
    furnish(&data);
    (serve(outer), data)
}

fn serve(outer: tempfile::TempDir) -> Venue {
    let mut serve = crate::venue::program();
    serve.arg("--data").arg(outer.path().join("data")).args(["serve", "--address", "127.0.0.1", "--port", "0"]);
    Venue::start(serve, outer)
}

fn is_displaced(guest: &mut Caller, n: usize) -> bool {
    let answer = guest.post("/api/djane/requests", &wish(&format!("Into nothing {n}")));
    answer.status == 503 && answer.code() == "database_displaced"
}

fn is_overwritten(guest: &mut Caller) -> bool {
    let answer = guest.post("/api/djane/requests", &wish("Into a mixture"));
    answer.status == 503 && answer.code() == "database_overwritten"
}

fn wait(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !done() {
        assert!(Instant::now() < deadline, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn kept(data: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(data.join("backups")).into_iter().flatten().map(|entry| entry.unwrap().path());
    let ours = |path: &PathBuf| path.file_name().unwrap().to_string_lossy().starts_with("displaced-");
    all.filter(|path| ours(path) && path.extension().unwrap() == "db").collect()
}

/// What a person does to the files.
type Way = (&'static str, fn(&Path));

const WAYS: [Way; 5] = [
    ("replaced by a copy", |file| {
        let copy = file.with_file_name("copy.db");
        assert_eq!(command(file.parent().unwrap(), &["backup", copy.to_str().unwrap()], "").0, 0);
        std::fs::rename(copy, file).unwrap();
    }),
    ("deleted", |file| std::fs::remove_file(file).unwrap()),
    ("moved", |file| std::fs::rename(file, file.with_file_name("moved.db")).unwrap()),
    ("its WAL deleted", |file| std::fs::remove_file(file.with_file_name("partyplaylist.db-wal")).unwrap()),
    ("its index deleted", |file| std::fs::remove_file(file.with_file_name("partyplaylist.db-shm")).unwrap()),
];

#[test]
fn a_command_beside_a_box_whose_database_was_replaced_by_no_database_says_that_it_was_replaced() {
    let (venue, data) = a_box();
    let (file, other) = (venue.file(), data.join("other"));
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[100..].fill(7);
    std::fs::write(&other, bytes).unwrap();
    std::fs::rename(&other, &file).unwrap();
    let (code, _, said) = command(&data, &["user", "add", "late", "--password-stdin"], PASSWORD);
    assert!(code == 1 && said.contains("has another database open"), "{code} {said}");
    assert!(command(&data, &["doctor"], "").1.contains("has another database open"));
}

#[test]
fn no_wish_is_answered_into_a_database_that_was_taken_from_under_the_box() {
    for (way, take) in WAYS {
        let (venue, data) = a_box();
        let file = venue.file();
        let (mut host, guests) = begin(&venue, 4);
        let ledger = Ledger::default();
        let (mut asking, reading) = (guests[0].clone(), guests[1].clone());
        ledger.while_asking(&guests, Duration::from_millis(4), None, || {
            ledger.await_more(60);
            take(&file);
            wait("it goes on answering", || is_displaced(&mut asking, 0));
            wait("what was answered is not kept", || !kept(&data).is_empty());
            // As many at once as need connections that are not open yet.
            std::thread::scope(|scope| {
                for mut reader in vec![reading; 16] {
                    let mut reads = move || (0..20).all(|_| reader.get("/api/djane/party").status == 200);
                    scope.spawn(move || assert!(reads(), "{way}: a page is not shown"));
                }
            });
        });
        if file.exists() && !way.starts_with("its") {
            // It has the place of the other, and that one's WAL beside it.
            let (code, _, said) = command(&data, &["user", "add", "late", "--password-stdin"], PASSWORD);
            assert!(code == 1 && said.contains("has another database open"), "{way}: {code} {said}");
            assert!(command(&data, &["doctor"], "").1.contains("has another database open"), "{way}");
        }
        let health = venue.stranger().get("/api/health");
        assert_eq!((health.status, health.code().as_str()), (503, "database_displaced"), "{way}");
        let page = host.get("/djane/admin/requests");
        assert!(page.status == 200 && page.body.contains("was moved, deleted or replaced"), "{way}");
        assert!(!page.body.contains("data-unsaved=\"database_displaced\" hidden"), "{way}: {}", page.body);
        assert_eq!(file.exists(), !["deleted", "moved"].contains(&way), "{way}: another was made in its place");
        let copies = kept(&data);
        assert_eq!(copies.len(), 1, "{way}: {copies:?}");
        assert_eq!((faults(&copies[0]), ledger.missing(&copies[0], |_| true)), (vec![], vec![]), "{way}");
        let told = venue.log.lock().unwrap().matches("Pages are shown, and nothing can be saved").count();
        assert_eq!(told, 1, "{way}");
        let (code, _, outer) = venue.terminate();
        assert_eq!(code, Some(0), "{way}");
        let next = serve(outer);
        assert_eq!(next.stranger().get("/api/health").status, 200, "{way}");
        let told = next.log.lock().unwrap().clone();
        assert!(told.contains("displaced-") && told.contains("is newer than"), "{way}: {told}");
        let (_, _, outer) = next.terminate();
        assert_eq!(faults(&outer.path().join("data/partyplaylist.db")), Vec::<String>::new(), "{way}");
        println!("| {way} | {} answered | {} |", ledger.acked(), copies[0].display());
        // What it kept brings everything back.
        let restored = command(&data, &["restore", copies[0].to_str().unwrap()], "");
        assert_eq!((restored.0, ledger.missing(&file, |_| true)), (0, vec![]), "{way}: {}", restored.2);
        drop(outer);
    }
}

#[test]
fn a_link_that_leads_elsewhere_takes_no_wish_with_it() {
    let outer = tempfile::tempdir().unwrap();
    let (data, real) = (outer.path().join("data"), outer.path().join("real"));
    std::fs::create_dir(&data).unwrap();
    std::fs::create_dir(&real).unwrap();
    furnish(&data);
    let link = data.join("partyplaylist.db");
    std::fs::rename(&link, real.join("p.db")).unwrap();
    std::os::unix::fs::symlink(real.join("p.db"), &link).unwrap();
    let venue = serve(outer);
    let (_, guests) = begin(&venue, 2);
    let ledger = Ledger::default();
    let mut asking = guests[0].clone();
    ledger.while_asking(&guests, Duration::from_millis(4), None, || {
        ledger.await_more(20);
        std::fs::copy(real.join("p.db"), real.join("other.db")).unwrap();
        std::fs::remove_file(&link).unwrap();
        std::os::unix::fs::symlink(real.join("other.db"), &link).unwrap();
        wait("it goes on answering", || is_displaced(&mut asking, 0));
        wait("what was answered is not kept", || !kept(&real).is_empty());
    });
    let (code, _, outer) = venue.terminate();
    assert_eq!((code, ledger.missing(&kept(&real)[0], |_| true)), (Some(0), vec![]));
    drop(outer);
}

#[test]
fn what_could_not_be_kept_at_first_is_kept_at_the_stop_at_the_latest() {
    let (venue, data) = a_box();
    let (_, guests) = begin(&venue, 2);
    let (ledger, file) = (Ledger::default(), venue.file());
    let mut asking = guests[0].clone();
    // Something is in the way of the copy, as a full disk is.
    std::fs::write(data.join("backups"), "a file").unwrap();
    ledger.while_asking(&guests, Duration::from_millis(4), None, || {
        ledger.await_more(20);
        std::fs::remove_file(&file).unwrap();
        wait("it goes on answering", || is_displaced(&mut asking, 0));
        wait("nothing stood in the way", || venue.log.lock().unwrap().contains("could not be kept"));
    });
    std::fs::remove_file(data.join("backups")).unwrap();
    let (code, _, outer) = venue.terminate();
    assert_eq!((code, ledger.missing(&kept(&data)[0], |_| true)), (Some(0), vec![]));
    drop(outer);
}

#[test]
fn a_box_goes_on_when_its_database_is_back_in_its_place() {
    let (venue, data) = a_box();
    let (file, away) = (venue.file(), data.with_file_name("away"));
    let (_, mut guests) = begin(&venue, 1);
    let guest = &mut guests[0];
    let mut asked = BTreeSet::new();
    let aside = file.with_file_name("aside.db");
    for (n, (from, to)) in [(&file, &aside), (&data, &away)].into_iter().enumerate() {
        std::fs::rename(from, to).unwrap();
        wait("it goes on answering", || is_displaced(guest, n));
        assert!(!from.exists(), "something was made in its place");
        std::fs::rename(to, from).unwrap();
        let title = format!("After {n}");
        wait("it does not go on", || guest.post("/api/djane/requests", &wish(&title)).status == 201);
        asked.insert(title);
        assert_eq!(venue.stranger().get("/api/health").status, 200);
    }
    let told = |what: &str| venue.log.lock().unwrap().matches(what).count();
    wait("the log does not say each time that it is back", || told("is in its place again") == 2);
    assert_eq!(told("Pages are shown, and nothing can be saved"), 2, "{}", venue.log.lock().unwrap());
    let (code, _, outer) = venue.terminate();
    assert_eq!(code, Some(0));
    assert_eq!(faults(&file), Vec::<String>::new());
    assert!(asked.is_subset(&titles(&file).into_keys().collect()));
    drop(outer);
}

#[test]
fn a_new_database_is_not_ruined_by_the_wal_of_one_that_was_deleted() {
    let (venue, data) = a_box();
    let (_, guests) = begin(&venue, 4);
    let ledger = Ledger::default();
    // Who has it open keeps all that comes in the WAL.
    let mut reader = std::process::Command::new("sleep");
    let mut reader = reader.arg("60").stdin(std::fs::File::open(venue.file()).unwrap()).spawn().unwrap();
    ledger.while_asking(&guests, Duration::from_millis(4), None, || ledger.await_more(60));
    std::fs::remove_file(venue.file()).unwrap();
    let outer = venue.kill();
    reader.kill().unwrap();
    reader.wait().unwrap();
    let wal = std::fs::metadata(data.join("partyplaylist.db-wal")).unwrap().len();
    assert!(wal > 100_000, "{wal}");
    std::fs::create_dir_all(data.join("backups")).unwrap();
    std::fs::write(data.join("backups/nightly-1.db"), "x").unwrap();
    let next = serve(outer);
    let log = next.log.lock().unwrap().clone();
    assert!(log.contains("leftover-") && log.contains("There is no database") && log.contains("nightly-1.db"), "{log}");
    let (_, _, outer) = next.terminate();
    assert_eq!(faults(&outer.path().join("data/partyplaylist.db")), Vec::<String>::new());
}

/// What a person writes over the file, which is made before more is asked for, unless it is nothing of the kind.
const OVER: [Way; 4] = [
    ("a backup", |file| assert_eq!(command(file.parent().unwrap(), &["backup", &over(file)], "").0, 0)),
    // One begun in the very moment of a checkpoint is told to be made again.
    ("a copy", |file| {
        wait("no copy is sound", || {
            std::fs::copy(file, over(file)).unwrap() > 0 && faults(Path::new(&over(file))).is_empty()
        });
    }),
    ("nothing", |file| std::fs::write(over(file), "").unwrap()),
    ("noise", |file| std::fs::write(over(file), [0xa5; 300_000]).unwrap()),
];

fn over(file: &Path) -> String {
    file.with_file_name("over.db").display().to_string()
}

#[test]
fn a_backup_copied_over_the_running_database_is_not_ruined_and_is_what_the_next_start_has() {
    for (way, make) in OVER {
        let (venue, data) = a_box();
        let file = venue.file();
        let (_, guests) = begin(&venue, 4);
        let ledger = Ledger::default();
        let (mut asking, mut reading) = (guests[0].clone(), guests[1].clone());
        let mut had = BTreeSet::new();
        ledger.while_asking(&guests, Duration::from_millis(4), None, || {
            ledger.await_more(30);
            let checkpointed = || {
                let changed = || std::fs::metadata(&file).unwrap().modified().unwrap();
                let before = changed();
                wait("nothing is checkpointed", || changed() > before);
            };
            checkpointed();
            make(&file);
            // It is an older one by now.
            checkpointed();
            if way.starts_with("a ") {
                had = titles(Path::new(&over(&file))).into_keys().collect();
            }
            ledger.await_more(30);
            std::fs::write(&file, std::fs::read(over(&file)).unwrap()).unwrap();
            wait("it goes on answering", || is_overwritten(&mut asking));
        });
        let seen = reading.get("/api/djane/party");
        assert_eq!((seen.status, seen.code().as_str()), (503, "database_overwritten"), "{way}: a mixture is shown");
        assert_eq!(venue.stranger().get("/api/health").code(), "database_overwritten", "{way}");
        let port = venue.port().to_string();
        let doctor = command(&data, &["doctor", "--address", "127.0.0.1", "--port", &port], "").1;
        let found = doctor.lines().find(|line| line.contains(" port ")).unwrap();
        assert!(found.starts_with("WRONG") && found.contains("wrote over the database"), "{way}: {doctor}");
        let told = venue.log.lock().unwrap().matches("was written over by another program").count();
        assert_eq!(told, 1, "{way}");
        let (code, _, outer) = venue.terminate();
        assert_eq!(code, Some(0), "{way}");
        assert!(std::fs::read(&file).unwrap() == std::fs::read(over(&file)).unwrap(), "{way}: the box wrote into it");
        assert!(!data.join("partyplaylist.damaged").exists(), "{way}: it is taken for damaged");
        if !way.starts_with("a ") {
            continue;
        }
        assert!(had.len() > 5, "{way}: {had:?}");
        let next = serve(outer);
        assert_eq!(next.stranger().get("/api/health").status, 200, "{way}");
        let (_, _, outer) = next.terminate();
        assert_eq!(faults(&file), Vec::<String>::new(), "{way}");
        assert_eq!(titles(&file).into_keys().collect::<BTreeSet<_>>(), had, "{way}");
        println!("| written over by {way} | {} answered, {} in it |", ledger.acked(), had.len());
        drop(outer);
    }
}

#[test]
fn a_backup_made_just_now_and_copied_over_the_running_database_is_noticed_too() {
    let (venue, data) = a_box();
    let (file, (_, mut guests)) = (venue.file(), begin(&venue, 1));
    assert_eq!(guests[0].post("/api/djane/requests", &wish("The last one")).status, 201);
    let wal = data.join("partyplaylist.db-wal");
    wait("the WAL is not emptied", || std::fs::metadata(&wal).unwrap().len() == 0);
    OVER[0].1(&file);
    std::fs::copy(over(&file), &file).unwrap();
    wait("it goes on answering", || is_overwritten(&mut guests[0]));
    let (code, _, outer) = venue.terminate();
    assert_eq!(code, Some(0));
    assert!(std::fs::read(&file).unwrap() == std::fs::read(over(&file)).unwrap());
    drop(outer);
}

#[test]
fn what_other_programs_do_by_way_of_sqlite_is_no_writing_over() {
    let (venue, data) = a_box();
    let (file, (_, mut guests)) = (venue.file(), begin(&venue, 1));
    for (n, sql) in [
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "CREATE INDEX another ON requests (title)",
        "ANALYZE",
        "DROP INDEX another; PRAGMA wal_checkpoint(TRUNCATE)",
        "VACUUM",
        "PRAGMA wal_checkpoint(TRUNCATE); VACUUM; PRAGMA wal_checkpoint(TRUNCATE)",
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(command(&data, &["user", "add", &format!("dj{n}"), "--password-stdin"], PASSWORD).0, 0);
        let conn = rusqlite::Connection::open(&file).unwrap();
        conn.busy_timeout(Duration::from_secs(10)).unwrap();
        conn.execute_batch(sql).unwrap();
        drop(conn);
        let answer = guests[0].post("/api/djane/requests", &wish(&format!("After {n}")));
        assert_eq!(answer.status, 201, "{sql}: {}", answer.body);
        let wal = data.join("partyplaylist.db-wal");
        wait("the WAL is not emptied", || std::fs::metadata(&wal).unwrap().len() == 0);
        assert_eq!(venue.stranger().get("/api/health").status, 200, "{sql}: {}", venue.log.lock().unwrap());
    }
    let (code, _, outer) = venue.terminate();
    assert_eq!((code, faults(&file)), (Some(0), vec![]));
    drop(outer);
}
