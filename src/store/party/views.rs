//! What each page shows, put together from the picture of the party.

mod door;
mod own;
pub mod picture;
pub mod pictures;
pub mod places;

use std::collections::HashMap;
use std::sync::Arc;

use self::picture::{Night, Picture};
use crate::domain::{
    Address, Board, Forms, HostRequest, Listing, Party, PartyEvent, Refusal, Request, Shared, Stage, StageEvent,
    Standing, Status, Timestamp,
};
use crate::store::error::{Error, Result};
use crate::store::spotify::notice::notice;
use crate::store::tenant::handle::{Announcer, Guest, Helper, Host, Screen, Tenant};

/// How many wishes that wait for a decision a host's page carries, the first that came; and how many finished ones, the last.
const PENDING: usize = 100;
const DONE: usize = 50;

impl Tenant<Host> {
    /// Everything on the host's pages.
    pub async fn board(&self, address: &Address) -> Result<Board> {
        let (picture, shown) = (self.picture().await?, self.undoable(|_| true));
        Ok(self.with_lately(self.board_of(&picture, address, shown).await?))
    }

    /// Requests of the running event, oldest first: of one state, and changed after a version, where given. All in line
    /// have changed when one of them may stand elsewhere.
    pub async fn listing(&self, status: Option<Status>, after: Option<i64>) -> Result<Arc<Listing>> {
        let (picture, now) = (self.picture().await?, self.store().now());
        let all = picture.listing.at(now, || listing(&picture, now));
        if status.is_none() && after.is_none() {
            return Ok(all);
        }
        let arranged_at = picture.night(now).map_or(0, |night| night.arranged_at);
        let changed = |r: &HostRequest| if r.view.status.is_queued() { r.version.max(arranged_at) } else { r.version };
        let wanted =
            |r: &&HostRequest| status.is_none_or(|s| r.view.status == s) && after.is_none_or(|v| changed(r) > v);
        let requests = all.requests.iter().filter(wanted).cloned().collect();
        Ok(Arc::new(Listing { requests, version: all.version, forms: Forms::default() }))
    }
}

impl Tenant<Helper> {
    /// What waits for a decision, and what is in line.
    pub async fn board(&self, address: &Address) -> Result<Board> {
        let picture = self.picture().await?;
        self.board_of(&picture, address, |request| request).await
    }
}

impl Tenant<Announcer> {
    /// The host's board and the screen's stage in one look; both without anything personal. `host` and `room` are where
    /// their links lead.
    pub async fn survey(&self, host: &Address, room: &Address) -> Result<(Board, Stage)> {
        let (picture, shown) = (self.picture().await?, self.undoable(|_| true));
        let stage = stage(&picture, room, self.store().now());
        Ok((self.with_lately(self.board_of(&picture, host, shown).await?), stage))
    }
}

impl Tenant<Screen> {
    /// Everything on a screen.
    pub async fn stage(&self, address: &Address) -> Result<Stage> {
        Ok(stage(&*self.picture().await?, address, self.store().now()))
    }
}

impl Tenant<Guest> {
    /// Everything on this guest's page.
    pub async fn party(&self) -> Result<Party> {
        let (picture, now) = (self.picture().await?, self.store().now());
        let night = picture.night(now).ok_or(Refusal::NoEvent)?;
        let own = self.guest_now(self.guest_id()).await?.ok_or(Error::NotFound)?;
        let shared = picture.shared.at(now, || shared(&picture, night, now));
        let view = |r: &Request| {
            let stands = || shared.queue.iter().find(|view| view.id == r.id);
            r.status.is_queued().then(stands).flatten().cloned().unwrap_or_else(|| r.view())
        };
        let mine: Vec<&Request> = night.of(self.guest_id()).rev().collect();
        let mut joined: Vec<&Request> = own.joined.iter().filter_map(|id| night.request(id)).collect();
        joined.sort_by_key(|r| (r.created_at, &r.id));
        Ok(Party {
            nickname: mine.iter().find_map(|r| r.nickname.clone()),
            mine: mine.into_iter().map(view).collect(),
            joined: joined.into_iter().map(view).collect(),
            voted: own.voted.clone(),
            muted: own.is_muted,
            shared,
        })
    }
}

