//! What was cut off, of a database that nobody has open now, is settled before anything else looks: files left unfinished,
//! a change half done in rollback mode (a backup is in it until it is first started on), a WAL of another database.

pub mod rollback_journal;
pub mod stale_wal;
pub mod sweep;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use self::rollback_journal::{Holds, has_begun, holds, journal_of};
use self::stale_wal::{ASIDE, SCRATCH, reads_well, set_aside};
use self::sweep::{REPLACED, sweep};
use super::copies::folder::{DISPLACED, newest_copy};
use super::file::disk_space::folder_of;
use super::file::files;
use super::file::files::{begins, fault};
use super::file::progress::Progress;
use super::file::{disk_space, replace};
use super::pool::{is_half_done, name};
use super::wal::file_watch::wal_of;
use crate::domain::Timestamp;
use crate::store::error::{Error, Result};

/// Leaves a database and what lies beside it as if nothing had been cut off. Only for who holds the data folder.
pub fn settle(database: &Path, now: Timestamp) -> Result<()> {
    sweep(database)?;
    take_back(database, now)?;
    if let Some(aside) = set_aside(database, now)? {
        log::warn!(target: "box", "The WAL beside the database belongs to another database, and was moved to {}: was a backup put in place by hand, or the database taken away? Use `partyplaylist restore` for that.", aside.display());
    }
    let newest = newest_copy(database)?;
    if let Some(kept) = newest.as_ref().filter(|kept| begins(kept, DISPLACED) && is_newer(kept, database)) {
        log::warn!(target: "box", "A database was moved, deleted or replaced while the box ran, and what was saved until then is kept in {}, which is newer than the one there now: stop the box and run `partyplaylist restore` on it to go on with that.", kept.display());
    } else if let Some(copy) = newest.filter(|_| !database.exists()) {
        log::warn!(target: "box", "There is no database in {}, so a new one is made, with no account in it. The newest copy of an earlier one is {}: stop the box and run `partyplaylist restore` on it to go on with that.", folder_of(database).display(), copy.display());
    }
    Ok(())
}

fn is_newer(kept: &Path, database: &Path) -> bool {
    let written = |path: &Path| std::fs::metadata(path).and_then(|about| about.modified()).ok();
    written(kept) > written(database)
}

/// Takes back a change that was cut off. A journal does not say whose it is, and would ruin a database that was put beside
/// it by hand: so all but a mere change of mode is taken back in a copy, which then takes the place of both files; they
/// are kept. One that spoils the database is moved aside.
fn take_back(database: &Path, now: Timestamp) -> Result<()> {
    if !database.exists() && has_begun(&journal_of(database))? {
        // The next database that is made would have to do with it.
        return aside(database, now);
    }
    if !is_half_done(database)? {
        return Ok(());
    }
    // Beside a WAL the file itself is not opened: nobody has looked yet whether that one belongs to it.
    let holds = holds(database)?;
    if holds == Holds::Mode && !wal_of(database).exists() {
        return open(database);
    }
    if holds == Holds::Another {
        return aside(database, now);
    }
    let _progress = Progress::on(database, || {
        "A program was cut off in the middle of a change, and it is looked how the database was before.".into()
    });
    disk_space::ask(
        folder_of(database),
        files::sizes(database)?.iter().sum(),
        "To take back a change that was cut off",
    )?;
    let scratch = files::with_tail(database, SCRATCH);
    let done = judge(database, &scratch)
        .and_then(|own| if own { exchange(database, &scratch, now) } else { aside(database, now) });
    files::remove(&scratch)?;
    done
}

