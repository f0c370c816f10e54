//! What a DJ's watcher goes by, and what follows from its polls of the player.

pub mod connecting;
pub mod handover;

use rusqlite::{Connection, ToSql};

use self::handover::handed;
use crate::domain::{
    AFTER_COMMAND_MS, Act, Began, Event, EventId, Learned, Observation, ObservedTrack, OpenRequest, Orders,
    PlaybackState, RequestId, Status, Timestamp, UserId,
};
use crate::store::db::store::Store;
use crate::store::error::Result;
use crate::store::party::decisions::perform;
use crate::store::party::events::{active, bump, silence};
use crate::store::party::queue::order::queue;
use crate::store::party::requests::find;
use crate::store::party::rules;
use crate::store::party::songs::candidates::{NAMED_SO, open_requests};
use crate::store::spotify::budget::{budget, quota_until};
use crate::store::spotify::connection::{FOLLOWS, SpotifyDefaults, following_as, follows, set_health};
use crate::store::spotify::observations::{Poll, keep, kept};
use crate::store::tenant::access::ids;
use crate::store::tenant::handle::{Host, SpotifyWorker, Tenant};
use crate::store::tenant::tx::Tx;

/// A song may be dragged along by so much before anybody is told.
const DRIFT_MS: i64 = 3_000;
/// A song on its way that stands so far in has sounded.
const SOUNDED_MS: i64 = 3_000;
/// A poll so long ago may be made again because somebody opens a page.
const LATELY_MS: i64 = 10_000;

/// What followed from a poll.
#[derive(Clone, Copy, Debug, Default)]
pub struct Followed {
    /// A song began that is not the one handed over: where that one is has to be asked.
    pub missed: bool,
}

impl Store {
    /// The hosts whose night is on and follows Spotify; suspended accounts are left out.
    pub async fn followers(&self) -> Result<Vec<UserId>> {
        let sql = format!(
            "SELECT e.user_id FROM events e JOIN spotify_links l ON l.user_id = e.user_id JOIN users u ON u.id = e.user_id
             WHERE u.status = 'active' AND e.status <> 'ended' AND e.expires_at > :now AND {FOLLOWS}"
        );
        self.read_at(move |conn: &Connection, now| ids(conn, &sql, now)).await
    }
}

impl Tenant<SpotifyWorker> {
    /// What to go by; `None` while this DJ's night does not follow Spotify.
    pub async fn orders(&self, defaults: SpotifyDefaults) -> Result<Option<Orders>> {
        self.read(move |tx| orders(tx, &defaults)).await
    }

    /// Keeps what a poll came to, and moves the requests that play by it.
    pub async fn record_poll(&self, poll: Poll) -> Result<Followed> {
        let work = move |tx: &Tx| record_poll(tx, &poll);
        self.write(work).await
    }
}

impl Tenant<Host> {
    /// Has the player polled soon, and what it waited for tried again: somebody has just steered it, or seen to it.
    pub async fn poll_soon(&self) -> Result<()> {
        let work = |tx: &Tx| {
            let sql = "UPDATE spotify_looks SET due_at = min(coalesce(due_at, :soon), :soon), hold_until = 0
                       WHERE user_id = :tenant";
            tx.run(sql, &[(":soon", &tx.now.plus_ms(AFTER_COMMAND_MS))])?;
            // Whoever waits to poll hears of it even where nothing was polled yet.
            tx.announce();
            Ok(())
        };
        self.write(work).await
    }

    /// Has a player polled soon that was away; not one that Spotify asks to be left alone, nor from the reserve.
    pub async fn poll_if_away(&self, defaults: SpotifyDefaults) -> Result<()> {
        let work = move |tx: &Tx| {
            let Some(client_id) = following_as(tx, &defaults)? else { return Ok(()) };
            let sql = "UPDATE spotify_looks SET due_at = :soon
                       WHERE user_id = :tenant AND due_at > :soon AND (state <> 'playing' OR streak > 0)
                       AND seen_at < :lately AND EXISTS (SELECT 1 FROM spotify_links
                           WHERE user_id = :tenant AND health IN ('ok', 'no_device'))";
            let (soon, lately) = (tx.now.plus_ms(AFTER_COMMAND_MS), tx.now.plus_ms(-LATELY_MS));
            let may = !budget(tx, &client_id, defaults.budget)?.is_reserved();
            if may { tx.run(sql, &[(":soon", &soon), (":lately", &lately)]).map(drop) } else { Ok(()) }
        };
        self.write(work).await
    }
}

fn orders(tx: &Tx, defaults: &SpotifyDefaults) -> Result<Option<Orders>> {
    let Some(event) = active(tx)? else { return Ok(None) };
    let Some(client_id) = following_as(tx, defaults)? else { return Ok(None) };
    let kept = kept(tx)?;
    Ok(Some(Orders {
        budget: budget(tx, &client_id, defaults.budget)?,
        quota_until: quota_until(tx, &client_id)?,
        client_id,
        due: kept.as_ref().and_then(|kept| kept.due),
        streak: kept.as_ref().map_or(0, |kept| kept.streak),
        hold_until: kept.as_ref().map_or(Timestamp(0), |kept| kept.hold_until),
        observation: kept.map(|kept| kept.observation),
        handed: handed(tx, &event.id)?,
        next: next(tx, &event.id)?,
        learned: Learned::default(),
    }))
}

