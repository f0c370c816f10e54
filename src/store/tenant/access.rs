//! Every question asked before there is a tenant: who signs in, whose page this is, whose time is up.

use rusqlite::{Connection, OptionalExtension, params};

use super::audit::Deed;
use super::handle::{Announcer, Ground, Guest, Helper, Host, Screen, Tenant, Visitor, Watcher};
use crate::domain::{
    EventId, GuestId, HelperId, Id, Outcome, Refusal, Role, ScreenId, Timestamp, User, UserId, Username,
};
use crate::store::account::accounts::user;
use crate::store::db::present::PRESENT;
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};
use crate::store::spotify::link::FOLLOWS;

const GROUND: &str = "SELECT id, username, display_name FROM users WHERE ";

impl Store {
    /// Opens `wanted`'s pages to `me`: the owner, or a super admin, whose visit is written down. So is a refusal.
    pub async fn host(&self, me: &User, wanted: &Username, deed: Deed) -> Result<Tenant<Host>> {
        if me.username == *wanted {
            let ground =
                Ground { user_id: me.id.clone(), username: me.username.clone(), display_name: me.display_name.clone() };
            return Ok(Tenant::open(self.clone(), ground, Host { me: me.clone() }));
        }
        let ground = self.ground(wanted, false).await;
        let allowed = me.role == Role::Superadmin;
        let whose = match &ground {
            Ok(ground) => ground.user_id.clone(),
            Err(Error::NotFound) => me.id.clone(),
            Err(error) => return Err(error.clone()),
        };
        let outcome = if allowed { Outcome::Allowed } else { Outcome::Refused };
        self.record(&whose, deed, outcome).await?;
        if !allowed {
            return Err(Refusal::NotOwner.into());
        }
        Ok(Tenant::open(self.clone(), ground?, Host { me: me.clone() }))
    }

    /// Opens a DJ's pages to the box itself: command line and demo.
    pub async fn as_host(&self, id: &UserId) -> Result<Tenant<Host>> {
        let sought = id.clone();
        let sql = format!(
            "SELECT id, username, display_name, role, status, created_at FROM users WHERE id = ?1 AND {PRESENT}"
        );
        let me = self.read(move |conn| Ok(conn.query_row(&sql, [sought.as_str()], user)?)).await?;
        let ground =
            Ground { user_id: me.id.clone(), username: me.username.clone(), display_name: me.display_name.clone() };
        Ok(Tenant::open(self.clone(), ground, Host { me }))
    }

    /// Opens the door of a party to anyone; refuses names nobody has, and suspended accounts.
    pub async fn visit(&self, name: &Username) -> Result<Tenant<Visitor>> {
        Ok(Tenant::open(self.clone(), self.ground(name, true).await?, Visitor { address: None }))
    }

    /// Lets a guest back in; refuses once their event is over, and a guest of another party.
    pub async fn guest(&self, name: &Username, id: &GuestId) -> Result<Tenant<Guest>> {
        let ground = self.ground(name, true).await?;
        let (tenant, guest) = (ground.user_id.clone(), id.clone());
        let look = move |conn: &Connection, now: Timestamp| {
            let sql = "SELECT e.id, e.status <> 'ended' AND e.expires_at > ?3 FROM guests g
                       JOIN events e ON e.user_id = g.user_id AND e.id = g.event_id WHERE g.id = ?1 AND g.user_id = ?2";
            let mut statement = conn.prepare_cached(sql)?;
            let row = statement.query_row(params![guest.as_str(), tenant.as_str(), now.0], |row| {
                Ok((row.get::<_, String>(0)?, row.get(1)?))
            });
            match row.optional()? {
                None => Err(Refusal::NotJoined.into()),
                Some((_, false)) => Err(Refusal::EventOver.into()),
                Some((event, true)) => EventId::parse(&event).ok_or(Error::Broken("an event id is not an id".into())),
            }
        };
        let event = self.read_at(look).await?;
        Ok(Tenant::open(self.clone(), ground, Guest { id: id.clone(), event, address: None }))
    }

