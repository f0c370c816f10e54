//! Which file uses which, and the circles among them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::source::{Module, Path, Source};

/// The first line that makes a file use another.
pub struct Edge {
    pub line: usize,
    pub text: String,
}

/// Every file with those it uses, a facade's names led back to the files they come from.
pub struct Graph {
    pub edges: BTreeMap<String, BTreeMap<String, Edge>>,
}

/// What a path leads to.
enum Goal {
    Module(Path),
    /// Something defined in this module.
    Item(Path),
}

struct Tree(BTreeMap<Path, Module>);

impl Tree {
    /// Where a path leads that is written in a module; nowhere in this crate is `None`. `hops` ends a chain of names that
    /// bites its tail.
    fn led(&self, from: &[String], path: &[String], hops: u8) -> Option<Goal> {
        let (mut here, mut rest) = (from.to_vec(), path);
        match rest.first().map(String::as_str) {
            Some("crate") => (here, rest) = (Path::new(), &rest[1..]),
            Some("self") => rest = &rest[1..],
            _ => {}
        }
        let is_from_here = rest.len() == path.len() && path.first().is_some_and(|name| name != "super");
        let mut is_first = true;
        while let Some((name, tail)) = rest.split_first() {
            let module = self.0.get(&here)?;
            let child = [here.clone(), vec![name.clone()]].concat();
            if name == "super" {
                here.pop();
            } else if self.0.contains_key(&child) {
                here = child;
            } else if let Some(used) = module.names.get(name).filter(|_| hops > 0) {
                match self.led(&here, used, hops - 1)? {
                    Goal::Module(module) => here = module,
                    item @ Goal::Item(_) => return Some(item),
                }
            } else if module.items.contains(name) {
                return Some(Goal::Item(here));
            } else if let Some(there) = module.globs.iter().find_map(|glob| self.within(&here, (glob, name), hops)) {
                here = there;
                continue;
            } else {
                return (!(is_first && is_from_here)).then_some(Goal::Item(here));
            }
            (rest, is_first) = (tail, false);
        }
        Some(Goal::Module(here))
    }

    /// The module a `*` takes in, if it has this name.
    fn within(&self, here: &[String], (glob, name): (&Path, &String), hops: u8) -> Option<Path> {
        let Goal::Module(there) = self.led(here, glob, hops.checked_sub(1)?)? else { return None };
        let module = self.0.get(&there)?;
        let has = module.items.contains(name) || module.names.contains_key(name);
        has.then_some(there)
    }

    fn file(&self, goal: Goal) -> Option<String> {
        let (Goal::Module(module) | Goal::Item(module)) = goal;
        Some(self.0.get(&module)?.file.clone())
    }
}

impl Graph {
    /// Reads files, each by its name (`store/writer`; `lib` is the root) and its text.
    pub fn of(files: &BTreeMap<String, String>) -> Self {
        let mut sources: BTreeMap<&String, Source> =
            files.iter().map(|(name, text)| (name, Source::read(name, text))).collect();
        let tests: BTreeSet<String> =
            sources.values().flat_map(|source| &source.tests).map(|module| module.join("/")).collect();
        let is_test = |file: &str| tests.iter().any(|test| file == test || file.starts_with(&format!("{test}/")));
        sources.retain(|name, _| !is_test(name));
        let mut tree = Tree(BTreeMap::new());
        for source in sources.values_mut() {
            tree.0.append(&mut source.modules);
        }
        let mut edges = BTreeMap::new();
        for (file, source) in &sources {
            let used: &mut BTreeMap<String, Edge> = edges.entry((*file).clone()).or_default();
            for mention in &source.mentions {
                let goal = tree.led(&mention.module, &mention.path, 8);
                let Some(to) = goal.and_then(|goal| tree.file(goal)).filter(|to| to != *file) else { continue };
                let text = files[*file].lines().nth(mention.line - 1).unwrap_or_default().trim().to_owned();
                used.entry(to).or_insert(Edge { line: mention.line, text });
            }
        }
        Self { edges }
    }

    /// Files of which each leads to each: the strongly connected components of more than one file, by Tarjan.
    pub fn components(&self) -> BTreeSet<BTreeSet<&str>> {
        let mut search = Search { graph: self, order: BTreeMap::new(), open: Vec::new(), found: BTreeSet::new() };
        for file in self.edges.keys() {
            if !search.order.contains_key(file.as_str()) {
                search.visit(file);
            }
        }
        search.found
    }

