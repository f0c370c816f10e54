//! Taking back the last act on a request: it is again what it was, where it stood, unless more was done to it since.

pub mod last_acts;

use std::sync::mpsc::channel;

use rusqlite::Row;

use self::last_acts::{Announced, LastAct, LastActs, Replaced, Was};
use super::decisions::may_come;
use super::events::bump;
use super::queue::{arrange_queue, behind_promised, make_room};
use super::requests::{current, find, is_listed_besides};
use super::rules;
use super::songs::recordings::Recording;
use crate::domain::{Event, EventId, HelperId, HostRequest, OpenRequest, Refusal, Request, RequestId, Status};
use crate::store::error::{Error, Result};
use crate::store::spotify::connection::follows;
use crate::store::spotify::observations::kept;
use crate::store::tenant::handle::{Decider, Tenant};
use crate::store::tenant::tx::{Named, Tx};

impl<Role: Decider> Tenant<Role> {
    /// Does something to a request, and remembers how it was before.
    pub(in crate::store) async fn acting(
        &self,
        id: &RequestId,
        work: impl FnOnce(&Tx) -> Result<HostRequest> + Send + 'static,
    ) -> Result<HostRequest> {
        let (acts, at) = (self.store().memory::<LastActs>(), self.store().own_time());
        let (whose, sought, by) = (self.id().clone(), id.clone(), self.role().helper().map(|helper| helper.id.clone()));
        let work = move |tx: &Tx| {
            let (mut was, recording) = (was(tx, &sought)?, Recording::read(tx, &sought)?);
            let done = work(tx)?;
            let now = Recording::read(tx, &sought)?;
            was.recording = Some(recording).filter(|before| *before != now);
            let (came_to, version) = (done.view.status, done.version);
            let act = LastAct { by, at, was, came_to, version, overtaken: false };
            Ok((acts.keep(&whose, &sought, act), done))
        };
        self.keeping(id, work).await
    }

    /// Writes something that keeps or forgets an act with it; where it is not saved, that is as before.
    async fn keeping(
        &self,
        id: &RequestId,
        work: impl FnOnce(&Tx) -> Result<(Replaced, HostRequest)> + Send + 'static,
    ) -> Result<HostRequest> {
        let (put, replaced) = channel();
        let work = move |tx: &Tx| {
            let (before, done) = work(tx)?;
            // Whoever asked for it may have gone away meanwhile.
            let _ = put.send(before);
            Ok(done)
        };
        let outcome = self.write(work).await;
        if let (Err(_), Ok(before)) = (&outcome, replaced.try_recv()) {
            self.store().memory::<LastActs>().put_back(self.id(), id, before);
        }
        self.placed(outcome).await
    }

    /// Takes back the last act on a request, if it came to version `of`, where given: the host anybody's, a helper their own,
    /// which is written down. It stands where it stood, but behind those who were promised their places since. Refuses where
    /// the request is not as that act left it, or cannot be again what it was. Of several at once the first finds it and no
    /// other.
    pub async fn undo(&self, id: &RequestId, of: Option<i64>) -> Result<HostRequest> {
        let (acts, now) = (self.store().memory::<LastActs>(), self.store().own_time());
        let (whose, sought, mine, helper) = (self.id().clone(), id.clone(), self.mine(), self.role().helper().cloned());
        let work = move |tx: &Tx| {
            let (event, request) = current(tx, &sought)?;
            let last = acts.of(&whose, &sought, now).filter(|last| mine(last.by.as_ref()));
            let last = last.ok_or(Refusal::NothingToUndo)?;
            if last.overtaken || of.is_some_and(|version| version != last.version) {
                return Err(Refusal::ChangedSince.into());
            }
            can_be_again(tx, &event, &request, &last)?;
            if let Some(helper) = &helper {
                tx.record(&format!("helper {}", helper.name), "undo")?;
            }
            if let Some(recording) = &last.was.recording {
                recording.put(tx, &sought)?;
            }
            put_back(tx, &event.id, &request, &last.was, last.is_settled(now))?;
            let done = find(tx, &sought)?.host_view();
            Ok((acts.forget(&whose, &sought), done))
        };
        self.keeping(id, work).await
    }

    /// A request of the running event as it was left, and whether that can be taken back by who asks; `None` for any other.
    pub async fn did(&self, id: &RequestId) -> Result<Option<HostRequest>> {
        let (sought, undoable) = (id.clone(), self.undoable(self.mine()));
        let read = move |tx: &Tx| match current(tx, &sought) {
            Ok((_, request)) => Ok(Some(undoable(request.host_view()))),
            Err(Error::NotFound | Error::Refused(_)) => Ok(None),
            Err(fault) => Err(fault),
        };
        match self.read(read).await? {
            Some(left) => self.placed(Ok(left)).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether what somebody did is for this role to take back.
    fn mine(&self) -> impl Fn(Option<&HelperId>) -> bool + Send + 'static {
        let own = self.role().helper().map(|helper| helper.id.clone());
        move |by| own.is_none() || by == own.as_ref()
    }
}

impl<Role> Tenant<Role> {
    /// Tells of a request which act on it can be taken back, of those that `mine` answers for.
    pub(in crate::store) fn undoable(
        &self,
        mine: impl Fn(Option<&HelperId>) -> bool + Send + 'static,
    ) -> impl Fn(HostRequest) -> HostRequest + Send + 'static {
        let (acts, now, whose) = (self.store().memory::<LastActs>(), self.store().own_time(), self.id().clone());
        move |request| {
            let last = acts.of(&whose, &request.view.id, now).filter(|last| mine(last.by.as_ref()));
            let open = last.filter(|last| !last.overtaken && last.came_to == request.view.status);
            HostRequest { undo: open.map(|last| last.version), ..request }
        }
    }
}

