//! Sign-ins: opened by a password, kept alive by use, looked at and ended by their owner.

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use super::passwords::{Passwords, Whose};
use super::signed_in::{Signed, SignedIn};
use super::{accounts, login_throttle, secrets};
use crate::domain::{AccountStatus, Outcome, Password, Refusal, Session, SessionId, Timestamp, User, UserId, Username};
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};
use crate::store::tenant::audit;
use crate::store::tenant::audit::Entry;
use crate::store::tenant::client::Client;
use crate::store::tenant::users::{COLUMNS, user};

/// How seldom the use of a session is written down.
const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;

impl Store {
    /// Opens a session of `hours` for who knows name and password. Says the same, and takes as long, whichever was wrong.
    pub async fn sign_in(&self, name: &str, password: String, client: Client, hours: i64) -> Result<Signed> {
        let (user, hash) = self.prove(name, password, &client, "sign in").await?;
        self.open_session(user, Some(hash), client, hours).await
    }

    /// Whose name and password these are, and the hash they opened; `deed` is what they are asked for. Passwords are looked
    /// at one after the other, and whether one has to wait is asked in its turn: so however many come at once, each knows
    /// of all the wrong ones before it, and none counts against another while it is under way.
    pub async fn prove(
        &self,
        name: &str,
        password: String,
        client: &Client,
        deed: &'static str,
    ) -> Result<(User, String)> {
        self.may_try(name, client).await?;
        let source = client.source();
        let whose = client.known_at(name).map_or(Whose::Source(source), |browser| Whose::Known(browser.into()));
        let passwords = self.memory::<Passwords>();
        let place = passwords.queue(whose)?;
        let turn = place.turn().await?;
        let (known, subjects) = self.may_try(name, client).await?;
        let hash = known.as_ref().map(|(_, hash)| hash.clone());
        let opens = turn.work(move || secrets::opens(&password, hash.as_deref())).await?;
        let whose = known.as_ref().map(|(user, _)| user.clone());
        let (tried, clock) = (Try { whose, address: client.address.clone(), deed, opens }, self.clock());
        let work = move |conn: &Connection| settle(conn, &subjects, &tried, clock.now_written());
        self.write(work).await?;
        match known {
            Some((user, _)) if opens && user.status == AccountStatus::Suspended => Err(Refusal::Suspended.into()),
            Some((user, hash)) if opens => Ok((user, hash)),
            _ => Err(Refusal::BadLogin.into()),
        }
    }

    /// Whose name this is, with the hash of the password, and what a try is counted for. Refuses who has got too many
    /// passwords wrong to try another now.
    async fn may_try(
        &self,
        name: &str,
        client: &Client,
    ) -> Result<(Option<(User, String)>, Vec<login_throttle::Counted>)> {
        let (name, client) = (name.to_owned(), client.clone());
        let query = move |conn: &Connection, now: Timestamp| {
            let known = account(conn, &name)?;
            let account = known.as_ref().map(|(user, hash)| format!("{} {hash}", user.username));
            let account = account.unwrap_or_else(|| name.trim().to_lowercase());
            let subjects = login_throttle::subjects(&name, &account, &client);
            login_throttle::admit(conn, &subjects, now)?;
            Ok((known, subjects))
        };
        self.read_at(query).await
    }

    /// Opens a session for somebody whose account was made or changed just now.
    pub async fn begin_session(&self, user: User, client: Client, hours: i64) -> Result<Signed> {
        self.open_session(user, None, client, hours).await
    }

    /// The account may have been suspended, deleted or given another password while this one was being checked.
    async fn open_session(&self, user: User, hash: Option<String>, client: Client, hours: i64) -> Result<Signed> {
        let clock = self.clock();
        let work = move |conn: &Connection| {
            let now = clock.now_written();
            let (session, expires_at) = (SessionId::fresh(), now.plus_ms(hours * 3_600_000));
            let sql = "INSERT INTO sessions (id, user_id, created_at, seen_at, expires_at, address, device)
                       SELECT :session, id, :now, :now, :end, :address, :device FROM users
                       WHERE id = :user AND status = 'active' AND password_hash = coalesce(:hash, password_hash)";
            let named = named_params! {
                ":session": session, ":user": user.id, ":now": now, ":end": expires_at,
                ":address": client.address, ":device": client.device, ":hash": hash,
            };
            match conn.execute(sql, named)? {
                0 => Err(Refusal::BadLogin.into()),
                _ => Ok(Signed { session, expires_at, user, seen_at: Some(now) }),
            }
        };
        self.write(work).await
    }

