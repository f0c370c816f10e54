//! What each kind of page shows: host, guest, helper, screen.

use std::sync::Arc;

use serde::Serialize;

use super::{
    AskedAs, CoverId, DeadEnd, EventCard, EventId, EventStatus, Forms, GuestId, Jump, Match, MatchState, Notice, Order,
    Playback, Request, RequestId, Rush, Standing, Status, Timestamp, Username, Why,
};

/// A request as anyone in the party may see it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestView {
    pub id: RequestId,
    pub title: String,
    pub artist: String,
    pub track_uri: Option<String>,
    pub isrc: Option<String>,
    pub duration_ms: Option<i64>,
    #[serde(rename = "match")]
    pub matching: Match,
    /// Name of its cover: the box shows it under `/api/USER/art/NAME`.
    pub cover: Option<CoverId>,
    pub nickname: Option<String>,
    pub status: Status,
    pub votes: i64,
    /// Place in the queue from 1; `null` when not in the queue, or when it cannot be promised the place it has.
    pub position: Option<i64>,
    /// About how long until it plays; `null` without a place, and while nobody knows when the next song begins.
    pub wait_ms: Option<i64>,
    /// Why it stands there; `null` where it stands nowhere.
    pub why: Option<Why>,
    /// Where it stands in the queue, be it promised or not.
    #[serde(skip)]
    place: Option<i64>,
}

/// A request as the host sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HostRequest {
    #[serde(flatten)]
    pub view: RequestView,
    /// The words it was asked for with; `null` where no recording was named over them.
    pub asked_as: Option<AskedAs>,
    pub note: Option<String>,
    /// Tells one guest's requests from another's; `null` when the host put it in.
    pub guest_id: Option<GuestId>,
    /// Why it failed, in words a DJ understands.
    pub reason: Option<String>,
    pub created_at: Timestamp,
    /// When it was played.
    pub finished_at: Option<Timestamp>,
    pub version: i64,
    /// The version the last act on it came to, where that can be taken back by who looks.
    #[serde(skip)]
    pub undo: Option<i64>,
}

impl RequestView {
    /// What the queue is sorted by: without a place it comes last.
    pub fn place(&self) -> i64 {
        self.place.unwrap_or(i64::MAX)
    }

    /// Shows where it stands in the queue; only a song in the queue does, and only one that goes over by itself is promised
    /// it.
    pub fn stand(&mut self, standing: Option<Standing>) {
        let standing = standing.filter(|_| self.status.is_queued());
        self.place = standing.map(|standing| standing.position);
        let standing = standing.filter(|_| self.matching.is_ready);
        self.position = standing.map(|standing| standing.position);
        self.wait_ms = standing.and_then(|standing| standing.wait_ms);
        self.why = standing.map(|standing| standing.why);
    }
}

impl HostRequest {
    /// A request of which there is all that a request can have, in one state: it stands for any in what their rows have in
    /// common.
    #[must_use]
    pub fn specimen(status: Status) -> Self {
        let matching = Match { state: MatchState::Matched, candidates: vec![], why: None, is_ready: true };
        let view = RequestView {
            id: RequestId::fresh(),
            title: String::new(),
            artist: String::new(),
            track_uri: None,
            isrc: None,
            duration_ms: Some(0),
            matching,
            cover: Some(CoverId::of("")),
            nickname: Some(String::new()),
            status,
            votes: 0,
            position: None,
            wait_ms: None,
            why: None,
            place: None,
        };
        Self {
            view,
            asked_as: None,
            note: None,
            guest_id: GuestId::parse("0"),
            reason: None,
            created_at: Timestamp(0),
            finished_at: None,
            version: 0,
            undo: Some(0),
        }
    }
}

impl AsMut<Self> for RequestView {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl AsMut<RequestView> for HostRequest {
    fn as_mut(&mut self) -> &mut RequestView {
        &mut self.view
    }
}

impl Request {
    /// What anyone may see of it.
    pub fn view(&self) -> RequestView {
        let mut view = RequestView {
            id: self.id.clone(),
            title: self.song.title.clone(),
            artist: self.song.artist.clone(),
            track_uri: self.song.track_uri.clone(),
            isrc: self.song.isrc.clone(),
            duration_ms: self.song.duration_ms,
            matching: self.matching.clone(),
            cover: self.song.art.as_deref().map(CoverId::of),
            nickname: self.nickname.clone(),
            status: self.status,
            votes: self.votes,
            position: None,
            wait_ms: None,
            why: None,
            place: None,
        };
        view.stand(self.standing);
        view
    }

