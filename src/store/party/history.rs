//! The host's record: every night so far, and what is left of each.

use rusqlite::Row;

use super::playback::now_playing;
use super::queue::order::arranged;
use super::requests::of_event;
use super::rules;
use crate::domain::{
    Ahead, EventId, EventStatus, EventSummary, HostRequest, Order, Report, Request, Standing, Status, Totals, Why,
};
use crate::store::error::Result;
use crate::store::tenant::handle::{Host, Tenant};
use crate::store::tenant::tx::Tx;

/// That a night is not whole yet but arrives, as a condition on `events`.
pub(in crate::store) const COMING: &str = "(status = 'ended' AND join_token <> '')";

const COLUMNS: &str = "id, name, status, started_at, ended_at,
    (SELECT count(*) FROM requests r WHERE r.user_id = e.user_id AND r.event_id = e.id) AS requests,
    (SELECT count(*) FROM requests r WHERE r.user_id = e.user_id AND r.event_id = e.id AND r.status = 'played') AS played";

/// Reads nights that are whole.
fn summaries() -> String {
    format!("SELECT {COLUMNS} FROM events e WHERE e.user_id = :tenant AND NOT {COMING}")
}

impl Tenant<Host> {
    /// Every night so far, newest first.
    pub async fn events(&self) -> Result<Vec<EventSummary>> {
        let sql = format!("{} ORDER BY e.started_at DESC, e.id DESC", summaries());
        self.read(move |tx| tx.all(&sql, &[], summary)).await
    }

    /// The nights before that of `after`, newest first, `most` of them; with none given the newest.
    pub async fn nights(&self, after: Option<EventId>, most: usize) -> Result<Vec<EventSummary>> {
        let sql = format!(
            "{} AND (:after IS NULL OR (e.started_at, e.id) <
                 (SELECT started_at, id FROM events WHERE user_id = :tenant AND id = :after))
             ORDER BY e.started_at DESC, e.id DESC LIMIT :most",
            summaries()
        );
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.read(move |tx| tx.all(&sql, &[(":after", &after), (":most", &most)], summary)).await
    }

    /// What is left of one night.
    pub async fn report(&self, id: &EventId) -> Result<Report> {
        let id = id.clone();
        self.read(move |tx| report(tx, &id)).await
    }
}

fn report(tx: &Tx, id: &EventId) -> Result<Report> {
    let event = tx.one(&format!("{} AND e.id = :event", summaries()), &[(":event", &id)], summary)?;
    let mut requests = of_event(tx, id)?;
    let ended_by = order_at_end(tx, id)?;
    // What it waited for then matters no more: it stands where it stood.
    for request in &mut requests {
        request.matching.is_ready |= event.status == EventStatus::Ended;
    }
    lined_up(tx, id, ended_by.unwrap_or(rules::load(tx)?.order), &mut requests)?;
    if ended_by.is_none() && event.status == EventStatus::Ended {
        // A night from before that was written down: its line is those songs that have a place.
        requests.iter_mut().filter(|request| request.place.is_none()).for_each(|request| request.standing = None);
    }
    if event.status == EventStatus::Ended {
        // What plays now is of another night.
        requests
            .iter_mut()
            .filter_map(|request| request.standing.as_mut())
            .for_each(|standing| standing.wait_ms = None);
    }
    let requests: Vec<HostRequest> = requests.iter().map(Request::host_view).collect();
    let sql = "SELECT (SELECT count(*) FROM guests WHERE user_id = :tenant AND event_id = :event) AS guests,
                      (SELECT count(*) FROM votes WHERE user_id = :tenant AND event_id = :event) AS votes";
    let (guests, votes) = tx.one(sql, &[(":event", id)], |row| Ok((row.get("guests")?, row.get("votes")?)))?;
    let count = |wanted: fn(Status) -> bool| {
        i64::try_from(requests.iter().filter(|r| wanted(r.view.status)).count()).unwrap_or(i64::MAX)
    };
    let totals = Totals {
        requests: count(|_| true),
        played: count(|s| s == Status::Played),
        rejected: count(|s| s == Status::Rejected),
        withdrawn: count(|s| s == Status::Withdrawn),
        open: count(Status::is_open),
        guests,
        votes,
    };
    Ok(Report { event, totals, requests })
}

/// Tells all requests of one event, which are in order of arrival, where they stand in the queue, under the rule `order`.
fn lined_up(tx: &Tx, event: &EventId, order: Order, requests: &mut [Request]) -> Result<()> {
    let queue = arranged(tx, event, order, &*requests)?;
    let ahead = Ahead::of(&now_playing(tx)?, queue.iter().map(|(at, _)| requests[*at].song.duration_ms));
    for (before, (at, is_placed)) in queue.into_iter().enumerate() {
        let why = Why::of(before, is_placed, order);
        requests[at].standing = Some(Standing::of(before, ahead.wait_ms(before), why));
    }
    Ok(())
}

/// The rule the queue followed when its event ended.
fn order_at_end(tx: &Tx, event: &EventId) -> Result<Option<Order>> {
    let sql = "SELECT line_order FROM events WHERE user_id = :tenant AND id = :event AND line_order IS NOT NULL";
    tx.maybe(sql, &[(":event", &event)], |row| row.get("line_order"))
}

fn summary(row: &Row) -> rusqlite::Result<EventSummary> {
    Ok(EventSummary {
        id: row.get("id")?,
        name: row.get("name")?,
        status: row.get("status")?,
        started_at: row.get("started_at")?,
        ended_at: row.get("ended_at")?,
        requests: row.get("requests")?,
        played: row.get("played")?,
    })
}
