//! A database of the first days, with one party and no owner on any row, brought under one DJ.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension, Row, Rows, named_params};
use sha2::{Digest, Sha256};

use super::imported_night::{Night, take_back_alone};
use crate::domain::{Line, RequestId, Song, Timestamp, UserId, Username, is_possible};
use crate::store::db::file::foreign::{ForeignFile, OpenCopy};
use crate::store::db::pool::{APPLICATION_ID, connect};
use crate::store::db::wal::mark::{PIECE, in_turn, try_in_turn};
use crate::store::error::{Error, Result};

/// The version those databases have.
const SINGLE: u32 = 1;
/// Rows that are read before any of them is written.
const AT_ONCE: usize = 200;
/// Settings of a party, and bytes of one.
const SETTINGS: usize = 200;
const OF_SETTING: usize = 64_000;
/// Bytes of a track's address.
const OF_ADDRESS: usize = 200;

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
    created_at: Timestamp,
    played_at: Option<Timestamp>,
}

/// Whose it will be: the account and the night the list becomes; a dry run leaves nothing there.
struct Target<'a> {
    conn: &'a Connection,
    name: &'a Username,
    tenant: UserId,
    night: Night,
    dry_run: bool,
}

/// Brings every request and setting of such a file under a DJ, as one night that is over: piece by piece, beside a box
/// that may be running. Cut short or refused, nothing of it stays. What came by an earlier import stays as it is; a dry run
/// only counts. Refuses files of another version and names nobody has.
pub fn bring_in(database: &Path, file: &Path, name: &Username, dry_run: bool) -> Result<Brought> {
    let foreign_file = ForeignFile::of(file, database)?;
    let copy = foreign_file.open()?;
    is_single(&foreign_file, &copy)?;
    let old = &copy.conn;
    foreign_file.is_sound(old)?;
    let conn = connect(database)?;
    let tenant = account(&conn, name)?
        .ok_or_else(|| Error::Unfit(format!("There is no account called {name}. See `partyplaylist user list`.")))?;
    take_back_alone(&conn, database)?;
    let night = Night::coming(&tenant, &foreign_file.id());
    let target = Target { conn: &conn, name, tenant, night, dry_run };
    let brought = target.bring(old).or_else(|error| {
        target.night.take_back(&conn)?;
        Err(match error {
            Error::Broken(why) | Error::Damaged(why) => {
                foreign_file.unfit(&format!("cannot be read as a single-tenant database: {why}"))
            }
            other => other,
        })
    })?;
    let admins = old.query_row("SELECT count(*) AS admins FROM admins", [], |row| row.get("admins"))?;
    Ok(Brought { admins, ..brought })
}

fn account(conn: &Connection, name: &Username) -> Result<Option<UserId>> {
    let sql = "SELECT id FROM users WHERE username = :name";
    Ok(conn.prepare_cached(sql)?.query_row(named_params! { ":name": name }, |row| row.get("id")).optional()?)
}

fn is_single(foreign_file: &ForeignFile, copy: &OpenCopy) -> Result<()> {
    let (old, version, mark) = (&copy.conn, copy.version, copy.mark);
    let tables = "SELECT count(*) = 3 AS has_all FROM sqlite_schema WHERE type = 'table' AND name IN ('admins', 'requests', 'settings')";
    let ours = mark == APPLICATION_ID || mark == 0;
    if ours && version == SINGLE && old.query_row(tables, [], |row| row.get("has_all"))? {
        return holds_nothing_but_rows(foreign_file, old);
    }
    Err(foreign_file.unfit(&match version {
        _ if !ours => {
            "is not a single-tenant database of ours: a DJ's own file comes in with `partyplaylist tenant import`"
                .into()
        }
        0 | SINGLE => "is not a single-tenant database".to_owned(),
        newer => format!("is of version {newer}, with accounts: use `partyplaylist tenant import` or `restore`"),
    }))
}

