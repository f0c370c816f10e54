use rusqlite::ToSql;

use super::accounts::parsed;
use super::error::Result;
use super::events::{bump, required};
use super::rows::Rows;
use super::scope::{Host, Tenant};
use super::settings;
use crate::domain::{EventId, GuestId, Id, LOCKED, Order, Refusal, RequestId, Timestamp, Waiting, arrange};

impl Tenant<Host> {
    /// Sets the order by hand, down to the last song that moves; what stands below goes on by the rules. Refuses when
    /// another hand moved songs after `version`, and ids that were never in this line. What has left the line meanwhile
    /// is passed over.
    pub async fn reorder(&self, order: Vec<RequestId>, version: i64) -> Result<()> {
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            let moved = moved_at(rows, &event.id)?;
            if moved > version {
                return Err(Refusal::MovedFirst(event.version).into());
            }
            let line = standing(rows, &event.id)?;
            for id in order.iter().filter(|id| !line.contains(id)) {
                belongs(rows, &event.id, id)?;
            }
            let wanted: Vec<&RequestId> = order.iter().filter(|id| line.contains(id)).collect();
            let same = wanted.iter().rev().zip(line.iter().rev()).take_while(|(a, b)| **a == *b).count();
            for (index, id) in wanted[..wanted.len() - same].iter().enumerate() {
                place_at(rows, &event.id, id, index)?;
            }
            let version = moved_by_hand(rows, &event.id)?;
            arrange_line(rows, &event.id, settings::load(rows)?.order, version)
        };
        self.write(work, |()| vec![]).await
    }
}

/// The line as it stands, in order.
fn standing(rows: &Rows, event: &EventId) -> Result<Vec<RequestId>> {
    let sql = "SELECT id FROM requests WHERE user_id = :tenant AND event_id = :event AND status = 'approved' ORDER BY place, id";
    rows.all(sql, &[(":event", &event.as_str())], |row| parsed(row, 0, Id::parse))
}

/// Refuses an id that is no request of this event.
fn belongs(rows: &Rows, event: &EventId, id: &RequestId) -> Result<()> {
    let sql = "SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event AND id = :id";
    let known = rows.maybe(sql, &[(":event", &event.as_str()), (":id", &id.as_str())], |_| Ok(()))?;
    known.ok_or_else(|| Refusal::field("order", format!("{id} is not in line.")).into())
}

/// The event's version when a hand last moved a song.
fn moved_at(rows: &Rows, event: &EventId) -> Result<i64> {
    let sql = "SELECT moved_at FROM events WHERE user_id = :tenant AND id = :event";
    rows.one(sql, &[(":event", &event.as_str())], |row| row.get(0))
}

/// Counts a move by hand; answers the event's new version.
pub(super) fn moved_by_hand(rows: &Rows, event: &EventId) -> Result<i64> {
    let version = bump(rows, event)?;
    let sql = "UPDATE events SET moved_at = version WHERE user_id = :tenant AND id = :event";
    rows.run(sql, &[(":event", &event.as_str())])?;
    Ok(version)
}

/// Sets a hand-made place before all others left where they were.
fn place_at(rows: &Rows, event: &EventId, id: &RequestId, index: usize) -> Result<()> {
    // Places count from 1; those set by hand now come before any older one.
    let place = i64::try_from(index).unwrap_or(i64::MAX) - 100_000;
    let sql = "UPDATE requests SET place = :place, fixed = 1
               WHERE user_id = :tenant AND event_id = :event AND id = :id AND status = 'approved'";
    rows.run(sql, &[(":place", &place), (":event", &event.as_str()), (":id", &id.as_str())]).map(drop)
}

/// Puts one song before all others.
pub(super) fn place_first(rows: &Rows, event: &EventId, id: &RequestId) -> Result<()> {
    place_at(rows, event, id, 0)
}

/// Gives every song in line its place and promises the first two theirs.
pub(super) fn arrange_line(rows: &Rows, event: &EventId, order: Order, version: i64) -> Result<()> {
    let waiting = waiting(rows, event)?;
    for (index, id) in arrange(&waiting, order).iter().enumerate() {
        let place = i64::try_from(index + 1).unwrap_or(i64::MAX);
        let sql = "UPDATE requests SET place = :place, fixed = max(fixed, :promised), version = :version
                   WHERE user_id = :tenant AND id = :id AND (place IS NOT :place OR fixed < :promised)";
        let named: [(&str, &dyn ToSql); 4] = [
            (":place", &place),
            (":promised", &i64::from(index < LOCKED)),
            (":version", &version),
            (":id", &id.as_str()),
        ];
        rows.run(sql, &named)?;
    }
    Ok(())
}

fn waiting(rows: &Rows, event: &EventId) -> Result<Vec<Waiting>> {
    let sql = "SELECT r.id, r.guest_id, r.created_at, CASE WHEN r.status = 'handed_over' THEN -1000000 WHEN r.fixed THEN r.place END,
                      (SELECT count(*) FROM votes v WHERE v.user_id = r.user_id AND v.event_id = r.event_id AND v.request_id = r.id),
                      (SELECT count(*) FROM requests p WHERE p.user_id = r.user_id AND p.event_id = r.event_id
                       AND p.guest_id IS r.guest_id AND p.status IN ('playing', 'played'))
               FROM requests r WHERE r.user_id = :tenant AND r.event_id = :event AND r.status IN ('approved', 'handed_over')";
    rows.all(sql, &[(":event", &event.as_str())], |row| {
        let guest: Option<String> = row.get(1)?;
        Ok(Waiting {
            id: parsed(row, 0, Id::parse)?,
            guest: guest.as_deref().and_then(GuestId::parse),
            arrived: Timestamp(row.get(2)?),
            fixed: row.get(3)?,
            votes: row.get(4)?,
            served: row.get(5)?,
        })
    })
}
