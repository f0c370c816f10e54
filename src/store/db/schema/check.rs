//! Whether a file's tables, indexes and triggers are those its version lays, and nothing else: what somebody else put there
//! would do as it likes once rows are read or written.

use rusqlite::Connection;

use super::versions::lay;
use crate::store::error::Result;

/// What is told of at most.
const TOLD: usize = 5;
/// What `ANALYZE` leaves: how many rows there are of what, for choosing an index.
const COUNTS: [(&str, &str); 2] = [
    ("sqlite_stat1", "CREATE TABLE sqlite_stat1(tbl,idx,stat)"),
    ("sqlite_stat4", "CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)"),
];
/// How quotes begin and end.
const QUOTES: [(char, char); 4] = [('\'', '\''), ('"', '"'), ('`', '`'), ('[', ']')];

/// A table, an index, a trigger or a view.
#[derive(PartialEq, Eq)]
struct Object {
    kind: String,
    name: String,
    table: String,
    made_by: String,
}

/// What is not as this program lays it, in plain words. To be asked before any row is looked at.
pub fn foreign(conn: &Connection, version: u32) -> Result<Vec<String>> {
    let mut fresh = Connection::open_in_memory()?;
    lay(&mut fresh, 0, version)?;
    let (found, laid) = (objects(conn)?, objects(&fresh)?);
    let same = |one: &Object, other: &Object| (&one.kind, &one.name) == (&other.kind, &other.name);
    let odd = found.iter().filter(|one| !laid.contains(one)).map(|one| {
        let known = laid.iter().any(|other| same(one, other));
        let what = if known { "is not as PartyPlaylist makes it" } else { "is none that PartyPlaylist makes" };
        format!("{} {what}", one.told())
    });
    let missing = laid.iter().filter(|one| !found.iter().any(|other| same(one, other)));
    let missing = missing.map(|one| format!("{} is missing", one.told()));
    Ok(odd.chain(missing).take(TOLD).collect())
}

impl Object {
    /// A name alone says nothing: a file can be made in which a trigger bears it.
    fn only_counts(&self) -> bool {
        self.kind == "table" && COUNTS.contains(&(self.name.as_str(), self.made_by.as_str()))
    }

    fn told(&self) -> String {
        let name: String = self.name.escape_debug().take(60).collect();
        format!("the {} {name}", self.kind)
    }
}

/// All of them but what `ANALYZE` leaves.
fn objects(conn: &Connection) -> Result<Vec<Object>> {
    let sql = "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema ORDER BY type, name";
    let mut statement = conn.prepare(sql)?;
    let object = |row: &rusqlite::Row| {
        let made_by = plain(&row.get::<_, String>(3)?);
        Ok(Object { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, made_by })
    };
    let objects: Vec<_> = statement.query_map([], object)?.collect::<rusqlite::Result<_>>()?;
    Ok(objects.into_iter().filter(|object| !object.only_counts()).collect())
}

/// A statement without comments, and without white space where it says nothing.
fn plain(sql: &str) -> String {
    let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let (mut out, mut rest, mut gap) = (String::new(), sql, false);
    while let Some(first) = rest.chars().next() {
        if let Some(after) = past_blank(rest) {
            (rest, gap) = (after, true);
            continue;
        }
        if gap && word(out.chars().next_back()) && word(Some(first)) {
            out.push(' ');
        }
        let (piece, after) = rest.split_at(length(rest, first));
        out.push_str(piece);
        (rest, gap) = (after, false);
    }
    out
}

/// What comes after a blank or a comment at the beginning.
fn past_blank(text: &str) -> Option<&str> {
    let after = |rest: &str, end: &str| rest.split_once(end).map_or("", |(_, after)| after).len();
    let left = if let Some(rest) = text.strip_prefix("--") {
        after(rest, "\n")
    } else if let Some(rest) = text.strip_prefix("/*") {
        after(rest, "*/")
    } else {
        text.trim_start().len()
    };
    (left < text.len()).then(|| &text[text.len() - left..])
}

