//! The line: set by hand, promised, and arranged anew when something in it changes.

pub mod order;
pub mod places;

use std::collections::{HashMap, HashSet};

use rusqlite::ToSql;

use self::order::{Queued, line};
use super::events::{active, bump, required};
use super::rules;
use super::undo::last_acts::LastActs;
use crate::domain::{EventId, LOCKED, Order, Refusal, RequestId};
use crate::store::error::{Error, Result};
use crate::store::spotify::link::follows;
use crate::store::tenant::handle::{Host, Tenant};
use crate::store::tenant::tx::{Named, Tx};

impl Tenant<Host> {
    /// Sets the order by hand, down to the last song that moves; what stands below goes on by the rules. Refuses when
    /// another hand moved songs after `version`, and ids that were never in this line. What has left the line meanwhile
    /// is passed over. What was done before to the songs it moves cannot be taken back any more.
    pub async fn reorder(&self, order: Vec<RequestId>, version: i64) -> Result<()> {
        let (acts, whose) = (self.store().memory::<LastActs>(), self.id().clone());
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            if moved_at(tx, &event.id)? > version {
                return Err(Refusal::MovedFirst(event.version).into());
            }
            let rule = rules::load(tx)?.order;
            let line: Vec<Queued> = line(tx, &event.id, rule)?.into_iter().filter(|one| !one.is_handed_over).collect();
            let there: HashSet<&RequestId> = line.iter().map(|queued| &queued.id).collect();
            for id in order.iter().filter(|id| !there.contains(id)) {
                belongs(tx, &event.id, id)?;
            }
            let wanted: Vec<&RequestId> = order.iter().filter(|id| there.contains(id)).collect();
            let (before, after) = meant(tx, &wanted, &line, version)?;
            place_before_all(tx, &event.id, &wanted[..set_by_hand(&wanted, &before, &after)], &line)?;
            let version = moved_by_hand(tx, &event.id)?;
            arrange_line(tx, &event.id, rule, version)?;
            acts.overtake(&whose, &moved(&before, &after));
            Ok(())
        };
        self.write(work).await
    }
}

/// The line as it is, and as whoever sent `wanted` at `version` meant it. What was there and is left out is meant to go
/// below; where all of it came into line meanwhile, whoever sent the order meant the whole line.
fn meant<'a>(
    tx: &Tx,
    wanted: &[&'a RequestId],
    line: &'a [Queued],
    version: i64,
) -> Result<(Vec<&'a RequestId>, Vec<&'a RequestId>)> {
    let listed: HashSet<&RequestId> = wanted.iter().copied().collect();
    let mut known: Vec<&RequestId> = line.iter().map(|one| &one.id).collect();
    let mut left_out: Vec<&RequestId> = known.iter().copied().filter(|id| !listed.contains(id)).collect();
    if all_came_since(tx, &left_out, version)? {
        known.retain(|id| listed.contains(id));
        left_out.clear();
    }
    Ok((known, [wanted, left_out.as_slice()].concat()))
}

/// How many of `wanted` have to be set by hand: down to the last song that moves.
fn set_by_hand(wanted: &[&RequestId], before: &[&RequestId], after: &[&RequestId]) -> usize {
    let same = after.iter().rev().zip(before.iter().rev()).take_while(|(id, one)| id == one).count();
    wanted.len().min(before.len() - same)
}

/// The songs that a hand took and put elsewhere: where one was, the others made way for it. Of two that changed places it
/// was either; where more is new, all that stand elsewhere.
fn moved(before: &[&RequestId], after: &[&RequestId]) -> Vec<RequestId> {
    let pairs = || before.iter().zip(after);
    let head = pairs().take_while(|(one, other)| one == other).count();
    let tail = pairs().skip(head).rev().take_while(|(one, other)| one == other).count();
    let (before, after) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let Some(end) = before.len().checked_sub(1) else { return vec![] };
    let (down, up) = (before[1..] == after[..end], before[..end] == after[1..]);
    let taken = |at: usize| !down && !up || down && at == 0 || up && at == end;
    before.iter().enumerate().filter(|(at, _)| taken(*at)).map(|(_, id)| RequestId::clone(id)).collect()
}

/// Whether all of these came into line after `version`.
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

/// Sets places by hand before all others left where they were. Those at the end that stand so already keep theirs: a
/// song dragged to the top is one row.
fn place_before_all(tx: &Tx, event: &EventId, wanted: &[&RequestId], line: &[Queued]) -> Result<()> {
    let moved: HashSet<&RequestId> = wanted.iter().copied().collect();
    let fixed = line.iter().filter_map(|one| one.place.map(|place| (one, place)));
    let others = fixed.clone().filter(|(one, _)| !moved.contains(&one.id));
    let mut first = others.map(|(_, place)| place).min().unwrap_or(1);
    let places: HashMap<&RequestId, i64> = fixed.map(|(one, place)| (&one.id, place)).collect();
    let mut end = wanted.len();
    while let Some(place) = end.checked_sub(1).and_then(|at| places.get(wanted[at])).filter(|place| **place < first) {
        (first, end) = (*place, end - 1);
    }
    let ids = serde_json::to_string(&wanted[..end]).map_err(|error| Error::Broken(error.to_string()))?;
    // Each song is looked for by its id, not the ids for each song: the signs keep the other ways shut.
    let sql = "UPDATE requests SET place = :first + wanted.key, fixed = 1 FROM json_each(:ids) wanted
               WHERE +user_id = :tenant AND +event_id = :event AND requests.id = wanted.value";
    let first = first - i64::try_from(end).unwrap_or(i64::MAX);
    tx.run(sql, &[(":first", &first), (":ids", &ids), (":event", &event)]).map(drop)
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
    let line = line(tx, event, order)?;
    let promised = line.iter().filter(|one| one.id != *id).take(LOCKED).filter(|one| !one.is_handed_over);
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
    tx.touching(sql, &[(":event", &event.id), (":version", &version)])?;
    arrange_line(tx, &event.id, rules::load(tx)?.order, version)
}

/// Notes that songs in line have changed places, and promises the first two theirs where they are ready. Only where one of
/// them is new has the line to be looked at.
pub(in crate::store) fn arrange_line(tx: &Tx, event: &EventId, order: Order, version: i64) -> Result<()> {
    let named: (&str, &dyn ToSql) = (":event", &event);
    let sql = "UPDATE events SET arranged_at = :version WHERE user_id = :tenant AND id = :event";
    tx.run(sql, &[named, (":version", &version)])?;
    if promised(tx, event)? >= LOCKED {
        return Ok(());
    }
    let line = line(tx, event, order)?;
    let (mut end, mut last) = (line.iter().filter_map(|queued| queued.place).max().unwrap_or(0), None);
    for queued in line.iter().take(LOCKED).filter(|queued| queued.is_ready) {
        last = last.max(queued.place);
        if queued.place.is_none() {
            end += 1;
            last = Some(end);
            let sql = "UPDATE requests SET fixed = 1, version = :version, place = :place
                       WHERE user_id = :tenant AND event_id = :event AND id = :id";
            tx.touching(sql, &[named, (":version", &version), (":place", &end), (":id", &queued.id)])?;
        }
    }
    let unready = line.iter().filter(|queued| !queued.is_ready).filter_map(|queued| queued.place).min();
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
