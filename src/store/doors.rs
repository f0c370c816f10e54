//! Every question asked before there is a tenant: who signs in, whose page this is, whose time is up.

use rusqlite::{Connection, OptionalExtension, params};

use super::accounts::user;
use super::error::{Error, Result};
use super::scope::{Announcer, Ground, Guest, Host, Screen, Tenant, Visitor};
use super::{Store, secrets};
use crate::domain::{
    AccountStatus, AuditEntry, EventId, GuestId, Id, Outcome, Refusal, Role, ScreenId, SessionId, Timestamp, User,
    UserId, Username,
};

/// Somebody signed in, by a session that lives.
#[derive(Clone)]
pub struct Signed {
    pub user: User,
    pub session: SessionId,
    pub expires_at: Timestamp,
}

const GROUND: &str = "SELECT id, username, display_name FROM users WHERE ";

impl Store {
    /// Checks name and password and opens a session of `hours`. Says the same, and takes as long, whichever was wrong.
    pub async fn sign_in(&self, name: &str, password: String, hours: i64) -> Result<Signed> {
        let name = Username::parse(name).map(|name| name.as_str().to_owned()).unwrap_or_default();
        let sql =
            "SELECT id, username, display_name, role, status, created_at, password_hash FROM users WHERE username = ?1";
        let look = move |conn: &Connection| {
            Ok(conn.query_row(sql, [name], |row| Ok((user(row)?, row.get::<_, String>(6)?))).optional()?)
        };
        let known = self.read(look).await?;
        let hash = known.as_ref().map(|(_, hash)| hash.clone());
        let opens = self.hashing(move || secrets::opens(&password, hash.as_deref())).await?;
        match known {
            Some((user, _)) if opens && user.status == AccountStatus::Suspended => Err(Refusal::Suspended.into()),
            Some((user, _)) if opens => self.begin_session(user, hours).await,
            _ => Err(Refusal::BadLogin.into()),
        }
    }

