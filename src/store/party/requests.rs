//! What guests and hosts ask for.

mod judging;
pub mod limits;
mod submissions;

use judging::{Judged, door_is_open, judged_as, meant};
use submissions::{Entry, IdempotencyKey, earlier_entry, remember};
pub use submissions::{Receipt, Whose};

use self::limits::{rested, tally};
use super::events::{active, bump, required};
use super::guests::{make_room, may_speak};
use super::queue::arrange_queue;
use super::rules;
use super::songs::candidates::{NAMED_SO, asked_as, matching, song};
use crate::domain::{
    Event, EventId, GuestId, Id, Order, Refusal, Request, RequestId, Song, Status, Submission, is_decent,
};

use crate::store::error::{Error, Result};
use crate::store::spotify::connection::FOLLOWS;
use crate::store::tenant::handle::{Guest, Host, Tenant};
use crate::store::tenant::row::{Columns, InOrder};
use crate::store::tenant::tx::{Named, Tx};

const COLUMNS: &str =
    "id, guest_id, title, artist, track_uri, isrc, duration_ms, art, nickname, note, status, place, reason, created_at,
    played_at, version, votes, asked_title, asked_artist, by_hand, unmatched, candidates";

impl Tenant<Guest> {
    /// Takes what a guest asks for, once per `key`. Refuses by the house rules, and who votes without end.
    pub async fn submit(&self, submission: Submission, key: Option<String>) -> Result<Receipt> {
        let (guest, counted, makes_room) = (self.role().clone(), self.voting(), self.wishing());
        let judged = self.judged(&submission).await?;
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            if event.id != guest.event {
                return Err(Refusal::EventOver.into());
            }
            tx.wait_for_more();
            let done = submit(tx, &event, Some(&judged), &submission, key.as_deref())?;
            if done.voted {
                counted()?;
            }
            if !done.merged && !done.repeated {
                makes_room(tx, done.request.status)?;
            }
            Ok(done)
        };
        let done = self.write(work).await;
        if matches!(done, Err(Error::Refused(Refusal::ListFull))) {
            self.tell();
        }
        self.placed(done).await
    }
}

impl Tenant<Host> {
    /// Puts a song of the host's own straight into the queue, once per `key`.
    pub async fn submit(&self, submission: Submission, key: Option<String>) -> Result<Receipt> {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            let done = submit(tx, &event, None, &submission, key.as_deref())?;
            if !done.merged && !done.repeated {
                make_room(tx, &crowd, &event.id, done.request.status, now)?;
            }
            Ok(done)
        };
        self.placed(self.write(work).await).await
    }
}

/// Takes a submission under `key`, of a guest where it was judged, else of the host.
fn submit(tx: &Tx, event: &Event, judged: Option<&Judged>, new: &Submission, key: Option<&str>) -> Result<Receipt> {
    let (rules, guest) = (rules::load(tx)?, judged.map(|judged| &judged.guest));
    let (sent, new) = (&new.song, &Submission { song: meant(tx, guest, &new.song)?, ..new.clone() });
    let sender = IdempotencyKey { submitter: guest.map_or("host", Id::as_str), key };
    if let Some(entry) = earlier_entry(tx, &event.id, &sender)? {
        return Ok(Receipt { repeated: true, ..shown(tx, &sender, &entry)? });
    }
    let settle = |entry: Entry| {
        remember(tx, &event.id, &sender, &entry)?;
        shown(tx, &sender, &entry)
    };
    if let Some(judged) = judged {
        let guest = &judged.guest;
        door_is_open(event)?;
        may_speak(tx, &event.id, guest)?;
        if new.nickname.as_deref().is_some_and(|name| rules.nickname_filter && !is_decent(name)) {
            return Err(
                Refusal::field("nickname", "Please pick another name: this one would stand on the screen.").into()
            );
        }
        judged.by(&rules, &judged_as(sent, new.song.clone()))?;
        if let Some(id) = on_the_list(tx, &event.id, &new.song)? {
            let request = find(tx, &id)?;
            let is_new = vote_for(tx, &event.id, guest, &id, true)?;
            if is_new {
                voted(tx, &event.id, &request, rules.order)?;
            }
            return Ok(Receipt { voted: is_new, ..settle(Entry { id, merged: true })? });
        }
        rules.admit(&tally(tx, &event.id, guest, &rules)?, tx.now)?;
        rested(tx, &event.id, &new.song, &rules)?;
    } else if let Some(id) = on_the_list(tx, &event.id, &new.song)? {
        return settle(Entry { id, merged: true });
    }
    let status = if guest.is_none() || rules.auto_approve { Status::Approved } else { Status::Pending };
    let version = bump(tx, &event.id)?;
    let id = insert(tx, &event.id, &New { guest, submission: new, status, version })?;
    if status == Status::Approved {
        arrange_queue(tx, &event.id, rules.order, version)?;
    }
    settle(Entry { id, merged: false })
}

