//! An account goes, with everything that is its own: for everybody at once, its rows a few at a time.

use std::path::Path;

use rusqlite::{Connection, params};

use super::Store;
use super::accounts::{Accounts, PRESENT, end_sessions, found, spare_last_superadmin};
use super::error::{Error, Result};
use super::incoming::is_at_it;
use super::wal_mark::in_turn;
use crate::domain::{Id, UserId};

/// What nights fill, with the columns that tell rows apart. The rest is little, and goes with the account itself.
const MANY: [(&str, &str); 5] = [
    ("votes", "event_id, request_id, guest_id"),
    ("submissions", "event_id, submitter, key"),
    ("requests", "id"),
    ("guests", "id"),
    ("tracks", "uri"),
];
/// Rows at a time: nobody else's write waits for more.
const PIECE: i64 = 40;
/// How an account is called that arrives piece by piece; the end of its copy's id follows. One that goes is called
/// otherwise: whoever brings it finds that it is theirs no longer.
const ARRIVING: &str = "-a";

/// An account that is gone for everybody; its rows are there yet.
pub struct Leaving {
    store: Store,
    id: UserId,
}

impl Accounts {
    /// Deletes an account and everything that is its own. Refuses the last super admin.
    pub async fn delete(&self, id: &UserId) -> Result<()> {
        self.dismiss(id).await?.empty().await
    }

    /// Takes an account away from everybody, its own people too: its name is free, and nothing leads to its rows. Cut
    /// short, those go with `clear_up`. Refuses the last super admin.
    pub async fn dismiss(&self, id: &UserId) -> Result<Leaving> {
        let whose = id.clone();
        let work = move |conn: &Connection| {
            spare_last_superadmin(conn, &whose)?;
            end_sessions(conn, &whose)?;
            found(take_away(conn, &whose, PRESENT)?)
        };
        let (changes, whose) = (self.0.changes(), id.clone());
        self.0.write(work, move |()| changes.note(&whose, [])).await?;
        Ok(Leaving { store: self.0.clone(), id: id.clone() })
    }
}

impl Leaving {
    /// Deletes its rows; goes on when whoever asked stops waiting.
    pub async fn empty(self) -> Result<()> {
        let panicked = |_| Err(Error::Broken("deleting an account panicked".into()));
        tokio::spawn(async move { self.drop_all().await }).await.unwrap_or_else(panicked)
    }

    async fn drop_all(&self) -> Result<()> {
        let piece = |id: UserId| move |conn: &Connection| drop_piece(conn, &id);
        while self.store.write(piece(self.id.clone()), |_| {}).await? {}
        Ok(())
    }
}

impl Store {
    /// Deletes what is left of accounts whose way out, or in, was cut short.
    pub async fn clear_up(&self) -> Result<()> {
        let database = self.path().to_owned();
        for id in self.read(move |conn| cut_short(conn, &database)).await? {
            let whose = id.clone();
            self.write(move |conn| take_away(conn, &whose, "true"), |_| {}).await?;
            Leaving { store: self.clone(), id }.drop_all().await?;
        }
        Ok(())
    }
}

/// The same for a command beside a box that may be running.
pub fn clear_up_alone(conn: &Connection, database: &Path) -> Result<()> {
    cut_short(conn, database)?.iter().try_for_each(|id| clear(conn, id))
}

/// Deletes one account of a name nobody can have.
pub fn clear(conn: &Connection, id: &UserId) -> Result<()> {
    in_turn(conn, |conn| take_away(conn, id, &format!("NOT ({PRESENT})")))?;
    while in_turn(conn, |conn| drop_piece(conn, id))? {}
    Ok(())
}

/// What an account is called while a copy of it arrives.
pub fn arriving(copy: &str) -> String {
    let id: String = copy.chars().filter(char::is_ascii_hexdigit).collect();
    format!("{ARRIVING}{}", &id[id.len().saturating_sub(18)..])
}

fn take_away(conn: &Connection, id: &UserId, which: &str) -> Result<usize> {
    let sql = format!(
        "UPDATE users SET username = '-' || lower(hex(randomblob(9))), display_name = '', role = 'dj', status = 'suspended',
                password_hash = '*' WHERE id = ?1 AND {which}"
    );
    Ok(conn.execute(&sql, [id.as_str()])?)
}

/// Accounts that are on their way with nobody at it. Those first, and then who is at it: a copy is there before its account.
fn cut_short(conn: &Connection, database: &Path) -> Result<Vec<UserId>> {
    let mut statement = conn.prepare(&format!("SELECT id, username FROM users WHERE NOT ({PRESENT})"))?;
    let all = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut left = Vec::new();
    for one in all.collect::<rusqlite::Result<Vec<_>>>()? {
        if !one.1.starts_with(ARRIVING) || !is_at_it(database, |copy| arriving(copy) == one.1)? {
            left.extend(Id::parse(&one.0));
        }
    }
    Ok(left)
}

/// Answers whether there may be more.
fn drop_piece(conn: &Connection, id: &UserId) -> Result<bool> {
    for (table, key) in MANY {
        let sql = format!(
            "DELETE FROM {table} WHERE user_id = ?1 AND ({key}) IN (SELECT {key} FROM {table} WHERE user_id = ?1 LIMIT ?2)"
        );
        if conn.prepare_cached(&sql)?.execute(params![id.as_str(), PIECE])? > 0 {
            return Ok(true);
        }
    }
    conn.execute(&format!("DELETE FROM users WHERE id = ?1 AND NOT ({PRESENT})"), [id.as_str()])?;
    Ok(false)
}
