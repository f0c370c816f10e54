//! Every command beside everything it may find in a data folder.

use std::path::Path;

use crate::commands::{add, home, run, set_mode};
use crate::venue::{PASSWORD, Venue, command, program};

/// How a data folder may be found.
enum Found {
    NoFolder,
    Empty,
    Sound,
    Running,
    Holds(Vec<u8>),
}

#[test]
fn every_command_ends_as_promised_whatever_it_finds() {
    let (old, out) = (home(), tempfile::tempdir().unwrap());
    let good = std::fs::read(old.path().join("partyplaylist.db")).unwrap();
    let (whole, dj, list) = (out.path().join("whole.db"), out.path().join("dj.db"), out.path().join("list.db"));
    let named = |path: &Path| path.to_str().unwrap().to_owned();
    assert_eq!(command(old.path(), &["backup", &named(&whole)], "").0, 0);
    assert_eq!(command(old.path(), &["tenant", "export", "wanda", &named(&dj)], "").0, 0);
    let first = tempfile::tempdir().unwrap();
    assert_eq!(command(first.path(), &["migrate", "up", "--to", "1"], "").0, 0);
    std::fs::rename(first.path().join("partyplaylist.db"), &list).unwrap();
    let sql = |bytes: &[u8], text: &str| {
        let file = out.path().join("changed.db");
        std::fs::write(&file, bytes).unwrap();
        let conn = rusqlite::Connection::open(&file).unwrap();
        conn.execute_batch(&format!("PRAGMA journal_mode = DELETE; {text}")).unwrap();
        drop(conn);
        std::fs::read(&file).unwrap()
    };
    let mut damaged = good.clone();
    damaged[4096..].fill(0x5a);
    let foreign = sql(b"", "CREATE TABLE theirs (v); PRAGMA user_version = 3");
    // What each ends with: no folder, nothing in it, sound, running, damaged, newer, foreign, a DJ's own.
    let ends: [(&[&str], [i32; 8]); 18] = [
        (&["user", "add", "new-dj", "--password-stdin"], [0, 0, 0, 0, 1, 1, 1, 1]),
        (&["user", "list"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["user", "password", "wanda", "--password-stdin"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["user", "suspend", "wanda"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["user", "activate", "wanda"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["user", "delete", "nobody"], [1, 1, 1, 1, 1, 1, 1, 1]),
        (&["backup", "COPY"], [1, 1, 0, 0, 1, 0, 0, 0]),
        (&["backup", "-"], [1, 1, 0, 0, 1, 0, 0, 0]),
        (&["check"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["restore", "WHOLE"], [0, 0, 0, 1, 0, 0, 0, 0]),
        (&["migrate", "status"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["migrate", "up"], [0, 0, 0, 1, 1, 1, 1, 1]),
        (&["migrate", "down"], [1, 1, 0, 1, 1, 1, 1, 1]),
        (&["import", "LIST", "--user", "wanda"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["tenant", "export", "wanda", "COPY"], [1, 1, 0, 0, 1, 1, 1, 1]),
        (&["tenant", "import", "DJ", "--as", "twin"], [0, 0, 1, 0, 1, 1, 1, 1]),
        (&["rotate-key"], [1, 1, 0, 1, 1, 1, 1, 1]),
        (&["user", "--bad"], [2, 2, 2, 2, 2, 2, 2, 2]),
    ];
    let venue = Venue::fresh(&[]);
    let running = venue.file().parent().unwrap().to_owned();
    add(&running, "wanda");
    let mut wrong = Vec::new();
    for (args, codes) in ends {
        let situations = [
            ("no folder", Found::NoFolder),
            ("nothing in it", Found::Empty),
            ("sound", Found::Sound),
            ("running", Found::Running),
            ("damaged", Found::Holds(damaged.clone())),
            ("newer", Found::Holds(sql(&good, "PRAGMA user_version = 99"))),
            ("foreign", Found::Holds(foreign.clone())),
            ("a DJ's own", Found::Holds(std::fs::read(&dj).unwrap())),
        ];
        for ((what, found), code) in situations.into_iter().zip(codes) {
            let (dir, copy) = (tempfile::tempdir().unwrap(), out.path().join("copy.db"));
            let data = match &found {
                Found::NoFolder => dir.path().join("nowhere"),
                Found::Running => running.clone(),
                _ => dir.path().to_owned(),
            };
            match &found {
                Found::Sound | Found::Holds(_) => {
                    std::fs::copy(old.path().join("partyplaylist.key"), data.join("partyplaylist.key")).unwrap();
                    let bytes = if let Found::Holds(bytes) = &found { bytes } else { &good };
                    std::fs::write(data.join("partyplaylist.db"), bytes).unwrap();
                    set_mode(&data.join("partyplaylist.db"), 0o600);
                }
                _ => {}
            }
            let given: Vec<String> = args
                .iter()
                .map(|arg| match *arg {
                    "COPY" => named(&copy),
                    "WHOLE" => named(&whole),
                    "DJ" => named(&dj),
                    "LIST" => named(&list),
                    other => other.to_owned(),
                })
                .collect();
            let mut child = program();
            child.arg("--data").arg(&data).args(&given);
            let (ended, _, said) = run(child, PASSWORD.as_bytes());
            let lines = said.lines().filter(|line| !line.contains(" INFO ")).count();
            if ended != code || ended == 1 && lines != 1 || ended == 0 && lines != 0 {
                wrong.push(format!("{} ({what}): {ended}, not {code}: {said}", args.join(" ")));
            }
            let _ = std::fs::remove_file(copy);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
