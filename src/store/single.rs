//! A database of the first days, with one party and no owner on any row, brought under one DJ.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::error::{Error, Result};
use super::incoming::Incoming;
use super::pool::{APPLICATION_ID, connect};
use super::wal_mark;
use crate::domain::{RequestId, Song, Username};

/// The version those databases have.
const SINGLE: u32 = 1;

/// What was brought, or would be, and what was there from an earlier time.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Brought {
    pub requests: usize,
    pub requests_there: usize,
    pub settings: usize,
    /// Left as the DJ has set them.
    pub settings_there: usize,
    /// Accounts of the file; they are not brought.
    pub admins: i64,
}

/// One row of the old list.
struct Old {
    id: String,
    song: Song,
    nickname: Option<String>,
    note: Option<String>,
    status: String,
    created_at: i64,
    played_at: Option<i64>,
}

/// Brings every request and setting of such a file under a DJ, as one night that is over. What came by an earlier import
/// stays as it is; a dry run only counts. Refuses files of another version and names nobody has.
pub fn bring_in(database: &Path, file: &Path, name: &Username, dry_run: bool) -> Result<Brought> {
    let incoming = Incoming::of(file, database)?;
    let (old, version, mark) = incoming.open()?;
    is_single(&incoming, &old, (version, mark))?;
    incoming.is_sound(&old)?;
    let conn = connect(database)?;
    // Dropping the connection takes back whatever is not committed.
    let begun = wal_mark::begin(&conn)?;
    let tenant = conn.query_row("SELECT id FROM users WHERE username = ?1", [name.as_str()], |row| row.get(0));
    let tenant: Option<String> = tenant.optional()?;
    let tenant = tenant
        .ok_or_else(|| Error::Unfit(format!("There is no account called {name}. See `partyplaylist user list`.")))?;
    let odd = |error| match error {
        Error::Broken(why) | Error::Damaged(why) => {
            incoming.unfit(&format!("cannot be read as a single-tenant database: {why}"))
        }
        other => other,
    };
    let mut brought = bring(&conn, &old, &tenant).map_err(odd)?;
    brought.admins = old.query_row("SELECT count(*) FROM admins", [], |row| row.get(0))?;
    begun.mark(&conn)?;
    conn.execute_batch(if dry_run { "ROLLBACK" } else { "COMMIT" })?;
    Ok(brought)
}

fn is_single(incoming: &Incoming, old: &Connection, (version, mark): (u32, i32)) -> Result<()> {
    let tables =
        "SELECT count(*) = 3 FROM sqlite_schema WHERE type = 'table' AND name IN ('admins', 'requests', 'settings')";
    let ours = mark == APPLICATION_ID || mark == 0;
    if ours && version == SINGLE && old.query_row(tables, [], |row| row.get(0))? {
        return Ok(());
    }
    Err(incoming.unfit(&match version {
        _ if !ours => {
            "is not a single-tenant database of ours: a DJ's own file comes in with `partyplaylist tenant import`"
                .into()
        }
        0 | SINGLE => "is not a single-tenant database".to_owned(),
        newer => format!("is of version {newer}, with accounts: use `partyplaylist tenant import` or `restore`"),
    }))
}

fn bring(conn: &Connection, old: &Connection, tenant: &str) -> Result<Brought> {
    let mut brought = Brought::default();
    let sql = "SELECT id, title, artist, track_uri, nickname, note, status, created_at, played_at FROM requests ORDER BY rowid";
    let mut statement = old.prepare(sql)?;
    let mut rows = statement.query([])?;
    let night = derived(tenant, "the night before accounts");
    while let Some(row) = rows.next()? {
        let request = request(row)?;
        stretch(conn, (tenant, &night), request.created_at)?;
        let came = put(conn, (tenant, &night), &request)?;
        *(if came { &mut brought.requests } else { &mut brought.requests_there }) += 1;
    }
    let mut statement = old.prepare("SELECT key, value FROM settings ORDER BY rowid")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sql =
            "INSERT INTO settings (user_id, key, value) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, key) DO NOTHING";
        let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
        let came = conn.prepare_cached(sql)?.execute([tenant, &key, &value])? > 0;
        *(if came { &mut brought.settings } else { &mut brought.settings_there }) += 1;
    }
    Ok(brought)
}

fn request(row: &rusqlite::Row) -> rusqlite::Result<Old> {
    let song = Song { track_uri: row.get(3)?, ..Song::named(row.get::<_, String>(1)?, row.get::<_, String>(2)?) };
    Ok(Old {
        id: row.get(0)?,
        song,
        nickname: row.get(4)?,
        note: row.get(5)?,
        status: row.get(6)?,
        created_at: row.get(7)?,
        played_at: row.get(8)?,
    })
}

/// The ended event that the old list becomes, from its first request to its last.
fn stretch(conn: &Connection, (tenant, night): (&str, &str), at: i64) -> Result<()> {
    let sql = "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
               VALUES (?1, ?2, 'Before accounts', 'ended', '', '', 0, ?3, ?3, ?3, 1)
               ON CONFLICT (id) DO UPDATE SET started_at = min(started_at, ?3), expires_at = max(expires_at, ?3), ended_at = max(ended_at, ?3)";
    conn.prepare_cached(sql)?.execute(params![night, tenant, at])?;
    Ok(())
}

/// Answers whether the row is new here.
fn put(conn: &Connection, (tenant, night): (&str, &str), old: &Old) -> Result<bool> {
    let owner = conn.prepare_cached("SELECT user_id FROM requests WHERE id = ?1")?;
    let owner: Option<String> = { owner }.query_row([&old.id], |row| row.get(0)).optional()?;
    // An id that another DJ's row has, or that is none of today's, is replaced by one that is the same at every import.
    let usable = RequestId::parse(&old.id).is_some() && owner.is_none_or(|owner| owner == tenant);
    let id = if usable { old.id.clone() } else { derived(tenant, &old.id) };
    let sql =
        "INSERT INTO requests (id, user_id, event_id, title, artist, track_uri, song_key, artist_key, nickname, note,
                                     status, created_at, played_at, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1) ON CONFLICT (id) DO NOTHING";
    let Old { song, nickname, note, status, created_at, played_at, .. } = old;
    let (title, artist, uri) = (&song.title, &song.artist, &song.track_uri);
    let (key, artist_key) = (song.key(), song.artist_key());
    let row =
        params![id, tenant, night, title, artist, uri, key, artist_key, nickname, note, status, created_at, played_at];
    Ok(conn.prepare_cached(sql)?.execute(row)? > 0)
}

/// An id that is the same every time for the same owner and thing.
fn derived(tenant: &str, what: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(format!("{tenant}\u{1f}{what}").as_bytes()).into();
    uuid::Builder::from_custom_bytes(std::array::from_fn(|n| digest[n])).into_uuid().to_string()
}
