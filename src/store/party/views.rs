//! What each page shows, read whole.

pub mod places;

use self::places::lined_up;
use super::events::{active, required};
use super::guests::{is_muted, muted};
use super::playback::now_playing;
use super::requests::{of_event, requests};
use super::rules;
use crate::domain::{
    Address, Board, Event, EventId, HostRequest, HouseRules, Jump, Order, Party, PartyEvent, Request, RequestId, Rush,
    Stage, StageEvent, Status, listed,
};
use crate::store::db::clock::jump::jump;
use crate::store::error::Result;
use crate::store::spotify::notice::{is_connected, notice};
use crate::store::tenant::handle::{Announcer, Guest, Helper, Host, Owner, Screen, Tenant};
use crate::store::tenant::tx::Tx;

/// How many wishes that wait for a decision a host's page carries, the first that came; and how many finished ones, the last.
const PENDING: i64 = 100;
const DONE: i64 = 50;

impl Tenant<Host> {
    /// Everything on the host's pages.
    pub async fn board(&self, address: &Address) -> Result<Board> {
        let (owner, address) = (self.owner().clone(), address.clone());
        let (shown, rush) = (self.undoable(|_| true), self.rush());
        let board = self.read(move |tx| board(tx, &owner, &address, shown, rush)).await?;
        Ok(self.with_lately(board))
    }

    /// Requests of the running event, oldest first: of one state, and changed after a version, where given. All in line
    /// have changed when one of them may stand elsewhere.
    pub async fn requests(&self, status: Option<Status>, after: Option<i64>) -> Result<(Vec<HostRequest>, i64)> {
        self.read(move |tx| {
            let Some(event) = active(tx)? else {
                return Ok((vec![], 0));
            };
            let arranged = arranged_at(tx, &event.id)?;
            let changed = |r: &Request| if r.status.is_queued() { r.version.max(arranged) } else { r.version };
            let found = all(tx, &event.id, rules::load(tx)?.order)?.into_iter();
            let found = found.filter(|r| status.is_none_or(|s| r.status == s) && after.is_none_or(|v| changed(r) > v));
            Ok((found.map(|r| r.host_view()).collect(), event.version))
        })
        .await
    }
}

impl Tenant<Helper> {
    /// What waits for a decision, and what is in line.
    pub async fn board(&self, address: &Address) -> Result<Board> {
        let (owner, address) = (self.owner().clone(), address.clone());
        self.read(move |tx| board(tx, &owner, &address, |request| request, |_| None)).await
    }
}

impl Tenant<Announcer> {
    /// The host's board and the screen's stage in one look; both without anything personal. `host` and `room` are where
    /// their links lead.
    pub async fn survey(&self, host: &Address, room: &Address) -> Result<(Board, Stage)> {
        let (owner, host, room) = (self.owner().clone(), host.clone(), room.clone());
        let (shown, rush) = (self.undoable(|_| true), self.rush());
        let both = move |tx: &Tx| Ok((board(tx, &owner, &host, shown, rush)?, stage(tx, &owner, &room)?));
        let (board, stage) = self.read(both).await?;
        Ok((self.with_lately(board), stage))
    }
}

impl Tenant<Screen> {
    /// Everything on a screen.
    pub async fn stage(&self, address: &Address) -> Result<Stage> {
        let (owner, address) = (self.owner().clone(), address.clone());
        self.read(move |tx| stage(tx, &owner, &address)).await
    }
}

impl Tenant<Guest> {
    /// Everything on this guest's page.
    pub async fn party(&self) -> Result<Party> {
        let (owner, guest) = (self.owner().clone(), self.role().clone());
        self.read(move |tx| party(tx, &owner, &guest)).await
    }
}

impl<Role> Tenant<Role> {
    /// What is known without the database: that a PIN is guessed at, and what was cleared.
    fn with_lately(&self, board: Board) -> Board {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        let cleared = board.event.as_ref().and_then(|event| crowd.cleared(&event.id, now));
        Board { guessed: self.is_guessed(board.event.as_ref()), cleared, ..board }
    }

