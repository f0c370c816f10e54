//! Whether another program has written to the database: asked at every look at what is kept in memory, so it has to cost next to
//! nothing.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::Connection;

/// A connection that does nothing else: `SQLite` tells it when anybody has written, be it this box or another program. Which of
/// them it was the writer knows, and says up to which number all is known.
#[derive(Default)]
pub struct Lookout(Mutex<Seen>);

#[derive(Default)]
struct Seen {
    /// `None` where nobody reads beside the writer, and once the database is closed.
    conn: Option<Connection>,
    known: Option<i64>,
}

impl Lookout {
    pub fn of(conn: Connection) -> rusqlite::Result<Self> {
        conn.busy_timeout(Duration::ZERO)?;
        Ok(Self(Mutex::new(Seen { conn: Some(conn), known: None })))
    }

    /// The number as of now; where it cannot be told, all may have changed.
    pub fn number(&self) -> Option<i64> {
        self.lock().number()
    }

    /// Whether all that was written up to now is known.
    pub fn is_known(&self) -> bool {
        let seen = self.lock();
        seen.known.is_some() && seen.number() == seen.known
    }

    /// All is known that was written before the number was asked for.
    pub fn knows(&self, number: Option<i64>) {
        self.lock().known = number;
    }

    pub fn close(&self) {
        self.lock().conn = None;
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    fn number(&self) -> Option<i64> {
        self.conn.as_ref().and_then(|conn| number(conn).ok())
    }
}

/// What another connection's commit changes, and nothing this one does.
pub fn number(conn: &Connection) -> rusqlite::Result<i64> {
    conn.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get("data_version"))
}
