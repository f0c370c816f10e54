//! Passwords on standard input and at a terminal.

use std::path::Path;
use std::process::Command;

use super::{everything, home, run};
use crate::venue::{Venue, program};

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
