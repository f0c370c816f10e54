//! The schema's versions, each with a way up and a way down, and what a version promises beyond its tables.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::store::error::{Error, Result};

/// The newest version this program knows.
pub const LATEST: u32 = 17;
/// Since this version requests carry the keys of their songs.
pub const KEYED: u32 = 3;
/// Since this version there is a catalogue of tracks, with the words by which they are looked for.
pub const SEARCHED: u32 = 7;
/// Since this version the file can be made smaller piece by piece.
pub const SHRINKING: u32 = 8;

/// One step of the way: to version `number` from the one before, and back.
struct Step {
    number: u32,
    /// What it is about, as its files in `sql/` are called.
    name: &'static str,
    up: &'static str,
    down: &'static str,
    /// Whoever comes past it has the keys of all songs made anew: folding is more than SQL can do, so a change of it is a
    /// version of its own.
    rekeys: bool,
}

impl Step {
    const fn sql(number: u32, name: &'static str, up: &'static str, down: &'static str) -> Self {
        Self { number, name, up, down, rekeys: false }
    }

    const fn rekeying(self) -> Self {
        Self { rekeys: true, ..self }
    }
}

/// The whole way. 9 mends files whose upgrade an earlier program left half done; since 13 text is folded by its script, and
/// since 16 a title's own words are told from what is added to it.
const STEPS: [Step; LATEST as usize] = [
    Step::sql(
        1,
        "single_tenant",
        include_str!("../../../../sql/001_single_tenant.up.sql"),
        include_str!("../../../../sql/001_single_tenant.down.sql"),
    ),
    Step::sql(
        2,
        "multi_tenancy",
        include_str!("../../../../sql/002_multi_tenancy.up.sql"),
        include_str!("../../../../sql/002_multi_tenancy.down.sql"),
    ),
    Step::sql(
        3,
        "party",
        include_str!("../../../../sql/003_party.up.sql"),
        include_str!("../../../../sql/003_party.down.sql"),
    )
    .rekeying(),
    Step::sql(
        4,
        "access",
        include_str!("../../../../sql/004_access.up.sql"),
        include_str!("../../../../sql/004_access.down.sql"),
    ),
    Step::sql(
        5,
        "spotify",
        include_str!("../../../../sql/005_spotify.up.sql"),
        include_str!("../../../../sql/005_spotify.down.sql"),
    ),
    Step::sql(
        6,
        "watching",
        include_str!("../../../../sql/006_watching.up.sql"),
        include_str!("../../../../sql/006_watching.down.sql"),
    ),
    Step::sql(
        7,
        "search",
        include_str!("../../../../sql/007_search.up.sql"),
        include_str!("../../../../sql/007_search.down.sql"),
    ),
    Step::sql(
        8,
        "keeping",
        include_str!("../../../../sql/008_keeping.up.sql"),
        include_str!("../../../../sql/008_keeping.down.sql"),
    ),
    Step::sql(
        9,
        "wal_mark",
        include_str!("../../../../sql/009_wal_mark.up.sql"),
        include_str!("../../../../sql/009_wal_mark.down.sql"),
    )
    .rekeying(),
    Step::sql(
        10,
        "line",
        include_str!("../../../../sql/010_line.up.sql"),
        include_str!("../../../../sql/010_line.down.sql"),
    ),
    Step::sql(
        11,
        "clock",
        include_str!("../../../../sql/011_clock.up.sql"),
        include_str!("../../../../sql/011_clock.down.sql"),
    ),
    Step::sql(
        12,
        "lined_at",
        include_str!("../../../../sql/012_lined_at.up.sql"),
        include_str!("../../../../sql/012_lined_at.down.sql"),
    ),
    Step::sql(
        13,
        "folding",
        include_str!("../../../../sql/013_folding.up.sql"),
        include_str!("../../../../sql/013_folding.down.sql"),
    )
    .rekeying(),
    Step::sql(
        14,
        "matching",
        include_str!("../../../../sql/014_matching.up.sql"),
        include_str!("../../../../sql/014_matching.down.sql"),
    ),
    Step::sql(
        15,
        "repeats",
        include_str!("../../../../sql/015_repeats.up.sql"),
        include_str!("../../../../sql/015_repeats.down.sql"),
    ),
    Step::sql(
        16,
        "titles",
        include_str!("../../../../sql/016_titles.up.sql"),
        include_str!("../../../../sql/016_titles.down.sql"),
    )
    .rekeying(),
    Step::sql(
        17,
        "asked_as",
        include_str!("../../../../sql/017_asked_as.up.sql"),
        include_str!("../../../../sql/017_asked_as.down.sql"),
    ),
];

