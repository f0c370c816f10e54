//! Commands write into files and standard output without hurting what is there.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::{everything, home, refused, run};
use crate::venue::{Venue, command, program};

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
