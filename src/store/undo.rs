//! The last act on each request, kept for an hour and as long as the box runs, so that it can be taken back.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::Row;

use super::accounts::parsed;
use super::error::Result;
use super::events::bump;
use super::queue::{arrange_line, make_room};
use super::requests::{current, find, on_the_list};
use super::rows::Rows;
use super::scope::{Helper, Host, Tenant};
use super::settings;
use super::spotify::follows;
use super::watch::kept;
use crate::domain::{
    Asked, EventId, HelperId, HostRequest, Id, Refusal, Request, RequestId, Status, Timestamp, UserId,
};

/// How long an act can be taken back.
const AN_HOUR_MS: i64 = 60 * 60 * 1000;

/// What was done last to each request, by whose it is.
#[derive(Default)]
pub struct LastActs(Mutex<HashMap<(UserId, RequestId), LastAct>>);

#[derive(Clone)]
struct LastAct {
    /// The helper who did it; else the host.
    by: Option<HelperId>,
    at: Timestamp,
    was: Was,
    /// What it came to, and at which version of the event.
    came_to: Status,
    version: i64,
}

/// A request before an act, and what played then.
#[derive(Clone)]
struct Was {
    status: Status,
    place: Option<i64>,
    fixed: bool,
    reason: Option<String>,
    approved_at: Option<i64>,
    started_at: Option<i64>,
    played_at: Option<i64>,
    playing: Option<RequestId>,
    announced: Option<Announced>,
}

/// A song nobody asked for, that the DJ announced.
#[derive(Clone)]
struct Announced {
    title: String,
    artist: String,
    started_at: i64,
    over_spotify: bool,
}

impl LastActs {
    /// Keeps an act, where no later one is kept already.
    fn keep(&self, whose: &UserId, id: &RequestId, act: LastAct) {
        let mut all = self.lock();
        all.retain(|_, known| act.at.ms_since(known.at).abs() <= AN_HOUR_MS);
        let known = all.entry((whose.clone(), id.clone())).or_insert_with(|| act.clone());
        if known.version < act.version {
            *known = act;
        }
    }

    fn of(&self, whose: &UserId, id: &RequestId, now: Timestamp) -> Option<LastAct> {
        let known = self.lock().get(&(whose.clone(), id.clone())).cloned();
        known.filter(|known| now.ms_since(known.at).abs() <= AN_HOUR_MS)
    }