/// What a submission came to, as it is now.
fn shown(tx: &Tx, sender: &IdempotencyKey, entry: &Entry) -> Result<Receipt> {
    let request = find(tx, &entry.id)?;
    let is_own = request.guest.as_ref().map_or("host", Id::as_str) == sender.submitter;
    let whose = if is_own { Whose::Own } else { Whose::Others };
    Ok(Receipt { request: request.view(), merged: entry.merged, whose, repeated: false, voted: false })
}

/// A request for the same song that still waits for its turn.
pub(in crate::store) fn on_the_list(tx: &Tx, event: &EventId, song: &Song) -> Result<Option<RequestId>> {
    listed(tx, event, song, None)
}

/// Whether another request than this one is for the same song, and still waits for its turn.
pub(in crate::store) fn is_listed_besides(tx: &Tx, event: &EventId, song: &Song, this: &RequestId) -> Result<bool> {
    Ok(listed(tx, event, song, Some(this))?.is_some())
}

fn listed(tx: &Tx, event: &EventId, song: &Song, besides: Option<&RequestId>) -> Result<Option<RequestId>> {
    let sql = format!(
        "SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND id IN ({NAMED_SO})
         AND status <> 'playing' AND id IS NOT :besides ORDER BY id LIMIT 1"
    );
    let named: Named = &[
        (":event", &event),
        (":key", &song.key()),
        (":uri", &song.track_uri),
        (":isrc", &song.isrc),
        (":besides", &besides),
    ];
    tx.maybe(&sql, named, |row| row.get("id"))
}

/// A request that is new.
struct New<'a> {
    /// `None` where it is the host's.
    guest: Option<&'a GuestId>,
    submission: &'a Submission,
    status: Status,
    version: i64,
}

fn insert(tx: &Tx, event: &EventId, new: &New) -> Result<RequestId> {
    let sql = "INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, track_uri, isrc, duration_ms, art, song_key,
                                     artist_key, nickname, note, status, created_at, approved_at, version, lined_at)
               VALUES (:id, :tenant, :event, :guest, :title, :artist, :uri, :isrc, :duration, :art, :song,
                       :artist_key, :nickname, :note, :status, :now, iif(:status = 'approved', :now, NULL), :version,
                       iif(:status = 'approved', :version, 0))";
    let (id, song) = (RequestId::fresh(), &new.submission.song);
    tx.touching(
        sql,
        &[
            (":id", &id),
            (":event", &event),
            (":guest", &new.guest),
            (":title", &song.title),
            (":artist", &song.artist),
            (":uri", &song.track_uri),
            (":isrc", &song.isrc),
            (":duration", &song.duration_ms),
            (":art", &song.art),
            (":song", &song.key()),
            (":artist_key", &song.artist_key()),
            (":nickname", &new.submission.nickname),
            (":note", &new.submission.note),
            (":status", &new.status),
            (":now", &tx.now),
            (":version", &new.version),
        ],
    )?;
    Ok(id)
}

