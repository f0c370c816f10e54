//! Who comes in, by which credential, and who of them is muted.

pub mod crowd;
mod pins;

use self::crowd::Crowd;
use super::events::required;
use crate::domain::{
    ClientAddress, Event, EventCard, EventId, GuestId, JoinToken, MutedGuest, Pin, Refusal, Status, Timestamp,
};
use crate::store::account::secrets;
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Guest, Host, Tenant, Visitor};
use crate::store::tenant::tx::{Named, Tx};
use pins::PinAttempt;
pub use pins::{PinCaller, Pins};

/// From so many guests on who are not muted, an address is no longer taken for one phone's.
const SHARED: i64 = 3;
/// So often one who was muted and comes in anew is taken for the same; more than that are more people than one.
const COME_BACK: i64 = 2;

/// Requests that may wait for the DJ; and in the queue, where they need no decision.
pub(in crate::store) const PENDING: i64 = 3_000;
const QUEUED: i64 = 6_000;

/// What a guest joins with.
pub enum JoinCredential {
    Pin(Pin),
    Token(JoinToken),
}

impl JoinCredential {
    fn secret(&self) -> &str {
        match self {
            Self::Pin(pin) => pin.as_str(),
            Self::Token(token) => &token.0,
        }
    }
}

impl Tenant<Visitor> {
    /// Says where the visitor comes from.
    #[must_use]
    pub fn coming_from(&self, address: Option<ClientAddress>) -> Self {
        Self::open(self.store().clone(), self.owner().clone(), Visitor { address })
    }

    /// The name of the event that runs here; refuses when there is none.
    pub async fn event_name(&self) -> Result<String> {
        Ok(self.read(required).await?.name)
    }

    /// Tries a PIN, without going in, and answers it where it is right; `None` is a try that is no PIN at all, guesses at
    /// none and costs no try. Refuses who has to wait before the next. The DJ is told once a PIN is guessed at.
    pub async fn check_pin(&self, pin: Option<Pin>, caller: &PinCaller) -> Result<Pin> {
        let event = self.read(required).await?;
        let pin = pin.ok_or(Refusal::WrongPin)?;
        let (pins, now, lock) =
            (self.store().memory::<Pins>(), self.store().own_time(), lock_of(&event.id, &event.pin));
        let told = pins.is_guessed(&lock, now);
        let judged = pins.judge(&PinAttempt { right: pin == event.pin, lock }, caller, now);
        if !told && pins.is_guessed(&lock, now) {
            self.tell();
        }
        Ok(judged.map(|()| pin)?)
    }

    /// Whether a credential would open the door, without going in.
    pub async fn check(&self, credential: JoinCredential) -> Result<()> {
        self.read(move |tx| Ok(check(&required(tx)?, &credential)?)).await
    }

    /// Lets somebody in; refuses a wrong PIN, a dead QR code, when no party runs, and where very many came in from. Who was
    /// muted and comes anew from the same address stays muted.
    pub async fn join(&self, credential: JoinCredential) -> Result<Tenant<Guest>> {
        let id = GuestId::fresh();
        let (guest, address, crowd) = (id.clone(), self.role().address, self.store().crowd());
        let now = self.store().own_time();
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            check(&event, &credential)?;
            if let Some(address) = address {
                crowd.join(&event.id, credential.secret(), address, now)?;
            }
            let muted = stays_muted(tx, &event.id, &crowd.seen(&event.id, address))?;
            let sql = "INSERT INTO guests (id, user_id, event_id, created_at, muted_at)
                       VALUES (:id, :tenant, :event, :now, iif(:muted, :now, NULL))";
            let named: Named = &[(":id", &id), (":event", &event.id), (":now", &tx.now), (":muted", &muted)];
            tx.quiet().run(sql, named)?;
            Ok(event.id)
        };
        let joined = self.write(work).await;
        if matches!(joined, Err(Error::Refused(Refusal::DoorFull(_)))) {
            self.tell();
        }
        let event = joined?;
        let guest = Guest { id: guest, event, address: None };
        Ok(Tenant::open(self.store().clone(), self.owner().clone(), guest).coming_from(address))
    }
}

/// Whether one who comes from where these guests were seen is taken for one of them whom the DJ muted. Many may have one
/// address, so it is only a few who are: those who were muted as they came in say nothing of the next.
fn stays_muted(tx: &Tx, event: &EventId, seen: &[GuestId]) -> Result<bool> {
    let sql = "SELECT count(*) FILTER (WHERE muted_at > created_at) AS muted,
                      count(*) FILTER (WHERE muted_at = created_at) AS came_back, count(*) - count(muted_at) AS others
               FROM guests WHERE user_id = :tenant AND event_id = :event AND id = :id";
    let [mut muted, mut came_back, mut others] = [0_i64; 3];
    for id in seen {
        let found = tx.one(sql, &[(":event", &event), (":id", &id)], |row| {
            Ok([row.get::<_, i64>("muted")?, row.get("came_back")?, row.get("others")?])
        })?;
        (muted, came_back, others) = (muted + found[0], came_back + found[1], others + found[2]);
    }
    Ok(others < SHARED && came_back < COME_BACK * muted)
}

