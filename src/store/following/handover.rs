//! The ledger of songs handed over to Spotify: one at a time, written before the call is made.

use rusqlite::Row;

use crate::domain::{
    Act, Event, EventId, Fate, Handed, OpenRequest, RequestId, SpotifyTrouble, Status, Timestamp, Trial,
};
use crate::store::error::{Error, Result};
use crate::store::party::decisions::{may_come, perform};
use crate::store::party::events::{active, bump};
use crate::store::party::queue::order::queue;
use crate::store::party::queue::{arrange_queue, place_first};
use crate::store::party::requests::{current, find, touch};
use crate::store::party::rules;
use crate::store::party::songs::candidates::{OPEN_REQUEST, open_request_row, open_requests};
use crate::store::spotify::connection::{follows, set_health};
use crate::store::tenant::handle::{SpotifyWorker, Tenant};
use crate::store::tenant::row::Columns;
use crate::store::tenant::tx::Tx;

/// A DJ reads this on a song nobody knows the fate of.
const UNSURE: &str = "Nobody can tell what became of this song once it was handed over: it may have played. Bring it back if it did not.";

const LEFT: &str = "It left Spotify's queue and was not seen to play. Bring it back if it is to play after all.";

/// What a song on its way ran into.
pub struct Setback {
    /// Nothing is tried before.
    pub hold_until: Timestamp,
    pub trouble: SpotifyTrouble,
}

impl Tenant<SpotifyWorker> {
    /// Writes down that a song is about to be handed over; false where it is not waiting any more, or is another recording
    /// by now. One that the rules refuse is turned down.
    pub async fn begin_handover(&self, id: &RequestId, uri: &str) -> Result<bool> {
        let (id, uri) = (id.clone(), uri.to_owned());
        let work = move |tx: &Tx| match active(tx)? {
            Some(_) if is_turned_down(tx, &id)? => Ok(false),
            Some(event) => begin(tx, &event, &id, &uri),
            None => Ok(false),
        };
        self.write(work).await
    }

    /// Keeps what became of the song handed over.
    pub async fn settle_handover(&self, id: &RequestId, fate: Fate) -> Result<()> {
        let id = id.clone();
        self.write(move |tx| settle(tx, &id, fate)).await
    }

    /// Puts a song back into the queue that Spotify surely did not take, where `fate` says, and tells why.
    pub async fn take_back(&self, id: &RequestId, fate: Fate, setback: Setback) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| {
            hold(tx, &setback)?;
            settle(tx, &id, fate)
        };
        self.write(work).await
    }

    /// Leaves the song that is on its way alone for a while, and says why.
    pub async fn hold(&self, setback: Setback) -> Result<()> {
        self.write(move |tx| hold(tx, &setback)).await
    }

    /// Gives up a song that Spotify will never take; `reason` is for the DJ.
    pub async fn give_up(&self, id: &RequestId, reason: String) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| match active(tx)? {
            Some(event) => fail(tx, &event, &id, &reason),
            None => Ok(()),
        };
        self.write(work).await
    }

    /// The song that `trial` tries in place of the head of the queue, and the place it has.
    pub async fn another(&self, trial: Trial) -> Result<Option<(OpenRequest, Option<i64>)>> {
        self.read(move |tx| another(tx, &trial)).await
    }
}

fn another(tx: &Tx, trial: &Trial) -> Result<Option<(OpenRequest, Option<i64>)>> {
    let Some(event) = active(tx)? else { return Ok(None) };
    let queue = queue(tx, &event.id, rules::load(tx)?.order)?;
    let ids: Vec<RequestId> = queue.iter().filter(|queued| queued.is_ready).map(|queued| queued.id.clone()).collect();
    let Some(id) = trial.pick(&ids) else { return Ok(None) };
    let found = open_requests(tx, &event.id, "id = :id AND status = 'approved'", &[(":id", &id)])?.pop();
    let place = queue.iter().find(|queued| queued.id == id).and_then(|queued| queued.place);
    Ok(found.map(|request| (request, place)))
}

/// The song of this event that was handed over and has not begun.
pub(in crate::store) fn handed(tx: &Tx, event: &EventId) -> Result<Option<Handed>> {
    let columns: Vec<String> = OPEN_REQUEST.split(", ").map(|column| format!("r.{column}")).collect();
    // The sign has it looked for by its state, not through all requests by their ids.
    // Without a line in the ledger it came from another box, or from a night run by hand: Spotify may have it.
    let sql = format!(
        "SELECT {}, coalesce(h.state = 'queued', 1) AS is_queued, coalesce(h.begun_at, 0) AS begun_at, h.ahead,
                coalesce(h.misses, 0) AS misses
         FROM requests r LEFT JOIN handovers h ON h.user_id = r.user_id AND h.request_id = r.id
         WHERE r.user_id = :tenant AND r.event_id = :event AND r.status = 'handed_over' ORDER BY +r.id LIMIT 1",
        columns.join(", ")
    );
    tx.maybe(&sql, &[(":event", &event)], |row: &Row| {
        Ok(Handed {
            request: open_request_row(&Columns::default().of(row))?,
            is_queued: row.get("is_queued")?,
            begun_at: row.get("begun_at")?,
            ahead: row.get("ahead")?,
            misses: row.get("misses")?,
        })
    })
}

