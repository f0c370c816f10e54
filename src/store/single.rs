//! A database of the first days, with one party and no owner on any row, brought under one DJ.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::backup;
use super::error::{Error, Result};
use super::files;
use super::migrate::inspect;
use super::pool::connect;
use crate::domain::{Song, Username};

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
    let version = if file.exists() { inspect(file)? } else { 0 };
    if version != SINGLE {
        let hint =
            if version > SINGLE { ", with accounts: use `partyplaylist tenant import` or `restore`" } else { "" };
        return Err(Error::Unfit(format!("{} is no single-tenant database (version {version}{hint})", file.display())));
    }
    let copy = database.with_extension("arriving");
    files::remove(&copy)?;
    backup::copy(file, &copy)?;
    let (songs, settings) = read(&copy)?;
    files::remove(&copy)?;
    let conn = connect(database)?;
    conn.execute_batch("BEGIN IMMEDIATE")?;
    let tenant = conn.query_row("SELECT id FROM users WHERE username = ?1", [name.as_str()], |row| row.get(0));
    let Some(tenant): Option<String> = tenant.optional()? else {
        return Err(Error::Unfit(format!("there is no account called {name}; see `partyplaylist user list`")));
    };
    let mut brought = Brought::default();
    if !songs.is_empty() {
        let event = night(&conn, &tenant, &songs)?;
        for old in &songs {
            let came = put(&conn, (&tenant, &event), old)?;
            *(if came { &mut brought.requests } else { &mut brought.requests_there }) += 1;
        }
    }
    for (key, value) in settings {
        let sql = "INSERT OR IGNORE INTO settings (user_id, key, value) VALUES (?1, ?2, ?3)";
        let came = conn.execute(sql, [&tenant, &key, &value])? > 0;
        *(if came { &mut brought.settings } else { &mut brought.settings_there }) += 1;
    }
    conn.execute_batch(if dry_run { "ROLLBACK" } else { "COMMIT" })?;
    Ok(brought)
}

type Settings = Vec<(String, String)>;

fn read(path: &Path) -> Result<(Vec<Old>, Settings)> {
    let conn = Connection::open(path)?;
    let sql = "SELECT id, title, artist, track_uri, nickname, note, status, created_at, played_at FROM requests ORDER BY rowid";
    let mut statement = conn.prepare(sql)?;
    let rows = statement.query_map([], |row| {
        let song = Song { title: row.get(1)?, artist: row.get(2)?, track_uri: row.get(3)?, ..Song::default() };
        let (nickname, note, status) = (row.get(4)?, row.get(5)?, row.get(6)?);
        Ok(Old { id: row.get(0)?, song, nickname, note, status, created_at: row.get(7)?, played_at: row.get(8)? })
    })?;
    let songs = rows.collect::<rusqlite::Result<Vec<_>>>()?;
    let mut statement = conn.prepare("SELECT key, value FROM settings ORDER BY rowid")?;
    let settings = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((songs, settings.collect::<rusqlite::Result<Settings>>()?))
}

/// The ended event that the old list becomes; a later import finds it again.
fn night(conn: &Connection, tenant: &str, songs: &[Old]) -> Result<String> {
    let id = derived(tenant, "the night before accounts");
    let first = songs.iter().map(|old| old.created_at).min().unwrap_or(0);
    let last = songs.iter().map(|old| old.created_at).max().unwrap_or(0);
    let sql = "INSERT OR IGNORE INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
               VALUES (?1, ?2, 'Before accounts', 'ended', '', '', 0, ?3, ?4, ?4, 1)";
    conn.execute(sql, params![id, tenant, first, last])?;
    Ok(id)
}

/// Answers whether the row is new here.
fn put(conn: &Connection, (tenant, event): (&str, &str), old: &Old) -> Result<bool> {
    let owner: Option<String> =
        conn.query_row("SELECT user_id FROM requests WHERE id = ?1", [&old.id], |row| row.get(0)).optional()?;
    // An id that another DJ's row has is replaced by one that is the same at every import.
    let id = match owner {
        Some(owner) if owner != tenant => derived(tenant, &old.id),
        _ => old.id.clone(),
    };
    let sql = "INSERT OR IGNORE INTO requests (id, user_id, event_id, title, artist, track_uri, song_key, artist_key, nickname, note,
                                               status, created_at, played_at, version)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1)";
    let Old { song, nickname, note, status, created_at, played_at, .. } = old;
    let (title, artist, uri) = (&song.title, &song.artist, &song.track_uri);
    let (key, artist_key) = (song.key(), song.artist_key());
    let row =
        params![id, tenant, event, title, artist, uri, key, artist_key, nickname, note, status, created_at, played_at];
    Ok(conn.execute(sql, row)? > 0)
}

/// An id that is the same every time for the same owner and thing.
fn derived(tenant: &str, what: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(format!("{tenant}\u{1f}{what}").as_bytes()).into();
    uuid::Builder::from_custom_bytes(std::array::from_fn(|n| digest[n])).into_uuid().to_string()
}