/// A view, a trigger, an index by an expression or a column that is worked out may take all memory there is, and all time;
/// so may a condition on a table. Who made those files may have laid their tables otherwise than this program does.
fn holds_nothing_but_rows(foreign_file: &ForeignFile, old: &Connection) -> Result<()> {
    old.pragma_update(None, "ignore_check_constraints", true)?;
    let odd = "SELECT 1 FROM sqlite_schema WHERE type NOT IN ('table', 'index') OR sql LIKE 'CREATE VIRTUAL%'
               UNION ALL SELECT 1 FROM sqlite_schema t, pragma_table_xinfo(t.name) c WHERE t.type = 'table' AND c.hidden > 0
               UNION ALL SELECT 1 FROM sqlite_schema i, pragma_index_xinfo(i.name) c
                         WHERE i.type = 'index' AND (c.cid = -2 OR i.sql LIKE '%WHERE%')";
    if old.prepare(odd)?.exists([])? {
        return Err(foreign_file.unfit("has more in it than rows: only its own program may open it"));
    }
    Ok(())
}

impl Target<'_> {
    fn bring(&self, old: &Connection) -> Result<Brought> {
        let mut brought = Brought::default();
        let mut statement = old.prepare(
            "SELECT id, title, artist, track_uri, nickname, note, status, created_at, played_at FROM requests ORDER BY rowid",
        )?;
        let mut rows = statement.query([])?;
        // Whatever it takes to read them, nobody waits for it.
        loop {
            let mut piece = read_piece(&mut rows)?;
            if piece.is_empty() {
                break;
            }
            while !piece.is_empty() {
                let (new, known) = self.in_turn(|conn| self.bring_piece(conn, &mut piece))?;
                brought.requests += new;
                brought.requests_there += known;
            }
        }
        let settings = settings(old)?;
        brought.settings = self.in_turn(|conn| self.end(conn, &settings, brought.requests > 0))?;
        brought.settings_there = settings.len() - brought.settings;
        Ok(brought)
    }

    fn in_turn<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        if self.dry_run { try_in_turn(self.conn, work) } else { in_turn(self.conn, work) }
    }

    /// Answers how many rows came, and how many were there.
    fn bring_piece(&self, conn: &Connection, piece: &mut VecDeque<Old>) -> Result<(usize, usize)> {
        self.is_there(conn)?;
        let (mut new, mut known, began) = (0, 0, Instant::now());
        while began.elapsed() < PIECE {
            let Some(old) = piece.pop_front() else { break };
            *(if self.take(conn, &old)? { &mut new } else { &mut known }) += 1;
        }
        Ok((new, known))
    }

    fn is_there(&self, conn: &Connection) -> Result<()> {
        if account(conn, self.name)?.is_none_or(|id| id != self.tenant) {
            return Err(Error::Unfit(format!("The account {} was deleted or renamed meanwhile.", self.name)));
        }
        self.night.is_alone(conn)
    }

    /// Answers whether the row is new here.
    fn take(&self, conn: &Connection, old: &Old) -> Result<bool> {
        let mut owner = conn.prepare_cached("SELECT user_id FROM requests WHERE id = :id")?;
        let owner: Option<UserId> =
            owner.query_row(named_params! { ":id": old.id }, |row| row.get("user_id")).optional()?;
        // An id that another DJ's row has, or that is none of today's, is replaced by one that is the same at every import.
        let usable = RequestId::parse(&old.id).is_some() && owner.is_none_or(|owner| owner == self.tenant);
        let id = if usable { old.id.clone() } else { derived(&self.tenant, &old.id) };
        if conn.prepare_cached("SELECT 1 FROM requests WHERE id = :id")?.exists(named_params! { ":id": id })? {
            return Ok(false);
        }
        self.night.stretch(conn, old.created_at)?;
        let sql =
            "INSERT INTO requests (id, user_id, event_id, title, artist, track_uri, song_key, artist_key, nickname, note,
                                         status, created_at, played_at, version)
                   VALUES (:id, :tenant, :night, :title, :artist, :uri, :song_key, :artist_key, :nickname, :note,
                           :status, :created, :played, 1)";
        let Old { song, nickname, note, status, created_at, played_at, .. } = old;
        conn.prepare_cached(sql)?.execute(named_params! {
            ":id": id, ":tenant": self.tenant, ":night": self.night.id(), ":title": song.title, ":artist": song.artist,
            ":uri": song.track_uri, ":song_key": song.key(), ":artist_key": song.artist_key(), ":nickname": nickname,
            ":note": note, ":status": status, ":created": created_at, ":played": played_at,
        })?;
        Ok(true)
    }

    /// The last step, after which it stays. Answers how many settings are new.
    fn end(&self, conn: &Connection, settings: &[(String, String)], came: bool) -> Result<usize> {
        self.is_there(conn)?;
        // In a dry run nothing that came is there.
        if came && !self.dry_run && !self.night.finish(conn)? {
            return Err(Error::Unfit("The list was cleared away while it came. Please try again.".into()));
        }
        let mut new = 0;
        for (key, value) in settings {
            let sql = "INSERT INTO settings (user_id, key, value) VALUES (:tenant, :key, :value) ON CONFLICT (user_id, key) DO NOTHING";
            new += conn.execute(sql, named_params! { ":tenant": self.tenant, ":key": key, ":value": value })?;
        }
        Ok(new)
    }
}