    /// The circles that make a component, the shortest first: once the last line of each is mended, none is left. In a
    /// component alone, one more circle would not show.
    pub fn circles<'a>(&'a self, component: &BTreeSet<&'a str>) -> Vec<Circle<'a>> {
        let inside = |file: &&'a str| {
            let used = self.edges[*file].keys().map(String::as_str).filter(|used| component.contains(used));
            (*file, used.collect())
        };
        let mut left: BTreeMap<&str, BTreeSet<&str>> = component.iter().map(inside).collect();
        let mut circles = Vec::new();
        while let Some(files) = shortest(&left) {
            let circle = Circle { graph: self, files };
            let (from, to) = (circle.files[circle.files.len() - 1], circle.files[0]);
            left.get_mut(from).unwrap().remove(to);
            circles.push(circle);
        }
        circles
    }
}

/// The shortest circle there is, the first of them by name. It begins where a parent names its child, so that what is to
/// be mended, the way back up, comes last; else at its first file by name.
fn shortest<'a>(left: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let circles = left.keys().filter_map(|file| back_to(file, left)).map(turned);
    circles.min_by(|a, b| (a.len(), a).cmp(&(b.len(), b)))
}

fn turned(mut circle: Vec<&str>) -> Vec<&str> {
    let first = (0..circle.len()).min_by_key(|at| circle[*at]).unwrap();
    circle.rotate_left(first);
    let is_parent = |at: &usize| is_in(circle[(at + 1) % circle.len()], circle[*at]);
    let parent = (0..circle.len()).find(is_parent).unwrap_or_default();
    circle.rotate_left(parent);
    circle
}

/// Whether a file belongs to the folder of another.
pub fn is_in(file: &str, parent: &str) -> bool {
    file.strip_prefix(parent).is_some_and(|rest| rest.starts_with('/'))
}

/// The shortest way from a file back to itself.
fn back_to<'a>(file: &'a str, left: &BTreeMap<&'a str, BTreeSet<&'a str>>) -> Option<Vec<&'a str>> {
    let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
    let mut next = VecDeque::from([file]);
    while let Some(here) = next.pop_front() {
        for used in &left[here] {
            if *used == file {
                let way = std::iter::successors(Some(here), |at| came_from.get(at).copied());
                let mut way: Vec<&str> = way.collect();
                way.reverse();
                return Some(way);
            }
            if !came_from.contains_key(used) {
                came_from.insert(used, here);
                next.push_back(used);
            }
        }
    }
    None
}

struct Search<'a> {
    graph: &'a Graph,
    /// When each file was first come to.
    order: BTreeMap<&'a str, usize>,
    open: Vec<&'a str>,
    found: BTreeSet<BTreeSet<&'a str>>,
}

impl<'a> Search<'a> {
    /// Answers the earliest file that is still open and led back to.
    fn visit(&mut self, file: &'a str) -> usize {
        let number = self.order.len();
        let mut earliest = number;
        self.order.insert(file, number);
        self.open.push(file);
        for used in self.graph.edges[file].keys() {
            match self.order.get(used.as_str()) {
                None => earliest = earliest.min(self.visit(used)),
                Some(first) if self.open.contains(&used.as_str()) => earliest = earliest.min(*first),
                Some(_) => {}
            }
        }
        if earliest == number {
            let from = self.open.iter().position(|open| *open == file).unwrap();
            let component = BTreeSet::from_iter(self.open.split_off(from));
            if component.len() > 1 {
                self.found.insert(component);
            }
        }
        earliest
    }
}

/// Files each of which uses the next, and the last the first.
pub struct Circle<'a> {
    graph: &'a Graph,
    files: Vec<&'a str>,
}

impl Circle<'_> {
    /// Its files by name.
    pub fn name(&self) -> String {
        BTreeSet::from_iter(&self.files).into_iter().copied().collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Circle<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.name())?;
        let next = self.files.iter().skip(1).chain(&self.files[..1]);
        for (from, to) in self.files.iter().zip(next) {
            let Edge { line, text } = &self.graph.edges[*from][*to];
            writeln!(out, "    {from} -> {to}    src/{from}.rs:{line}: {text}")?;
        }
        Ok(())
    }
}
