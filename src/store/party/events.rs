//! One night: begun, changed, ended, and counted in versions.

pub mod sealed;

use rusqlite::Row;
use rusqlite::types::FromSqlError;

use self::sealed::{PIN, TOKEN};
use super::rules;
use crate::domain::{Event, EventId, EventStatus, JoinToken, Line, Pin, Refusal};
use crate::store::account::secrets;
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Announcer, Host, Tenant};
use crate::store::tenant::tx::Tx;

const COLUMNS: &str = "id, name, status, pin, join_token, requests_open, started_at, expires_at, version";

/// What of an event a host may change; `None` leaves it.
#[derive(Default)]
pub struct EventPatch {
    pub name: Option<Line<80>>,
    pub paused: Option<bool>,
    pub requests_open: Option<bool>,
}

impl Tenant<Host> {
    /// The event that runs now, if any.
    pub async fn event(&self) -> Result<Option<Event>> {
        self.read(active).await
    }

    /// Starts the night; refuses while another event of this host is running.
    pub async fn start_event(&self, name: Line<80>) -> Result<Event> {
        let (pin, token) = (secrets::pin()?, secrets::join_token()?);
        let work = move |tx: &Tx| {
            if active(tx)?.is_some() {
                return Err(Refusal::EventActive.into());
            }
            close(tx)?;
            let sql = format!(
                "INSERT INTO events (id, user_id, name, status, pin, join_token, requests_open, started_at, expires_at, version)
                 VALUES (:id, :tenant, :name, 'live', :pin, :token, 1, :now, :end, 1) RETURNING {COLUMNS}"
            );
            let (id, end) = (EventId::fresh(), tx.now.plus_ms(Event::HOURS * 3_600_000));
            let (pin, token) = (sealed(tx, PIN, &id, pin.as_str())?, sealed(tx, TOKEN, &id, &token.0)?);
            tx.one(
                &sql,
                &[
                    (":id", &id),
                    (":name", &name),
                    (":pin", &pin),
                    (":token", &token),
                    (":now", &tx.now),
                    (":end", &end),
                ],
                |row| event(tx, row),
            )
        };
        self.write(work).await
    }

    /// Renames, pauses, goes on, opens or closes the list; refuses when nothing runs.
    pub async fn change_event(&self, patch: EventPatch) -> Result<Event> {
        let work = move |tx: &Tx| {
            let now = required(tx)?;
            let name = patch.name.as_ref().map_or(now.name.as_str(), Line::as_str);
            let paused = patch.paused.unwrap_or(now.status == EventStatus::Paused);
            let status = if paused { EventStatus::Paused } else { EventStatus::Live };
            let open = patch.requests_open.unwrap_or(now.requests_open);
            let sql = format!(
                "UPDATE events SET name = :name, status = :status, requests_open = :open, version = version + 1
                 WHERE user_id = :tenant AND id = :id RETURNING {COLUMNS}"
            );
            tx.one(&sql, &[(":name", &name), (":status", &status), (":open", &open), (":id", &now.id)], |row| {
                event(tx, row)
            })
        };
        self.write(work).await
    }

    /// A new secret for the QR code; the old one is dead, those inside stay.
    pub async fn rotate_join_token(&self) -> Result<Event> {
        let (token, crowd) = (secrets::join_token()?, self.store().crowd());
        let work = move |tx: &Tx| {
            let event = renew(tx, "join_token", TOKEN, &token.0)?;
            crowd.calm(&event.id);
            Ok(event)
        };
        self.write(work).await
    }

    /// A new PIN; the old one is dead, those inside stay.
    pub async fn renew_pin(&self) -> Result<Event> {
        let pin = secrets::pin()?;
        self.write(move |tx: &Tx| renew(tx, "pin", PIN, pin.as_str())).await
    }

    /// Ends the night; everything stays for the history. Answers which event it was.
    pub async fn end_event(&self) -> Result<EventId> {
        let crowd = self.store().crowd();
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            close(tx)?;
            crowd.forget(&event.id);
            Ok(event.id)
        };
        self.write(work).await
    }
}

impl Tenant<Announcer> {
    /// Ends an event whose hours are up; does nothing to one that still runs.
    pub async fn end_overdue(&self) -> Result<()> {
        let work = |tx: &Tx| if active(tx)?.is_none() { close(tx) } else { Ok(()) };
        self.write(work).await
    }
}

