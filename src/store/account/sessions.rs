//! Sign-ins: opened by a password, kept alive by use, looked at and ended by their owner.

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::accounts::{parsed, user};
use super::passwords::{Passwords, Whose};
use super::{login_throttle, secrets};
use crate::domain::{
    AccountStatus, Id, Outcome, Password, Refusal, Session, SessionId, Timestamp, User, UserId, Username,
};
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};
use crate::store::tenant::client::Client;

/// How seldom the use of a session is written down.
const SEEN_EVERY_MS: i64 = 5 * 60 * 1000;

/// Somebody signed in, by a session that lives.
#[derive(Clone)]
pub struct Signed {
    pub user: User,
    pub session: SessionId,
    pub expires_at: Timestamp,
    seen_at: Option<Timestamp>,
}

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
        let place = passwords.line(whose)?;
        let turn = place.turn().await?;
        let (known, subjects) = self.may_try(name, client).await?;
        let hash = known.as_ref().map(|(_, hash)| hash.clone());
        let opens = turn.work(move || secrets::opens(&password, hash.as_deref())).await?;
        let whose = known.as_ref().map(|(user, _)| user.clone());
        let (address, clock) = (client.address.clone(), self.clock());
        let work =
            move |conn: &Connection| settle(conn, (&subjects, opens), (whose, address, deed), clock.now_written());
        self.write(work, |()| {}).await?;
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
        let look = move |conn: &Connection, now: Timestamp| {
            let sought = Username::typed(&name).map(|name| name.as_str().to_owned()).unwrap_or_default();
            let sql = "SELECT id, username, display_name, role, status, created_at, password_hash FROM users WHERE username = ?1";
            let known = conn.query_row(sql, [sought], |row| Ok((user(row)?, row.get::<_, String>(6)?))).optional()?;
            let account = known.as_ref().map(|(user, hash): &(User, String)| format!("{} {hash}", user.username));
            let account = account.unwrap_or_else(|| name.trim().to_lowercase());
            let subjects = login_throttle::subjects(&name, &account, &client);
            login_throttle::admit(conn, &subjects, now)?;
            Ok((known, subjects))
        };
        self.read_at(look).await
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
            let (session, expires_at) = (Id::fresh(), now.plus_ms(hours * 3_600_000));
            let sql = "INSERT INTO sessions (id, user_id, created_at, seen_at, expires_at, address, device)
                       SELECT ?1, id, ?3, ?3, ?4, ?5, ?6 FROM users
                       WHERE id = ?2 AND status = 'active' AND password_hash = coalesce(?7, password_hash)";
            let (id, whose) = (session.as_str(), user.id.as_str());
            match conn.execute(sql, params![id, whose, now.0, expires_at.0, client.address, client.device, hash])? {
                0 => Err(Refusal::BadLogin.into()),
                _ => Ok(Signed { session, expires_at, user, seen_at: Some(now) }),
            }
        };
        self.write(work, |_| {}).await
    }

    /// Who is behind a session; refuses one that ended, or whose account may no longer enter. One that has run out is
    /// forgotten at once, so that no clock set back brings it to life.
    pub async fn signed(&self, session: &SessionId, whose: &UserId) -> Result<Signed> {
        let (id, owner) = (session.clone(), whose.clone());
        let look = move |conn: &Connection, now: Timestamp| {
            let sql = "SELECT u.id, u.username, u.display_name, u.role, u.status, u.created_at, s.expires_at, s.seen_at
                       FROM sessions s JOIN users u ON u.id = s.user_id
                       WHERE s.id = ?1 AND s.user_id = ?2 AND u.status = 'active'";
            let mut statement = conn.prepare_cached(sql)?;
            let row = params![id.as_str(), owner.as_str()];
            let seen = statement.query_row(row, |row| Ok((user(row)?, Timestamp(row.get(6)?), moment(row, 7)?)));
            let (user, expires_at, seen_at) = seen.optional()?.ok_or(Error::Refused(Refusal::NotSignedIn))?;
            Ok((expires_at > now).then_some(Signed { user, session: id, expires_at, seen_at }))
        };
        if let Some(signed) = self.read_at(look).await? {
            return Ok(signed);
        }
        self.run_out(session, whose).await?;
        Err(Refusal::NotSignedIn.into())
    }

    /// Forgets a session whose time is up, if it is: one that was renewed under another token lives on.
    pub async fn run_out(&self, session: &SessionId, whose: &UserId) -> Result<()> {
        let (session, whose, clock) = (session.clone(), whose.clone(), self.clock());
        let sql = "DELETE FROM sessions WHERE id = ?1 AND user_id = ?2 AND expires_at <= ?3";
        let work = move |conn: &Connection| {
            Ok(conn.execute(sql, params![session.as_str(), whose.as_str(), clock.now_written().0])?)
        };
        self.write(work, |_| {}).await.map(drop)
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
        let sql =
            "UPDATE sessions SET seen_at = ?3, expires_at = coalesce(?4, expires_at) WHERE id = ?1 AND user_id = ?2";
        let work = move |conn: &Connection| {
            let now = clock.now_written();
            let renewed = renews.then(|| now.plus_ms(whole));
            conn.execute(sql, params![session.as_str(), user.as_str(), now.0, renewed.map(|at| at.0)])?;
            Ok((now, renewed))
        };
        let (seen_at, renewed) = self.write(work, |_| {}).await?;
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
                   WHERE user_id = ?1 AND expires_at > ?2 ORDER BY seen_at DESC, id DESC";
        let look = move |conn: &Connection, now: Timestamp| {
            let mut statement = conn.prepare_cached(sql)?;
            Ok(statement.query_map(params![whose.as_str(), now.0], session)?.collect::<rusqlite::Result<Vec<_>>>()?)
        };
        self.read_at(look).await
    }

    /// Ends one sign-in of an account; its token is dead from then on. One of somebody else is not there.
    pub async fn end_session(&self, whose: &UserId, session: &SessionId) -> Result<()> {
        let (whose, session) = (whose.clone(), session.clone());
        let sql = "DELETE FROM sessions WHERE id = ?1 AND user_id = ?2";
        let work = move |conn: &Connection| match conn.execute(sql, params![session.as_str(), whose.as_str()])? {
            0 => Err(Error::NotFound),
            _ => Ok(()),
        };
        self.write(work, |()| {}).await
    }

    /// Ends every sign-in of an account.
    pub async fn end_sessions(&self, whose: &UserId) -> Result<()> {
        let whose = whose.clone();
        let work =
            move |conn: &Connection| Ok(conn.execute("DELETE FROM sessions WHERE user_id = ?1", [whose.as_str()])?);
        self.write(work, |_| {}).await.map(drop)
    }

    /// Forgets sign-ins that ran out, so that no clock set back brings them to life, and waits nobody remembers.
    pub async fn forget_sign_ins(&self) -> Result<()> {
        let clock = self.clock();
        let work = move |conn: &Connection| {
            let now = clock.now_written();
            conn.execute("DELETE FROM sessions WHERE expires_at <= ?1", [now.0])?;
            conn.execute("DELETE FROM sign_in_waits WHERE abs(last_at - ?1) > 86400000", [now.0])?;
            Ok(())
        };
        self.write(work, |()| {}).await
    }

    /// A new password for who knows the old one; every sign-in with the old one ends.
    pub async fn change_own_password(&self, me: &User, old: String, new: Password, client: &Client) -> Result<()> {
        self.prove(me.username.as_str(), old, client, "change the own password").await?;
        self.accounts().set_password(&me.id, new).await
    }
}

