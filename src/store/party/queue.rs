//! The queue: set by hand, promised, and arranged anew when something in it changes.

pub mod order;

use std::collections::HashSet;

use rusqlite::ToSql;

use self::order::{Queued, queue};
use super::events::{active, bump, required};
use super::rules;
use super::undo::last_acts::LastActs;
use crate::domain::{self, EventId, LOCKED, Order, Placed, Refusal, Reordered, RequestId, left_out};
use crate::store::error::Result;
use crate::store::spotify::catalogue::listed;
use crate::store::spotify::connection::follows;
use crate::store::tenant::handle::{Host, Tenant};
use crate::store::tenant::tx::{Named, Tx};

impl Tenant<Host> {
    /// Sets the order by hand, down to the last song that moves; what stands below goes on by the rules. Refuses when
    /// another hand moved songs after `version`, and ids that were never in this queue. What has left the queue meanwhile
    /// is passed over. What was done before to the songs it moves cannot be taken back any more. Answers the version the
    /// order came to: a later one may be another hand's, whose order nobody has seen who sent this.
    pub async fn reorder(&self, order: Vec<RequestId>, version: i64) -> Result<i64> {
        let (acts, whose) = (self.store().memory::<LastActs>(), self.id().clone());
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            if moved_at(tx, &event.id)? > version {
                return Err(Refusal::MovedFirst(event.version).into());
            }
            let rule = rules::load(tx)?.order;
            let queued = queue(tx, &event.id, rule)?.into_iter().filter(|queued| !queued.is_handed_over);
            let queue: Vec<Placed> = queued.map(|Queued { id, place, .. }| Placed { id, place }).collect();
            let there: HashSet<&RequestId> = queue.iter().map(|song| &song.id).collect();
            let (wanted, gone): (Vec<_>, Vec<_>) = order.into_iter().partition(|id| there.contains(id));
            for id in &gone {
                belongs(tx, &event.id, id)?;
            }
            let came_since = all_came_since(tx, &left_out(&queue, &wanted), version)?;
            let done = domain::reorder(&queue, &wanted, came_since);
            place_by_hand(tx, &event.id, &done)?;
            let version = moved_by_hand(tx, &event.id)?;
            arrange_queue(tx, &event.id, rule, version)?;
            acts.overtake(&whose, &done.moved);
            Ok(version)
        };
        self.write(work).await
    }
}

