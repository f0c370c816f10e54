//! What of a DJ moves with them: every table that knows its owner, walked by the schema so that a new table comes along
//! by itself. Only what stays behind is written down here.

use std::path::Path;
use std::time::Instant;

use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Rows, named_params, params_from_iter};

use crate::domain::UserId;
use crate::store::db::wal::mark::{PIECE, in_turn};
use crate::store::error::{Error, Result};

/// Tables that stay behind: ways into the box they were made on, its own record of who was there, and what a client id has
/// used up, which counts for every DJ with the same one.
const STAY: [&str; 7] =
    ["audit", "display_tokens", "helpers", "sessions", "spotify_calls", "spotify_consents", "spotify_quotas"];

/// Columns that stay behind in tables that move, and what stands in their place: table, column, SQL.
const BLANK: [(&str, &str, &str); 14] = [
    // Opens to no password until a new one is set.
    ("users", "password_hash", "'*'"),
    ("events", "pin", "''"),
    ("events", "join_token", "''"),
    // Counted anew as the rows that are counted arrive.
    ("events", "served", "0"),
    ("guests", "served", "0"),
    ("requests", "votes", "0"),
    ("spotify_links", "account_id", "NULL"),
    ("spotify_links", "account_name", "NULL"),
    ("spotify_links", "access_token", "NULL"),
    ("spotify_links", "access_expires_at", "NULL"),
    ("spotify_links", "refresh_token", "NULL"),
    ("spotify_links", "authorized_at", "NULL"),
    ("spotify_links", "health", "iif(refresh_token IS NULL, health, 'reconnect')"),
    (
        "spotify_links",
        "message",
        "iif(refresh_token IS NULL, message, 'You have moved to another box. Please connect Spotify again.')",
    ),
];

/// References that no foreign key says: column, and the table whose `id` it may hold.
const UNSAID: [((&str, &str), &str); 1] = [(("submissions", "submitter"), "guests")];

/// How many rows of which table went over.
pub type Carried = Vec<(String, usize)>;

/// Whose rows go from which schema of a connection to which.
pub struct Route<'a> {
    pub from: &'a str,
    pub to: &'a str,
    pub tenant: &'a UserId,
}

/// Copies everything of one DJ from one schema to another of the same version; what stays stays.
pub fn carry(conn: &Connection, Route { from, to, tenant }: &Route) -> Result<Carried> {
    let mut carried = Vec::new();
    for (table, owner) in tables(conn, to)? {
        let (columns, values) = columns(conn, &table, to)?;
        let (columns, values) = (columns.join(", "), values.join(", "));
        let sql =
            format!("INSERT INTO {to}.{table} ({columns}) SELECT {values} FROM {from}.{table} WHERE {owner} = :tenant");
        let rows = conn.prepare(&sql)?.execute(named_params! { ":tenant": tenant })?;
        carried.push((table, rows));
    }
    Ok(carried)
}

