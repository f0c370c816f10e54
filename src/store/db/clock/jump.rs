//! A wall clock that is set: everything under way moves with it, in one transaction.
//!
//! Rows hold moments, as people and `sqlite3` read them. A deadline, or a moment that something is counted from, means a
//! duration: so when the clock was set by an hour, what is under way is moved by an hour, and lasts as long as before.
//! What is over stays where it was. How long that takes is the rows of the running events, whatever else is in the file.

use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::{Connection, OptionalExtension, Row, named_params};

use crate::domain::{Jump, MADE, Timestamp, UserId, is_plausible};
use crate::store::clock::Clock;
use crate::store::db::store::Store;
use crate::store::error::Result;

/// How seldom it is written down that the box runs: as much of the time may be lost when a plug is pulled.
pub(in crate::store) const MARK_EVERY_MS: i64 = 5 * 60 * 1000;
const HOUR_MS: i64 = 60 * 60 * 1000;
/// An hour of running makes a day older, at most: a clock that is years ahead for a night forgets a week too much.
const BELIEVED_STEP_MS: i64 = 24 * HOUR_MS;

const ALL: &str = "";
const RUNNING: &str = "WHERE status <> 'ended'";
const OF_RUNNING: &str = "WHERE (user_id, event_id) IN (SELECT user_id, id FROM events WHERE status <> 'ended')";

/// What moves with the clock: table, columns, which rows. Zero stands for no moment at all.
pub(in crate::store) const MOVES: [(&str, &[&str], &str); 15] = [
    ("events", &["started_at", "expires_at"], RUNNING),
    ("guests", &["created_at", "muted_at"], OF_RUNNING),
    ("requests", &["created_at", "approved_at", "started_at", "played_at"], OF_RUNNING),
    ("votes", &["created_at"], OF_RUNNING),
    ("handovers", &["begun_at"], ALL),
    ("playback", &["started_at"], ALL),
    ("spotify_looks", &["seen_at", "due_at", "hold_until"], ALL),
    ("spotify_links", &["access_expires_at"], ALL),
    ("spotify_consents", &["expires_at"], ALL),
    ("spotify_quotas", &["until"], ALL),
    ("covers", &["retry_at"], "WHERE retry_at > 0"),
    ("sessions", &["created_at", "seen_at", "expires_at"], ALL),
    ("display_tokens", &["created_at", "expires_at", "last_seen_at", "revoked_at"], ALL),
    ("helpers", &["created_at", "expires_at", "seen_at", "revoked_at"], ALL),
    ("sign_in_waits", &["last_at"], ALL),
];

/// Those of them that may lie ahead.
pub(in crate::store) const DEADLINES: [&str; 6] =
    ["expires_at", "due_at", "hold_until", "access_expires_at", "until", "retry_at"];

/// Hours of calls are the key of their rows: they move together, past each other's places.
const CALLS: [&str; 2] = [
    "UPDATE spotify_calls SET hour = hour + 1000000000000",
    "UPDATE spotify_calls SET hour = hour - 1000000000000 + :hours",
];

impl Store {
    /// The box's own time: for what lasts, and nobody sets it.
    pub fn own_time(&self) -> Timestamp {
        self.0.clock.own()
    }

    /// Looks whether the clock was set, and moves what is under way with it. Answers what happened.
    pub async fn settle_clock(&self) -> Result<Option<Jump>> {
        let Some(jump) = self.0.clock.jump() else {
            let left = self.read(|conn| Ok(left_at(conn)?)).await?;
            let fresh = left.is_some_and(|at| (0..MARK_EVERY_MS).contains(&self.now().ms_since(at)));
            return if fresh { Ok(None) } else { self.leave_mark().await.map(|()| None) };
        };
        self.move_by(jump).await?;
        Ok(Some(jump))
    }

    /// Writes down that the box runs.
    pub async fn leave_mark(&self) -> Result<()> {
        let clock = self.0.clock.clone();
        self.write(move |conn| mark(conn, &clock)).await
    }

    /// The last time the clock was set, while it is news.
    pub async fn last_jump(&self) -> Result<Option<Jump>> {
        let query = |conn: &Connection| {
            let sql = "SELECT jumped_at, jumped_ms FROM clock WHERE jumped_at IS NOT NULL";
            Ok(conn.query_row(sql, [], jump).optional()?)
        };
        let now = self.now();
        Ok(self.read(query).await?.filter(|jump| jump.is_news(now)))
    }

    /// The moment that has surely passed where something is to be forgotten for its age; none while the clock cannot be
    /// right. A clock that was set ahead is believed little by little.
    pub(in crate::store) async fn surely_past(&self) -> Result<Option<Timestamp>> {
        let now = self.now();
        if !is_plausible(now) {
            return Ok(None);
        }
        let query = |conn: &Connection| {
            let sql = "SELECT believed_at FROM clock";
            Ok(conn.query_row(sql, [], |row| row.get::<_, Option<Timestamp>>("believed_at")).optional()?.flatten())
        };
        let believed = self.read(query).await?.map_or(now, |at| at.max(MADE));
        Ok(Some(believed.min(now)))
    }