/// Whether all of these came into the queue after `version`.
fn all_came_since(tx: &Tx, ids: &[&RequestId], version: i64) -> Result<bool> {
    let sql = "SELECT lined_at > :version AS came_since FROM requests WHERE user_id = :tenant AND id = :id";
    for id in ids {
        if !tx.one(sql, &[(":id", &id), (":version", &version)], |row| row.get("came_since"))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Refuses an id that is no request of this event.
fn belongs(tx: &Tx, event: &EventId, id: &RequestId) -> Result<()> {
    let sql = "SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event AND id = :id";
    let known = tx.maybe(sql, &[(":event", &event), (":id", &id)], |_| Ok(()))?;
    known.ok_or_else(|| Refusal::field("order", format!("{id} is not in line.")).into())
}

/// The event's version when a hand last moved a song.
fn moved_at(tx: &Tx, event: &EventId) -> Result<i64> {
    let sql = "SELECT moved_at FROM events WHERE user_id = :tenant AND id = :event";
    tx.one(sql, &[(":event", &event)], |row| row.get("moved_at"))
}

/// Counts a move by hand; answers the event's new version.
pub(in crate::store) fn moved_by_hand(tx: &Tx, event: &EventId) -> Result<i64> {
    let version = bump(tx, event)?;
    let sql = "UPDATE events SET moved_at = version WHERE user_id = :tenant AND id = :event";
    tx.run(sql, &[(":event", &event)])?;
    Ok(version)
}

/// Writes down the places that an order sets.
fn place_by_hand(tx: &Tx, event: &EventId, order: &Reordered) -> Result<()> {
    // Each song is looked for by its id, not the ids for each song: the signs keep the other ways shut.
    let sql = "UPDATE requests SET place = :first + wanted.key, fixed = 1 FROM json_each(:ids) wanted
               WHERE +user_id = :tenant AND +event_id = :event AND requests.id = wanted.value";
    tx.run(sql, &[(":first", &order.first), (":ids", &listed(&order.set)?), (":event", event)]).map(drop)
}

/// Puts one song before all others.
pub(in crate::store) fn place_first(tx: &Tx, event: &EventId, id: &RequestId) -> Result<()> {
    let sql = "UPDATE requests SET fixed = 1, place = (
                   SELECT coalesce(min(o.place), 1) - 1 FROM requests o WHERE o.user_id = :tenant AND o.event_id = :event
                   AND o.status IN ('approved', 'handed_over') AND o.place IS NOT NULL)
               WHERE user_id = :tenant AND event_id = :event AND id = :id AND status = 'approved'";
    tx.run(sql, &[(":event", &event), (":id", &id)]).map(drop)
}

/// The first place at or behind `place` that is behind all who are promised theirs: they were told, and stay next.
pub(in crate::store) fn behind_promised(
    tx: &Tx,
    event: &EventId,
    order: Order,
    id: &RequestId,
    place: i64,
) -> Result<i64> {
    let queue = queue(tx, event, order)?;
    let promised = queue.iter().filter(|one| one.id != *id).take(LOCKED).filter(|one| !one.is_handed_over);
    Ok(promised.filter_map(|one| one.place).map(|promised| promised + 1).fold(place, i64::max))
}

/// Moves those placed from `place` on down by one, where another song has that place.
pub(in crate::store) fn make_room(tx: &Tx, event: &EventId, id: &RequestId, place: i64) -> Result<()> {
    let sql = "UPDATE requests SET place = place + 1
               WHERE user_id = :tenant AND event_id = :event AND status IN ('approved', 'handed_over') AND place >= :place
               AND id <> :id AND EXISTS (
                   SELECT 1 FROM requests o WHERE o.user_id = :tenant AND o.event_id = :event
                   AND o.status IN ('approved', 'handed_over') AND o.place = :place AND o.id <> :id)";
    tx.run(sql, &[(":event", &event), (":id", &id), (":place", &place)]).map(drop)
}

/// Promises places anew: it has changed which songs may go over, and how those stand that wait for a word, where no
/// recording is known.
pub(in crate::store) fn promise_anew(tx: &Tx) -> Result<()> {
    let Some(event) = active(tx)? else { return Ok(()) };
    let version = bump(tx, &event.id)?;
    let sql = "UPDATE requests SET version = :version
               WHERE user_id = :tenant AND event_id = :event AND status = 'pending' AND track_uri IS NULL AND by_hand = 0";
    tx.renewing(sql, &[(":event", &event.id), (":version", &version)])?;
    arrange_queue(tx, &event.id, rules::load(tx)?.order, version)
}

/// Notes that songs in the queue have changed places, and promises the first two theirs where they are ready. Only where one
/// of them is new has the queue to be read.
pub(in crate::store) fn arrange_queue(tx: &Tx, event: &EventId, order: Order, version: i64) -> Result<()> {
    let named: (&str, &dyn ToSql) = (":event", &event);
    let sql = "UPDATE events SET arranged_at = :version WHERE user_id = :tenant AND id = :event";
    tx.run(sql, &[named, (":version", &version)])?;
    if promised(tx, event)? >= LOCKED {
        return Ok(());
    }
    let queue = queue(tx, event, order)?;
    let (mut end, mut last) = (queue.iter().filter_map(|queued| queued.place).max().unwrap_or(0), None);
    for queued in queue.iter().take(LOCKED).filter(|queued| queued.is_ready) {
        last = last.max(queued.place);
        if queued.place.is_none() {
            end += 1;
            last = Some(end);
            let sql = "UPDATE requests SET fixed = 1, version = :version, place = :place
                       WHERE user_id = :tenant AND event_id = :event AND id = :id";
            tx.touching(sql, &[named, (":version", &version), (":place", &end), (":id", &queued.id)])?;
        }
    }
    let unready = queue.iter().filter(|queued| !queued.is_ready).filter_map(|queued| queued.place).min();
    match unready.zip(last).filter(|(unready, last)| unready < last) {
        Some((first, last)) => stand_behind(tx, event, first, last),
        None => Ok(()),
    }
}

/// Puts those placed that are not ready, `first` among them, behind the `last` who is promised: whoever was told to be
/// next stays so when these are found, or need not be any more.
fn stand_behind(tx: &Tx, event: &EventId, first: i64, last: i64) -> Result<()> {
    // Both states are named for the partial index of songs with a place.
    let sql = "UPDATE requests SET place = place + :by
               WHERE user_id = :tenant AND event_id = :event AND status IN ('approved', 'handed_over') AND status = 'approved'
               AND place IS NOT NULL AND (place > :last OR track_uri IS NULL)";
    let by = last - first + 1;
    tx.run(sql, &[(":event", &event), (":by", &by), (":last", &last)]).map(drop)
}

/// How many songs that may go over are promised a place, before any that may not; counted up to the next two.
pub(in crate::store) fn promised(tx: &Tx, event: &EventId) -> Result<usize> {
    // By place each is looked for in its own index.
    let placed = |status: &str| {
        format!(
            "SELECT * FROM (SELECT status = 'handed_over' OR :by_hand OR track_uri IS NOT NULL AS is_ready FROM requests
             WHERE user_id = :tenant AND event_id = :event AND status IN ('approved', 'handed_over')
             AND status = '{status}' AND place IS NOT NULL ORDER BY place LIMIT {LOCKED})"
        )
    };
    let sql = format!("{} UNION ALL {}", placed("handed_over"), placed("approved"));
    let named: Named = &[(":event", &event), (":by_hand", &!follows(tx)?)];
    let head = tx.all(&sql, named, |row| row.get::<_, bool>("is_ready"))?;
    Ok(head.into_iter().take(LOCKED).filter(|is_ready| *is_ready).count())
}
