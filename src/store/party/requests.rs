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
use crate::store::tenant::tx::{Named, Rows};

const COLUMNS: &str =
    "id, guest_id, title, artist, track_uri, isrc, duration_ms, art, nickname, note, status, place, reason, created_at,
    played_at, version, votes, asked_title, asked_artist, by_hand, unmatched, candidates";

impl Tenant<Guest> {
    /// Takes a guest's wish, once per `key`. Refuses by the house rules, and who votes without end.
    pub async fn submit(&self, wish: Wish, key: Option<String>) -> Result<Submitted> {
        let (guest, counted, makes_room) = (self.role().clone(), self.voting(), self.wishing());
        let judged = self.judged(&wish).await?;
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            if event.id != guest.event {
                return Err(Refusal::EventOver.into());
            }
            let done = submit(rows, &event, Some((&guest.id, &judged)), &wish, key.as_deref())?;
            if done.voted {
                counted()?;
            }
            if !done.merged && !done.repeated {
                makes_room(rows, done.request.status)?;
            }
            Ok(done)
        };
        let done = self.tell(work, Submitted::news).await;
        if matches!(done, Err(Error::Refused(Refusal::ListFull))) {
            self.store().changes().note(self.id(), []);
        }
        self.placed(done).await
    }
}

impl Tenant<Host> {
    /// Puts a song of the host's own straight in line, once per `key`.
    pub async fn submit(&self, wish: Wish, key: Option<String>) -> Result<Submitted> {
        let (crowd, now) = (self.store().crowd(), self.store().own_time());
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            let done = submit(rows, &event, None, &wish, key.as_deref())?;
            if !done.merged && !done.repeated {
                make_room(rows, &crowd, (&event.id, done.request.status), now)?;
            }
            Ok(done)
        };
        self.placed(self.tell(work, Submitted::news).await).await
    }
}

fn submit(
    rows: &Rows,
    event: &Event,
    asker: Option<(&GuestId, &Judged)>,
    wish: &Wish,
    key: Option<&str>,
) -> Result<Submitted> {
    let (rules, guest) = (rules::load(rows)?, asker.map(|(guest, _)| guest));
    let (sent, wish) = (&wish.song, &Wish { song: meant(rows, guest, &wish.song)?, ..wish.clone() });
    let submitter = guest.map_or("host", |guest| guest.as_str());
    if let Some(key) = key
        && let Some((id, merged)) = submitted(rows, &event.id, submitter, key)?
    {
        return Ok(Submitted { repeated: true, ..settle(rows, event, (submitter, None), (id, merged))? });
    }
    if let Some((guest, judged)) = asker {
        door_is_open(event)?;
        may_speak(rows, &event.id, guest)?;
        if wish.nickname.as_deref().is_some_and(|name| rules.nickname_filter && !is_decent(name)) {
            return Err(
                Refusal::field("nickname", "Please pick another name: this one would stand on the screen.").into()
            );
        }
        judged.by(&rules, &judged_as(sent, wish.song.clone()))?;
        if let Some(id) = on_the_list(rows, &event.id, &wish.song)? {
            let request = find(rows, &id)?;
            let is_new = vote_for(rows, &event.id, guest, &id, true)?;
            if is_new {
                voted(rows, &event.id, &request, rules.order)?;
            }
            return Ok(Submitted { voted: is_new, ..settle(rows, event, (submitter, key), (id, true))? });
        }
        rules.admit(&tally(rows, &event.id, guest, &rules)?, rows.now)?;
        rested(rows, &event.id, &wish.song, &rules)?;
    } else if let Some(id) = on_the_list(rows, &event.id, &wish.song)? {
        return settle(rows, event, (submitter, key), (id, true));
    }
    let status = if guest.is_none() || rules.auto_approve { Status::Approved } else { Status::Pending };
    let version = bump(rows, &event.id)?;
    let id = insert(rows, &event.id, guest, wish, (status, version))?;
    if status == Status::Approved {
        arrange_line(rows, &event.id, rules.order, version)?;
    }
    settle(rows, event, (submitter, key), (id, false))
}