/// Lets `SQLite` take back what it takes back. Damage is not for here to say.
fn open(database: &Path) -> Result<()> {
    let conn = Connection::open_with_flags(name(database)?, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    match conn.pragma_query_value(None, "schema_version", |_| Ok(())).map_err(Error::from) {
        Ok(()) | Err(Error::Damaged(_)) => {}
        Err(error) => return Err(error),
    }
    log::info!(target: "box", "A program was cut off while it changed the mode of the database: that was taken back.");
    Ok(())
}

/// Leaves the database at `scratch` as its journal would have it; answers false where it is whole without that journal only.
fn judge(database: &Path, scratch: &Path) -> Result<bool> {
    let copy = |journal: bool| {
        files::remove(scratch)?;
        let copy = |from: &Path, to: &Path| std::fs::copy(from, to).map_err(|error| fault(to, &error));
        copy(database, scratch)?;
        if journal { copy(&journal_of(database), &journal_of(scratch)).map(drop) } else { Ok(()) }
    };
    copy(true)?;
    if reads_well(scratch)? {
        return Ok(true);
    }
    copy(false)?;
    if reads_well(scratch)? {
        return Ok(false);
    }
    copy(true)?;
    reads_well(scratch).map(|_| true)
}

/// Puts the database at `scratch` in the place of the one that is half changed. The journal beside it would change nothing
/// more in it: a plug may be pulled before that goes.
fn exchange(database: &Path, scratch: &Path, now: Timestamp) -> Result<()> {
    let kept = database.with_file_name(format!("{REPLACED}{}.db", now.stamp()));
    replace::put(scratch, database, Some(&kept))?;
    put_away(database, &journal_of(&kept))?;
    log::warn!(target: "box", "A program was cut off in the middle of a change to the database: that was taken back. The files as they were are kept as {} and its -journal.", kept.display());
    Ok(())
}

fn aside(database: &Path, now: Timestamp) -> Result<()> {
    let aside = database.with_file_name(format!("{ASIDE}{}.db-journal", now.stamp()));
    put_away(database, &aside)?;
    log::warn!(target: "box", "The rollback journal beside the database belongs to another database, and was moved to {}: was a backup put in place by hand, or the database taken away? Use `partyplaylist restore` for that.", aside.display());
    Ok(())
}

fn put_away(database: &Path, to: &Path) -> Result<()> {
    let journal = journal_of(database);
    std::fs::rename(&journal, to).map_err(|error| fault(&journal, &error))?;
    files::keep_name(database)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::pool::open_read_only;
    use super::super::schema::migrate::migrate;
    use super::super::schema::versions::LATEST;
    use super::{Connection, Holds, Path, Timestamp, holds, is_half_done, journal_of, settle, wal_of};

    const NOW: Timestamp = Timestamp(1_700_000_000_000);
    const ROWS: &str = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
                        INSERT INTO sign_in_waits SELECT randomblob(40), ";
    const MANY: &str = "UPDATE sign_in_waits SET failures = 2; INSERT INTO sign_in_waits SELECT randomblob(40), 1, 1 FROM sign_in_waits";

    /// A database in rollback mode with so many thousand rows, and a program that was cut off in the middle of a change.
    fn cut_off(thousands: usize, change: &str) -> (tempfile::TempDir, PathBuf) {
        let (running, dir) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (from, to) = (running.path().join("p.db"), dir.path().join("p.db"));
        migrate(&from, LATEST, NOW).unwrap();
        let conn = Connection::open(&from).unwrap();
        conn.execute_batch("PRAGMA journal_mode = DELETE; PRAGMA cache_size = 2").unwrap();
        let rows = format!("{ROWS} 1, 1 FROM n LIMIT {}", thousands * 1000);
        conn.execute_batch(&format!("{rows}; BEGIN; {change}")).unwrap();
        std::fs::copy(&from, &to).unwrap();
        std::fs::copy(journal_of(&from), journal_of(&to)).unwrap();
        conn.execute_batch("ROLLBACK").unwrap();
        (dir, to)
    }

    /// Rows, and how many of them are as they were before.
    fn rows(path: &Path) -> (i64, i64) {
        let conn = Connection::open(path).unwrap();
        let verdict: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        let sql = "SELECT count(*), count(*) FILTER (WHERE failures = 1) FROM sign_in_waits";
        conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
    }

    fn names(dir: &tempfile::TempDir) -> Vec<String> {
        let entries = std::fs::read_dir(dir.path()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_change_that_was_cut_off_is_taken_back_and_not_called_damage() {
        let (dir, path) = cut_off(3, MANY);
        assert!(is_half_done(&path).unwrap() && holds(&path).unwrap() == Holds::Change);
        let said = open_read_only(&path).unwrap_err().to_string();
        assert!(said.contains("in the middle of a change") && !said.contains("damaged"), "{said}");
        settle(&path, NOW).unwrap();
        let kept = format!("replaced-{}.db", NOW.stamp());
        assert_eq!(names(&dir), ["p.db".to_owned(), kept.clone(), format!("{kept}-journal")]);
        assert_eq!(rows(&path), (3000, 3000));
        assert_eq!(rows(&dir.path().join(kept)), (3000, 3000), "what is kept is not what there was");
    }

    #[test]
    fn a_database_put_by_hand_beside_the_journal_of_another_is_not_touched() {
        let few = "UPDATE sign_in_waits SET failures = 2 WHERE rowid < 300; INSERT INTO sign_in_waits SELECT randomblob(40), 1, 1 FROM sign_in_waits LIMIT 20";
        for (change, ahead, seen) in [(MANY, 0, Holds::Another), (few, 0, Holds::Another), (few, 1, Holds::Change)] {
            let (dir, path) = cut_off(3, change);
            let was = std::fs::read(&path).unwrap()[27];
            let (_other, backup) = cut_off(2, MANY);
            assert_eq!(rows(&backup), (2000, 2000));
            std::fs::copy(&backup, &path).unwrap();
            // As many changes as if it were the same one.
            let mut before = std::fs::read(&backup).unwrap();
            (before[27], before[95]) = (was + ahead, was + ahead);
            std::fs::write(&path, &before).unwrap();
            assert_eq!(holds(&path).unwrap(), seen);
            settle(&path, NOW).unwrap();
            assert!(std::fs::read(&path).unwrap() == before, "the journal of another was taken back into it");
            assert_eq!(names(&dir), [format!("leftover-{}.db-journal", NOW.stamp()), "p.db".into()]);
        }
    }

    #[test]
    fn a_journal_whose_database_was_deleted_does_not_ruin_the_new_one() {
        let (dir, path) = cut_off(1, MANY);
        std::fs::remove_file(&path).unwrap();
        settle(&path, NOW).unwrap();
        migrate(&path, LATEST, NOW).unwrap();
        assert_eq!(rows(&path), (0, 0));
        assert_eq!(names(&dir), [format!("leftover-{}.db-journal", NOW.stamp()), "p.db".into()]);
    }

    #[test]
    fn a_change_that_somebody_is_at_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        migrate(&path, LATEST, NOW).unwrap();
        let conn = Connection::open(&path).unwrap();
        conn.execute_batch("PRAGMA journal_mode = DELETE; BEGIN; INSERT INTO sign_in_waits VALUES (x'61', 1, 1)")
            .unwrap();
        assert!(std::fs::metadata(journal_of(&path)).unwrap().len() > 0);
        assert!(!is_half_done(&path).unwrap());
        let seen = open_read_only(&path).unwrap();
        assert_eq!(seen.query_row("SELECT count(*) FROM sign_in_waits", [], |row| row.get::<_, i64>(0)), Ok(0));
        drop(seen);
        conn.execute_batch("COMMIT").unwrap();
        assert_eq!(rows(&path), (1, 1));
    }

    #[test]
    fn a_change_of_mode_that_was_cut_off_is_taken_back_in_place() {
        let (dir, path) = cut_off(1, MANY);
        assert_eq!(rows(&path), (1000, 1000));
        let before = std::fs::read(&path).unwrap();
        // What `PRAGMA journal_mode = WAL` has written when it is cut off before the journal goes.
        let mut journal = vec![0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7];
        let pages = u32::try_from(before.len() / 4096).unwrap();
        journal.extend([1, 7, pages, 512, 4096].iter().flat_map(|word: &u32| word.to_be_bytes()));
        journal.resize(512, 0);
        let page = &before[..4096];
        let sum = 7 + (1..=20).map(|n| u32::from(page[4096 - 200 * n])).sum::<u32>();
        journal.extend([&1_u32.to_be_bytes(), page, &sum.to_be_bytes()].concat());
        let mut now = before.clone();
        now[18..20].fill(2);
        now[27] += 1;
        std::fs::write(&path, &now).unwrap();
        std::fs::write(journal_of(&path), &journal).unwrap();
        assert!(is_half_done(&path).unwrap() && holds(&path).unwrap() == Holds::Mode);
        assert!(open_read_only(&path).unwrap().query_row("SELECT count(*) FROM sign_in_waits", [], |_| Ok(())).is_ok());
        // One page is to be taken back as well, and it is another.
        let mut other = journal.clone();
        other[515] = 2;
        std::fs::write(journal_of(&path), &other).unwrap();
        assert!(holds(&path).unwrap() != Holds::Mode && open_read_only(&path).is_err());
        std::fs::write(journal_of(&path), &journal).unwrap();
        settle(&path, NOW).unwrap();
        assert_eq!(names(&dir), ["p.db"]);
        assert!(std::fs::read(&path).unwrap() == before, "it was not taken back");
        // The same beside a WAL, which nobody has looked at yet.
        std::fs::write(&path, &now).unwrap();
        std::fs::write(journal_of(&path), &journal).unwrap();
        std::fs::write(wal_of(&path), "noise").unwrap();
        settle(&path, NOW).unwrap();
        assert!(std::fs::read(&path).unwrap() == before);
        assert!(wal_of(&path).exists() && !journal_of(&path).exists());
    }
}