    /// Believes the clock for another hour's worth; to be called once an hour.
    pub(in crate::store) async fn believe_clock(&self) -> Result<()> {
        let now = self.now();
        let sql = "UPDATE clock SET believed_at =
                   max(coalesce(believed_at, 0), min(:now, max(coalesce(believed_at, :now), :made) + :step))";
        let work = move |conn: &Connection| {
            Ok(conn.execute(sql, named_params! { ":now": now, ":made": MADE, ":step": BELIEVED_STEP_MS })?)
        };
        if is_plausible(now) { self.write(work).await.map(drop) } else { Ok(()) }
    }

    /// Reads in one consistent look, told the time to measure what is read against. A clock may be set meanwhile, and
    /// everything under way moves with it: of the time before the look began and the time after, the earlier one makes
    /// nothing run out that does not, whichever way it was set and whether the look sees the rows moved or not.
    pub(in crate::store) async fn read_at<T: Send + 'static>(
        &self,
        query: impl FnOnce(&Connection, Timestamp) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let clock = self.clock();
        let query = move |conn: &Connection| {
            let before = clock.now();
            // The first question holds the rows still.
            conn.prepare_cached("SELECT 1 FROM clock")?.exists([])?;
            query(conn, clock.now().min(before))
        };
        self.read(query).await
    }

    /// Whoever reads while it goes on sees rows that are moved already with a clock that is not followed yet, or the
    /// other way round: in the order in which nothing runs out that does not.
    pub(in crate::store) async fn move_by(&self, jump: Jump) -> Result<()> {
        let (clock, before) = (self.0.clock.clone(), self.0.clock.set_by());
        let set_by = before + jump.by_ms;
        if jump.by_ms < 0 {
            clock.follow(set_by);
        }
        let (writer, changes) = (clock.clone(), self.changes());
        let work = move |conn: &Connection| {
            if writer.set_by_written() == set_by {
                // Somebody else followed it meanwhile.
                return Ok((None, vec![]));
            }
            move_rows(conn, jump)?;
            let sql =
                "INSERT INTO clock (one, left_at, set_by, jumped_at, jumped_ms) VALUES (1, :at, :set_by, :at, :by)
                       ON CONFLICT (one) DO UPDATE SET left_at = excluded.left_at, set_by = excluded.set_by,
                           jumped_at = excluded.jumped_at, jumped_ms = excluded.jumped_ms";
            conn.execute(sql, named_params! { ":at": jump.at, ":set_by": set_by, ":by": jump.by_ms })?;
            writer.follow_written(set_by);
            let moved = Moved { clock: writer, before, stays: false.into() };
            Ok((Some(moved), hosts(conn)?))
        };
        let reader = clock.clone();
        let say = move |(moved, hosts): &(Option<Moved>, Vec<UserId>)| {
            if let Some(moved) = moved {
                moved.stays.store(true, Ordering::Relaxed);
            }
            reader.follow(set_by);
            for host in hosts {
                changes.note(host, vec![]);
            }
        };
        let moved = self.0.writer.run(None, work, say).await;
        if moved.is_err() {
            clock.follow(before);
        }
        moved.map(drop)
    }
}

pub(in crate::store) fn mark(conn: &Connection, clock: &Clock) -> Result<()> {
    let sql =
        "INSERT INTO clock (one, left_at, set_by, believed_at) VALUES (1, :now, :set_by, iif(:plausible, :now, NULL))
               ON CONFLICT (one) DO UPDATE SET left_at = excluded.left_at, set_by = excluded.set_by";
    let now = clock.now_written();
    let named = named_params! { ":now": now, ":set_by": clock.set_by_written(), ":plausible": is_plausible(now) };
    Ok(conn.execute(sql, named).map(drop)?)
}

/// Rows that were moved. Where they are not after all, whoever writes next is told so by dropping this, which happens
/// in the writer, before it takes the next job.
struct Moved {
    clock: Clock,
    before: i64,
    /// Whether they are committed.
    stays: AtomicBool,
}

impl Drop for Moved {
    fn drop(&mut self) {
        if !self.stays.load(Ordering::Relaxed) {
            self.clock.follow_written(self.before);
        }
    }
}

/// A jump from `jumped_at, jumped_ms`.
pub(in crate::store) fn jump(row: &Row) -> rusqlite::Result<Jump> {
    Ok(Jump { at: row.get("jumped_at")?, by_ms: row.get("jumped_ms")? })
}

fn left_at(conn: &Connection) -> rusqlite::Result<Option<Timestamp>> {
    conn.query_row("SELECT left_at FROM clock", [], |row| row.get("left_at")).optional()
}

fn hosts(conn: &Connection) -> Result<Vec<UserId>> {
    let mut statement = conn.prepare("SELECT user_id FROM events WHERE status <> 'ended'")?;
    let hosts = statement.query_map([], |row| row.get("user_id"))?;
    Ok(hosts.collect::<rusqlite::Result<Vec<_>>>()?)
}

fn move_rows(conn: &Connection, jump: Jump) -> Result<()> {
    for (table, columns, which) in MOVES {
        let set: Vec<String> =
            columns.iter().map(|column| format!("{column} = iif({column} = 0, 0, {column} + :by)")).collect();
        conn.execute(&format!("UPDATE {table} SET {} {which}", set.join(", ")), named_params! { ":by": jump.by_ms })?;
    }
    conn.execute(CALLS[0], [])?;
    conn.execute(CALLS[1], named_params! { ":hours": (jump.by_ms + HOUR_MS / 2).div_euclid(HOUR_MS) })?;
    Ok(())
}

#[cfg(test)]
mod tests;
