use super::error::Result;
use super::events::required;
use super::rows::Rows;
use super::scope::{Guest, Tenant, Visitor};
use crate::domain::{Event, EventId, GuestId, JoinToken, Pin, Refusal};

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

fn check(event: &Event, ticket: &Ticket) -> Result<(), Refusal> {
    match ticket {
        Ticket::Pin(pin) if *pin != event.pin => Err(Refusal::WrongPin),
        Ticket::Token(token) if *token != event.join_token => Err(Refusal::WrongJoinLink),
        _ => Ok(()),
    }
}