    /// Opens a session for somebody who has just proven who they are.
    pub async fn begin_session(&self, user: User, hours: i64) -> Result<Signed> {
        let now = self.now();
        let signed = Signed { session: Id::fresh(), expires_at: now.plus_ms(hours * 3_600_000), user };
        let row = signed.clone();
        let work = move |conn: &Connection| {
            conn.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now.0])?;
            let sql = "INSERT INTO sessions (id, user_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)";
            conn.execute(sql, params![row.session.as_str(), row.user.id.as_str(), now.0, row.expires_at.0])?;
            Ok(())
        };
        self.write(work, |()| {}).await?;
        Ok(signed)
    }

    /// Who is behind a session; refuses one that ended, or whose account may no longer enter.
    pub async fn signed(&self, session: &SessionId, whose: &UserId) -> Result<Signed> {
        let (session, whose, now) = (session.clone(), whose.clone(), self.now());
        let look = move |conn: &Connection| {
            let sql = "SELECT u.id, u.username, u.display_name, u.role, u.status, u.created_at, s.expires_at
                       FROM sessions s JOIN users u ON u.id = s.user_id
                       WHERE s.id = ?1 AND s.user_id = ?2 AND s.expires_at > ?3 AND u.status = 'active'";
            let mut statement = conn.prepare_cached(sql)?;
            let row = params![session.as_str(), whose.as_str(), now.0];
            let seen = statement.query_row(row, |row| Ok((user(row)?, Timestamp(row.get(6)?)))).optional()?;
            let (user, expires_at) = seen.ok_or(Error::Refused(Refusal::NotSignedIn))?;
            Ok(Signed { user, session, expires_at })
        };
        self.read(look).await
    }

    /// Ends a session; its token is dead from then on.
    pub async fn sign_out(&self, session: &SessionId) -> Result<()> {
        let session = session.clone();
        let work = move |conn: &Connection| Ok(conn.execute("DELETE FROM sessions WHERE id = ?1", [session.as_str()])?);
        self.write(work, |_| {}).await.map(|_| ())
    }

    /// Opens `wanted`'s pages to `me`: the owner, or a super admin, whose visit is written down. So is a refusal.
    pub async fn host(
        &self,
        me: &User,
        wanted: &Username,
        action: String,
        from: Option<String>,
    ) -> Result<Tenant<Host>> {
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
        self.log_crossing(whose, me.username.clone(), action, outcome, from).await?;
        if !allowed {
            return Err(Refusal::NotOwner.into());
        }
        Ok(Tenant::open(self.clone(), ground?, Host { me: me.clone() }))
    }

    /// Writes down that `actor` tried to cross onto `whose` ground.
    pub async fn log_crossing(
        &self,
        whose: UserId,
        actor: Username,
        action: String,
        outcome: Outcome,
        from: Option<String>,
    ) -> Result<()> {
        let now = self.now();
        let work = move |conn: &Connection| {
            let sql =
                "INSERT INTO audit (user_id, at, actor, action, outcome, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
            Ok(conn.execute(sql, params![whose.as_str(), now.0, actor.as_str(), action, outcome.as_str(), from])?)
        };
        self.write(work, |_| {}).await.map(|_| ())
    }

    /// The newest crossings of the whole box, for its operator.
    pub async fn crossings(&self, most: u32) -> Result<Vec<AuditEntry>> {
        let look = move |conn: &Connection| {
            let mut statement =
                conn.prepare_cached("SELECT at, actor, action, outcome, address FROM audit ORDER BY id DESC LIMIT ?1")?;
            let entry = |row: &rusqlite::Row| {
                Ok(AuditEntry {
                    at: Timestamp(row.get(0)?),
                    actor: row.get(1)?,
                    action: row.get(2)?,
                    outcome: row.get(3)?,
                    address: row.get(4)?,
                })
            };
            Ok(statement.query_map([most], entry)?.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        self.read(look).await
    }

    /// Opens a DJ's pages to the box itself: command line and demo.
    pub async fn as_host(&self, id: &UserId) -> Result<Tenant<Host>> {
        let sought = id.clone();
        let sql = "SELECT id, username, display_name, role, status, created_at FROM users WHERE id = ?1";
        let me = self.read(move |conn| Ok(conn.query_row(sql, [sought.as_str()], user)?)).await?;
        let ground =
            Ground { user_id: me.id.clone(), username: me.username.clone(), display_name: me.display_name.clone() };
        Ok(Tenant::open(self.clone(), ground, Host { me }))
    }

    /// Opens the door of a party to anyone; refuses names nobody has, and suspended accounts.
    pub async fn visit(&self, name: &Username) -> Result<Tenant<Visitor>> {
        Ok(Tenant::open(self.clone(), self.ground(name, true).await?, Visitor))
    }

    /// Lets a guest back in; refuses once their event is over, and a guest of another party.
    pub async fn guest(&self, name: &Username, id: &GuestId) -> Result<Tenant<Guest>> {
        let ground = self.ground(name, true).await?;
        let (tenant, guest, now) = (ground.user_id.clone(), id.clone(), self.now());
        let look = move |conn: &Connection| {
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
        let event = self.read(look).await?;
        Ok(Tenant::open(self.clone(), ground, Guest { id: id.clone(), event }))
    }

    /// Lets a screen back in; refuses one that was revoked or has expired.
    pub async fn screen(&self, name: &Username, id: &ScreenId) -> Result<Tenant<Screen>> {
        let ground = self.ground(name, true).await?;
        let (tenant, screen, now) = (ground.user_id.clone(), id.clone(), self.now());
        let look = move |conn: &Connection| {
            let sql = "SELECT 1 FROM display_tokens WHERE id = ?1 AND user_id = ?2 AND revoked_at IS NULL AND expires_at > ?3";
            Ok(conn.prepare_cached(sql)?.exists(params![screen.as_str(), tenant.as_str(), now.0])?)
        };
        if !self.read(look).await? {
            return Err(Refusal::DeadScreen.into());
        }
        Ok(Tenant::open(self.clone(), ground, Screen { id: id.clone() }))
    }

    /// Opens a party to the live hub.
    pub async fn announcer(&self, id: &UserId) -> Result<Tenant<Announcer>> {
        let sought = id.clone();
        let sql = format!("{GROUND} id = ?1");
        let ground = self.read(move |conn| Ok(conn.query_row(&sql, [sought.as_str()], ground)?)).await?;
        Ok(Tenant::open(self.clone(), ground, Announcer))
    }

    /// The hosts whose event has passed its end without being ended.
    pub async fn overdue(&self) -> Result<Vec<UserId>> {
        let now = self.now();
        let look = move |conn: &Connection| {
            let mut statement =
                conn.prepare_cached("SELECT user_id FROM events WHERE status <> 'ended' AND expires_at <= ?1")?;
            let ids = statement.query_map([now.0], |row| super::accounts::parsed(row, 0, Id::parse))?;
            Ok(ids.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        self.read(look).await
    }

    async fn ground(&self, name: &Username, open: bool) -> Result<Ground> {
        let name = name.clone();
        let sql = format!("{GROUND} username = ?1 AND (status = 'active' OR NOT ?2)");
        self.read(move |conn| Ok(conn.prepare_cached(&sql)?.query_row(params![name.as_str(), open], ground)?)).await
    }
}

fn ground(row: &rusqlite::Row) -> rusqlite::Result<Ground> {
    use super::accounts::parsed;
    Ok(Ground {
        user_id: parsed(row, 0, Id::parse)?,
        username: parsed(row, 1, Username::parse)?,
        display_name: row.get(2)?,
    })
}
