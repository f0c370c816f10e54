//! Where songs stand in the queue. Nobody writes that down: it follows from who asked when, votes and turns, all kept beside
//! the songs, and from the few places that are promised or set by hand.

use std::collections::HashMap;

use crate::domain::{EventId, Id, Order, Request, RequestId, Status, Waiting, arrange, placed};

use crate::store::error::Result;
use crate::store::spotify::connection::follows;
use crate::store::tenant::row::Columns;
use crate::store::tenant::tx::Tx;

/// One song in the queue.
pub struct Queued {
    pub id: RequestId,
    /// Among those promised or set by hand, where it stands there.
    pub place: Option<i64>,
    pub is_handed_over: bool,
    /// Whether it may be promised a place: it goes over by itself, or the night is run by hand.
    pub is_ready: bool,
}

/// The queue of one event from its head, read from an index alone.
pub fn queue(tx: &Tx, event: &EventId, order: Order) -> Result<Vec<Queued>> {
    let sql = "SELECT id, guest_id, votes, place, status = 'handed_over' AS is_handed_over,
                      track_uri IS NOT NULL AS has_track FROM requests
               WHERE user_id = :tenant AND event_id = :event AND status IN ('approved', 'handed_over') ORDER BY created_at, id";
    let (mut guests, mut waiting) = (Guests::of(tx, event, order)?, Vec::new());
    let by_hand = !follows(tx)?;
    let columns = Columns::default();
    let queued = tx.all(sql, &[(":event", &event)], |row| {
        let row = &columns.of(row);
        let (id, guest) = (row.get("id")?, row.get_ref("guest_id")?.as_str_or_null()?);
        let (votes, place, is_handed_over) = (row.get("votes")?, row.get("place")?, row.get("is_handed_over")?);
        let is_ready = by_hand || is_handed_over || row.get("has_track")?;
        waiting.push(guests.waiting(guest, votes, fixed(place, is_handed_over), is_ready));
        Ok(Some(Queued { id, place, is_handed_over, is_ready }))
    });
    let mut queued = queued?;
    Ok(arrange(&waiting, order).into_iter().filter_map(|at| queued[at].take()).collect())
}

/// The requests of one event that are in the queue, from its head, under the rule `order`: each by where it stands in
/// `requests`, which are in order of arrival, and whether it stands in the queue by the DJ's hand.
pub fn arranged<'r>(
    tx: &Tx,
    event: &EventId,
    order: Order,
    requests: impl IntoIterator<Item = &'r Request>,
) -> Result<Vec<(usize, bool)>> {
    let mut guests = Guests::of(tx, event, order)?;
    let queued = requests.into_iter().enumerate().filter(|(_, request)| request.status.is_queued());
    let (at, waiting): (Vec<usize>, Vec<Waiting>) = queued
        .map(|(at, request)| {
            let fixed = fixed(request.place, request.status == Status::HandedOver);
            let guest = request.guest.as_ref().map(Id::as_str);
            (at, guests.waiting(guest, request.votes, fixed, request.matching.is_ready))
        })
        .unzip();
    let places = arrange(&waiting, order);
    let by_hand = placed(&waiting, &places, order);
    Ok(places.into_iter().map(|place| at[place]).zip(by_hand).collect())
}

/// What is handed over goes before all that is promised or set by hand.
fn fixed(place: Option<i64>, handed_over: bool) -> Option<i64> {
    if handed_over { Some(i64::MIN) } else { place }
}

/// Guests by number, and how many songs of each were heard tonight; the host is a guest like any other.
pub struct Guests {
    known: HashMap<String, (usize, u32)>,
    host: u32,
}

impl Guests {
    /// How often they were served matters only where they take turns.
    pub fn of(tx: &Tx, event: &EventId, order: Order) -> Result<Self> {
        if order != Order::Fair {
            return Ok(Self { known: HashMap::new(), host: 0 });
        }
        let sql = "SELECT id, served FROM guests WHERE user_id = :tenant AND event_id = :event AND served > 0";
        let served = tx.all(sql, &[(":event", &event)], |row| Ok((row.get("id")?, row.get("served")?)))?;
        let known = served.into_iter().zip(1..).map(|((id, served), number)| (id, (number, served))).collect();
        let sql = "SELECT served FROM events WHERE user_id = :tenant AND id = :event";
        Ok(Self { known, host: tx.one(sql, &[(":event", &event)], |row| row.get("served"))? })
    }

    pub fn waiting(&mut self, guest: Option<&str>, votes: i64, fixed: Option<i64>, ready: bool) -> Waiting {
        let (guest, served) = match guest {
            None => (0, self.host),
            Some(id) => self.known.get(id).copied().unwrap_or_else(|| {
                let new = (self.known.len() + 1, 0);
                self.known.insert(id.to_owned(), new);
                new
            }),
        };
        Waiting { guest, votes, fixed, served, ready }
    }
}