    /// What was taken back cannot be taken back once more.
    fn forget(&self, whose: &UserId, id: &RequestId) {
        self.lock().remove(&(whose.clone(), id.clone()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(UserId, RequestId), LastAct>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<Role> Tenant<Role> {
    /// Does something to a request, and remembers how it was before.
    pub(super) async fn acting(
        &self,
        id: &RequestId,
        by: Option<HelperId>,
        work: impl FnOnce(&Rows) -> Result<HostRequest> + Send + 'static,
    ) -> Result<HostRequest> {
        let sought = id.clone();
        let work = move |rows: &Rows| {
            let was = was(rows, &sought)?;
            Ok((work(rows)?, was))
        };
        let outcome = self.write(work, |(done, _)| vec![done.view.id.clone()]).await;
        if let Ok((done, was)) = &outcome {
            let (came_to, version) = (done.view.status, done.version);
            let act = LastAct { by, at: self.store().own_time(), was: was.clone(), came_to, version };
            self.store().0.last_acts.keep(self.id(), id, act);
        }
        self.placed(outcome.map(|(done, _)| done)).await
    }

    /// Takes back the last act on a request, if it is one that `mine` answers for. Refuses where the request is not as
    /// that act left it, or cannot be again what it was.
    async fn undoing(
        &self,
        id: &RequestId,
        mine: impl Fn(Option<&HelperId>) -> bool,
        note: impl FnOnce(&Rows) -> Result<()> + Send + 'static,
    ) -> Result<HostRequest> {
        let last = self.store().0.last_acts.of(self.id(), id, self.store().own_time());
        let (last, sought) = (last.filter(|last| mine(last.by.as_ref())), id.clone());
        let work = move |rows: &Rows| {
            let (event, request) = current(rows, &sought)?;
            let last = last.ok_or(Refusal::NothingToUndo)?;
            if request.status != last.came_to || is_taken(rows, &request, &last.was)? {
                return Err(Refusal::WrongState(Box::new(request.host_view())).into());
            }
            if last.was.status.is_open()
                && !last.came_to.is_open()
                && on_the_list(rows, &event.id, &request.song)?.is_some()
            {
                return Err(Refusal::ListedAgain.into());
            }
            note(rows)?;
            put_back(rows, &event.id, (&sought, request.status), &last.was)?;
            Ok(find(rows, &sought)?.host_view())
        };
        let outcome = self.write(work, |done| vec![done.view.id.clone()]).await;
        if outcome.is_ok() {
            self.store().0.last_acts.forget(self.id(), id);
        }
        self.placed(outcome).await
    }
}

impl Tenant<Host> {
    /// Takes back the last act on a request, whoever's it was; it stands where it stood, and who has got its place
    /// meanwhile moves down.
    pub async fn undo(&self, id: &RequestId) -> Result<HostRequest> {
        self.undoing(id, |_| true, |_| Ok(())).await
    }
}

impl Tenant<Helper> {
    /// The same, of what this helper did; written down under the helper's name.
    pub async fn undo(&self, id: &RequestId) -> Result<HostRequest> {
        let (own, actor) = (self.helper_id().clone(), format!("helper {}", self.role().name));
        self.undoing(id, move |by| by == Some(&own), move |rows| rows.record(&actor, "undo")).await
    }
}

fn was(rows: &Rows, id: &RequestId) -> Result<Was> {
    let sql = "SELECT status, place, fixed, reason, approved_at, started_at, played_at,
                      (SELECT o.id FROM requests o WHERE o.user_id = :tenant AND o.status = 'playing')
               FROM requests WHERE user_id = :tenant AND id = :id";
    let was = rows.one(sql, &[(":id", &id.as_str())], |row: &Row| {
        Ok(Was {
            status: parsed(row, 0, Status::parse)?,
            place: row.get(1)?,
            fixed: row.get(2)?,
            reason: row.get(3)?,
            approved_at: row.get(4)?,
            started_at: row.get(5)?,
            played_at: row.get(6)?,
            playing: row.get::<_, Option<String>>(7)?.as_deref().and_then(Id::parse),
            announced: None,
        })
    })?;
    Ok(Was { announced: announced(rows)?, ..was })
}

fn announced(rows: &Rows) -> Result<Option<Announced>> {
    let sql = "SELECT title, artist, started_at, over_spotify FROM playback WHERE user_id = :tenant";
    rows.maybe(sql, &[], |row| {
        Ok(Announced { title: row.get(0)?, artist: row.get(1)?, started_at: row.get(2)?, over_spotify: row.get(3)? })
    })
}

/// Whether what played then cannot play again, as something else does by now.
fn is_taken(rows: &Rows, request: &Request, was: &Was) -> Result<bool> {
    if was.status != Status::Playing {
        return Ok(false);
    }
    let asked = Asked { id: request.id.clone(), status: request.status, song: request.song.clone() };
    let seen = if follows(rows)? { kept(rows)?.and_then(|kept| kept.look.item) } else { None };
    if seen.is_some_and(|item| !item.answers(&asked)) {
        return Ok(true);
    }
    let sql = "SELECT 1 FROM requests WHERE user_id = :tenant AND status = 'playing'
               UNION ALL SELECT 1 FROM playback WHERE user_id = :tenant";
    Ok(rows.maybe(sql, &[], |_| Ok(()))?.is_some())
}

fn put_back(rows: &Rows, event: &EventId, (id, came_to): (&RequestId, Status), was: &Was) -> Result<()> {
    let version = bump(rows, event)?;
    if let Some(place) = was.place {
        make_room(rows, event, id, place)?;
    }
    let sql =
        "UPDATE requests SET status = :status, version = :version, reason = :reason, place = :place, fixed = :fixed,
                      approved_at = :approved, lined_at = iif(:status = 'approved', :version, lined_at),
                      started_at = :started, played_at = :played
               WHERE user_id = :tenant AND id = :id";
    rows.run(
        sql,
        &[
            (":status", &was.status.as_str()),
            (":version", &version),
            (":reason", &was.reason),
            (":place", &was.place),
            (":fixed", &was.fixed),
            (":approved", &was.approved_at),
            (":started", &was.started_at),
            (":played", &was.played_at),
            (":id", &id.as_str()),
        ],
    )?;
    if came_to == Status::Playing {
        play_again(rows, was, version)?;
    }
    arrange_line(rows, event, settings::load(rows)?.order, version)
}

/// What played before goes on.
fn play_again(rows: &Rows, was: &Was, version: i64) -> Result<()> {
    if let Some(before) = &was.playing {
        let sql = "UPDATE requests SET status = 'playing', played_at = NULL, version = :version
                   WHERE user_id = :tenant AND id = :id AND status = 'played'";
        rows.run(sql, &[(":version", &version), (":id", &before.as_str())])?;
    }
    let Some(Announced { title, artist, started_at, over_spotify }) = &was.announced else { return Ok(()) };
    let sql = "INSERT INTO playback (user_id, title, artist, started_at, over_spotify)
               VALUES (:tenant, :title, :artist, :started, :over)";
    let named: [(&str, &dyn rusqlite::ToSql); 4] =
        [(":title", title), (":artist", artist), (":started", started_at), (":over", over_spotify)];
    rows.run(sql, &named).map(drop)
}