    /// Who is behind a session; refuses one that ended, or whose account may no longer enter. One that has run out is
    /// forgotten at once, so that no clock set back brings it to life.
    pub async fn signed(&self, session: &SessionId, whose: &UserId) -> Result<Signed> {
        let (freshness, kept) = (self.freshness().await?, self.memory::<SignedIn>());
        if let Some(signed) = kept.find(session, whose, freshness.needed_by_all(), self.now()) {
            return Ok(signed);
        }
        let (id, owner, seen) = (session.clone(), whose.clone(), freshness.done());
        let query = move |conn: &Connection, now: Timestamp| {
            let sql = "SELECT u.id, u.username, u.display_name, u.role, u.status, u.created_at, s.expires_at, s.seen_at
                       FROM sessions s JOIN users u ON u.id = s.user_id
                       WHERE s.id = :session AND s.user_id = :user AND u.status = 'active'";
            let mut statement = conn.prepare_cached(sql)?;
            let found = statement.query_row(named_params! { ":session": id, ":user": owner }, |row| {
                let (expires_at, seen_at) = (row.get("expires_at")?, row.get("seen_at")?);
                Ok(Signed { user: user(row)?, session: id.clone(), expires_at, seen_at })
            });
            let signed = found.optional()?.ok_or(Error::Refused(Refusal::NotSignedIn))?;
            Ok((signed.expires_at > now).then_some(signed))
        };
        if let Some(signed) = self.read_at(query).await? {
            kept.keep(seen, &signed);
            return Ok(signed);
        }
        self.run_out(session, whose).await?;
        Err(Refusal::NotSignedIn.into())
    }

    /// Forgets a session whose time is up, if it is: one that was renewed under another token lives on.
    pub async fn run_out(&self, session: &SessionId, whose: &UserId) -> Result<()> {
        let (session, whose, clock) = (session.clone(), whose.clone(), self.clock());
        let sql = "DELETE FROM sessions WHERE id = :session AND user_id = :user AND expires_at <= :now";
        let work = move |conn: &Connection| {
            let now = clock.now_written();
            Ok(conn.execute(sql, named_params! { ":session": session, ":user": whose, ":now": now })?)
        };
        self.write(work).await.map(drop)
    }

    /// Notes that a session is in use, now and then; past half its `hours` it starts anew. Answers whether it did.
    pub async fn keep_alive(&self, signed: &mut Signed, hours: i64) -> Result<bool> {
        let now = self.now();
        let whole = hours * 3_600_000;
        let renews = signed.expires_at.ms_since(now) < whole / 2;
        let noted = signed.seen_at.is_some_and(|at| (0..SEEN_EVERY_MS).contains(&now.ms_since(at)));
        if noted && !renews {
            return Ok(false);
        }
        let (session, user, clock) = (signed.session.clone(), signed.user.id.clone(), self.clock());
        let sql = "UPDATE sessions SET seen_at = :now, expires_at = coalesce(:end, expires_at)
                   WHERE id = :session AND user_id = :user";
        let work = move |conn: &Connection| {
            let now = clock.now_written();
            let renewed = renews.then(|| now.plus_ms(whole));
            conn.execute(sql, named_params! { ":session": session, ":user": user, ":now": now, ":end": renewed })?;
            Ok((now, renewed))
        };
        let (seen_at, renewed) = self.write(work).await?;
        (signed.seen_at, signed.expires_at) = (Some(seen_at), renewed.unwrap_or(signed.expires_at));
        Ok(renews)
    }

    /// Starts the hours of a session anew.
    pub async fn renew(&self, signed: &mut Signed, hours: i64) -> Result<()> {
        signed.expires_at = self.now();
        self.keep_alive(signed, hours).await.map(drop)
    }

