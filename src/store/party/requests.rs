//! What guests and hosts ask for.

mod judging;
pub mod limits;
mod submissions;

use judging::{Judged, door_is_open, judged_as, meant};
use rusqlite::Row;
pub use submissions::{Submitted, Whose};
use submissions::{remember, submitted};

use self::limits::{rested, tally};
use super::events::{bump, required};
use super::guests::{make_room, may_speak};
use super::queue::arrange_line;
use super::rules;
use super::songs::candidates::{NAMED_SO, asked_as, matching, song};
use crate::domain::{
    Event, EventId, GuestId, Id, Order, Refusal, Request, RequestId, Song, Status, Timestamp, Wish, is_decent,
};
use crate::store::account::accounts::parsed;
use crate::store::error::{Error, Result};
use crate::store::spotify::link::FOLLOWS;
use crate::store::tenant::handle::{Guest, Host, Tenant};
use crate::store::tenant::tx::{Named, Tx};

const COLUMNS: &str =
    "id, guest_id, title, artist, track_uri, isrc, duration_ms, art, nickname, note, status, place, reason, created_at,
    played_at, version, votes, asked_title, asked_artist, by_hand, unmatched, candidates";

impl Tenant<Guest> {
    /// Takes a guest's wish, once per `key`. Refuses by the house rules, and who votes without end.
    pub async fn submit(&self, wish: Wish, key: Option<String>) -> Result<Submitted> {
        let (guest, counted, makes_room) = (self.role().clone(), self.voting(), self.wishing());
        let judged = self.judged(&wish).await?;
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            if event.id != guest.event {
                return Err(Refusal::EventOver.into());
            }
            let done = submit(tx, &event, Some((&guest.id, &judged)), &wish, key.as_deref())?;
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
    /// Puts a song of the host's own straight in line, once per `key`.
    pub async fn submit(&self, wish: Wish, key: Option<String>) -> Result<Submitted> {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            let done = submit(tx, &event, None, &wish, key.as_deref())?;
            if !done.merged && !done.repeated {
                make_room(tx, &crowd, (&event.id, done.request.status), now)?;
            }
            Ok(done)
        };
        self.placed(self.write(work).await).await
    }
}

fn submit(
    tx: &Tx,
    event: &Event,
    asker: Option<(&GuestId, &Judged)>,
    wish: &Wish,
    key: Option<&str>,
) -> Result<Submitted> {
    let (rules, guest) = (rules::load(tx)?, asker.map(|(guest, _)| guest));
    let (sent, wish) = (&wish.song, &Wish { song: meant(tx, guest, &wish.song)?, ..wish.clone() });
    let submitter = guest.map_or("host", |guest| guest.as_str());
    if let Some(key) = key
        && let Some((id, merged)) = submitted(tx, &event.id, submitter, key)?
    {
        return Ok(Submitted { repeated: true, ..settle(tx, event, (submitter, None), (id, merged))? });
    }
    if let Some((guest, judged)) = asker {
        door_is_open(event)?;
        may_speak(tx, &event.id, guest)?;
        if wish.nickname.as_deref().is_some_and(|name| rules.nickname_filter && !is_decent(name)) {
            return Err(
                Refusal::field("nickname", "Please pick another name: this one would stand on the screen.").into()
            );
        }
        judged.by(&rules, &judged_as(sent, wish.song.clone()))?;
        if let Some(id) = on_the_list(tx, &event.id, &wish.song)? {
            let request = find(tx, &id)?;
            let is_new = vote_for(tx, &event.id, guest, &id, true)?;
            if is_new {
                voted(tx, &event.id, &request, rules.order)?;
            }
            return Ok(Submitted { voted: is_new, ..settle(tx, event, (submitter, key), (id, true))? });
        }
        rules.admit(&tally(tx, &event.id, guest, &rules)?, tx.now)?;
        rested(tx, &event.id, &wish.song, &rules)?;
    } else if let Some(id) = on_the_list(tx, &event.id, &wish.song)? {
        return settle(tx, event, (submitter, key), (id, true));
    }
    let status = if guest.is_none() || rules.auto_approve { Status::Approved } else { Status::Pending };
    let version = bump(tx, &event.id)?;
    let id = insert(tx, &event.id, guest, wish, (status, version))?;
    if status == Status::Approved {
        arrange_line(tx, &event.id, rules.order, version)?;
    }
    settle(tx, event, (submitter, key), (id, false))
}

/// Remembers the key, where there is one, and shows the request as it is then.
fn settle(tx: &Tx, event: &Event, by: (&str, Option<&str>), (id, merged): (RequestId, bool)) -> Result<Submitted> {
    if let (submitter, Some(key)) = by {
        remember(tx, &event.id, (submitter, key), (&id, merged))?;
    }
    let request = find(tx, &id)?;
    let whose = if request.guest.as_ref().map_or("host", Id::as_str) == by.0 { Whose::Own } else { Whose::Others };
    Ok(Submitted { request: request.view(), merged, whose, repeated: false, voted: false })
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
    let named: [(&str, &dyn rusqlite::ToSql); 5] = [
        (":event", &event.as_str()),
        (":key", &song.key()),
        (":uri", &song.track_uri),
        (":isrc", &song.isrc),
        (":besides", &besides.map(Id::as_str)),
    ];
    tx.maybe(&sql, &named, |row| parsed(row, 0, Id::parse))
}

