//! A party as it is right now, kept in memory: its pages are put together from it, without the database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::domain::{
    Ahead, Event, EventId, GuestId, Jump, Listing, MutedGuest, Order, Playback, Request, RequestId, RequestView,
    Shared, Standing, Timestamp, Why,
};
use crate::store::db::clock::jump::jump;
use crate::store::db::schema::present_accounts::PRESENT;
use crate::store::db::writer::freshness::{Freshness, Unread};
use crate::store::error::Result;
use crate::store::party::events::begun;
use crate::store::party::guests::muted;
use crate::store::party::playback::Known;
use crate::store::party::queue::order::arranged;
use crate::store::party::requests::numbered;
use crate::store::party::rules;
use crate::store::spotify::connection::follows;
use crate::store::spotify::notice::is_connected;
use crate::store::tenant::handle::Owner;
use crate::store::tenant::tx::Tx;

/// How long what is shown of a moment stands for those that follow.
const MOMENT_MS: i64 = 250;

/// One tenant's party as of one commit; nothing in it ever changes.
pub struct Picture {
    /// The commit it is as new as.
    pub seen: u64,
    pub owner: Owner,
    /// Whether the account is open to guests, screens and helpers.
    pub is_open: bool,
    pub order: Order,
    known: Known,
    /// Whether the night follows Spotify, which says of every request what is known of its song.
    follows: bool,
    /// Whether Spotify is connected, so that the night can follow it.
    pub is_connected: bool,
    jump: Option<Jump>,
    night: Option<Night>,
    /// What guests see alike, and the host's list.
    pub shared: Moment<Shared>,
    pub listing: Moment<Listing>,
}

/// The event that nobody has ended, and everything asked for in it.
pub struct Night {
    pub event: Event,
    /// The event's version when songs in the queue last changed places.
    pub arranged_at: i64,
    pub guests: i64,
    pub muted: Vec<MutedGuest>,
    /// All requests in order of arrival, each with the number of its row.
    requests: Vec<(i64, Arc<Request>)>,
    /// Those in the queue from its head: where each is among all, and whether it stands there by the DJ's hand.
    queue: Vec<(usize, bool)>,
    /// Which of all are whose, once somebody has asked.
    owners: OnceLock<HashMap<GuestId, Vec<usize>>>,
}

/// What is shown of a picture at a moment, as waits grow shorter and a song goes on: made anew when that is a while ago.
pub struct Moment<T>(Mutex<Option<(Timestamp, Arc<T>)>>);

impl<T> Default for Moment<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T> Moment<T> {
    pub fn at(&self, now: Timestamp, make: impl FnOnce() -> T) -> Arc<T> {
        let mut shown = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*shown {
            Some((at, last)) if (0..MOMENT_MS).contains(&now.ms_since(*at)) => last.clone(),
            _ => shown.insert((now, Arc::new(make()))).1.clone(),
        }
    }
}

impl Picture {
    /// Reads what is not in the one `before`; `seen` is the last commit there was before this reading began.
    pub fn read(tx: &Tx, before: Option<&Self>, seen: u64, freshness: &Freshness) -> Result<Self> {
        let (owner, is_open) = account(tx)?;
        let (follows, order) = (follows(tx)?, rules::load(tx)?.order);
        let unread = before
            .filter(|before| before.follows == follows)
            .map(|before| freshness.unread(&owner.user_id, before.seen));
        let night = match begun(tx)? {
            Some((event, arranged_at)) => {
                let before = before.and_then(|before| before.night.as_ref()).filter(|night| night.event.id == event.id);
                let requests = requests(tx, &event.id, before, unread)?;
                let queue = arranged(tx, &event.id, order, requests.iter().map(|(_, request)| &**request))?;
                let (guests, muted) = (guests(tx, &event.id)?, muted(tx, &event.id)?);
                Some(Night { event, arranged_at, guests, muted, requests, queue, owners: OnceLock::new() })
            }
            None => None,
        };
        let (known, is_connected, jump) = (Known::read(tx)?, is_connected(tx)?, jump_of_event(tx)?);
        Ok(Self {
            seen,
            owner,
            is_open,
            order,
            known,
            follows,
            is_connected,
            jump,
            night,
            shared: Moment::default(),
            listing: Moment::default(),
        })
    }

    /// The event that runs, if its hours are not up.
    pub fn night(&self, now: Timestamp) -> Option<&Night> {
        self.night.as_ref().filter(|night| night.event.expires_at > now)
    }

    /// What plays.
    pub fn playback(&self, now: Timestamp) -> Playback {
        match self.night(now) {
            Some(_) => self.known.at(now),
            None => Playback::manual(None, now),
        }
    }