    /// Lets a screen back in; refuses one that was revoked or has expired.
    pub async fn screen(&self, name: &Username, id: &ScreenId) -> Result<Tenant<Screen>> {
        let ground = self.ground(name, true).await?;
        let (tenant, screen) = (ground.user_id.clone(), id.clone());
        let look = move |conn: &Connection, now: Timestamp| {
            let sql = "SELECT 1 FROM display_tokens WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL AND expires_at > ?3";
            Ok(conn.prepare_cached(sql)?.exists(params![screen.as_str(), tenant.as_str(), now.0])?)
        };
        if !self.read_at(look).await? {
            return Err(Refusal::DeadScreen.into());
        }
        Ok(Tenant::open(self.clone(), ground, Screen { id: id.clone() }))
    }

    /// Lets a helper back in; refuses one whose link was revoked or has run out.
    pub async fn helper(&self, name: &Username, id: &HelperId) -> Result<Tenant<Helper>> {
        let ground = self.ground(name, true).await?;
        let (tenant, helper) = (ground.user_id.clone(), id.clone());
        let look = move |conn: &Connection, now: Timestamp| {
            let sql =
                "SELECT name FROM helpers WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL AND expires_at > ?3";
            let mut statement = conn.prepare_cached(sql)?;
            Ok(statement.query_row(params![helper.as_str(), tenant.as_str(), now.0], |row| row.get(0)).optional()?)
        };
        let name = self.read_at(look).await?.ok_or(Error::Refused(Refusal::DeadHelper))?;
        Ok(Tenant::open(self.clone(), ground, Helper { id: id.clone(), name }))
    }

    /// Opens a party to the live hub.
    pub async fn announcer(&self, id: &UserId) -> Result<Tenant<Announcer>> {
        let sought = id.clone();
        let sql = format!("{GROUND} id = ?1 AND {PRESENT}");
        let ground = self.read(move |conn| Ok(conn.query_row(&sql, [sought.as_str()], ground)?)).await?;
        Ok(Tenant::open(self.clone(), ground, Announcer))
    }

    /// Opens a DJ's Spotify to the box; refuses a suspended account.
    pub async fn watcher(&self, id: &UserId) -> Result<Tenant<Watcher>> {
        let sought = id.clone();
        let sql = format!("{GROUND} id = ?1 AND status = 'active'");
        let ground = self.read(move |conn| Ok(conn.query_row(&sql, [sought.as_str()], ground)?)).await?;
        Ok(Tenant::open(self.clone(), ground, Watcher))
    }

    /// The hosts whose event has passed its end without being ended.
    pub async fn overdue(&self) -> Result<Vec<UserId>> {
        let sql = format!(
            "SELECT e.user_id FROM events e JOIN users u ON u.id = e.user_id WHERE e.status <> 'ended' AND e.expires_at <= ?1 AND {PRESENT}"
        );
        self.read_at(move |conn, now| ids(conn, &sql, now)).await
    }

    /// The hosts whose night is on and follows Spotify; suspended accounts are left out.
    pub async fn followers(&self) -> Result<Vec<UserId>> {
        let look = |conn: &Connection, now| {
            let sql = format!(
                "SELECT e.user_id FROM events e JOIN spotify_links l ON l.user_id = e.user_id JOIN users u ON u.id = e.user_id
                 WHERE u.status = 'active' AND e.status <> 'ended' AND e.expires_at > ?1 AND {FOLLOWS}"
            );
            ids(conn, &sql, now)
        };
        self.read_at(look).await
    }

    async fn ground(&self, name: &Username, open: bool) -> Result<Ground> {
        let name = name.clone();
        let sql = format!("{GROUND} username = ?1 AND (status = 'active' OR NOT ?2)");
        self.read(move |conn| Ok(conn.prepare_cached(&sql)?.query_row(params![name.as_str(), open], ground)?)).await
    }
}

fn ids(conn: &Connection, sql: &str, now: Timestamp) -> Result<Vec<UserId>> {
    let mut statement = conn.prepare_cached(sql)?;
    let ids = statement.query_map([now.0], |row| crate::store::account::accounts::parsed(row, 0, Id::parse))?;
    Ok(ids.collect::<rusqlite::Result<Vec<_>>>()?)
}

fn ground(row: &rusqlite::Row) -> rusqlite::Result<Ground> {
    use crate::store::account::accounts::parsed;
    Ok(Ground {
        user_id: parsed(row, 0, Id::parse)?,
        username: parsed(row, 1, Username::parse)?,
        display_name: row.get(2)?,
    })
}