fn was(tx: &Tx, id: &RequestId) -> Result<Was> {
    let sql = "SELECT status, place, reason, approved_at, started_at, played_at,
                      (SELECT o.id FROM requests o WHERE o.user_id = :tenant AND o.status = 'playing') AS playing
               FROM requests WHERE user_id = :tenant AND id = :id";
    let was = tx.one(sql, &[(":id", &id)], |row: &Row| {
        Ok(Was {
            status: row.get("status")?,
            place: row.get("place")?,
            reason: row.get("reason")?,
            approved_at: row.get("approved_at")?,
            started_at: row.get("started_at")?,
            played_at: row.get("played_at")?,
            playing: row.get("playing")?,
            announced: None,
            recording: None,
        })
    })?;
    Ok(Was { announced: announced(tx)?, ..was })
}

fn announced(tx: &Tx) -> Result<Option<Announced>> {
    let sql = "SELECT title, artist, started_at, over_spotify FROM playback WHERE user_id = :tenant";
    tx.maybe(sql, &[], |row| {
        Ok(Announced {
            title: row.get("title")?,
            artist: row.get("artist")?,
            started_at: row.get("started_at")?,
            over_spotify: row.get("over_spotify")?,
        })
    })
}

/// Refuses where the request is not as its last act left it, or cannot be again what it was before.
fn can_be_again(tx: &Tx, event: &Event, request: &Request, last: &LastAct) -> Result<()> {
    if request.status != last.came_to || is_taken(tx, event, request, &last.was)? {
        return Err(Refusal::WrongState(Box::new(request.host_view())).into());
    }
    let song = last.was.recording.as_ref().map_or(&request.song, |recording| &recording.song);
    if matches!(last.was.status, Status::Pending | Status::Approved) {
        may_come(tx, &Request { song: song.clone(), ..request.clone() })?;
    }
    let comes_back = last.was.status.is_open() && (!last.came_to.is_open() || last.was.recording.is_some());
    if comes_back && is_listed_besides(tx, &event.id, song, &request.id)? {
        return Err(Refusal::ListedAgain.into());
    }
    Ok(())
}

/// Whether what it was then is another's by now.
fn is_taken(tx: &Tx, event: &Event, request: &Request, was: &Was) -> Result<bool> {
    match was.status {
        Status::Playing => plays_no_more(tx, request),
        Status::HandedOver => is_let_go(tx, event, request),
        _ => Ok(false),
    }
}

/// Whether the ledger has let go of a song that was on its way, or another is by now: there is one at a time.
fn is_let_go(tx: &Tx, event: &Event, request: &Request) -> Result<bool> {
    let sql = "SELECT 1 FROM handovers WHERE user_id = :tenant AND request_id = :id AND NOT EXISTS (
                   SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event AND status = 'handed_over')";
    let named: Named = &[(":id", &request.id), (":event", &event.id)];
    Ok(tx.maybe(sql, named, |_| Ok(()))?.is_none())
}

/// Whether what played then cannot play again, as something else does by now.
fn plays_no_more(tx: &Tx, request: &Request) -> Result<bool> {
    let open = OpenRequest { id: request.id.clone(), status: request.status, song: request.song.clone() };
    let seen = if follows(tx)? { kept(tx)?.and_then(|kept| kept.observation.item) } else { None };
    if seen.is_some_and(|item| !item.answers(&open)) {
        return Ok(true);
    }
    let sql = "SELECT 1 FROM requests WHERE user_id = :tenant AND status = 'playing'
               UNION ALL SELECT 1 FROM playback WHERE user_id = :tenant";
    Ok(tx.maybe(sql, &[], |_| Ok(()))?.is_some())
}

fn put_back(tx: &Tx, event: &EventId, request: &Request, was: &Was, settled: bool) -> Result<()> {
    let (version, order) = (bump(tx, event)?, rules::load(tx)?.order);
    let mut place = was.place;
    if let Some(place) = &mut place {
        if settled {
            *place = behind_promised(tx, event, order, &request.id, *place)?;
        }
        make_room(tx, event, &request.id, *place)?;
    }
    let sql =
        "UPDATE requests SET status = :status, version = :version, reason = :reason, place = :place, fixed = :place IS NOT NULL,
                      approved_at = :approved, lined_at = iif(:status = 'approved', :version, lined_at),
                      started_at = :started, played_at = :played
               WHERE user_id = :tenant AND id = :id";
    tx.touching(
        sql,
        &[
            (":status", &was.status),
            (":version", &version),
            (":reason", &was.reason),
            (":place", &place),
            (":approved", &was.approved_at),
            (":started", &was.started_at),
            (":played", &was.played_at),
            (":id", &request.id),
        ],
    )?;
    if request.status == Status::Playing {
        play_again(tx, was, version)?;
    }
    arrange_queue(tx, event, order, version)
}

/// What played before goes on.
fn play_again(tx: &Tx, was: &Was, version: i64) -> Result<()> {
    if let Some(before) = &was.playing {
        let sql = "UPDATE requests SET status = 'playing', played_at = NULL, version = :version
                   WHERE user_id = :tenant AND id = :id AND status = 'played'";
        tx.touching(sql, &[(":version", &version), (":id", &before)])?;
    }
    let Some(Announced { title, artist, started_at, over_spotify }) = &was.announced else { return Ok(()) };
    let sql = "INSERT INTO playback (user_id, title, artist, started_at, over_spotify)
               VALUES (:tenant, :title, :artist, :started, :over)";
    let named: Named = &[(":title", title), (":artist", artist), (":started", started_at), (":over", over_spotify)];
    tx.run(sql, named).map(drop)
}