    /// The host's view of it.
    pub fn host_view(&self) -> HostRequest {
        HostRequest {
            view: self.view(),
            asked_as: self.asked_as.clone(),
            note: self.note.clone(),
            guest_id: self.guest.clone(),
            reason: self.reason.clone().or_else(|| self.matching.why.clone()),
            created_at: self.created_at,
            finished_at: self.finished_at,
            version: self.version,
            undo: None,
        }
    }
}

/// Everything on the host's pages.
#[derive(Clone, Debug)]
pub struct Board {
    pub username: Username,
    pub display_name: String,
    pub event: Option<EventCard>,
    pub playback: Playback,
    pub order: Order,
    /// The first of those that wait for a decision, oldest first.
    pub pending: Vec<HostRequest>,
    /// How many wait for one in all.
    pub waiting: i64,
    /// The queue, in order.
    pub queue: Vec<HostRequest>,
    /// Played, rejected, withdrawn, failed: newest first.
    pub done: Vec<HostRequest>,
    /// How many have joined.
    pub guests: i64,
    /// Why the way in leads nowhere, where it does.
    pub dead_end: Option<DeadEnd>,
    /// Whether Spotify is connected, so that the night can follow it.
    pub connected: bool,
    /// What the DJ is to be told of their Spotify.
    pub notice: Option<Notice>,
    /// How the clock was set while the event ran, while that is news.
    pub jump: Option<Jump>,
    /// Whether somebody guesses at the PIN.
    pub guessed: bool,
    /// Guests whose requests are not taken.
    pub muted: Vec<MutedGuest>,
    /// What was cleared last, while it can be had back.
    pub cleared: Option<ClearedRequests>,
    /// What of the night is more than a night comes to, while that is news.
    pub rush: Option<Rush>,
}

/// Requests that were cleared at once, by the version that came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClearedRequests {
    /// How many they were.
    pub count: usize,
    pub version: i64,
}

/// A guest whose requests are not taken, by the last name they gave.
#[derive(Clone, Debug, Serialize)]
pub struct MutedGuest {
    pub id: GuestId,
    pub nickname: Option<String>,
    /// Taken, as they came in, for one whom the DJ had muted.
    pub came_back: bool,
}

/// The event as a guest may know it.
#[derive(Clone, Debug, Serialize)]
pub struct PartyEvent {
    pub name: String,
    pub host: String,
    pub status: EventStatus,
    pub requests_open: bool,
    pub expires_at: Timestamp,
}

/// What all guests of an event see alike; it is made once for all of them.
#[derive(Debug, Serialize)]
pub struct Shared {
    #[serde(skip)]
    pub username: Username,
    /// Tells drafts of one night from those of another.
    #[serde(skip)]
    pub event_id: EventId,
    pub event: PartyEvent,
    pub now_playing: Playback,
    pub queue: Vec<RequestView>,
    pub version: i64,
    /// What pages and answers were made of it.
    #[serde(skip)]
    pub forms: Forms,
}

/// Everything on a guest's page.
#[derive(Clone, Debug, Serialize)]
pub struct Party {
    #[serde(skip)]
    pub shared: Arc<Shared>,
    /// This guest's own requests, newest first.
    pub mine: Vec<RequestView>,
    /// Others' requests this guest asked for too, which counts as a vote.
    pub joined: Vec<RequestView>,
    /// What this guest voted for.
    pub voted: Vec<RequestId>,
    pub nickname: Option<String>,
    /// The DJ takes no requests and no votes of this guest any more.
    pub muted: bool,
}

/// All requests of the running event as the host sees them, oldest first.
#[derive(Debug, Default, Serialize)]
pub struct Listing {
    pub requests: Vec<HostRequest>,
    pub version: i64,
    #[serde(skip)]
    pub forms: Forms,
}

/// The event as a screen shows it, with the ways in.
#[derive(Clone, Debug)]
pub struct StageEvent {
    pub name: String,
    pub status: EventStatus,
    pub requests_open: bool,
    pub pin: String,
    pub join_url: String,
    /// The address without its secret, short enough to type.
    pub short_url: String,
}

/// Everything on a screen.
#[derive(Clone, Debug)]
pub struct Stage {
    pub username: Username,
    pub display_name: String,
    pub event: Option<StageEvent>,
    pub playback: Playback,
    pub queue: Vec<RequestView>,
}