/// Gives or takes a guest's vote; a guest's own request has their voice already. Answers whether anything changed.
pub(in crate::store) fn vote_for(
    tx: &Tx,
    event: &EventId,
    guest: &GuestId,
    id: &RequestId,
    give: bool,
) -> Result<bool> {
    let sql = if give {
        "INSERT OR IGNORE INTO votes (user_id, event_id, request_id, guest_id, created_at)
         SELECT :tenant, :event, id, :guest, :now FROM requests
         WHERE user_id = :tenant AND event_id = :event AND id = :id AND guest_id IS NOT :guest"
    } else {
        "DELETE FROM votes WHERE user_id = :tenant AND event_id = :event AND request_id = :id AND guest_id = :guest AND :now > 0"
    };
    let named: Named = &[(":event", &event), (":id", &id), (":guest", &guest), (":now", &tx.now)];
    Ok(tx.run(sql, named)? > 0)
}

/// Counts a vote; the queue may look different where it follows them.
pub(in crate::store) fn voted(tx: &Tx, event: &EventId, request: &Request, order: Order) -> Result<()> {
    tx.wait_for_more();
    let version = bump(tx, event)?;
    touch(tx, &request.id, version)?;
    if order == Order::Votes && request.status.is_queued() { arrange_queue(tx, event, order, version) } else { Ok(()) }
}

/// One request of this tenant, of whichever event.
pub(in crate::store) fn find(tx: &Tx, id: &RequestId) -> Result<Request> {
    requests(tx, "id = :id", &[(":id", &id)])?.pop().ok_or(Error::NotFound)
}

/// All requests of one event, in order of arrival.
pub(in crate::store) fn of_event(tx: &Tx, event: &EventId) -> Result<Vec<Request>> {
    requests(tx, "event_id = :event ORDER BY created_at, id", &[(":event", &event)])
}

/// Those of this tenant, `which` being the rest of the condition, and the order; `named` are the values in it.
pub(in crate::store) fn requests(tx: &Tx, which: &str, named: Named) -> Result<Vec<Request>> {
    Ok(numbered(tx, which, named)?.into_iter().map(|(_, request)| request).collect())
}

/// The same, each with the number of its row.
pub(in crate::store) fn numbered(tx: &Tx, which: &str, named: Named) -> Result<Vec<(i64, Request)>> {
    let sql = format!(
        "SELECT rowid AS number, {COLUMNS}, EXISTS (SELECT 1 FROM spotify_links WHERE user_id = :tenant AND {FOLLOWS}) AS follows,
                (SELECT username FROM users WHERE id = :tenant) AS owner
         FROM requests WHERE user_id = :tenant AND {which}"
    );
    let columns = Columns::default();
    tx.all(&sql, named, |row| {
        let row = &columns.of(row);
        Ok((row.get("number")?, request(row)?))
    })
}

/// Marks a request as changed by this version of the event.
pub(in crate::store) fn touch(tx: &Tx, id: &RequestId, version: i64) -> Result<()> {
    let sql = "UPDATE requests SET version = :version WHERE user_id = :tenant AND id = :id";
    tx.touching(sql, &[(":id", &id), (":version", &version)]).map(drop)
}

/// A request from [`COLUMNS`], whether the night follows Spotify, and whose it is.
fn request(row: &InOrder) -> rusqlite::Result<Request> {
    let (id, guest, song) = (row.get("id")?, row.get("guest_id")?, song(row)?);
    let song = Song { art: row.get("art")?, ..song };
    let (nickname, note, status) = (row.get("nickname")?, row.get("note")?, row.get("status")?);
    Ok(Request {
        id,
        guest,
        nickname,
        note,
        status,
        place: row.get("place")?,
        reason: row.get("reason")?,
        created_at: row.get("created_at")?,
        finished_at: row.get("played_at")?,
        version: row.get("version")?,
        votes: row.get("votes")?,
        asked_as: asked_as(row)?,
        matching: matching(row, &song, status)?,
        song,
        standing: None,
    })
}

/// A request of the running event; one of an ended event says so, any other is not there.
pub(in crate::store) fn current(tx: &Tx, id: &RequestId) -> Result<(Event, Request)> {
    let request = find(tx, id)?;
    let sql = "SELECT event_id FROM requests WHERE user_id = :tenant AND id = :id";
    let event_id: EventId = tx.one(sql, &[(":id", id)], |row| row.get("event_id"))?;
    let event = active(tx)?.filter(|event| event.id == event_id);
    event.map(|event| (event, request)).ok_or(Error::Refused(Refusal::EventOver))
}
