//! Every question asked before there is a tenant: who signs in, whose page this is, whose time is up.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::audit::Deed;
use super::handle::{Announcer, Guest, Helper, Host, Owner, Screen, SpotifyWorker, Tenant, Visitor};
use super::users::{COLUMNS, user};
use crate::domain::{GuestId, HelperId, Outcome, Refusal, Role, ScreenId, Timestamp, User, UserId, Username};
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};

const OWNER: &str = "SELECT id, username, display_name FROM users WHERE ";

impl Store {
    /// Opens `wanted`'s pages to `me`: the owner, or a super admin, whose visit is written down. So is a refusal.
    pub async fn host(&self, me: &User, wanted: &Username, deed: Deed) -> Result<Tenant<Host>> {
        if me.username == *wanted {
            let owner =
                Owner { user_id: me.id.clone(), username: me.username.clone(), display_name: me.display_name.clone() };
            return Ok(Tenant::open(self.clone(), owner, Host { me: me.clone() }));
        }
        let owner = self.owner(wanted, false).await;
        let allowed = me.role == Role::Superadmin;
        let whose = match &owner {
            Ok(owner) => owner.user_id.clone(),
            Err(Error::NotFound) => me.id.clone(),
            Err(error) => return Err(error.clone()),
        };
        let outcome = if allowed { Outcome::Allowed } else { Outcome::Refused };
        self.record(&whose, deed, outcome).await?;
        if !allowed {
            return Err(Refusal::NotOwner.into());
        }
        Ok(Tenant::open(self.clone(), owner?, Host { me: me.clone() }))
    }

    /// Opens a DJ's pages to the box itself: command line and demo.
    pub async fn as_host(&self, id: &UserId) -> Result<Tenant<Host>> {
        let sought = id.clone();
        let sql = format!("SELECT {COLUMNS} FROM users WHERE id = :id AND {PRESENT}");
        let me = self.read(move |conn| Ok(conn.query_row(&sql, named_params! { ":id": sought }, user)?)).await?;
        let owner =
            Owner { user_id: me.id.clone(), username: me.username.clone(), display_name: me.display_name.clone() };
        Ok(Tenant::open(self.clone(), owner, Host { me }))
    }

    /// Opens the door of a party to anyone; refuses names nobody has, and suspended accounts.
    pub(in crate::store) async fn visit_to(&self, name: &Username) -> Result<Tenant<Visitor>> {
        Ok(Tenant::open(self.clone(), self.owner(name, true).await?, Visitor { address: None }))
    }

    /// Lets a guest back in; refuses once their event is over, and a guest of another party.
    pub(in crate::store) async fn guest_of(&self, name: &Username, id: &GuestId) -> Result<Tenant<Guest>> {
        let id = id.clone();
        let who = move |conn: &Connection, tenant: &UserId, now: Timestamp| {
            let sql = "SELECT e.id, e.status <> 'ended' AND e.expires_at > :now AS is_on FROM guests g
                       JOIN events e ON e.user_id = g.user_id AND e.id = g.event_id
                       WHERE g.id = :guest AND g.user_id = :tenant";
            let named = named_params! { ":guest": id, ":tenant": tenant, ":now": now };
            let found = conn.prepare_cached(sql)?.query_row(named, |row| Ok((row.get("id")?, row.get("is_on")?)));
            match found.optional()? {
                None => Err(Refusal::NotJoined.into()),
                Some((_, false)) => Err(Refusal::EventOver.into()),
                Some((event, true)) => Ok(Guest { id, event, address: None }),
            }
        };
        self.let_in(name, who).await
    }

    /// Lets a screen back in; refuses one that was revoked or has expired.
    pub async fn screen(&self, name: &Username, id: &ScreenId) -> Result<Tenant<Screen>> {
        let id = id.clone();
        let who = move |conn: &Connection, tenant: &UserId, now: Timestamp| {
            let sql = "SELECT 1 FROM display_tokens
                       WHERE id = :screen AND user_id = :tenant AND revoked_at IS NULL AND expires_at > :now";
            let named = named_params! { ":screen": id, ":tenant": tenant, ":now": now };
            let lives = conn.prepare_cached(sql)?.exists(named)?;
            if lives { Ok(Screen { id }) } else { Err(Refusal::DeadScreen.into()) }
        };
        self.let_in(name, who).await
    }