    /// The living sign-ins of one account, the latest used first.
    pub async fn sessions(&self, whose: &UserId) -> Result<Vec<Session>> {
        let whose = whose.clone();
        let sql = "SELECT id, created_at, seen_at, expires_at, address, device FROM sessions
                   WHERE user_id = :user AND expires_at > :now ORDER BY seen_at DESC, id DESC";
        let query = move |conn: &Connection, now: Timestamp| {
            let mut statement = conn.prepare_cached(sql)?;
            let found = statement.query_map(named_params! { ":user": whose, ":now": now }, session)?;
            Ok(found.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        self.read_at(query).await
    }

    /// Ends one sign-in of an account; its token is dead from then on. One of somebody else is not there.
    pub async fn end_session(&self, whose: &UserId, session: &SessionId) -> Result<()> {
        let (whose, session) = (whose.clone(), session.clone());
        let sql = "DELETE FROM sessions WHERE id = :session AND user_id = :user";
        let work =
            move |conn: &Connection| match conn.execute(sql, named_params! { ":session": session, ":user": whose })? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            };
        self.write(work).await
    }

    /// Ends every sign-in of an account.
    pub async fn end_sessions(&self, whose: &UserId) -> Result<()> {
        let whose = whose.clone();
        self.write(move |conn| accounts::end_sessions(conn, &whose)).await
    }

    /// Forgets sign-ins that ran out, so that no clock set back brings them to life, and waits nobody remembers.
    pub async fn forget_sign_ins(&self) -> Result<()> {
        let clock = self.clock();
        let work = move |conn: &Connection| {
            let now = clock.now_written();
            conn.execute("DELETE FROM sessions WHERE expires_at <= :now", named_params! { ":now": now })?;
            let sql = "DELETE FROM sign_in_waits WHERE abs(last_at - :now) > 86400000";
            conn.execute(sql, named_params! { ":now": now })?;
            Ok(())
        };
        self.write(work).await
    }

    /// A new password for who knows the old one; every sign-in with the old one ends.
    pub async fn change_own_password(&self, me: &User, old: String, new: Password, client: &Client) -> Result<()> {
        self.prove(me.username.as_str(), old, client, "change the own password").await?;
        self.accounts().set_password(&me.id, new).await
    }
}

/// A password that somebody tried.
struct Try {
    /// Whose it was to be; nobody has the name where there is none.
    whose: Option<User>,
    address: Option<String>,
    /// What it was asked for.
    deed: &'static str,
    opens: bool,
}

/// Writes down how a try went: a wrong one is counted, a right one clears what this somebody got wrong.
fn settle(conn: &Connection, subjects: &[login_throttle::Counted], tried: &Try, now: Timestamp) -> Result<()> {
    match (&tried.whose, tried.opens) {
        (Some(_), true) => login_throttle::forget(conn, subjects)?,
        _ => login_throttle::count(conn, subjects, now)?,
    }
    let Some(user) = &tried.whose else { return Ok(()) };
    let outcome = if tried.opens && user.status == AccountStatus::Active { Outcome::Allowed } else { Outcome::Refused };
    if !conn.prepare_cached("SELECT 1 FROM users WHERE id = :id")?.exists(named_params! { ":id": user.id })? {
        return Ok(());
    }
    let (actor, address) = (user.username.as_str(), tried.address.as_deref());
    audit::note(conn, &user.id, Entry { actor, action: tried.deed, address, outcome }, now)
}

/// The account somebody means by a name they typed, with the hash of its password.
fn account(conn: &Connection, typed: &str) -> Result<Option<(User, String)>> {
    let Some(username) = Username::typed(typed) else { return Ok(None) };
    let sql = format!("SELECT {COLUMNS}, password_hash FROM users WHERE username = :username");
    let row = |row: &Row| Ok((user(row)?, row.get("password_hash")?));
    Ok(conn.query_row(&sql, named_params! { ":username": username }, row).optional()?)
}

fn session(row: &Row) -> rusqlite::Result<Session> {
    Ok(Session {
        id: row.get("id")?,
        created_at: row.get("created_at")?,
        seen_at: row.get("seen_at")?,
        expires_at: row.get("expires_at")?,
        address: row.get("address")?,
        device: row.get("device")?,
    })
}