    /// Tells of an event what was too much lately.
    fn rush(&self) -> impl Fn(&EventId) -> Option<Rush> + Send + 'static {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        move |event| crowd.rush(event, now)
    }
}

fn board(
    tx: &Tx,
    owner: &Owner,
    address: &Address,
    shown: impl Fn(HostRequest) -> HostRequest,
    rush: impl Fn(&EventId) -> Option<Rush>,
) -> Result<Board> {
    let rules = rules::load(tx)?;
    let event = active(tx)?;
    let lists = event.as_ref().map_or(Ok(Lists::default()), |event| lists(tx, &event.id, rules.order))?;
    let shown = |requests: Vec<Request>| requests.iter().map(|request| shown(request.host_view())).collect::<Vec<_>>();
    let mut queue = shown(lists.queue);
    queue.sort_by_key(|r| r.view.place());
    let rush = event.as_ref().and_then(|event| rush(&event.id));
    let guests = event.as_ref().map_or(Ok(0), |event| guests(tx, &event.id))?;
    let muted = event.as_ref().map_or(Ok(vec![]), |event| muted(tx, &event.id))?;
    Ok(Board {
        username: owner.username.clone(),
        display_name: owner.display_name.clone(),
        event: event.map(|event| event.card(address.join(&owner.username, &event.join_token))),
        playback: now_playing(tx)?,
        order: rules.order,
        pending: shown(lists.pending),
        waiting: lists.waiting,
        queue,
        done: shown(lists.done),
        guests,
        dead_end: address.dead_end(),
        connected: is_connected(tx)?,
        notice: notice(tx)?,
        jump: jump_of_event(tx)?,
        guessed: false,
        cleared: None,
        muted,
        rush,
    })
}

/// What of an event's requests a host sees, whatever else there is.
#[derive(Default)]
struct Lists {
    pending: Vec<Request>,
    waiting: i64,
    queue: Vec<Request>,
    done: Vec<Request>,
}

fn lists(tx: &Tx, event: &EventId, order: Order) -> Result<Lists> {
    let of = |which: &str, most: i64| {
        requests(tx, &format!("event_id = :event AND {which} LIMIT :most"), &[(":event", &event), (":most", &most)])
    };
    let waiting =
        "SELECT count(*) AS waiting FROM requests WHERE user_id = :tenant AND event_id = :event AND status = 'pending'";
    Ok(Lists {
        pending: of("status = 'pending' ORDER BY created_at, id", PENDING)?,
        waiting: tx.one(waiting, &[(":event", event)], |row| row.get("waiting"))?,
        queue: queue_of(tx, event, order)?,
        done: of("status IN ('played', 'rejected', 'withdrawn', 'failed') ORDER BY version DESC, id DESC", DONE)?,
    })
}

/// The songs in line, each with its place.
fn queue_of(tx: &Tx, event: &EventId, order: Order) -> Result<Vec<Request>> {
    let which = "event_id = :event AND status IN ('approved', 'handed_over') ORDER BY created_at, id";
    let mut queue = requests(tx, which, &[(":event", &event)])?;
    lined_up(tx, event, order, &mut queue)?;
    Ok(queue)
}

fn stage(tx: &Tx, owner: &Owner, address: &Address) -> Result<Stage> {
    let event = active(tx)?;
    let queue = match &event {
        Some(event) => listed(&queue_of(tx, &event.id, rules::load(tx)?.order)?),
        None => vec![],
    };
    let shown = |event: Event| StageEvent {
        name: event.name.clone(),
        status: event.status,
        requests_open: event.requests_open,
        pin: event.pin.as_str().to_owned(),
        join_url: address.join(&owner.username, &event.join_token),
        short_url: address
            .party(&owner.username)
            .trim_start_matches("http://")
            .trim_start_matches("https://")
            .to_owned(),
    };
    Ok(Stage {
        username: owner.username.clone(),
        display_name: owner.display_name.clone(),
        event: event.map(shown),
        playback: now_playing(tx)?,
        queue,
    })
}

