//! The house stays as it is laid out: floors, wings, no circles of files, all of it short.

mod graph;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use graph::{Graph, is_in};
use partyplaylist::domain::RESERVED;
use source::{Function, Source};

/// Each uses those before it alone.
const FLOORS: [&[&str]; 5] = [&["domain"], &["store", "spotify", "ui"], &["engine"], &["web"], &["app", "config"]];

/// The same within the store: its wings, with what stands below all of them and above.
const WINGS: [&[&str]; 11] = [
    &["store/error"],
    &["store/clock", "store/changes", "store/vault"],
    &["store/db"],
    &["store/tenant"],
    &["store/account"],
    &["store/spotify"],
    &["store/party"],
    &["store/following"],
    // An import writes the record, reads house rules and renews the ways into an event.
    &["store/transfer"],
    &["store/sealing"],
    &["store/open"],
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_in(folder: &Path, endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_in(&path, endings));
        } else if path.extension().is_some_and(|end| endings.iter().any(|ending| end == *ending)) {
            found.push(path);
        }
    }
    found
}

/// What the library is written in, each file by its name without ending, as in `store/writer`.
fn library() -> BTreeMap<String, String> {
    let src = root().join("src");
    let named = |file: PathBuf| {
        let name = file.strip_prefix(&src).unwrap().with_extension("").to_string_lossy().into_owned();
        (name, std::fs::read_to_string(&file).unwrap())
    };
    files_in(&src, &["rs"]).into_iter().map(named).filter(|(name, _)| name != "main").collect()
}

/// Who uses what stands on its own level or above it.
fn upward(graph: &Graph, levels: &[&[&str]]) -> Vec<String> {
    let belongs = |file: &str, part: &str| file == part || is_in(file, part);
    let part = |file: &str| levels.iter().flat_map(|level| *level).copied().find(|part| belongs(file, part));
    let level = |part: &str| levels.iter().position(|level| level.contains(&part));
    let mut wrong = Vec::new();
    for (from, used) in &graph.edges {
        for (to, edge) in used {
            let (Some(here), Some(there)) = (part(from), part(to)) else { continue };
            if here != there && level(there) >= level(here) {
                wrong.push(format!("{from} uses {to}    src/{from}.rs:{}: {}", edge.line, edge.text));
            }
        }
    }
    wrong
}