fn insert(
    tx: &Tx,
    event: &EventId,
    guest: Option<&GuestId>,
    wish: &Wish,
    (status, version): (Status, i64),
) -> Result<RequestId> {
    let sql = "INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, track_uri, isrc, duration_ms, art, song_key,
                                     artist_key, nickname, note, status, created_at, approved_at, version, lined_at)
               VALUES (:id, :tenant, :event, :guest, :title, :artist, :uri, :isrc, :duration, :art, :song,
                       :artist_key, :nickname, :note, :status, :now, iif(:status = 'approved', :now, NULL), :version,
                       iif(:status = 'approved', :version, 0))";
    let (id, song) = (RequestId::fresh(), &wish.song);
    tx.touching(
        sql,
        &[
            (":id", &id.as_str()),
            (":event", &event.as_str()),
            (":guest", &guest.map(Id::as_str)),
            (":title", &song.title),
            (":artist", &song.artist),
            (":uri", &song.track_uri),
            (":isrc", &song.isrc),
            (":duration", &song.duration_ms),
            (":art", &song.art),
            (":song", &song.key()),
            (":artist_key", &song.artist_key()),
            (":nickname", &wish.nickname),
            (":note", &wish.note),
            (":status", &status.as_str()),
            (":now", &tx.now.0),
            (":version", &version),
        ],
    )?;
    Ok(id)
}

/// Gives or takes a guest's vote; a guest's own wish has their voice already. Answers whether anything changed.
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
    let named: [(&str, &dyn rusqlite::ToSql); 4] =
        [(":event", &event.as_str()), (":id", &id.as_str()), (":guest", &guest.as_str()), (":now", &tx.now.0)];
    Ok(tx.run(sql, &named)? > 0)
}

/// Counts a vote; the line may look different where it follows them.
pub(in crate::store) fn voted(tx: &Tx, event: &EventId, request: &Request, order: Order) -> Result<()> {
    let version = bump(tx, event)?;
    touch(tx, &request.id, version)?;
    if order == Order::Votes && request.status.is_queued() { arrange_line(tx, event, order, version) } else { Ok(()) }
}

/// One request of this tenant, of whichever event.
pub(in crate::store) fn find(tx: &Tx, id: &RequestId) -> Result<Request> {
    requests(tx, "id = :id", &[(":id", &id.as_str())])?.pop().ok_or(Error::NotFound)
}

/// All requests of one event, in order of arrival.
pub(in crate::store) fn of_event(tx: &Tx, event: &EventId) -> Result<Vec<Request>> {
    requests(tx, "event_id = :event ORDER BY created_at, id", &[(":event", &event.as_str())])
}

/// Those of this tenant, `which` being the rest of the condition, and the order; `named` are the values in it.
pub(in crate::store) fn requests(tx: &Tx, which: &str, named: Named) -> Result<Vec<Request>> {
    let sql = format!(
        "SELECT {COLUMNS}, EXISTS (SELECT 1 FROM spotify_links WHERE user_id = :tenant AND {FOLLOWS}),
                (SELECT username FROM users WHERE id = :tenant)
         FROM requests WHERE user_id = :tenant AND {which}"
    );
    tx.all(&sql, named, request)
}

/// Marks a request as changed by this version of the event.
pub(in crate::store) fn touch(tx: &Tx, id: &RequestId, version: i64) -> Result<()> {
    let sql = "UPDATE requests SET version = :version WHERE user_id = :tenant AND id = :id";
    tx.touching(sql, &[(":id", &id.as_str()), (":version", &version)]).map(drop)
}

/// A request from [`COLUMNS`], whether the night follows Spotify, and whose it is.
fn request(row: &Row) -> rusqlite::Result<Request> {
    let guest: Option<String> = row.get(1)?;
    let status = parsed(row, 10, Status::parse)?;
    let song = Song { art: row.get(7)?, ..song(row, 2)? };
    Ok(Request {
        id: parsed(row, 0, Id::parse)?,
        guest: guest.as_deref().and_then(GuestId::parse),
        matching: matching(row, 19, (&song, status))?,
        song,
        asked_as: asked_as(row, 17)?,
        nickname: row.get(8)?,
        note: row.get(9)?,
        status,
        place: row.get(11)?,
        standing: None,
        reason: row.get(12)?,
        created_at: Timestamp(row.get(13)?),
        finished_at: moment(row, 14)?,
        version: row.get(15)?,
        votes: row.get(16)?,
    })
}

/// A request of the running event; one of an ended event says so, any other is not there.
pub(in crate::store) fn current(tx: &Tx, id: &RequestId) -> Result<(Event, Request)> {
    let request = find(tx, id)?;
    let sql = "SELECT event_id FROM requests WHERE user_id = :tenant AND id = :id";
    let event_id: String = tx.one(sql, &[(":id", &id.as_str())], |row| row.get(0))?;
    let event = super::events::active(tx)?.filter(|event| event.id.as_str() == event_id);
    event.map(|event| (event, request)).ok_or(Error::Refused(Refusal::EventOver))
}

fn moment(row: &Row, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}
