use rusqlite::ToSql;

use super::accounts::parsed;
use super::error::Result;
use super::events::{bump, required};
use super::rows::Rows;
use super::scope::{Host, Tenant};
use super::settings;
use crate::domain::{EventId, GuestId, Id, LOCKED, Order, Refusal, RequestId, Timestamp, Waiting, arrange};

impl Tenant<Host> {
    /// Sets the order by hand. Refuses when the event has moved on past `version`, or when an id is not in line.
    pub async fn reorder(&self, order: Vec<RequestId>, version: i64) -> Result<()> {
        let work = move |rows: &Rows| {
            let event = required(rows)?;
            if event.version != version {
                return Err(Refusal::MovedFirst(event.version).into());
            }
            for (index, id) in order.iter().enumerate() {
                place_at(rows, &event.id, id, index)?;
            }
            let version = bump(rows, &event.id)?;
            arrange_line(rows, &event.id, settings::load(rows)?.order, version)
        };
        self.write(work, |()| vec![]).await
    }
}

/// Sets a hand-made place before all others left where they were; refuses what is not in line.
fn place_at(rows: &Rows, event: &EventId, id: &RequestId, index: usize) -> Result<()> {
    // Places count from 1; those set by hand now come before any older one.
    let place = i64::try_from(index).unwrap_or(i64::MAX) - 100_000;
    let sql = "UPDATE requests SET place = :place, fixed = 1
               WHERE user_id = :tenant AND event_id = :event AND id = :id AND status = 'approved'";
    match rows.run(sql, &[(":place", &place), (":event", &event.as_str()), (":id", &id.as_str())])? {
        0 => Err(Refusal::field("order", format!("{id} is not in line.")).into()),
        _ => Ok(()),
    }
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
    let sql = "SELECT r.id, r.guest_id, r.created_at, iif(r.fixed, r.place, NULL),
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