/// Copies everything out of a file of one DJ, of the same version; what stays stays. Cut short, some of it is there.
pub fn carry_in(from: &Path, conn: &Connection) -> Result<Carried> {
    let source = Connection::open_with_flags(from, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let mut carried = Vec::new();
    for table in parents_first(conn)? {
        let (names, values) = columns(conn, &table, "main")?;
        let marks = vec!["?"; names.len()].join(", ");
        let sql = format!("INSERT INTO {table} ({}) VALUES ({marks})", names.join(", "));
        let mut all = source.prepare(&format!("SELECT {} FROM {table}", values.join(", ")))?;
        let (mut rows, mut count) = (all.query([])?, 0);
        while in_turn(conn, |conn| carry_piece(&mut rows, &sql, &mut count, conn))? {}
        carried.push((table, count));
    }
    Ok(carried)
}

/// Carries rows in until a piece is through; answers whether there may be more.
fn carry_piece(rows: &mut Rows<'_>, insert: &str, count: &mut usize, conn: &Connection) -> Result<bool> {
    let (mut insert, began) = (conn.prepare_cached(insert)?, Instant::now());
    while began.elapsed() < PIECE {
        let Some(row) = rows.next()? else { return Ok(false) };
        // Whatever the columns are, they arrive in the order in which they were asked for.
        let width = 0..row.as_ref().column_count();
        let values = width.map(|column| row.get(column)).collect::<rusqlite::Result<Vec<Value>>>()?;
        *count += insert.execute(params_from_iter(values))?;
    }
    Ok(true)
}

/// The columns of a table, and what stands in each where it arrives: itself, but for what stays behind.
fn columns(conn: &Connection, table: &str, schema: &str) -> Result<(Vec<String>, Vec<String>)> {
    let names = texts(
        conn,
        "SELECT name FROM pragma_table_info(:table, :schema)",
        named_params! { ":table": table, ":schema": schema },
    )?;
    let values = names.iter().map(|column| in_place_of(table, column).unwrap_or(column).to_owned()).collect();
    Ok((names, values))
}

/// The tables that move, so that no row arrives before what it hangs on.
fn parents_first(conn: &Connection) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(:table)";
    let mut waiting: Vec<String> = tables(conn, "main")?.into_iter().map(|(table, _)| table).collect();
    let mut sorted = Vec::new();
    while !waiting.is_empty() {
        let mut next = None;
        for (at, table) in waiting.iter().enumerate() {
            let parents = texts(conn, sql, named_params! { ":table": table })?;
            next = next.or((!parents.iter().any(|parent| waiting.contains(parent))).then_some(at));
        }
        let next = next.ok_or_else(|| Error::Broken("tables hang on each other in a ring".into()))?;
        sorted.push(waiting.remove(next));
    }
    Ok(sorted)
}

/// The tables that move, each with the column that names the owner.
pub fn tables(conn: &Connection, schema: &str) -> Result<Vec<(String, &'static str)>> {
    let sql = format!(
        "SELECT m.name FROM {schema}.sqlite_schema m JOIN pragma_table_info(m.name, :schema) c ON c.name = 'user_id'
         WHERE m.type = 'table' ORDER BY m.name"
    );
    let owned = texts(conn, &sql, named_params! { ":schema": schema })?
        .into_iter()
        .filter(|table| !STAY.contains(&table.as_str()));
    Ok(std::iter::once(("users".to_owned(), "id")).chain(owned.map(|table| (table, "user_id"))).collect())
}

/// The tables that move whose rows have an `id` of the whole box, which another box may have given away already.
pub fn named_tables(conn: &Connection, schema: &str) -> Result<Vec<String>> {
    let sql = "SELECT name FROM pragma_table_info(:table, :schema) WHERE pk = 1 AND name = 'id'";
    let mut named = Vec::new();
    for (table, _) in tables(conn, schema)?.into_iter().filter(|(table, _)| table != "users") {
        if !texts(conn, sql, named_params! { ":table": table, ":schema": schema })?.is_empty() {
            named.push(table);
        }
    }
    Ok(named)
}

/// Every column that holds the `id` of rows of `table`, its own first.
pub fn holders(conn: &Connection, schema: &str, table: &str) -> Result<Vec<(String, String)>> {
    let sql =
        "SELECT \"from\" FROM pragma_foreign_key_list(:child, :schema) WHERE \"table\" = :parent AND \"to\" = :column";
    let mut found = vec![(table.to_owned(), "id".to_owned())];
    let unsaid = UNSAID.iter().filter(|(_, of)| *of == table);
    found.extend(unsaid.map(|((child, column), _)| ((*child).to_owned(), (*column).to_owned())));
    let mut seen = 0;
    while let Some((parent, column)) = found.get(seen).cloned() {
        for (child, _) in tables(conn, schema)? {
            let named = named_params! { ":child": child, ":schema": schema, ":parent": parent, ":column": column };
            let from = texts(conn, sql, named)?;
            let new = from.into_iter().map(|from| (child.clone(), from));
            let new: Vec<_> = new.filter(|holder| !found.contains(holder)).collect();
            found.extend(new);
        }
        seen += 1;
    }
    Ok(found)
}

