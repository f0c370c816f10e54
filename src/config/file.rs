//! The owner's TOML file.

use std::fs::File;
use std::io::Read;
use std::ops::Range;
use std::path::Path;

use serde_json::Value;
use toml_edit::{ImDocument, Item, TableLike, Value as Toml};

use super::error::{Error, Result};
use super::given::{Given, refused, unknown};
use super::keys::{KEYS, Key, Takes, network};
use super::place::Place;

/// A configuration is some lines; what is longer than this is something else.
const LONGEST: u64 = 1_000_000;

/// A file and its text.
struct Page<'p> {
    path: &'p Path,
    text: &'p str,
}

/// Everything a file sets.
pub fn read(path: &Path) -> Result<Vec<Given>> {
    let text = text(path)?;
    let page = Page { path, text: &text };
    let document = ImDocument::parse(page.text).map_err(|error| page.syntax(error.span(), error.message()))?;
    let mut found = Vec::new();
    for (section, item) in document.iter() {
        match item.as_table_like() {
            Some(table) => page.section(section, table, &mut found)?,
            None => return Err(page.unknown(section, document.as_table(), section)),
        }
    }
    Ok(found)
}

/// What stands in the file, without the mark some editors put in front.
fn text(path: &Path) -> Result<String> {
    let why = |what: String| Error::File(path.to_owned(), what);
    let cannot = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => why("is not there. Check the path after --config.".into()),
        std::io::ErrorKind::PermissionDenied => {
            why("may not be read by this user. Run as its owner, or give it the right to read (chmod).".into())
        }
        std::io::ErrorKind::IsADirectory => why("is a folder. Name a file in it after --config.".into()),
        _ => why(format!("cannot be read: {error}. Check the path after --config.")),
    };
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes)).map_err(cannot)?;
    if bytes.len() as u64 > LONGEST {
        return Err(why("is longer than a megabyte: that is no configuration. Check the path after --config.".into()));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text)),
        Err(error) => {
            let line = error.as_bytes()[..error.utf8_error().valid_up_to()].split(|b| *b == b'\n').count();
            Err(why(format!("is not text in UTF-8 (line {line}). Save it as UTF-8 in your editor.")))
        }
    }
}

impl Page<'_> {
    fn section(&self, section: &str, table: &dyn TableLike, found: &mut Vec<Given>) -> Result<()> {
        if table.is_empty() && !KEYS.iter().any(|key| key.section() == section) {
            return Err(unknown(section, "a section", self.place(self.find(section))));
        }
        for (last, item) in table.iter() {
            let name = format!("{section}.{last}");
            let Some(key) = Key::find(&name) else { return Err(self.unknown(&name, table, last)) };
            let span = item.span().or_else(|| span(table, last));
            let written = self.written(item);
            found.push(Given::new(key, value(key, item, written), written, self.place(span))?);
        }
        Ok(())
    }

    /// A key that is not ours, wherever it stands.
    fn unknown(&self, name: &str, table: &dyn TableLike, last: &str) -> Error {
        let written = table.get(last).map_or("", |item| self.written(item));
        // It may be a secret at a place of its own.
        let shown = if name.contains("token") { "something" } else { written };
        let shown: String = shown.chars().take(80).collect();
        unknown(name, &shown, self.place(span(table, last)))
    }

    /// A value as it stands in the file.
    fn written(&self, item: &Item) -> &str {
        let of_value = item.is_value().then(|| item.span()).flatten();
        of_value.and_then(|span| self.text.get(span)).unwrap_or("a section")
    }

    fn place(&self, span: Option<Range<usize>>) -> Place {
        Place::File(self.path.to_owned(), self.line(span))
    }

    /// The line on which it begins, counted from 1; the first where nobody knows.
    fn line(&self, span: Option<Range<usize>>) -> usize {
        let before = self.text.get(..span.map_or(0, |span| span.start)).unwrap_or_default();
        before.matches('\n').count() + 1
    }

    /// Where a word stands first.
    fn find(&self, word: &str) -> Option<Range<usize>> {
        self.text.find(word).map(|at| at..at + word.len())
    }

    /// What is not TOML: most often a value that lacks its quotes. Then the key of that line says what it takes.
    fn syntax(&self, span: Option<Range<usize>>, message: &str) -> Error {
        let mut number = self.line(span);
        let lines: Vec<&str> = self.text.lines().collect();
        // What is missing at the end of a line is missed at the beginning of the next.
        while number > 1 && lines.get(number - 1).is_none_or(|line| line.trim().is_empty()) {
            number -= 1;
        }
        let line = lines.get(number - 1).copied().unwrap_or_default();
        let mut heads = lines.iter().take(number).rev().map(|line| line.trim());
        let section = heads.find_map(|head| head.strip_prefix('[')?.split(']').next()).unwrap_or_default();
        let (last, written) = line.split_once('=').unwrap_or((line, ""));
        let what = match Key::find(&format!("{}.{}", section.trim(), last.trim())) {
            Some(key) if !message.contains("duplicate") => {
                let quotes = if matches!(key.takes, Takes::Text(..)) { " Text stands in \"quotes\"." } else { "" };
                refused(key, &key.shown(written.trim())) + quotes
            }
            Some(key) => format!("{} is set twice. Allowed: {}, once.", key.name, key.allowed()),
            None => {
                let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
                let shown: String = last.trim().chars().filter(|c| !c.is_control()).take(40).collect();
                format!(
                    "\"{shown}\" is not TOML ({message}). Allowed: [section] or key = value; see config.example.toml."
                )
            }
        };
        Error::At(Place::File(self.path.to_owned(), number), what)
    }
}

/// Where a key stands, for what has no place of its own.
fn span(table: &dyn TableLike, last: &str) -> Option<Range<usize>> {
    let (key, item) = table.get_key_value(last)?;
    key.span().or_else(|| item.span())
}

fn value(key: &Key, item: &Item, written: &str) -> Option<Value> {
    match (item.as_value()?, &key.takes) {
        (Toml::String(text), Takes::Text(..) | Takes::Networks) => key.read(text.value()),
        // A word of digits only, without its quotes.
        (Toml::Integer(_), Takes::Text(..)) => key.read(written),
        (Toml::Integer(number), Takes::Whole(..)) => key.number(*number.value()),
        (Toml::Boolean(on), Takes::Switch) => Some(Value::from(*on.value())),
        (Toml::Array(items), Takes::Networks) => {
            items.iter().map(|item| network(item.as_str()?)).collect::<Option<Vec<_>>>().map(Value::from)
        }
        _ => None,
    }
}
