//! The box was off for a while. How long, only a clock tells that may be wrong: so what lasts hours or days lasts them
//! while the box runs, and nobody is thrown out by a start with the wrong date.

use rusqlite::{Connection, OptionalExtension, named_params};

use super::jump::{DEADLINES, MARK_EVERY_MS, MOVES, mark};
use crate::domain::{Jump, Timestamp};
use crate::store::db::store::Store;
use crate::store::error::Result;

/// What ends by the hours the box has run. The rest is a matter of minutes, or Spotify's.
const LASTING: [&str; 4] = ["events", "sessions", "display_tokens", "helpers"];

impl Store {
    /// Goes on where the box was left, whatever the clock says since; to be called before anything asks the time. Answers
    /// whether the clock jumped meanwhile. The box's own time goes on where it stopped, whatever has passed.
    pub async fn resume_clock(&self) -> Result<Option<Jump>> {
        let left = |conn: &Connection| {
            let sql = "SELECT left_at, set_by FROM clock";
            let left = conn.query_row(sql, [], |row| Ok((row.get("left_at")?, row.get("set_by")?))).optional()?;
            left.map(|(mark, set_by)| Ok((last_sign(conn, mark)?, set_by))).transpose()
        };
        let Some((left, set_by)) = self.read(left).await? else { return self.leave_mark().await.map(|()| None) };
        let clock = self.clock();
        let Some(jump) = Jump::over_a_stop(left, clock.wall()) else {
            let off_ms = clock.wall().ms_since(left).max(0);
            clock.resume(set_by + off_ms);
            let work = move |conn: &Connection| wait_out(conn, left, off_ms).and_then(|()| mark(conn, &clock));
            return self.write(work).await.map(|()| None);
        };
        clock.resume(set_by);
        self.move_by(jump).await?;
        clock.resume(set_by + jump.by_ms);
        Ok(Some(jump))
    }
}

/// When the box surely ran still: what was written after the mark says so, where a plug was pulled.
fn last_sign(conn: &Connection, mark: Timestamp) -> Result<Timestamp> {
    let mut last = mark;
    for (table, columns, which) in MOVES {
        for column in columns.iter().filter(|column| !DEADLINES.contains(column)) {
            let and = if which.is_empty() { "WHERE" } else { "AND" };
            let sql = format!("SELECT max({column}) AS newest FROM {table} {which} {and} {column} <= :most");
            let named = named_params! { ":most": mark.plus_ms(2 * MARK_EVERY_MS) };
            let newest: Option<Timestamp> = conn.query_row(&sql, named, |row| row.get("newest"))?;
            last = newest.map_or(last, |at| last.max(at));
        }
    }
    Ok(last)
}

/// What was not over when the box was left ends so much later. Moments stay: they were right when they were written.
fn wait_out(conn: &Connection, left: Timestamp, off_ms: i64) -> Result<()> {
    for table in LASTING {
        let sql = format!("UPDATE {table} SET expires_at = expires_at + :off WHERE expires_at > :left");
        conn.execute(&sql, named_params! { ":off": off_ms, ":left": left })?;
    }
    Ok(())
}
