//! Where songs stand in line. Nobody writes that down: it follows from who asked when, votes and turns, all kept beside
//! the songs, and from the few places that are promised or set by hand.

use std::collections::HashMap;

use super::accounts::parsed;
use super::error::Result;
use super::events::active;
use super::rows::Rows;
use super::settings;
use super::spotify::follows;
use crate::domain::{
    Ahead, EventId, Id, Order, Request, RequestId, Standing, Status, Timestamp, Waiting, Why, arrange,
};

/// The running event's line at one moment; without one it is empty.
pub struct Queue {
    order: Order,
    songs: Vec<Queued>,
    ahead: Ahead,
}

impl Queue {
    pub fn read(rows: &Rows) -> Result<Self> {
        let order = settings::load(rows)?.order;
        let songs = active(rows)?.map_or(Ok(vec![]), |event| line(rows, &event.id, order))?;
        let ahead = Ahead::of(playing(rows)?, songs.iter().map(|queued| queued.length), rows.now);
        Ok(Self { order, songs, ahead })
    }

    /// Where a song stands; `None` where it is not in line.
    pub fn standing(&self, id: &RequestId) -> Option<Standing> {
        let before = self.songs.iter().position(|queued| queued.id == *id)?;
        let Queued { is_fixed, is_ready, .. } = self.songs[before];
        Standing::of(before, self.ahead.wait_ms(before)?, Why::of(before, is_fixed, self.order), is_ready)
    }
}

/// One song in line.
pub struct Queued {
    pub id: RequestId,
    /// Among those promised or set by hand, where it stands there.
    pub place: Option<i64>,
    pub is_fixed: bool,
    pub is_handed_over: bool,
    /// Whether it may be promised a place: it goes over by itself, or the night is run by hand.
    pub is_ready: bool,
    length: Option<i64>,
}

/// The line of one event from its head, read from an index alone.
pub fn line(rows: &Rows, event: &EventId, order: Order) -> Result<Vec<Queued>> {
    let sql = "SELECT id, guest_id, votes, place, status = 'handed_over', duration_ms, track_uri IS NOT NULL FROM requests
               WHERE user_id = :tenant AND event_id = :event AND status IN ('approved', 'handed_over') ORDER BY created_at, id";
    let (mut guests, mut waiting) = (Guests::of(rows, event, order)?, Vec::new());
    let by_hand = !follows(rows)?;
    let queued = rows.all(sql, &[(":event", &event.as_str())], |row| {
        let (place, is_handed_over) = (row.get(3)?, row.get(4)?);
        let fixed = fixed(place, is_handed_over);
        let is_ready = by_hand || is_handed_over || row.get(6)?;
        waiting.push(guests.waiting(row.get_ref(1)?.as_str_or_null()?, row.get(2)?, (fixed, is_ready)));
        let id = parsed(row, 0, Id::parse)?;
        Ok(Some(Queued { id, place, is_fixed: fixed.is_some(), is_handed_over, is_ready, length: row.get(5)? }))
    });
    let mut queued = queued?;
    Ok(arrange(&waiting, order).into_iter().filter_map(|at| queued[at].take()).collect())
}

/// What is handed over goes before all that is promised or set by hand.
fn fixed(place: Option<i64>, handed_over: bool) -> Option<i64> {
    if handed_over { Some(i64::MIN) } else { place }
}

/// Tells all requests of one event where they stand in line, under the rule `order`.
pub fn lined_up(rows: &Rows, event: &EventId, order: Order, requests: &mut [Request]) -> Result<()> {
    let mut line: Vec<&mut Request> = requests.iter_mut().filter(|request| request.status.is_queued()).collect();
    line.sort_unstable_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    let mut guests = Guests::of(rows, event, order)?;
    let waiting: Vec<Waiting> = line
        .iter()
        .map(|request| {
            let fixed = fixed(request.place, request.status == Status::HandedOver);
            let guest = request.guest.as_ref().map(Id::as_str);
            guests.waiting(guest, request.votes, (fixed, request.matching.is_ready))
        })
        .collect();
    let places = arrange(&waiting, order);
    let ahead = Ahead::of(playing(rows)?, places.iter().map(|at| line[*at].song.duration_ms), rows.now);
    for (before, at) in places.into_iter().enumerate() {
        let (why, ready) = (Why::of(before, waiting[at].fixed.is_some(), order), waiting[at].ready);
        line[at].standing = ahead.wait_ms(before).and_then(|wait_ms| Standing::of(before, wait_ms, why, ready));
    }
    Ok(())
}

/// The length of the request that plays, and when it began.
fn playing(rows: &Rows) -> Result<Option<(Option<i64>, Timestamp)>> {
    let sql = "SELECT duration_ms, started_at FROM requests WHERE user_id = :tenant AND status = 'playing'";
    rows.maybe(sql, &[], |row| Ok((row.get(0)?, Timestamp(row.get(1)?))))
}

/// Guests by number, and how many songs of each were heard tonight; the host is a guest like any other.
struct Guests {
    known: HashMap<String, (usize, u32)>,
    host: u32,
}

impl Guests {
    /// How often they were served matters only where they take turns.
    fn of(rows: &Rows, event: &EventId, order: Order) -> Result<Self> {
        if order != Order::Fair {
            return Ok(Self { known: HashMap::new(), host: 0 });
        }
        let sql = "SELECT id, served FROM guests WHERE user_id = :tenant AND event_id = :event AND served > 0";
        let served = rows.all(sql, &[(":event", &event.as_str())], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let known = served.into_iter().zip(1..).map(|((id, served), number)| (id, (number, served))).collect();
        let sql = "SELECT served FROM events WHERE user_id = :tenant AND id = :event";
        Ok(Self { known, host: rows.one(sql, &[(":event", &event.as_str())], |row| row.get(0))? })
    }

    fn waiting(&mut self, guest: Option<&str>, votes: i64, (fixed, ready): (Option<i64>, bool)) -> Waiting {
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