/// The DJ's Spotify is another account than the one the song was handed to; `surely` where both are known. It goes back in
/// line, or is looked for there.
pub(in crate::store) fn change_account(tx: &Tx, surely: bool) -> Result<()> {
    let Some(event) = active(tx)? else { return Ok(()) };
    let Some(handed) = handed(tx, &event.id)? else { return Ok(()) };
    if surely {
        return settle(tx, &handed.request.id, Fate::Back);
    }
    let sql = "UPDATE handovers SET state = 'begun', ahead = NULL, misses = 0 WHERE user_id = :tenant";
    tx.quiet().run(sql, &[]).map(drop)
}

fn hold(tx: &Tx, setback: &Setback) -> Result<()> {
    let sql = "UPDATE spotify_looks SET hold_until = :hold WHERE user_id = :tenant";
    tx.quiet().run(sql, &[(":hold", &setback.hold_until)])?;
    set_health(tx, Some(&setback.trouble))
}

fn begin(tx: &Tx, event: &Event, id: &RequestId, uri: &str) -> Result<bool> {
    if !follows(tx)? {
        return Ok(false);
    }
    let sql = "UPDATE requests SET status = 'handed_over', place = coalesce(place, 0), fixed = 1
               WHERE user_id = :tenant AND event_id = :event AND id = :id AND status = 'approved' AND track_uri = :uri";
    if tx.run(sql, &[(":event", &event.id), (":id", &id), (":uri", &uri)])? == 0 {
        return Ok(false);
    }
    let sql = "INSERT OR REPLACE INTO handovers (user_id, event_id, request_id, state, begun_at)
               VALUES (:tenant, :event, :id, 'begun', :now)";
    tx.run(sql, &[(":event", &event.id), (":id", &id), (":now", &tx.now)])?;
    requeue(tx, event, id)?;
    Ok(true)
}

fn settle(tx: &Tx, id: &RequestId, fate: Fate) -> Result<()> {
    let Some(event) = active(tx)? else { return Ok(()) };
    let named = (":id", &id as &dyn rusqlite::ToSql);
    match fate {
        Fate::Wait => {
            let sql =
                "UPDATE handovers SET begun_at = min(begun_at, :now) WHERE user_id = :tenant AND request_id = :id";
            return tx.quiet().run(sql, &[named, (":now", &tx.now)]).map(drop);
        }
        Fate::Queued(ahead) => {
            let sql = "UPDATE handovers SET state = 'queued', ahead = coalesce(:ahead, ahead), misses = 0
                       WHERE user_id = :tenant AND request_id = :id";
            return tx.quiet().run(sql, &[named, (":ahead", &ahead)]).map(drop);
        }
        Fate::Missed => {
            let sql = "UPDATE handovers SET misses = misses + 1 WHERE user_id = :tenant AND request_id = :id";
            return tx.quiet().run(sql, &[named]).map(drop);
        }
        Fate::Back | Fate::BackTo(_) if is_turned_down(tx, id)? => {}
        Fate::Gone => over(tx, &event, id)?,
        Fate::Left => fail(tx, &event, id, LEFT)?,
        Fate::Unsure => fail(tx, &event, id, UNSURE)?,
        Fate::Back => to_the_head(tx, &event, id)?,
        Fate::BackTo(place) => {
            let sql = "UPDATE requests SET status = 'approved', place = :place, fixed = :place IS NOT NULL
                       WHERE user_id = :tenant AND id = :id AND status = 'handed_over'";
            tx.run(sql, &[named, (":place", &place)])?;
            requeue(tx, &event, id)?;
        }
    }
    tx.run("DELETE FROM handovers WHERE user_id = :tenant AND request_id = :id", &[named]).map(drop)
}

fn to_the_head(tx: &Tx, event: &Event, id: &RequestId) -> Result<()> {
    let version = bump(tx, &event.id)?;
    let sql = "UPDATE requests SET status = 'approved', version = :version, lined_at = :version
               WHERE user_id = :tenant AND id = :id AND status = 'handed_over'";
    tx.touching(sql, &[(":id", &id), (":version", &version)])?;
    place_first(tx, &event.id, id)?;
    arrange_queue(tx, &event.id, rules::load(tx)?.order, version)
}

/// Turns down a song in the queue that the rules refuse by now; answers whether they do.
fn is_turned_down(tx: &Tx, id: &RequestId) -> Result<bool> {
    let (event, request) = match current(tx, id) {
        Ok((event, request)) if request.status.is_queued() => (event, request),
        Ok(_) | Err(Error::NotFound | Error::Refused(_)) => return Ok(false),
        Err(fault) => return Err(fault),
    };
    match may_come(tx, &request) {
        Err(Error::Refused(_)) => perform(tx, &event, &request, Act::Reject).map(|()| true),
        answer => answer.map(|()| false),
    }
}

fn over(tx: &Tx, event: &Event, id: &RequestId) -> Result<()> {
    let request = find(tx, id)?;
    if request.status == Status::HandedOver { perform(tx, event, &request, Act::Finish) } else { Ok(()) }
}

fn fail(tx: &Tx, event: &Event, id: &RequestId, reason: &str) -> Result<()> {
    let sql = "UPDATE requests SET status = 'failed', reason = :reason, place = NULL, fixed = 0
               WHERE user_id = :tenant AND id = :id AND status IN ('approved', 'handed_over')";
    tx.run(sql, &[(":reason", &reason), (":id", &id)])?;
    tx.run("DELETE FROM handovers WHERE user_id = :tenant AND request_id = :id", &[(":id", &id)])?;
    requeue(tx, event, id)
}

/// Counts the change of one request, and closes the queue up.
fn requeue(tx: &Tx, event: &Event, id: &RequestId) -> Result<()> {
    let version = bump(tx, &event.id)?;
    touch(tx, id, version)?;
    arrange_queue(tx, &event.id, rules::load(tx)?.order, version)
}