/// How long the first sign is, or the quote that begins with it.
fn length(text: &str, first: char) -> usize {
    let quote = QUOTES.iter().find(|(begin, _)| *begin == first);
    let end = quote.and_then(|(begin, end)| Some(text[begin.len_utf8()..].find(*end)? + 2));
    end.unwrap_or(first.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::super::versions::LATEST;
    use super::{Connection, foreign, lay, plain};

    fn laid(steps: &[u32]) -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        let mut from = 0;
        for to in steps {
            lay(&mut conn, from, *to).unwrap();
            from = *to;
        }
        conn
    }

    #[test]
    fn a_file_that_went_up_and_down_between_versions_is_as_each_of_them_is_laid() {
        for version in 1..=LATEST {
            assert_eq!(foreign(&laid(&[LATEST, version]), version).unwrap(), [""; 0], "down to {version}");
            assert_eq!(foreign(&laid(&[version, LATEST]), LATEST).unwrap(), [""; 0], "up from {version}");
            assert_eq!(foreign(&laid(&[LATEST, version, LATEST]), LATEST).unwrap(), [""; 0], "and up from {version}");
        }
    }

    #[test]
    fn whatever_was_put_in_changed_or_taken_out_is_told() {
        for (sql, told) in [
            ("CREATE TRIGGER t AFTER INSERT ON sessions BEGIN DELETE FROM users; END", "the trigger t is none"),
            ("CREATE VIEW v AS SELECT * FROM users", "the view v is none"),
            ("CREATE INDEX i ON users (lower(username))", "the index i is none"),
            ("CREATE TABLE more (v)", "the table more is none"),
            ("ALTER TABLE users ADD COLUMN more TEXT DEFAULT 'x'", "the table users is not as"),
            ("DROP TRIGGER votes_are_counted", "the trigger votes_are_counted is missing"),
            ("DROP TABLE playback; CREATE VIEW playback AS SELECT 1", "the view playback is none"),
            (
                "DROP INDEX idx_audit_at; CREATE INDEX idx_audit_at ON audit (at DESC)",
                "the index idx_audit_at is not as",
            ),
        ] {
            let conn = laid(&[LATEST]);
            conn.execute_batch(sql).unwrap();
            let found = foreign(&conn, LATEST).unwrap();
            assert!(found.iter().any(|fault| fault.starts_with(told)), "{sql}: {found:?}");
        }
        // No statement makes such names, but a file can hold them.
        for (kind, sql) in [
            ("trigger", "CREATE TRIGGER t AFTER INSERT ON sessions BEGIN DELETE FROM users; END"),
            ("table", "CREATE TABLE t(tbl,idx,stat AS (printf('%.*c', 300000000, 'x')))"),
        ] {
            let conn = laid(&[LATEST]);
            conn.execute_batch(sql).unwrap();
            let made = sql.replacen(" t", " sqlite_stat1", 1);
            let rename = "UPDATE sqlite_schema SET name = 'sqlite_stat1', tbl_name = replace(tbl_name, 't', 'sqlite_stat1'), sql = ?1 WHERE name = 't'";
            conn.pragma_update(None, "writable_schema", true).unwrap();
            conn.execute(rename, [made]).unwrap();
            let found = foreign(&conn, LATEST).unwrap();
            assert_eq!(found, [format!("the {kind} sqlite_stat1 is none that PartyPlaylist makes")]);
        }
        let conn = laid(&[LATEST]);
        conn.execute_batch("INSERT INTO sign_in_waits VALUES (x'61', 1, 1); ANALYZE").unwrap();
        assert_eq!(foreign(&conn, LATEST).unwrap(), [""; 0], "what ANALYZE leaves does nothing");
    }

    #[test]
    fn blanks_and_comments_say_nothing_and_what_is_quoted_does() {
        let one = "CREATE TABLE t (\n  a TEXT, -- it's one\n  b TEXT DEFAULT '--  x' /* two */\n)";
        assert_eq!(plain(one), "CREATE TABLE t(a TEXT,b TEXT DEFAULT'--  x')");
        assert_ne!(plain(one), plain(&one.replace("--  x", "-- x")));
        assert_eq!(plain("a 'b''c' [d e] \"f"), "a'b''c'[d e]\"f");
        assert_eq!(plain("a -- to the end"), "a");
    }
}
