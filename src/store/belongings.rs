//! What of a DJ moves with them: every table that knows its owner, walked by the schema so that a new table comes along by
//! itself. Only what must stay behind is written down here.

use rusqlite::{Connection, named_params};

use super::error::Result;
use crate::domain::UserId;

/// Ways in and records of this box: nothing of them is of use at another.
const STAY: [&str; 5] = ["audit", "display_tokens", "helpers", "sessions", "spotify_consents"];

/// Secrets in tables that move, and what stands in their place: table, column, SQL.
const SECRETS: [(&str, &str, &str); 6] = [
    // Opens to no password until a new one is set.
    ("users", "password_hash", "'*'"),
    ("events", "pin", "''"),
    ("events", "join_token", "''"),
    ("spotify_links", "access_token", "NULL"),
    ("spotify_links", "access_expires_at", "NULL"),
    ("spotify_links", "refresh_token", "NULL"),
];

/// How many rows of which table went over.
pub type Carried = Vec<(String, usize)>;

/// Copies everything of one DJ from one attached database to another of the same version, secrets left out.
pub fn carry(conn: &Connection, (from, to): (&str, &str), tenant: &UserId) -> Result<Carried> {
    let mut carried = Vec::new();
    for (table, owner) in tables(conn, from)? {
        let columns = texts(conn, "SELECT name FROM pragma_table_info(?1, ?2)", [&table, from])?;
        let values: Vec<&str> = columns.iter().map(|column| in_place_of(&table, column).unwrap_or(column)).collect();
        let sql = format!(
            "INSERT INTO {to}.{table} ({}) SELECT {} FROM {from}.{table} WHERE {owner} = :tenant",
            columns.join(", "),
            values.join(", ")
        );
        let rows = conn.prepare(&sql)?.execute(named_params! { ":tenant": tenant.as_str() })?;
        carried.push((table, rows));
    }
    Ok(carried)
}

/// Gives a row another id, here and wherever rows point at it.
pub fn rename(conn: &Connection, schema: &str, what: (&str, &str), (old, new): (&str, &str)) -> Result<()> {
    let mut left = vec![(what.0.to_owned(), what.1.to_owned())];
    while let Some((table, column)) = left.pop() {
        conn.execute(&format!("UPDATE {schema}.{table} SET {column} = ?2 WHERE {column} = ?1"), [old, new])?;
        for (child, _) in tables(conn, schema)? {
            let sql = "SELECT \"from\" FROM pragma_foreign_key_list(?1, ?2) WHERE \"table\" = ?3 AND \"to\" = ?4";
            let columns = texts(conn, sql, [child.as_str(), schema, table.as_str(), column.as_str()])?;
            left.extend(columns.into_iter().map(|from| (child.clone(), from)));
        }
    }
    Ok(())
}

/// The tables whose rows are named by an `id` of their own, which another box may have given away already.
pub fn named_tables(conn: &Connection, schema: &str) -> Result<Vec<String>> {
    let all = tables(conn, schema)?.into_iter().map(|(table, _)| table).filter(|table| table != "users");
    let sql = "SELECT name FROM pragma_table_info(?1, ?2) WHERE pk = 1 AND name = 'id' AND type = 'TEXT'";
    let mut named = Vec::new();
    for table in all {
        if !texts(conn, sql, [&table, schema])?.is_empty() {
            named.push(table);
        }
    }
    Ok(named)
}

/// The tables that move, each with the column that names the owner.
fn tables(conn: &Connection, schema: &str) -> Result<Vec<(String, &'static str)>> {
    let sql = format!(
        "SELECT m.name FROM {schema}.sqlite_schema m JOIN pragma_table_info(m.name, ?1) c ON c.name = 'user_id'
         WHERE m.type = 'table' ORDER BY m.name"
    );
    let owned = texts(conn, &sql, [schema])?.into_iter().filter(|table| !STAY.contains(&table.as_str()));
    Ok(std::iter::once(("users".to_owned(), "id")).chain(owned.map(|table| (table, "user_id"))).collect())
}

fn in_place_of(table: &str, column: &str) -> Option<&'static str> {
    SECRETS.iter().find(|(of, secret, _)| (*of, *secret) == (table, column)).map(|(_, _, value)| *value)
}

fn texts<P: rusqlite::Params>(conn: &Connection, sql: &str, params: P) -> Result<Vec<String>> {
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map(params, |row| row.get(0))?;
    Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
}

#[cfg(test)]
mod tests {
    use super::super::migrate::{LATEST, migrate};
    use super::{Connection, SECRETS, STAY, in_place_of, tables, texts};
    use crate::domain::Timestamp;

    /// Parts of names that give a secret away, and columns that only sound so: keys of songs, of settings, of repeats.
    const TELLING: [&str; 8] = ["hash", "token", "pin", "secret", "password", "verifier", "key", "seal"];
    const HARMLESS: [(&str, &str); 4] =
        [("requests", "song_key"), ("requests", "artist_key"), ("settings", "key"), ("submissions", "key")];

    #[test]
    fn no_secret_of_the_schema_moves_and_the_lists_name_only_what_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.db");
        migrate(&path, LATEST, Timestamp(0)).unwrap();
        let conn = Connection::open(&path).unwrap();
        let columns = |table: &str| texts(&conn, "SELECT name FROM pragma_table_info(?1)", [table]).unwrap();
        for (table, _) in tables(&conn, "main").unwrap() {
            for column in columns(&table) {
                let telling = TELLING.iter().any(|word| column.contains(word));
                let known = HARMLESS.contains(&(table.as_str(), column.as_str()));
                let kept = in_place_of(&table, &column).is_some();
                assert!(!telling || known || kept, "{table}.{column} sounds like a secret and would move");
            }
        }
        for table in STAY {
            assert!(!columns(table).is_empty(), "{table} stays, and is no table");
        }
        for (table, column, _) in SECRETS {
            assert!(columns(table).contains(&column.to_owned()), "{table}.{column} stays, and is no column");
        }
    }
}
