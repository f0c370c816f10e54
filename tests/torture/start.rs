use rusqlite::Connection;

use crate::ledger::folder;
use crate::venue::command;

/// Files that are not a sound database of ours: what they are, their bytes, a word of the refusal.
fn bad_files() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let dir = folder();
    let good = std::fs::read(dir.path().join("partyplaylist.db")).unwrap();
    let foreign = dir.path().join("foreign.db");
    let conn = Connection::open(&foreign).unwrap();
    conn.execute_batch("PRAGMA application_id = 42; CREATE TABLE photos (name TEXT)").unwrap();
    drop(conn);
    let mut newer = good.clone();
    newer[60..64].copy_from_slice(&99_u32.to_be_bytes());
    let mut torn = good.clone();
    torn[4096..12_000].fill(0x5a);
    let mut beheaded = good.clone();
    beheaded[16..100].fill(0xff);
    vec![
        ("empty", vec![], "is empty"),
        ("zero bytes", vec![0; good.len()], "not a database"),
        ("truncated", good[..good.len() / 2].to_vec(), "damaged"),
        ("a text file", b"Not a database, but a shopping list.\n".repeat(200), "not a database"),
        ("another program's database", std::fs::read(&foreign).unwrap(), "another program"),
        ("of a newer version", newer, "version 99"),
        ("torn in the middle", torn, "damaged"),
        ("a header of noise", beheaded, ""),
    ]
}

#[test]
fn a_bad_file_is_refused_with_one_line_and_left_as_it_is() {
    println!("| file | refusal |");
    for (what, bytes, word) in bad_files() {
        let dir = folder();
        let file = dir.path().join("partyplaylist.db");
        std::fs::write(&file, &bytes).unwrap();
        let (code, _, said) = command(dir.path(), &["serve", "--address", "127.0.0.1", "--port", "0"], "");
        println!("| {what} | {} |", said.trim().replace(dir.path().to_str().unwrap(), "DIR"));
        assert_eq!((code, said.lines().count()), (1, 1), "{what}: {said}");
        assert!(said.contains(word), "{what}: {said}");
        assert_eq!(std::fs::read(&file).unwrap(), bytes, "{what}: bytes changed");
        let mut left: Vec<_> = std::fs::read_dir(dir.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["partyplaylist.db", "partyplaylist.key"], "{what}: something was left behind");
    }
}