impl<Role> Tenant<Role> {
    /// Whether the PIN of a running event is being guessed at.
    pub(in crate::store) fn is_guessed(&self, event: Option<&EventCard>) -> bool {
        let (pins, now) = (self.store().memory::<Pins>(), self.store().own_time());
        event.is_some_and(|event| pins.is_guessed(&lock_of(&event.id, &event.pin), now))
    }
}

impl Tenant<Host> {
    /// Takes no more requests of a guest of the running event, or takes them again.
    pub async fn mute(&self, id: &GuestId, muted: bool) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            let sql = "UPDATE guests SET muted_at = iif(:muted, :now, NULL) WHERE user_id = :tenant AND event_id = :event AND id = :id";
            match tx.run(sql, &[(":muted", &muted), (":now", &tx.now), (":event", &event.id), (":id", &id)])? {
                0 => Err(Error::NotFound),
                _ => Ok(()),
            }
        };
        self.write(work).await
    }
}

impl Tenant<Guest> {
    /// Says where the guest comes from this time.
    #[must_use]
    pub fn coming_from(&self, address: Option<ClientAddress>) -> Self {
        let guest = Guest { address, ..self.role().clone() };
        self.store().crowd().saw(&guest);
        Self::open(self.store().clone(), self.owner().clone(), guest)
    }

    /// Counts a vote, once it was given or taken back; refuses one too many, and then it is as if it had not been.
    pub(in crate::store) fn voting(&self) -> impl FnOnce() -> Result<()> + Send + 'static {
        let (crowd, guest, now) = (self.store().crowd(), self.role().clone(), self.store().own_time());
        move || crowd.vote(&guest, now)
    }

    /// Counts a request, once it waits; refuses one too many, and then it is as if it had not been.
    pub(in crate::store) fn wishing(&self) -> impl FnOnce(&Tx, Status) -> Result<()> + Send + 'static {
        let (crowd, guest, now) = (self.store().crowd(), self.role().clone(), self.store().own_time());
        move |tx, status| {
            crowd.submit(&guest, now)?;
            make_room(tx, &crowd, &guest.event, status, now)
        }
    }

    /// The event this guest joined.
    pub fn event_id(&self) -> &EventId {
        &self.role().event
    }

    /// Where this guest comes from this time, as far as that is known.
    pub fn address(&self) -> Option<ClientAddress> {
        self.role().address
    }

    /// The id in this guest's cookie.
    pub fn guest_id(&self) -> &GuestId {
        &self.role().id
    }
}

/// Counts one more request of a state; refuses where there are too many.
pub(in crate::store) fn make_room(
    tx: &Tx,
    crowd: &Crowd,
    event: &EventId,
    status: Status,
    now: Timestamp,
) -> Result<()> {
    let sql = "SELECT count(*) - 1 AS others FROM requests WHERE user_id = :tenant AND event_id = :event AND status = :status";
    let named: Named = &[(":event", &event), (":status", &status)];
    let most = if status == Status::Pending { PENDING } else { QUEUED };
    crowd.make_room(event, status, || Ok(most - tx.one(sql, named, |row| row.get::<_, i64>("others"))?), now)
}

/// Refuses a guest the host has muted.
pub(in crate::store) fn may_speak(tx: &Tx, event: &EventId, guest: &GuestId) -> Result<()> {
    if is_muted(tx, event, guest)? { Err(Refusal::Muted.into()) } else { Ok(()) }
}

/// Whether the host has muted a guest.
pub(in crate::store) fn is_muted(tx: &Tx, event: &EventId, guest: &GuestId) -> Result<bool> {
    let sql = "SELECT muted_at IS NOT NULL AS is_muted FROM guests WHERE user_id = :tenant AND event_id = :event AND id = :guest";
    tx.one(sql, &[(":event", &event), (":guest", &guest)], |row| row.get("is_muted"))
}

/// The guests of an event who are muted.
pub(in crate::store) fn muted(tx: &Tx, event: &EventId) -> Result<Vec<MutedGuest>> {
    let sql = "SELECT g.id, g.muted_at = g.created_at AS came_back,
                      (SELECT nickname FROM requests r WHERE r.user_id = g.user_id AND r.event_id = g.event_id
                       AND r.guest_id = g.id AND r.nickname IS NOT NULL ORDER BY r.created_at DESC, r.id DESC LIMIT 1) AS nickname
               FROM guests g WHERE g.user_id = :tenant AND g.event_id = :event AND g.muted_at IS NOT NULL ORDER BY g.muted_at";
    tx.all(sql, &[(":event", &event)], |row| {
        Ok(MutedGuest { id: row.get("id")?, came_back: row.get("came_back")?, nickname: row.get("nickname")? })
    })
}

/// Which PIN an event has, by its fingerprint.
fn lock_of(event: &EventId, pin: &Pin) -> [u8; 32] {
    secrets::fingerprint(&format!("{event} {}", pin.as_str()))
}

fn check(event: &Event, credential: &JoinCredential) -> Result<(), Refusal> {
    match credential {
        JoinCredential::Pin(pin) if *pin != event.pin => Err(Refusal::WrongPin),
        JoinCredential::Token(token) if *token != event.join_token => Err(Refusal::WrongJoinLink),
        _ => Ok(()),
    }
}
