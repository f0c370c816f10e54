//! A database of the first days, with one party and no owner on any row, brought under one DJ.

use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Row, Rows, params};
use sha2::{Digest, Sha256};

use super::error::{Error, Result};
use super::incoming::Incoming;
use super::pool::{APPLICATION_ID, connect};
use super::wal_mark::{PIECE, in_turn, try_in_turn};
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

/// Takes a row of the old file over; answers whether it is new.
type Take<'a> = dyn Fn(&Connection, &Row) -> Result<bool> + 'a;

/// Whose it will be: the account and the night the list becomes; a dry run leaves nothing there.
struct Target<'a> {
    conn: &'a Connection,
    name: &'a Username,
    tenant: String,
    night: String,
    dry_run: bool,
}

/// Brings every request and setting of such a file under a DJ, as one night that is over: piece by piece, beside a box
/// that may be running. Cut short, the beginning is there, and the next time brings the rest. What came by an earlier
/// import stays as it is; a dry run only counts. Refuses files of another version and names nobody has.
pub fn bring_in(database: &Path, file: &Path, name: &Username, dry_run: bool) -> Result<Brought> {
    let incoming = Incoming::of(file, database)?;
    let (old, version, mark) = incoming.open()?;
    is_single(&incoming, &old, (version, mark))?;
    incoming.is_sound(&old)?;
    let conn = connect(database)?;
    let tenant = account(&conn, name)?
        .ok_or_else(|| Error::Unfit(format!("There is no account called {name}. See `partyplaylist user list`.")))?;
    let night = derived(&tenant, "the night before accounts");
    let target = Target { conn: &conn, name, tenant, night, dry_run };
    let mut brought = Brought::default();
    target.bring(&old, &mut brought).map_err(|error| {
        let error = match error {
            Error::Broken(why) | Error::Damaged(why) => {
                incoming.unfit(&format!("cannot be read as a single-tenant database: {why}"))
            }
            other => other,
        };
        // What is there already is not to be looked for.
        if dry_run || brought.requests == 0 { error } else { half_way(&error, &brought) }
    })?;
    brought.admins = old.query_row("SELECT count(*) FROM admins", [], |row| row.get(0))?;
    Ok(brought)
}

fn half_way(why: &Error, brought: &Brought) -> Error {
    let Brought { requests, .. } = brought;
    Error::Unfit(format!("{why} {requests} requests came before that and stay: the same command brings the rest."))
}

fn account(conn: &Connection, name: &Username) -> Result<Option<String>> {
    let sql = "SELECT id FROM users WHERE username = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([name.as_str()], |row| row.get(0)).optional()?)
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

impl Target<'_> {
    fn bring(&self, old: &Connection, brought: &mut Brought) -> Result<()> {
        let sql = "SELECT id, title, artist, track_uri, nickname, note, status, created_at, played_at FROM requests ORDER BY rowid";
        let take = |conn: &Connection, row: &Row| {
            let request = request(row)?;
            stretch(conn, (&self.tenant, &self.night), request.created_at)?;
            put(conn, (&self.tenant, &self.night), &request)
        };
        self.bring_all(old, (sql, &take), (&mut brought.requests, &mut brought.requests_there))?;
        let take = |conn: &Connection, row: &Row| {
            let sql =
                "INSERT INTO settings (user_id, key, value) VALUES (?1, ?2, ?3) ON CONFLICT (user_id, key) DO NOTHING";
            let (key, value): (String, String) = (row.get(0)?, row.get(1)?);
            Ok(conn.prepare_cached(sql)?.execute([&self.tenant, &key, &value])? > 0)
        };
        let sql = "SELECT key, value FROM settings ORDER BY rowid";
        self.bring_all(old, (sql, &take), (&mut brought.settings, &mut brought.settings_there))
    }

    /// Takes what a statement finds in the old file, a piece at a time; `take` answers whether a row is new. Counts what
    /// came and what was there, once it stays.
    fn bring_all(
        &self,
        old: &Connection,
        (sql, take): (&str, &Take<'_>),
        (came, there): (&mut usize, &mut usize),
    ) -> Result<()> {
        let mut statement = old.prepare(sql)?;
        let mut rows = statement.query([])?;
        loop {
            let piece = |conn: &Connection| self.bring_piece(conn, &mut rows, take);
            let (new, known, more) =
                if self.dry_run { try_in_turn(self.conn, piece) } else { in_turn(self.conn, piece) }?;
            *came += new;
            *there += known;
            if !more {
                return Ok(());
            }
        }
    }

    /// Answers how many rows came, how many were there, and whether there may be more.
    fn bring_piece(&self, conn: &Connection, rows: &mut Rows<'_>, take: &Take<'_>) -> Result<(usize, usize, bool)> {
        if account(conn, self.name)?.is_none_or(|id| id != self.tenant) {
            return Err(Error::Unfit(format!("The account {} was deleted or renamed meanwhile.", self.name)));
        }
        let (mut new, mut known, began) = (0, 0, Instant::now());
        while began.elapsed() < PIECE {
            let Some(row) = rows.next()? else { return Ok((new, known, false)) };
            *(if take(conn, row)? { &mut new } else { &mut known }) += 1;
        }
        Ok((new, known, true))
    }
}

fn request(row: &Row) -> rusqlite::Result<Old> {
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