    /// Lets a helper back in; refuses one whose link was revoked or has run out.
    pub async fn helper(&self, name: &Username, id: &HelperId) -> Result<Tenant<Helper>> {
        let id = id.clone();
        let who = move |conn: &Connection, tenant: &UserId, now: Timestamp| {
            let sql = "SELECT name FROM helpers
                       WHERE id = :helper AND user_id = :tenant AND revoked_at IS NULL AND expires_at > :now";
            let named = named_params! { ":helper": id, ":tenant": tenant, ":now": now };
            let name = conn.prepare_cached(sql)?.query_row(named, |row| row.get("name")).optional()?;
            Ok(Helper { id, name: name.ok_or(Error::Refused(Refusal::DeadHelper))? })
        };
        self.let_in(name, who).await
    }

    /// Opens a party's door in one look, to whoever `who` finds behind a pass; refuses as it does, names nobody has, and
    /// suspended accounts.
    async fn let_in<Role: Send + 'static>(
        &self,
        name: &Username,
        who: impl FnOnce(&Connection, &UserId, Timestamp) -> Result<Role> + Send + 'static,
    ) -> Result<Tenant<Role>> {
        let name = name.clone();
        let query = move |conn: &Connection, now: Timestamp| {
            let owner = named(conn, &name, true)?;
            let role = who(conn, &owner.user_id, now)?;
            Ok((owner, role))
        };
        let (owner, role) = self.read_at(query).await?;
        Ok(Tenant::open(self.clone(), owner, role))
    }

    /// Opens a party to the live hub.
    pub async fn announcer(&self, id: &UserId) -> Result<Tenant<Announcer>> {
        let sought = id.clone();
        let sql = format!("{OWNER} id = :id AND {PRESENT}");
        let owner = self.read(move |conn| Ok(conn.query_row(&sql, named_params! { ":id": sought }, owner)?)).await?;
        Ok(Tenant::open(self.clone(), owner, Announcer))
    }

    /// Opens a DJ's Spotify to the box; refuses a suspended account.
    pub async fn spotify_worker(&self, id: &UserId) -> Result<Tenant<SpotifyWorker>> {
        let sought = id.clone();
        let sql = format!("{OWNER} id = :id AND status = 'active'");
        let owner = self.read(move |conn| Ok(conn.query_row(&sql, named_params! { ":id": sought }, owner)?)).await?;
        Ok(Tenant::open(self.clone(), owner, SpotifyWorker))
    }

    /// The hosts whose event has passed its end without being ended.
    pub async fn overdue(&self) -> Result<Vec<UserId>> {
        let sql = format!(
            "SELECT e.user_id FROM events e JOIN users u ON u.id = e.user_id
             WHERE e.status <> 'ended' AND e.expires_at <= :now AND {PRESENT}"
        );
        self.read_at(move |conn, now| ids(conn, &sql, now)).await
    }

    async fn owner(&self, name: &Username, open: bool) -> Result<Owner> {
        let name = name.clone();
        self.read(move |conn| named(conn, &name, open)).await
    }
}

/// Whose rows go by a name; with `open` none of a suspended account.
fn named(conn: &Connection, name: &Username, open: bool) -> Result<Owner> {
    let sql = format!("{OWNER} username = :name AND (status = 'active' OR NOT :open)");
    Ok(conn.prepare_cached(&sql)?.query_row(named_params! { ":name": name, ":open": open }, owner)?)
}

/// The hosts a statement finds at this moment.
pub(in crate::store) fn ids(conn: &Connection, sql: &str, now: Timestamp) -> Result<Vec<UserId>> {
    let mut statement = conn.prepare_cached(sql)?;
    let ids = statement.query_map(named_params! { ":now": now }, |row| row.get("user_id"))?;
    Ok(ids.collect::<rusqlite::Result<Vec<_>>>()?)
}

fn owner(row: &Row) -> rusqlite::Result<Owner> {
    Ok(Owner { user_id: row.get("id")?, username: row.get("username")?, display_name: row.get("display_name")? })
}
