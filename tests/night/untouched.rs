//! No command takes away what it did not make.

use std::os::unix::fs::symlink;

use crate::commands::{everything, home, refused};
use crate::venue::{Venue, command};

#[test]
fn a_dj_who_is_refused_does_not_take_the_key_along_that_was_there_first() {
    let (old, new) = (home(), tempfile::tempdir().unwrap());
    let (dj, garbage) = (old.path().join("dj.db"), old.path().join("typo.db"));
    assert_eq!(command(old.path(), &["tenant", "export", "wanda", dj.to_str().unwrap()], "").0, 0);
    std::fs::write(&garbage, "a letter".repeat(1000)).unwrap();
    std::fs::copy(old.path().join("partyplaylist.key"), new.path().join("partyplaylist.key")).unwrap();
    let before = everything(new.path());
    for (file, name) in [(&garbage, "wanda"), (&old.path().join("gone.db"), "wanda"), (&dj, "Not A Name")] {
        refused(new.path(), &["tenant", "import", file.to_str().unwrap(), "--as", name], &[]);
        assert_eq!(everything(new.path()), before, "{}", file.display());
    }
    assert_eq!(command(new.path(), &["tenant", "import", dj.to_str().unwrap()], "").0, 0);
    let key = std::fs::read(new.path().join("partyplaylist.key")).unwrap();
    assert_eq!(Some(&key), before.values().next(), "another key was made");
}

#[test]
fn a_start_does_not_delete_the_database_behind_a_link_nor_files_of_others() {
    let names = ["backups/partyplaylist-v10-2026-11-25.db", "replaced-2026-11-25.db", "partyplaylist.new"];
    for name in names {
        let dir = home();
        let (link, real) = (dir.path().join("partyplaylist.db"), dir.path().join(name));
        std::fs::create_dir(dir.path().join("backups")).unwrap();
        std::fs::rename(&link, &real).unwrap();
        symlink(&real, &link).unwrap();
        let own = ["download-monday.db", "backups/download-monday.db", "partyplaylist-mine.partial"];
        for own in own {
            std::fs::write(dir.path().join(own), "mine").unwrap();
        }
        let venue = Venue::of(dir, &[]);
        assert!(!venue.log.lock().unwrap().contains("Make the first account"), "{name} is gone");
        let (code, _, dir) = venue.terminate();
        assert_eq!(code, Some(0));
        let (code, said, error) = command(dir.path(), &["check"], "");
        assert!(code == 0 && said.contains("Accounts: wanda."), "{name}: {said}{error}");
        for own in own {
            assert!(dir.path().join(own).exists(), "{own} is gone");
        }
    }
}

#[test]
fn a_copy_is_not_made_under_a_name_that_the_box_clears_away() {
    let dir = home();
    std::fs::create_dir(dir.path().join("backups")).unwrap();
    let at = |name: &str| dir.path().join(name).display().to_string();
    for name in [
        "partyplaylist.db.new",
        "partyplaylist.db.restored",
        "partyplaylist.address",
        "replaced-mine.db",
        "partyplaylist-mine.partial",
        "backups/nightly-mine.db",
        "backups/partyplaylist-vip.db",
    ] {
        refused(dir.path(), &["backup", &at(name)], &["the box's own"]);
        refused(dir.path(), &["tenant", "export", "wanda", &at(name)], &["the box's own"]);
    }
    let names = ["download-monday.db", "backups/download-tuesday.db", "partyplaylist.new"];
    for name in names {
        assert_eq!(command(dir.path(), &["backup", &at(name)], "").0, 0, "{name}");
    }
    // Whoever holds the folder clears up.
    assert_eq!(command(dir.path(), &["rotate-key"], "").0, 0);
    for name in names {
        assert!(dir.path().join(name).exists(), "{name} is gone");
    }
}
