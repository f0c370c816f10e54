//! The night that a list from before accounts becomes: there in whole or not at all, though it comes piece by piece.

use std::path::Path;

use rusqlite::{Connection, named_params};

use crate::domain::{EventId, Timestamp, UserId};
use crate::store::account::removal::{PIECE, arriving};
use crate::store::db::file::foreign::is_at_it;
use crate::store::db::store::Store;
use crate::store::db::wal::mark::in_turn;
use crate::store::error::{Error, Result};
use crate::store::party::history::COMING;

/// A night that comes. Until it is whole it bears what tells its copy from others, where a running event has its code.
#[derive(Clone)]
pub struct Night {
    tenant: UserId,
    id: EventId,
    copy: String,
}

impl Night {
    /// One that is to come from a copy.
    pub fn coming(tenant: &UserId, copy: &str) -> Self {
        Self { tenant: tenant.clone(), id: EventId::fresh(), copy: arriving(copy) }
    }

    /// Refuses while another list comes to the same DJ: which of two has a row is nobody's to say before both are whole.
    pub fn is_alone(&self, conn: &Connection) -> Result<()> {
        let sql = format!("SELECT 1 FROM events WHERE user_id = :tenant AND id <> :id AND {COMING}");
        if conn.prepare_cached(&sql)?.exists(named_params! { ":tenant": self.tenant, ":id": self.id })? {
            return Err(Error::Unfit(
                "Another list is coming to this DJ at this moment. Nothing was changed. Try again when it is there."
                    .into(),
            ));
        }
        Ok(())
    }

    pub fn id(&self) -> &EventId {
        &self.id
    }

    /// Makes it reach as far as one of its requests; the first one makes it.
    pub fn stretch(&self, conn: &Connection, at: Timestamp) -> Result<()> {
        let sql = "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, ended_at, version)
                   VALUES (:id, :tenant, 'Before accounts', 'ended', '', :copy, 0, :at, :at, :at, 1)
                   ON CONFLICT (id) DO UPDATE SET started_at = min(started_at, :at), expires_at = max(expires_at, :at), ended_at = max(ended_at, :at)";
        let named = named_params! { ":id": self.id, ":tenant": self.tenant, ":at": at, ":copy": self.copy };
        conn.prepare_cached(sql)?.execute(named)?;
        Ok(())
    }

    /// All of it is there, and stays. Answers whether there was anything.
    pub fn finish(&self, conn: &Connection) -> Result<bool> {
        let sql = "UPDATE events SET join_token = '' WHERE user_id = :tenant AND id = :id AND join_token = :copy";
        let own = named_params! { ":tenant": self.tenant, ":id": self.id, ":copy": self.copy };
        Ok(conn.execute(sql, own)? > 0)
    }

    /// Takes back what came of it, for a command; nothing where it is whole.
    pub fn take_back(&self, conn: &Connection) -> Result<()> {
        while in_turn(conn, |conn| self.drop_piece(conn))? {}
        Ok(())
    }

    /// Answers whether there may be more.
    fn drop_piece(&self, conn: &Connection) -> Result<bool> {
        let own = named_params! { ":tenant": self.tenant, ":id": self.id, ":copy": self.copy };
        let sql = "SELECT 1 FROM events WHERE user_id = :tenant AND id = :id AND join_token = :copy";
        if !conn.prepare_cached(sql)?.exists(own)? {
            return Ok(false);
        }
        let sql = "DELETE FROM requests WHERE user_id = :tenant AND id IN
                       (SELECT id FROM requests WHERE user_id = :tenant AND event_id = :id LIMIT :piece)";
        let piece = named_params! { ":tenant": self.tenant, ":id": self.id, ":piece": PIECE };
        if conn.prepare_cached(sql)?.execute(piece)? > 0 {
            return Ok(true);
        }
        let sql = "DELETE FROM events WHERE user_id = :tenant AND id = :id";
        conn.execute(sql, named_params! { ":tenant": self.tenant, ":id": self.id })?;
        Ok(false)
    }
}

impl Store {
    /// Deletes what is left of accounts whose way out, or in, was cut short, and of lists whose way in was.
    pub async fn clear_up(&self) -> Result<()> {
        self.clear_up_accounts().await?;
        let database = self.path().to_owned();
        for night in self.read(move |conn| cut_short(conn, &database)).await? {
            if !self.in_pieces(move |conn| night.drop_piece(conn)).await? {
                break;
            }
        }
        Ok(())
    }
}

/// The same for a command beside a box that may be running.
pub fn take_back_alone(conn: &Connection, database: &Path) -> Result<()> {
    cut_short(conn, database)?.iter().try_for_each(|night| night.take_back(conn))
}

/// Nights that are not whole, and that nobody is at. Those first, and then who is at it: a copy is there before its night.
fn cut_short(conn: &Connection, database: &Path) -> Result<Vec<Night>> {
    let mut statement = conn.prepare(&format!("SELECT user_id, id, join_token FROM events WHERE {COMING}"))?;
    let all = statement.query_map([], |row| {
        Ok(Night { tenant: row.get("user_id")?, id: row.get("id")?, copy: row.get("join_token")? })
    })?;
    let mut left = Vec::new();
    for night in all.collect::<rusqlite::Result<Vec<_>>>()? {
        if !is_at_it(database, |copy| arriving(copy) == night.copy)? {
            left.push(night);
        }
    }
    Ok(left)
}