/// The head of the queue that is not handed over and can be: it is promised.
fn next(tx: &Tx, event: &EventId) -> Result<Option<OpenRequest>> {
    // Both states are named for the partial index of songs with a place; one is taken back then.
    let which = "status IN ('approved', 'handed_over') AND status = 'approved' AND place IS NOT NULL AND track_uri IS NOT NULL ORDER BY place LIMIT 1";
    Ok(open_requests(tx, event, which, &[])?.pop())
}

fn record_poll(tx: &Tx, poll: &Poll) -> Result<Followed> {
    // A poll may come back after the DJ has chosen to run the night by hand.
    if !follows(tx)? {
        return Ok(Followed::default());
    }
    let before = kept(tx)?;
    let silent = Observation { state: PlaybackState::Idle, item: None, progress_ms: 0, seen_at: tx.now };
    let observation =
        poll.observation.as_ref().or(before.as_ref().map(|before| &before.observation)).unwrap_or(&silent);
    // One from before the clock was put back is as old as can be told.
    let observation = &Observation { seen_at: observation.seen_at.min(tx.now), ..observation.clone() };
    keep(tx, observation, poll)?;
    let followed = match &poll.observation {
        Some(observation) => reconcile(tx, observation, before.as_ref().map(|before| &before.observation))?,
        None => Followed::default(),
    };
    // What a hand-over ran into is true until it is tried again, or a poll fails for longer.
    let passes = |hold: Timestamp| poll.observation.is_some() || poll.due.is_some_and(|due| due <= hold);
    let held = before.as_ref().is_some_and(|before| before.hold_until > tx.now && passes(before.hold_until));
    if !held {
        set_health(tx, poll.trouble.as_ref())?;
    }
    if before.as_ref().is_none_or(|before| differs(&before.observation, observation)) {
        tx.announce();
    }
    Ok(followed)
}

/// Moves requests by what plays: one begins, another is over, or nothing of ours is concerned.
fn reconcile(tx: &Tx, observation: &Observation, before: Option<&Observation>) -> Result<Followed> {
    let Some(event) = active(tx)? else { return Ok(Followed::default()) };
    if observation.item.is_none() {
        let over = before.is_some_and(|before| observation.is_silence_after(before)) && silence(tx)?;
        if over {
            bump(tx, &event.id)?;
        }
        return Ok(Followed::default());
    }
    let began = observation.began_since(before);
    let open = observation.item.as_ref().map_or(Ok(vec![]), |item| meant(tx, &event.id, item))?;
    let (hit, changed) = (observation.answered(&open, began), began != Began::Nothing);
    let is = |request: &OpenRequest, status| request.status == status;
    // A song that stands since it was chosen has not begun; one that was on its way and stands further in has.
    let sounded = |request: &OpenRequest| is(request, Status::HandedOver) && observation.progress_ms >= SOUNDED_MS;
    let plays = |request: &&OpenRequest| {
        observation.state == PlaybackState::Playing || is(request, Status::Playing) || sounded(request)
    };
    match hit.filter(plays) {
        Some(request) if is(request, Status::Playing) => {}
        Some(request) => start(tx, &event, &request.id)?,
        None if changed && plays_a_request(tx)? => {
            silence(tx)?;
            bump(tx, &event.id)?;
        }
        None => {}
    }
    let waits = handed(tx, &event.id)?.is_some();
    let missed = changed && waits && !hit.is_some_and(|request| is(request, Status::HandedOver));
    Ok(Followed { missed })
}

/// The requests that what is observed may be, by any of its names: what plays, what was handed over, the queue from its
/// head, and what waits for a decision.
fn meant(tx: &Tx, event: &EventId, observed: &ObservedTrack) -> Result<Vec<OpenRequest>> {
    let which = format!(
        "id IN ({NAMED_SO}) ORDER BY
         CASE status WHEN 'playing' THEN 1 WHEN 'handed_over' THEN 2 WHEN 'approved' THEN 3 ELSE 4 END, id"
    );
    let named: [(&str, &dyn ToSql); 3] =
        [(":key", &observed.song().key()), (":uri", &observed.uri), (":isrc", &observed.isrc)];
    let mut found = open_requests(tx, event, &which, &named)?;
    if found.iter().filter(|request| request.status == Status::Approved).count() > 1 {
        let queue = queue(tx, event, rules::load(tx)?.order)?;
        // Only those in the queue move: the others stand before or behind all of them.
        let place = |request: &OpenRequest| match request.status {
            Status::Approved => {
                queue.iter().position(|queued| queued.id == request.id).map_or(usize::MAX - 1, |at| at + 1)
            }
            Status::Pending => usize::MAX,
            _ => 0,
        };
        found.sort_by_key(place);
    }
    Ok(found)
}

fn plays_a_request(tx: &Tx) -> Result<bool> {
    let sql = "SELECT 1 FROM requests WHERE user_id = :tenant AND status = 'playing'";
    Ok(tx.maybe(sql, &[], |_| Ok(()))?.is_some())
}

fn start(tx: &Tx, event: &Event, id: &RequestId) -> Result<()> {
    tx.run("DELETE FROM handovers WHERE user_id = :tenant AND request_id = :id", &[(":id", &id)])?;
    perform(tx, event, &find(tx, id)?, Act::Play)
}

fn differs(before: &Observation, now: &Observation) -> bool {
    let drift = now.began().ms_since(before.began()).abs();
    before.state != now.state || before.item != now.item || now.state == PlaybackState::Playing && drift > DRIFT_MS
}