fn in_place_of(table: &str, column: &str) -> Option<&'static str> {
    BLANK.iter().find(|(of, blank, _)| (*of, *blank) == (table, column)).map(|(_, _, value)| *value)
}

/// The one column of what a statement finds, whatever it is called.
pub fn texts<P: rusqlite::Params>(conn: &Connection, sql: &str, params: P) -> Result<Vec<String>> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}

#[cfg(test)]
mod tests {
    use super::{BLANK, Connection, STAY, UNSAID, holders, in_place_of, tables, texts};
    use crate::domain::Timestamp;
    use crate::store::db::schema::migrate::migrate;
    use crate::store::db::schema::versions::LATEST;

    /// Parts of names that give a secret away; and columns that only sound so: keys of songs, of settings, of repeats.
    const TELLING: [&str; 8] = ["hash", "token", "pin", "secret", "password", "verifier", "key", "seal"];
    const GO: [(&str, &str); 4] =
        [("requests", "song_key"), ("requests", "artist_key"), ("settings", "key"), ("submissions", "key")];

    fn newest() -> (tempfile::TempDir, Connection) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        migrate(&path, LATEST, Timestamp(0)).unwrap();
        (dir, Connection::open(&path).unwrap())
    }

    fn columns(conn: &Connection, table: &str) -> Vec<String> {
        texts(conn, "SELECT name FROM pragma_table_info(?1)", [table]).unwrap()
    }

    #[test]
    fn no_secret_of_the_schema_moves_and_the_lists_name_only_what_is_there() {
        let (_dir, conn) = newest();
        let mut sounding = 0;
        for (table, _) in tables(&conn, "main").unwrap() {
            for column in columns(&conn, &table) {
                let telling = TELLING.iter().any(|word| column.contains(word));
                let goes = GO.contains(&(table.as_str(), column.as_str()));
                sounding += usize::from(telling);
                assert!(
                    !telling || goes || in_place_of(&table, &column).is_some(),
                    "{table}.{column} sounds like a secret and would move"
                );
            }
        }
        assert!(sounding > GO.len(), "the reader of names is blind");
        for table in STAY {
            assert!(columns(&conn, table).contains(&"user_id".to_owned()), "{table} stays, and is no table of a DJ's");
        }
        let unsaid = UNSAID.iter().map(|((table, column), _)| (*table, *column));
        for (table, column) in BLANK.iter().map(|(table, column, _)| (*table, *column)).chain(GO).chain(unsaid) {
            assert!(columns(&conn, table).contains(&column.to_owned()), "{table}.{column} is no column");
        }
    }

    #[test]
    fn nothing_that_moves_hangs_on_something_that_stays() {
        let (_dir, conn) = newest();
        for (table, _) in tables(&conn, "main").unwrap() {
            let parents = texts(&conn, "SELECT \"table\" FROM pragma_foreign_key_list(?1)", [&table]).unwrap();
            assert!(parents.iter().all(|parent| !STAY.contains(&parent.as_str())), "{table} hangs on {parents:?}");
        }
    }

    #[test]
    fn an_events_id_is_known_wherever_it_stands_also_behind_two_references() {
        let (_dir, conn) = newest();
        let of = |table| {
            let found = holders(&conn, "main", table).unwrap();
            found.into_iter().map(|(table, column)| format!("{table}.{column}")).collect::<Vec<_>>()
        };
        for column in ["events.id", "guests.event_id", "requests.event_id", "votes.event_id", "handovers.event_id"] {
            assert!(of("events").contains(&column.to_owned()), "{column}");
        }
        assert!(of("guests").contains(&"submissions.submitter".to_owned()));
        assert!(!of("events").iter().any(|column| column.ends_with("user_id")));
    }
}