#[test]
fn a_floor_uses_only_the_floors_below_it() {
    let mut graph = Graph::of(&library());
    // What is configured stands beside the app, for the app alone.
    graph.edges.retain(|file, _| !(file == "app" || is_in(file, "app")));
    let wrong = upward(&graph, &FLOORS);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_wing_of_the_store_uses_only_the_wings_before_it() {
    let graph = Graph::of(&library());
    for wing in WINGS.concat() {
        assert!(graph.edges.contains_key(wing), "there is no {wing}");
    }
    let wrong = upward(&graph, &WINGS);
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_folder_of_the_store_can_be_taken_in_at_a_glance() {
    let mut folders: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for file in files_in(&root().join("src/store"), &["rs"]) {
        *folders.entry(file.parent().unwrap().to_owned()).or_default() += 1;
    }
    folders.retain(|_, files| *files > 14);
    assert!(folders.is_empty(), "too many files in {folders:?}");
}

/// Compares what is still wrong with its written list, from which lines go and to which none is ever added.
fn is_as_written(found: &BTreeSet<String>, list: &str, written: &str, told: &str) {
    let written: BTreeSet<String> = written.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect();
    let lines = |some: Vec<&String>| some.into_iter().map(String::as_str).collect::<Vec<_>>().join("\n");
    let (new, gone) = (lines(found.difference(&written).collect()), lines(written.difference(found).collect()));
    assert!(*found == written, "\n{told}\n\nnew:\n{new}\n\nmended, strike off architecture/{list}:\n{gone}\n");
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let graph = Graph::of(&library());
    let mut found = BTreeSet::new();
    let mut told = Vec::new();
    for component in graph.components() {
        let circles = graph.circles(&component);
        let files = component.iter().copied().collect::<Vec<_>>().join(" ");
        told.push(format!("{} files lead to each other, by {} circles: {files}", component.len(), circles.len()));
        told.extend(circles.iter().map(ToString::to_string));
        found.extend(circles.iter().map(graph::Circle::name));
    }
    is_as_written(&found, "circles.txt", include_str!("architecture/circles.txt"), &told.join("\n"));
}

#[test]
fn the_reader_sees_each_way_of_using_a_file() {
    let files = [
        ("lib", "pub mod a; pub mod b;"),
        (
            "a",
            "mod x; mod y; mod z; mod given; pub use given::{Given, inner::Deep}; pub struct Own; use x::X as Renamed;",
        ),
        ("a/given", "pub struct Given; pub mod inner { pub struct Deep; fn f() { super::super::y::f() } }"),
        ("a/x", "pub struct X; fn f() { super::y::f(); } #[cfg(test)] mod tests { use super::super::z::Z; }"),
        (
            "a/y",
            "use super::{Own, x::{self, X}}; fn f() -> crate::b::B { x::g(); println!(\"{}\", super::z::Z::new()) }",
        ),
        ("a/z", "use super::{Given, Renamed}; fn f() -> super::Deep {} // crate::b::B"),
        (
            "b",
            "use std::fmt; use crate::a; pub struct B; pub(in crate::a) fn f() { a::Given::new(); self::g() } fn g() {}",
        ),
    ];
    let graph = Graph::of(&files.map(|(name, text)| (name.to_owned(), text.to_owned())).into());
    let all = graph.edges.iter().flat_map(|(from, used)| used.keys().map(move |to| format!("{from} -> {to}")));
    let expected = [
        "a -> a/given",
        "a -> a/x",
        "a -> a/y",
        "a -> a/z",
        "a/given -> a/y",
        "a/x -> a/y",
        "a/y -> a",
        "a/y -> a/x",
        "a/y -> a/z",
        "a/y -> b",
        "a/z -> a/given",
        "a/z -> a/x",
        "b -> a",
        "b -> a/given",
        "lib -> a",
        "lib -> b",
    ];
    assert_eq!(all.collect::<Vec<_>>(), expected);
    let component = graph.components().into_iter().next().unwrap();
    let circles: Vec<String> = graph.circles(&component).iter().map(graph::Circle::name).collect();
    let expected = ["a a/y", "a/x a/y", "a a/y b", "a/given a/y a/z", "a/given a/y b", "a/x a/y a/z"];
    assert_eq!(circles, expected);
}

#[test]
fn threads_wait_at_the_stores_door_and_handlers_wait_for_nobody() {
    let library = library();
    let graph = Graph::of(&library);
    let uses = |floor: &str, goal: &str| -> Vec<&String> {
        let inside = graph.edges.iter().filter(|(file, _)| is_in(file, floor));
        inside.filter(|(_, used)| used.keys().any(|to| to == goal || is_in(to, goal))).map(|(file, _)| file).collect()
    };
    let door = "store/db/reads/blocking";
    assert!(uses("engine", door).len() > 5, "the reader is blind");
    assert_eq!(uses("web", door), Vec::<&String>::new(), "blocks a handler's thread");
    assert_eq!(uses("web", "spotify"), Vec::<&String>::new(), "goes past the engine");
    let needs_runtime = |text: &str| {
        let code = text.split("#[cfg(test)]").next().unwrap();
        code.contains("block_on") || code.contains("runtime::")
    };
    let engine = library.iter().filter(|(file, _)| is_in(file, "engine") && !file.ends_with("/tests"));
    let wrong: Vec<&String> = engine.filter(|(_, text)| needs_runtime(text)).map(|(file, _)| file).collect();
    assert_eq!(wrong, Vec::<&String>::new(), "needs a runtime");
}

#[test]
fn files_are_short_and_plain() {
    let mut lengths = Vec::new();
    for (file, text) in library() {
        assert!(!text.contains("macro_rules!"), "{file}");
        lengths.push((text.lines().count(), file));
    }
    lengths.sort();
    let median = lengths[lengths.len() / 2].0;
    println!("{} files, median {median} lines, longest {}", lengths.len(), lengths.last().unwrap().0);
    assert!(median <= 120, "median {median}");
    for file in files_in(&root().join("assets"), &["js", "css"]) {
        lengths.push((std::fs::read_to_string(&file).unwrap().lines().count(), file.to_string_lossy().into_owned()));
    }
    lengths.retain(|(lines, _)| *lines > 300);
    assert_eq!(lengths, []);
}

#[test]
fn functions_are_short_and_take_little() {
    let mut long = Vec::new();
    let mut lengths = Vec::new();
    for (file, text) in library() {
        for function in Source::read(&file, &text).functions {
            lengths.push(function.lines);
            if function.lines > 40 || function.arguments > 5 || function.takes_tuple {
                let Function { name, line, lines, arguments, takes_tuple } = function;
                let tuple = if takes_tuple { ", one of them a tuple" } else { "" };
                long.push(format!("src/{file}.rs:{line} {name}: {lines} lines, {arguments} arguments{tuple}"));
            }
        }
    }
    lengths.sort_unstable();
    println!("{} functions, median {} lines, longest {:?}", lengths.len(), lengths[lengths.len() / 2], lengths.last());
    assert!(long.is_empty(), "\n{}", long.join("\n"));
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
