//! An account goes, with everything that is its own: for everybody at once, its rows a few at a time.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::accounts::{Accounts, end_sessions, spare_last_superadmin};
use crate::domain::{Outcome, UserId};
use crate::store::db::file::foreign::is_at_it;
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::db::store::Store;
use crate::store::db::wal::mark::in_turn;
use crate::store::error::{Error, Result};
use crate::store::tenant::audit;
use crate::store::tenant::audit::Deed;

/// What nights fill, with the columns that tell rows apart. The rest is little, and goes with the account itself.
const MANY: [(&str, &str); 5] = [
    ("votes", "event_id, request_id, guest_id"),
    ("submissions", "event_id, submitter, key"),
    ("requests", "id"),
    ("guests", "id"),
    ("tracks", "uri"),
];
/// Rows at a time: nobody else's write waits for more.
pub const PIECE: i64 = 40;
/// How an account is called that arrives piece by piece; the end of its copy's id follows. One that goes is called
/// otherwise: whoever brings it finds that it is theirs no longer.
const ARRIVING: &str = "-a";

/// An account for nobody to see, by the name it goes by. Who takes it away gives it another: from then on only they delete
/// its rows, and nobody does once it is to be seen.
#[derive(Clone)]
pub struct Unseen {
    id: UserId,
    name: String,
}

/// The deed of deleting an account, written down in the record of whoever did it: the account's own goes with it.
pub struct KeptDeed {
    pub by: UserId,
    pub deed: Deed,
}

/// An account that was deleted; its rows are there yet.
pub struct Leaving {
    store: Store,
    gone: Unseen,
}

impl Accounts {
    /// Deletes an account and everything that is its own. Refuses the last super admin.
    pub async fn delete(&self, id: &UserId) -> Result<()> {
        if self.dismiss(id, None).await?.empty().await? { Ok(()) } else { Err(Error::Busy) }
    }

    /// Takes an account away from everybody, its own people too: its name is free, and nothing leads to its rows. In the
    /// same commit `kept` is written down. Refuses the last super admin.
    pub async fn dismiss(&self, id: &UserId, kept: Option<KeptDeed>) -> Result<Leaving> {
        let (whose, clock) = (id.clone(), self.0.clock());
        let work = move |conn: &Connection| {
            spare_last_superadmin(conn, &whose)?;
            end_sessions(conn, &whose)?;
            if let Some(KeptDeed { by, deed }) = kept {
                audit::note(conn, &by, deed.entry(Outcome::Allowed), clock.now_written())?;
            }
            let sql = format!("SELECT username FROM users WHERE id = :id AND {PRESENT}");
            let name = conn.query_row(&sql, named_params! { ":id": whose }, |row| row.get("username"))?;
            Unseen { id: whose, name }.take_away(conn)?.ok_or(Error::NotFound)
        };
        let gone = self.0.write_and_announce(id, work).await?;
        Ok(Leaving { store: self.0.clone(), gone })
    }
}

impl Leaving {
    /// Deletes its rows while nobody waits for that. What a stop or a fault leaves of them goes with `clear_up_accounts`.
    pub fn empty_by_itself(self) {
        tokio::spawn(async move {
            if let Err(error) = self.empty().await {
                log::error!(target: "box", "Not everything of a deleted account was cleared away; it is tried again within the hour: {error}");
            }
        });
    }

    /// Answers whether all of them are gone; not so, where the box stops.
    async fn empty(self) -> Result<bool> {
        self.store.in_pieces(move |conn| self.gone.drop_piece(conn)).await
    }
}

impl Store {
    /// Deletes what is left of accounts whose way out, or in, was cut short.
    pub(in crate::store) async fn clear_up_accounts(&self) -> Result<()> {
        let database = self.path().to_owned();
        self.clear(self.read(move |conn| cut_short(conn, &database)).await?).await
    }

    async fn clear(&self, all: Vec<Unseen>) -> Result<()> {
        for one in all {
            let taken = self.write(move |conn| one.take_away(conn)).await?;
            let Some(gone) = taken else { continue };
            if !(Leaving { store: self.clone(), gone }).empty().await? {
                break;
            }
        }
        Ok(())
    }
}

/// The same for a command beside a box that may be running.
pub fn clear_up_alone(conn: &Connection, database: &Path) -> Result<()> {
    cut_short(conn, database)?.iter().try_for_each(|one| one.clear(conn))
}

impl Unseen {
    /// What a copy brings of an account.
    pub fn arriving(id: &UserId, copy: &str) -> Self {
        Self { id: id.clone(), name: arriving(copy) }
    }

    /// Deletes it, for a command; nothing where it goes by another name.
    pub fn clear(&self, conn: &Connection) -> Result<()> {
        let Some(gone) = in_turn(conn, |conn| self.take_away(conn))? else { return Ok(()) };
        while in_turn(conn, |conn| gone.drop_piece(conn))? {}
        Ok(())
    }

    /// Answers what it goes by from now on; none where it went by another name, or is gone.
    fn take_away(&self, conn: &Connection) -> Result<Option<Self>> {
        let sql = "UPDATE users SET username = '-' || lower(hex(randomblob(9))), display_name = '', role = 'dj', status = 'suspended',
                          password_hash = '*' WHERE id = :id AND username = :name RETURNING username";
        let own = named_params! { ":id": self.id, ":name": self.name };
        let name = conn.query_row(sql, own, |row| row.get("username")).optional()?;
        Ok(name.map(|name| Self { id: self.id.clone(), name }))
    }

    /// Answers whether there may be more; nothing goes where it goes by another name.
    fn drop_piece(&self, conn: &Connection) -> Result<bool> {
        let own = named_params! { ":id": self.id, ":name": self.name };
        if !conn.prepare_cached("SELECT 1 FROM users WHERE id = :id AND username = :name")?.exists(own)? {
            return Ok(false);
        }
        for (table, key) in MANY {
            let sql = format!(
                "DELETE FROM {table} WHERE user_id = :id
                 AND ({key}) IN (SELECT {key} FROM {table} WHERE user_id = :id LIMIT :piece)"
            );
            if conn.prepare_cached(&sql)?.execute(named_params! { ":id": self.id, ":piece": PIECE })? > 0 {
                return Ok(true);
            }
        }
        conn.execute("DELETE FROM users WHERE id = :id AND username = :name", own)?;
        Ok(false)
    }
}

/// What an account is called while a copy of it arrives.
pub fn arriving(copy: &str) -> String {
    let id: String = copy.chars().filter(char::is_ascii_hexdigit).collect();
    format!("{ARRIVING}{}", &id[id.len().saturating_sub(18)..])
}

/// Accounts that are on their way with nobody at it. Those first, and then who is at it: a copy is there before its account.
fn cut_short(conn: &Connection, database: &Path) -> Result<Vec<Unseen>> {
    let mut statement = conn.prepare(&format!("SELECT id, username FROM users WHERE NOT ({PRESENT})"))?;
    let all = statement.query_map([], |row: &Row| Ok(Unseen { id: row.get("id")?, name: row.get("username")? }))?;
    let mut left = Vec::new();
    for one in all.collect::<rusqlite::Result<Vec<_>>>()? {
        if !one.name.starts_with(ARRIVING) || !is_at_it(database, |copy| arriving(copy) == one.name)? {
            left.push(one);
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests;