/// Writes down how a try went: a wrong one is counted, a right one clears what this somebody got wrong.
fn settle(
    conn: &Connection,
    (subjects, opens): (&[login_throttle::Counted], bool),
    (whose, address, deed): (Option<User>, Option<String>, &str),
    now: Timestamp,
) -> Result<()> {
    match (&whose, opens) {
        (Some(_), true) => login_throttle::forget(conn, subjects)?,
        _ => login_throttle::count(conn, subjects, now)?,
    }
    let Some(user) = whose else { return Ok(()) };
    let outcome = if opens && user.status == AccountStatus::Active { Outcome::Allowed } else { Outcome::Refused };
    if !conn.prepare_cached("SELECT 1 FROM users WHERE id = ?1")?.exists([user.id.as_str()])? {
        return Ok(());
    }
    crate::store::tenant::audit::note(conn, &user.id, (user.username.as_str(), deed, address.as_deref()), outcome, now)
}

fn session(row: &Row) -> rusqlite::Result<Session> {
    Ok(Session {
        id: parsed(row, 0, Id::parse)?,
        created_at: Timestamp(row.get(1)?),
        seen_at: moment(row, 2)?,
        expires_at: Timestamp(row.get(3)?),
        address: row.get(4)?,
        device: row.get(5)?,
    })
}

fn moment(row: &Row, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}
