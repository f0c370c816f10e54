use super::accounts::parsed;
use super::error::{Error, Result};
use super::events::required;
use super::rows::Rows;
use super::scope::{Guest, Host, Tenant, Visitor};
use super::secrets;
use crate::domain::{Event, EventId, GuestId, Id, JoinToken, MutedGuest, Pin, Refusal};

/// How a try at the PIN went.
pub struct Knock {
    pub right: bool,
    /// Which PIN it was tried at, by its fingerprint: what was guessed of one says nothing of the next.
    pub lock: [u8; 32],
}

/// What a guest shows at the door.
pub enum Ticket {
    Pin(Pin),
    Token(JoinToken),
}

impl Tenant<Visitor> {
    /// The name of the event that runs here; refuses when there is none.
    pub async fn event_name(&self) -> Result<String> {
        Ok(self.read(required).await?.name)
    }

    /// Whether a PIN is the right one, without going in; `None` is a try that is no PIN at all.
    pub async fn knock(&self, pin: Option<Pin>) -> Result<Knock> {
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            let lock = secrets::fingerprint(&format!("{} {}", event.id, event.pin.as_str()));
            Ok(Knock { right: pin.is_some_and(|pin| pin == event.pin), lock })
        };
        self.read(work).await
    }

    /// Whether a ticket would open the door, without going in.
    pub async fn check(&self, ticket: Ticket) -> Result<()> {
        self.read(move |rows| Ok(check(&required(rows)?, &ticket)?)).await
    }

    /// Lets somebody in; refuses a wrong PIN, a dead QR code, and when no party runs.
    pub async fn join(&self, ticket: Ticket) -> Result<Tenant<Guest>> {
        let id = GuestId::fresh();
        let guest = id.clone();
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            check(&event, &ticket)?;
            let sql = "INSERT INTO guests (id, user_id, event_id, created_at) VALUES (:id, :tenant, :event, :now)";
            rows.run(sql, &[(":id", &id.as_str()), (":event", &event.id.as_str()), (":now", &rows.now.0)])?;
            Ok(event.id)
        };
        let event = self.jot(work).await?;
        Ok(Tenant::open(self.store().clone(), self.ground().clone(), Guest { id: guest, event }))
    }
}

impl Tenant<Host> {
    /// Takes no more wishes of a guest of the running event, or takes them again.
    pub async fn mute(&self, id: &GuestId, muted: bool) -> Result<()> {
        let id = id.clone();
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            let sql = "UPDATE guests SET muted_at = iif(:muted, :now, NULL) WHERE user_id = :tenant AND event_id = :event AND id = :id";
            let event: &str = event.id.as_str();
            match rows
                .run(sql, &[(":muted", &muted), (":now", &rows.now.0), (":event", &event), (":id", &id.as_str())])?
            {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        };
        self.write(work, |()| vec![]).await
    }
}

impl Tenant<Guest> {
    /// The event this guest joined.
    #[must_use]
    pub fn event_id(&self) -> &EventId {
        &self.role().event
    }

    /// The id in this guest's cookie.
    #[must_use]
    pub fn guest_id(&self) -> &GuestId {
        &self.role().id
    }
}

/// Refuses a guest the host has muted.
pub(super) fn may_speak(rows: &Rows, event: &EventId, guest: &GuestId) -> Result<()> {
    let sql = "SELECT muted_at IS NOT NULL FROM guests WHERE user_id = :tenant AND event_id = :event AND id = :guest";
    let named: [(&str, &dyn rusqlite::ToSql); 2] = [(":event", &event.as_str()), (":guest", &guest.as_str())];
    if rows.one(sql, &named, |row| row.get(0))? { Err(Refusal::Muted.into()) } else { Ok(()) }
}

/// The guests of an event who are muted.
pub(super) fn muted(rows: &Rows, event: &EventId) -> Result<Vec<MutedGuest>> {
    let sql = "SELECT g.id, (SELECT nickname FROM requests r WHERE r.user_id = g.user_id AND r.event_id = g.event_id
                       AND r.guest_id = g.id AND r.nickname IS NOT NULL ORDER BY r.created_at DESC, r.id DESC LIMIT 1)
               FROM guests g WHERE g.user_id = :tenant AND g.event_id = :event AND g.muted_at IS NOT NULL ORDER BY g.muted_at";
    rows.all(sql, &[(":event", &event.as_str())], |row| {
        Ok(MutedGuest { id: parsed(row, 0, Id::parse)?, nickname: row.get(1)? })
    })
}

fn check(event: &Event, ticket: &Ticket) -> Result<(), Refusal> {
    match ticket {
        Ticket::Pin(pin) if *pin != event.pin => Err(Refusal::WrongPin),
        Ticket::Token(token) if *token != event.join_token => Err(Refusal::WrongJoinLink),
        _ => Ok(()),
    }
}