/// Lays the tables of version `target` in the place of those of version `from`.
pub fn lay(conn: &mut Connection, from: u32, target: u32) -> Result<()> {
    conn.pragma_update(None, "foreign_keys", false)?;
    let steps = STEPS.iter().map(|step| M::up(step.up).down(step.down).comment(step.name).foreign_key_check());
    let failed = |error| match error {
        rusqlite_migration::Error::RusqliteError { err, .. } => match Error::from(err) {
            Error::Broken(why) => broken(from, target, &why),
            other => other,
        },
        other => broken(from, target, &other.to_string()),
    };
    Migrations::new(steps.collect()).to_version(conn, target as usize).map_err(failed)
}

/// Whether the keys of all songs are to be made anew on this way.
pub fn rekeys(from: u32, target: u32) -> bool {
    STEPS.iter().any(|step| step.rekeys && (from + 1..=target).contains(&step.number))
}

fn broken(from: u32, target: u32, why: &str) -> Error {
    Error::Broken(format!("the step from version {from} to {target} failed and was undone: {why}"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rusqlite::Row;

    use super::super::check::foreign;
    use super::{Connection, LATEST, STEPS, lay};

    const HEAD: &str = "-- The whole schema of today, to read it in one place. What makes it are the numbered files beside this one.\n";

    fn read(file: &str) -> String {
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("sql").join(file)).unwrap_or_default()
    }

    /// What a new file is laid as, table by table, each with its indexes and triggers.
    fn of_today() -> String {
        let mut conn = Connection::open_in_memory().unwrap();
        lay(&mut conn, 0, LATEST).unwrap();
        let sql = "SELECT type = 'table' AS is_table, sql FROM sqlite_schema
                   WHERE sql IS NOT NULL ORDER BY tbl_name, type = 'trigger', type = 'index', name";
        let mut statement = conn.prepare(sql).unwrap();
        let made_by = |row: &Row| {
            let sql: String = row.get("sql")?;
            Ok(if row.get("is_table")? { format!("\n{};\n", by_line(&sql)) } else { format!("{sql};\n") })
        };
        let made_by = statement.query_map([], made_by).unwrap();
        HEAD.to_owned() + &made_by.collect::<rusqlite::Result<String>>().unwrap()
    }

    /// A table with every column on a line of its own: `SQLite` puts one that came later behind the last.
    fn by_line(table: &str) -> String {
        let (mut out, mut depth) = (String::new(), 0);
        for line in table.replace("\n, ", ",\n    ").lines() {
            let is_code = !line.trim_start().starts_with("--");
            for (at, sign) in line.char_indices() {
                depth += i32::from(is_code && sign == '(') - i32::from(is_code && sign == ')');
                if is_code && sign == ')' && depth == 0 && at > 0 {
                    out.push('\n');
                }
                out.push(sign);
                if is_code && sign == ',' && depth == 1 && line[at..].starts_with(", ") {
                    out += "\n   ";
                }
            }
            out.push('\n');
        }
        out.trim_end().to_owned()
    }

    /// With `REWRITE=1` the file is written anew.
    #[test]
    fn the_whole_schema_of_today_stands_in_one_file() {
        if std::env::var_os("REWRITE").is_some() {
            std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/schema.sql"), of_today()).unwrap();
        }
        assert_eq!(read("schema.sql"), of_today(), "run it once with REWRITE=1");
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(&read("schema.sql")).unwrap();
        assert_eq!(foreign(&conn, LATEST).unwrap(), [""; 0], "what reads it lays the same");
    }

    #[test]
    fn every_step_has_the_number_and_the_name_of_its_files() {
        for (step, number) in STEPS.iter().zip(1..) {
            assert_eq!(step.number, number);
            for (way, sql) in [("up", step.up), ("down", step.down)] {
                assert_eq!(sql, read(&format!("{number:03}_{}.{way}.sql", step.name)), "{number} {way}");
            }
        }
    }
}
