//! The house stays as it is laid out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use partyplaylist::domain::RESERVED;

const FLOORS: [&[&str]; 5] = [&["domain"], &["store", "spotify", "ui"], &["engine"], &["web"], &["app", "config"]];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    found
}

/// A file's module path, as in `store::writer`.
fn module(file: &Path) -> String {
    let inside = file.strip_prefix(root().join("src")).unwrap().with_extension("");
    inside.to_string_lossy().replace('/', "::")
}

/// Code without its tests and comments: tests may look where they like.
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    let text = text.split("#[cfg(test)]").next().unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_floor_uses_only_the_floors_below_it() {
    let height = |name: &str| FLOORS.iter().position(|floor| floor.contains(&name));
    let mut wrong = Vec::new();
    for file in sources(&root().join("src")) {
        let module = module(&file);
        let own = module.split("::").next().unwrap().to_owned();
        let Some(here) = height(&own) else { continue };
        for used in code(&file).split("crate::").skip(1) {
            let used: String = used.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
            let Some(there) = height(&used) else { continue };
            if used != own && there >= here && own != "app" {
                wrong.push(format!("{module} uses {used}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

/// Which modules a file names, a floor's re-exports led back to where they come from.
fn imports(file: &Path, home: &BTreeMap<(String, String), String>, known: &BTreeSet<String>) -> BTreeSet<String> {
    let module = module(file);
    let floor = module.split("::").next().unwrap();
    let mut used = BTreeSet::new();
    for (start, base) in [("use super::super::", 2), ("use super::", 1), ("use crate::", 0)] {
        for tail in code(file).split(start).skip(1) {
            let tail = tail.split(';').next().unwrap();
            if base == 1 && tail.starts_with("super::") {
                continue;
            }
            let mut parent: Vec<&str> = if base == 0 { vec![] } else { module.split("::").collect() };
            parent.truncate(parent.len().saturating_sub(base));
            for path in flatten(tail) {
                let full = [parent.clone(), path.iter().map(String::as_str).collect()].concat().join("::");
                let named = (1..=full.split("::").count())
                    .rev()
                    .map(|n| full.split("::").take(n).collect::<Vec<_>>().join("::"));
                let hit = named.into_iter().find(|name| known.contains(name));
                let last = path.last().cloned().unwrap_or_default();
                let through = hit.as_ref().and_then(|hit| home.get(&(hit.clone(), last)).cloned());
                used.extend(through.or(hit));
            }
        }
    }
    used.remove(&module);
    used.remove(floor);
    used
}

/// `a::{b, c::d}` as `[[a, b], [a, c, d]]`.
fn flatten(tail: &str) -> Vec<Vec<String>> {
    let tail = tail.trim();
    let Some(open) = tail.find('{') else {
        return vec![tail.split("::").map(|part| part.split(" as ").next().unwrap().trim().to_owned()).collect()];
    };
    let head: Vec<String> =
        tail[..open].split("::").map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let inner = &tail[open + 1..tail.rfind('}').unwrap_or(tail.len())];
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[from..]);
    parts
        .iter()
        .filter(|part| !part.trim().is_empty())
        .flat_map(|part| flatten(part))
        .map(|rest| [head.clone(), rest].concat())
        .collect()
}

#[test]
fn no_two_modules_import_each_other() {
    let files = sources(&root().join("src"));
    let known: BTreeSet<String> = files.iter().map(|file| module(file)).collect();
    let mut home = BTreeMap::new();
    for file in &files {
        let here = module(file);
        for line in code(file).split("pub use ").skip(1) {
            for path in flatten(line.split(';').next().unwrap()) {
                let from = format!("{here}::{}", path[..path.len() - 1].join("::"));
                if known.contains(&from) {
                    home.insert((here.clone(), path.last().unwrap().clone()), from);
                }
            }
        }
    }
    let graph: BTreeMap<String, BTreeSet<String>> =
        files.iter().map(|file| (module(file), imports(file, &home, &known))).collect();
    assert!(graph["store::party::decisions"].contains("store::party::queue"), "the reader of imports is blind");
    assert!(graph["store::party::decisions"].contains("domain::refusal"), "re-exports are not led back");
    let pairs: Vec<String> = graph
        .iter()
        .flat_map(|(a, used)| {
            used.iter().filter(move |b| a < *b).filter(|b| graph[*b].contains(a)).map(move |b| format!("{a} <-> {b}"))
        })
        .collect();
    assert_eq!(pairs, Vec::<String>::new());
}

#[test]
fn files_are_short_and_plain() {
    let mut lengths = Vec::new();
    for file in sources(&root().join("src")) {
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(!text.contains("macro_rules!"), "{}", file.display());
        lengths.push((text.lines().count(), file));
    }
    lengths.sort();
    let (longest, file) = lengths.last().unwrap();
    assert!(*longest <= 300, "{} has {longest} lines", file.display());
    let median = lengths[lengths.len() / 2].0;
    println!("{} files, median {median} lines, longest {longest}", lengths.len());
    assert!(median <= 120, "median {median}");
}

#[test]
fn the_top_level_is_as_given() {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "-co", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let top: BTreeSet<&str> =
        listed.lines().map(|path| path.split('/').next().unwrap()).filter(|name| !name.starts_with('.')).collect();
    let given = [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "assets",
        "config.example.toml",
        "scripts",
        "sql",
        "src",
        "tests",
    ];
    assert_eq!(top, BTreeSet::from(given));
}

#[test]
fn every_fixed_first_segment_is_reserved_as_a_username() {
    let mut fixed = BTreeSet::new();
    for route in partyplaylist::web::routes() {
        let path = route.uri.path().to_owned();
        let mut segments = path.trim_start_matches('/').split('/');
        let first = segments.next().unwrap().to_owned();
        let second = segments.next().unwrap_or_default().to_owned();
        fixed.insert(if first == "api" { second } else { first.clone() });
        fixed.insert(first);
    }
    fixed.retain(|segment| !segment.starts_with('<') && !segment.is_empty());
    let free: Vec<_> = fixed.iter().filter(|segment| !RESERVED.contains(&segment.as_str())).collect();
    assert!(free.is_empty(), "{free:?} could be taken as a username");
    let unused: Vec<_> = RESERVED.iter().filter(|word| !fixed.contains(**word)).collect();
    assert_eq!(unused, [&"static"], "reserved for what comes");
}