    /// How the clock was set while the event ran, while that is news.
    pub fn jump(&self, now: Timestamp) -> Option<Jump> {
        self.night(now).and(self.jump).filter(|jump| jump.is_news(now))
    }

    /// The songs in the queue, from its head.
    pub fn queue(&self, now: Timestamp) -> Vec<(&Request, Standing)> {
        let Some(night) = self.night(now) else { return vec![] };
        let queued = |at: &usize| &*night.requests[*at].1;
        let ahead = Ahead::of(&self.playback(now), night.queue.iter().map(|(at, _)| queued(at).song.duration_ms));
        let standing = |(before, (at, is_placed)): (usize, &(usize, bool))| {
            let why = Why::of(before, *is_placed, self.order);
            (queued(at), Standing::of(before, ahead.wait_ms(before), why))
        };
        night.queue.iter().enumerate().map(standing).collect()
    }

    /// The same as anyone may see them.
    pub fn queue_view(&self, now: Timestamp) -> Vec<RequestView> {
        let shown = |(request, standing): (&Request, Standing)| {
            let mut view = request.view();
            view.stand(Some(standing));
            view
        };
        self.queue(now).into_iter().map(shown).collect()
    }

    /// Where a request stands in the queue; `None` where it does not.
    pub fn standing(&self, id: &RequestId, now: Timestamp) -> Option<Standing> {
        self.queue(now).into_iter().find(|(request, _)| request.id == *id).map(|(_, standing)| standing)
    }
}

impl Night {
    /// All requests, in order of arrival.
    pub fn requests(&self) -> impl DoubleEndedIterator<Item = &Request> {
        self.requests.iter().map(|(_, request)| &**request)
    }

    /// A guest's own, in order of arrival.
    pub fn of(&self, guest: &GuestId) -> impl DoubleEndedIterator<Item = &Request> {
        let own = self.owners.get_or_init(|| owners(&self.requests)).get(guest);
        own.into_iter().flatten().map(|at| &*self.requests[*at].1)
    }

    pub fn request(&self, id: &RequestId) -> Option<&Request> {
        self.requests().find(|request| request.id == *id)
    }
}

/// An event's requests in order of arrival: those that are not to be read are as they were `before`.
fn requests(
    tx: &Tx,
    event: &EventId,
    before: Option<&Night>,
    unread: Option<Unread>,
) -> Result<Vec<(i64, Arc<Request>)>> {
    let kept = |(number, request)| (number, Arc::new(request));
    let (Some(before), Some(Unread::Rows(rows))) = (before, unread) else {
        let all = numbered(tx, "event_id = :event ORDER BY created_at, id", &[(":event", &event)])?;
        return Ok(all.into_iter().map(kept).collect());
    };
    let mut requests = before.requests.clone();
    requests.retain(|(number, _)| !rows.contains(number));
    for row in rows {
        let found = numbered(tx, "rowid = :row AND event_id = :event", &[(":row", &row), (":event", &event)])?;
        requests.extend(found.into_iter().map(kept));
    }
    // Nearly all stand as they did, which a sort that looks for runs is done with at once.
    requests.sort_by(|(_, one), (_, other)| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
    Ok(requests)
}

fn owners(requests: &[(i64, Arc<Request>)]) -> HashMap<GuestId, Vec<usize>> {
    let mut owners = HashMap::<_, Vec<_>>::new();
    for (at, (_, request)) in requests.iter().enumerate() {
        if let Some(guest) = &request.guest {
            owners.entry(guest.clone()).or_default().push(at);
        }
    }
    owners
}

/// Whose party it is, and whether their account is not suspended.
fn account(tx: &Tx) -> Result<(Owner, bool)> {
    let sql = format!(
        "SELECT id, username, display_name, status = 'active' AS is_open FROM users WHERE id = :tenant AND {PRESENT}"
    );
    tx.one(&sql, &[], |row| {
        let (user_id, username, display_name) = (row.get("id")?, row.get("username")?, row.get("display_name")?);
        Ok((Owner { user_id, username, display_name }, row.get("is_open")?))
    })
}

fn guests(tx: &Tx, event: &EventId) -> Result<i64> {
    let sql = "SELECT count(*) AS guests FROM guests WHERE user_id = :tenant AND event_id = :event";
    tx.one(sql, &[(":event", event)], |row| row.get("guests"))
}

/// The last jump, where it happened since this tenant's running event began.
fn jump_of_event(tx: &Tx) -> Result<Option<Jump>> {
    let sql = "SELECT c.jumped_at, c.jumped_ms FROM clock c JOIN events e
               ON e.user_id = :tenant AND e.status <> 'ended' AND e.started_at <= c.jumped_at";
    tx.maybe(sql, &[], jump)
}