fn settings(old: &Connection) -> Result<Vec<(String, String)>> {
    let mut statement = old.prepare("SELECT key, value FROM settings ORDER BY rowid")?;
    let all = statement.query_map([], |row| Ok((row.get("key")?, row.get("value")?)))?;
    let mut settings = Vec::new();
    for setting in all {
        let (key, value): (String, String) = setting?;
        if key.len() + value.len() > OF_SETTING || settings.len() == SETTINGS {
            return Err(Error::Broken("it has more settings, or longer ones, than a party has".into()));
        }
        settings.push((key, value));
    }
    Ok(settings)
}

fn read_piece(rows: &mut Rows<'_>) -> Result<VecDeque<Old>> {
    let mut piece = VecDeque::new();
    while piece.len() < AT_ONCE {
        let Some(row) = rows.next()? else { break };
        piece.push_back(request(row)?);
    }
    Ok(piece)
}

/// One row, its texts cut to what a request may have today.
fn request(row: &Row) -> Result<Old> {
    let text = |column: &str| row.get::<_, Option<String>>(column);
    let line = |column: &str| Ok::<_, Error>(Line::<200>::cut(&text(column)?.unwrap_or_default()));
    let track_uri = text("track_uri")?.filter(|uri| uri.len() <= OF_ADDRESS);
    let (created_at, played_at): (Timestamp, Option<Timestamp>) = (row.get("created_at")?, row.get("played_at")?);
    if let Some(at) = [Some(created_at), played_at].into_iter().flatten().find(|at| !is_possible(*at)) {
        return Err(Error::Broken(format!("one of its wishes is of a moment that cannot be ({})", at.0)));
    }
    Ok(Old {
        id: row.get("id")?,
        song: Song { track_uri, ..Song::named(line("title")?, line("artist")?) },
        nickname: text("nickname")?.map(|name| Line::<30>::cut(&name)),
        note: text("note")?.map(|note| Line::<140>::cut(&note)),
        status: row.get("status")?,
        created_at,
        played_at,
    })
}

/// An id that is the same every time for the same owner and thing.
fn derived(tenant: &UserId, what: &str) -> String {
    let digest: [u8; 32] = Sha256::digest(format!("{}\u{1f}{what}", tenant.as_str()).as_bytes()).into();
    uuid::Builder::from_custom_bytes(std::array::from_fn(|n| digest[n])).into_uuid().to_string()
}