fn party(tx: &Tx, owner: &Owner, guest: &Guest) -> Result<Party> {
    let event = required(tx)?;
    let HouseRules { order, .. } = rules::load(tx)?;
    let requests = seen_by(tx, guest, order)?;
    let joined = joined(tx, guest)?;
    let mine: Vec<&Request> = requests.iter().rev().filter(|r| r.guest.as_ref() == Some(&guest.id)).collect();
    Ok(Party {
        username: owner.username.clone(),
        event_id: event.id.clone(),
        event: PartyEvent {
            name: event.name,
            host: owner.display_name.clone(),
            status: event.status,
            requests_open: event.requests_open,
            expires_at: event.expires_at,
        },
        now_playing: now_playing(tx)?,
        queue: listed(&requests),
        nickname: mine.iter().find_map(|r| r.nickname.clone()),
        mine: mine.iter().map(|r| r.view()).collect(),
        joined: requests.iter().filter(|r| joined.contains(&r.id)).map(Request::view).collect(),
        voted: voted(tx, guest)?,
        muted: is_muted(tx, &event.id, &guest.id)?,
        version: event.version,
    })
}

/// The line, and what this guest has asked for.
fn seen_by(tx: &Tx, guest: &Guest, order: Order) -> Result<Vec<Request>> {
    let which = "event_id = :event AND id IN (
            SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND status IN ('approved', 'handed_over')
            UNION ALL SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND guest_id = :guest
            UNION ALL SELECT request_id FROM submissions
            WHERE user_id = :tenant AND event_id = :event AND submitter = :guest AND merged)
        ORDER BY created_at, id";
    let mut requests = requests(tx, which, &[(":event", &guest.event), (":guest", &guest.id)])?;
    lined_up(tx, &guest.event, order, &mut requests)?;
    Ok(requests)
}

fn all(tx: &Tx, event: &EventId, order: Order) -> Result<Vec<Request>> {
    let mut requests = of_event(tx, event)?;
    lined_up(tx, event, order, &mut requests)?;
    Ok(requests)
}

/// The event's version when songs in line last changed places.
fn arranged_at(tx: &Tx, event: &EventId) -> Result<i64> {
    let sql = "SELECT arranged_at FROM events WHERE user_id = :tenant AND id = :event";
    tx.one(sql, &[(":event", event)], |row| row.get("arranged_at"))
}

fn voted(tx: &Tx, guest: &Guest) -> Result<Vec<RequestId>> {
    let sql = "SELECT request_id FROM votes WHERE user_id = :tenant AND event_id = :event AND guest_id = :guest";
    tx.all(sql, &[(":event", &guest.event), (":guest", &guest.id)], |row| row.get("request_id"))
}

/// Others' wishes this guest sent as well, and still votes for.
fn joined(tx: &Tx, guest: &Guest) -> Result<Vec<RequestId>> {
    let sql = "SELECT DISTINCT s.request_id FROM submissions s
                 JOIN votes v ON v.user_id = s.user_id AND v.request_id = s.request_id AND v.guest_id = s.submitter
               WHERE s.user_id = :tenant AND s.event_id = :event AND s.submitter = :guest AND s.merged";
    tx.all(sql, &[(":event", &guest.event), (":guest", &guest.id)], |row| row.get("request_id"))
}

fn guests(tx: &Tx, event: &EventId) -> Result<i64> {
    let sql = "SELECT count(*) AS guests FROM guests WHERE user_id = :tenant AND event_id = :event";
    tx.one(sql, &[(":event", event)], |row| row.get("guests"))
}

/// The last jump, where it happened since this tenant's running event began and is news.
fn jump_of_event(tx: &Tx) -> Result<Option<Jump>> {
    let sql = "SELECT c.jumped_at, c.jumped_ms FROM clock c JOIN events e
               ON e.user_id = :tenant AND e.status <> 'ended' AND e.started_at <= c.jumped_at";
    Ok(tx.maybe(sql, &[], jump)?.filter(|jump| jump.is_news(tx.now)))
}