/// Remembers the key, where there is one, and shows the request as it is then.
fn settle(rows: &Rows, event: &Event, by: (&str, Option<&str>), (id, merged): (RequestId, bool)) -> Result<Submitted> {
    if let (submitter, Some(key)) = by {
        remember(rows, &event.id, (submitter, key), (&id, merged))?;
    }
    let request = find(rows, &id)?;
    let whose = if request.guest.as_ref().map_or("host", Id::as_str) == by.0 { Whose::Own } else { Whose::Others };
    Ok(Submitted { request: request.view(), merged, whose, repeated: false, voted: false })
}

/// A request for the same song that still waits for its turn.
pub(in crate::store) fn on_the_list(rows: &Rows, event: &EventId, song: &Song) -> Result<Option<RequestId>> {
    listed(rows, event, song, None)
}

/// Whether another request than this one is for the same song, and still waits for its turn.
pub(in crate::store) fn is_listed_besides(rows: &Rows, event: &EventId, song: &Song, this: &RequestId) -> Result<bool> {
    Ok(listed(rows, event, song, Some(this))?.is_some())
}

fn listed(rows: &Rows, event: &EventId, song: &Song, besides: Option<&RequestId>) -> Result<Option<RequestId>> {
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
    rows.maybe(&sql, &named, |row| parsed(row, 0, Id::parse))
}

fn insert(
    rows: &Rows,
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
    rows.run(
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
            (":now", &rows.now.0),
            (":version", &version),
        ],
    )?;
    Ok(id)
}

/// Gives or takes a guest's vote; a guest's own wish has their voice already. Answers whether anything changed.
pub(in crate::store) fn vote_for(
    rows: &Rows,
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
        [(":event", &event.as_str()), (":id", &id.as_str()), (":guest", &guest.as_str()), (":now", &rows.now.0)];
    Ok(rows.run(sql, &named)? > 0)
}

/// Counts a vote; the line may look different where it follows them.
pub(in crate::store) fn voted(rows: &Rows, event: &EventId, request: &Request, order: Order) -> Result<()> {
    let version = bump(rows, event)?;
    touch(rows, &request.id, version)?;
    if order == Order::Votes && request.status.is_queued() { arrange_line(rows, event, order, version) } else { Ok(()) }
}

/// One request of this tenant, of whichever event.
pub(in crate::store) fn find(rows: &Rows, id: &RequestId) -> Result<Request> {
    requests(rows, "id = :id", &[(":id", &id.as_str())])?.pop().ok_or(Error::NotFound)
}

/// All requests of one event, in order of arrival.
pub(in crate::store) fn of_event(rows: &Rows, event: &EventId) -> Result<Vec<Request>> {
    requests(rows, "event_id = :event ORDER BY created_at, id", &[(":event", &event.as_str())])
}

/// Those of this tenant, `which` being the rest of the condition, and the order; `named` are the values in it.
pub(in crate::store) fn requests(rows: &Rows, which: &str, named: Named) -> Result<Vec<Request>> {
    let sql = format!(
        "SELECT {COLUMNS}, EXISTS (SELECT 1 FROM spotify_links WHERE user_id = :tenant AND {FOLLOWS}),
                (SELECT username FROM users WHERE id = :tenant)
         FROM requests WHERE user_id = :tenant AND {which}"
    );
    rows.all(&sql, named, request)
}

/// Marks a request as changed by this version of the event.
pub(in crate::store) fn touch(rows: &Rows, id: &RequestId, version: i64) -> Result<()> {
    let sql = "UPDATE requests SET version = :version WHERE user_id = :tenant AND id = :id";
    rows.run(sql, &[(":id", &id.as_str()), (":version", &version)])?;
    Ok(())
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
pub(in crate::store) fn current(rows: &Rows, id: &RequestId) -> Result<(Event, Request)> {
    let request = find(rows, id)?;
    let sql = "SELECT event_id FROM requests WHERE user_id = :tenant AND id = :id";
    let event_id: String = rows.one(sql, &[(":id", &id.as_str())], |row| row.get(0))?;
    let event = super::events::active(rows)?.filter(|event| event.id.as_str() == event_id);
    event.map(|event| (event, request)).ok_or(Error::Refused(Refusal::EventOver))
}

fn moment(row: &Row, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp))
}
