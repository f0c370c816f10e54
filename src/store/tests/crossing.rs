//! Which statements read the rows of all tenants: a written list. Whoever adds one says here what of others crosses over.

use std::path::{Path, PathBuf};

/// Where a statement crosses tenants, how many there do, and what crosses.
const CROSSING: [(&str, usize, &str); 2] = [
    ("spotify/budget.rs", 3, "calls of a client id by the hour, how many DJs make them, and until when it is refused"),
    ("spotify/connection.rs", 2, "whether another DJ plays on the same account, and how many use the same app"),
];
/// Where crossing is made, and tried.
const AT_HOME: [&str; 1] = ["tenant/tx.rs"];

fn sources(folder: &Path) -> Vec<PathBuf> {
    let all = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

#[test]
fn only_what_is_written_down_here_reads_the_rows_of_all_tenants() {
    let store = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found = Vec::new();
    for file in sources(&store) {
        let name = file.strip_prefix(&store).unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        // A condition that is always true would bind the tenant and cross all the same.
        let tautologies = [":tenant <> ''", ":tenant = :tenant", ":tenant IS NOT NULL", ":tenant IS :tenant"];
        let is_a_test = name.starts_with("tests") || name.ends_with("tests.rs");
        assert!(
            is_a_test || !tautologies.iter().any(|always| text.contains(always)),
            "{name} crosses and does not say so"
        );
        let crossing = text.matches(".across_tenants(").count();
        if crossing > 0 && !is_a_test && !AT_HOME.contains(&name.as_str()) {
            found.push((name, crossing));
        }
    }
    found.sort();
    let written: Vec<_> = CROSSING.iter().map(|(file, statements, _)| ((*file).to_owned(), *statements)).collect();
    assert_eq!(found, written);
}