/// The tenant's running event, if its hours are not up.
pub(in crate::store) fn active(tx: &Tx) -> Result<Option<Event>> {
    let sql =
        format!("SELECT {COLUMNS} FROM events WHERE user_id = :tenant AND status <> 'ended' AND expires_at > :now");
    tx.maybe(&sql, &[(":now", &tx.now)], |row| event(tx, row))
}

/// The tenant's event that nobody has ended, be its hours up or not, and its version when songs in the queue last changed
/// places.
pub(in crate::store) fn begun(tx: &Tx) -> Result<Option<(Event, i64)>> {
    let sql = format!("SELECT {COLUMNS}, arranged_at FROM events WHERE user_id = :tenant AND status <> 'ended'");
    tx.maybe(&sql, &[], |row| Ok((event(tx, row)?, row.get("arranged_at")?)))
}

/// Puts a new secret in the place of one of the running event's.
fn renew(tx: &Tx, column: &str, seal: &'static str, secret: &str) -> Result<Event> {
    let id = required(tx)?.id;
    let secret = sealed(tx, seal, &id, secret)?;
    let sql = format!(
        "UPDATE events SET {column} = :secret, version = version + 1
         WHERE user_id = :tenant AND id = :id RETURNING {COLUMNS}"
    );
    tx.one(&sql, &[(":secret", &secret), (":id", &id)], |row| event(tx, row))
}

/// The running event; refuses when there is none.
pub(in crate::store) fn required(tx: &Tx) -> Result<Event> {
    active(tx)?.ok_or(Error::Refused(Refusal::NoEvent))
}

/// Counts a change of the event; answers its new version.
pub(in crate::store) fn bump(tx: &Tx, event: &EventId) -> Result<i64> {
    let sql = "UPDATE events SET version = version + 1 WHERE user_id = :tenant AND id = :event RETURNING version";
    tx.one(sql, &[(":event", &event)], |row| row.get("version"))
}

/// Ends whatever is open, at its own end at the latest; what played is over, what waited keeps its state and its place,
/// whatever rule the next night follows.
fn close(tx: &Tx) -> Result<()> {
    silence(tx)?;
    tx.run("DELETE FROM handovers WHERE user_id = :tenant", &[])?;
    let sql = "UPDATE events SET status = 'ended', ended_at = min(:now, expires_at), version = version + 1,
                      pin = '', join_token = '', line_order = :order
               WHERE user_id = :tenant AND status <> 'ended'";
    tx.run(sql, &[(":now", &tx.now), (":order", &rules::load(tx)?.order)])?;
    Ok(())
}

/// Whatever plays, asked for or announced, is over; answers whether a request was.
pub(in crate::store) fn silence(tx: &Tx) -> Result<bool> {
    // The event counts this change right after.
    let sql = "UPDATE requests SET status = 'played', played_at = :now,
                      version = (SELECT e.version + 1 FROM events e WHERE e.user_id = requests.user_id AND e.id = requests.event_id)
               WHERE user_id = :tenant AND status = 'playing'";
    let played = !tx.touching(sql, &[(":now", &tx.now)])?.is_empty();
    tx.run("DELETE FROM playback WHERE user_id = :tenant", &[])?;
    Ok(played)
}

fn sealed(tx: &Tx, column: &'static str, id: &EventId, plain: &str) -> Result<String> {
    tx.seal(column, id.as_str(), plain)
}

fn event(tx: &Tx, row: &Row) -> rusqlite::Result<Event> {
    let id: EventId = row.get("id")?;
    let opened = |column: &str, seal: &'static str| -> rusqlite::Result<String> {
        let shut: String = row.get(column)?;
        tx.open(seal, id.as_str(), &shut).map_err(|fault| FromSqlError::Other(fault.to_string().into()).into())
    };
    let pin = Pin::parse(&opened("pin", PIN)?);
    Ok(Event {
        pin: pin.ok_or_else(|| FromSqlError::Other("what is sealed is no PIN".into()))?,
        join_token: JoinToken(opened("join_token", TOKEN)?),
        name: row.get("name")?,
        status: row.get("status")?,
        requests_open: row.get("requests_open")?,
        started_at: row.get("started_at")?,
        expires_at: row.get("expires_at")?,
        version: row.get("version")?,
        id,
    })
}