impl<Role> Tenant<Role> {
    /// What is known without the database: that a PIN is guessed at, and what was cleared.
    fn with_lately(&self, board: Board) -> Board {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        let cleared = board.event.as_ref().and_then(|event| crowd.cleared(&event.id, now));
        let rush = board.event.as_ref().and_then(|event| crowd.rush(&event.id, now));
        Board { guessed: self.is_guessed(board.event.as_ref()), cleared, rush, ..board }
    }

    async fn board_of(
        &self,
        picture: &Picture,
        address: &Address,
        shown: impl Fn(HostRequest) -> HostRequest,
    ) -> Result<Board> {
        let now = self.store().now();
        // Another DJ's connection may be what is told of, so no picture tells it.
        let notice = self.read(notice).await?;
        let (owner, night) = (&picture.owner, picture.night(now));
        let queue = picture.queue(now).into_iter().map(|(request, standing)| shown(host_view(request, Some(standing))));
        let Lists { pending, waiting, done } = night.map(Lists::of).unwrap_or_default();
        let listed = |requests: Vec<&Request>| requests.into_iter().map(|r| shown(r.host_view())).collect();
        Ok(Board {
            username: owner.username.clone(),
            display_name: owner.display_name.clone(),
            event: night.map(|night| night.event.card(address.join(&owner.username, &night.event.join_token))),
            playback: picture.playback(now),
            order: picture.order,
            queue: queue.collect(),
            pending: listed(pending),
            waiting,
            done: listed(done),
            guests: night.map_or(0, |night| night.guests),
            dead_end: address.dead_end(),
            connected: picture.is_connected,
            notice,
            jump: picture.jump(now),
            guessed: false,
            cleared: None,
            muted: night.map_or(vec![], |night| night.muted.clone()),
            rush: None,
        })
    }
}

/// What all guests see alike.
fn shared(picture: &Picture, night: &Night, now: Timestamp) -> Shared {
    let (event, owner) = (&night.event, &picture.owner);
    Shared {
        username: owner.username.clone(),
        event_id: event.id.clone(),
        event: PartyEvent {
            name: event.name.clone(),
            host: owner.display_name.clone(),
            status: event.status,
            requests_open: event.requests_open,
            expires_at: event.expires_at,
        },
        now_playing: picture.playback(now),
        queue: picture.queue_view(now),
        version: event.version,
        forms: Forms::default(),
    }
}

/// All requests as the host sees them.
fn listing(picture: &Picture, now: Timestamp) -> Listing {
    let Some(night) = picture.night(now) else { return Listing::default() };
    let queue = picture.queue(now);
    let standings: HashMap<_, _> = queue.iter().map(|(request, standing)| (&request.id, *standing)).collect();
    let seen = |r: &Request| host_view(r, standings.get(&r.id).copied());
    Listing { requests: night.requests().map(seen).collect(), version: night.event.version, forms: Forms::default() }
}

/// What of an event's requests a host sees that are not in the queue.
#[derive(Default)]
struct Lists<'n> {
    pending: Vec<&'n Request>,
    waiting: i64,
    done: Vec<&'n Request>,
}

impl<'n> Lists<'n> {
    fn of(night: &'n Night) -> Self {
        let of = |wanted: fn(Status) -> bool| night.requests().filter(move |r| wanted(r.status));
        let waits = |status| status == Status::Pending;
        let waiting = i64::try_from(of(waits).count()).unwrap_or(i64::MAX);
        let mut done: Vec<_> = of(|status| !status.is_open() && status != Status::Playing).collect();
        done.sort_by(|one, other| (other.version, &other.id).cmp(&(one.version, &one.id)));
        done.truncate(DONE);
        Self { pending: of(waits).take(PENDING).collect(), waiting, done }
    }
}

fn host_view(request: &Request, standing: Option<Standing>) -> HostRequest {
    let mut seen = request.host_view();
    seen.view.stand(standing);
    seen
}

fn stage(picture: &Picture, address: &Address, now: Timestamp) -> Stage {
    let (owner, night) = (&picture.owner, picture.night(now));
    let event = night.map(|Night { event, .. }| StageEvent {
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
    });
    Stage {
        username: owner.username.clone(),
        display_name: owner.display_name.clone(),
        event,
        playback: picture.playback(now),
        queue: picture.queue_view(now),
    }
}
