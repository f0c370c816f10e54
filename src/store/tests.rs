//! A party with a line of any length, straight at the store, and what one call costs its writer: counted in steps of
//! `SQLite`'s machine and in rows, never in time.

mod clocks;
mod counts;
mod crossing;
mod effort;
mod pictures;

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::domain::{Event, HostRequest, Line, RequestId, Song, Status, Submission, Timestamp, UserId, Username};
use crate::store::clock::Clock;
use crate::store::db::pool::Readers;
use crate::store::db::schema::migrate::migrate;
use crate::store::db::schema::versions::LATEST;
use crate::store::db::store::Store;
use crate::store::error::Result;
use crate::store::party::guests::JoinCredential;
use crate::store::tenant::handle::{Guest, Host, SpotifyWorker, Tenant};
use crate::store::vault::Vault;

struct Party {
    _dir: tempfile::TempDir,
    file: PathBuf,
    store: Store,
    host: Tenant<Host>,
    worker: Tenant<SpotifyWorker>,
    guests: Vec<Tenant<Guest>>,
    steps: Arc<AtomicU64>,
}

/// What a call cost the writer.
#[derive(Clone, Copy, Debug)]
struct Effort {
    steps: u64,
    rows: u64,
}

impl Party {
    /// Three guests came in by the door, and as many songs are in the queue as there are `many`, three each of others.
    async fn with(many: i64, order: &str) -> Self {
        Self::by(Clock::system(), many, order).await
    }

    /// The same by a clock.
    async fn by(clock: Clock, many: i64, order: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("p.db");
        migrate(&file, LATEST, Timestamp(0)).unwrap();
        let mut conn = rusqlite::Connection::open(&file).unwrap();
        conn.execute("INSERT INTO users VALUES ('dj', 'djane', 'DJane', 'dj', 'active', '!', 0)", []).unwrap();
        let store = Store::open(&file, Readers { min: 1, max: 1 }, clock, Vault::new(&[7; 32])).unwrap();
        // What opens the store seals what it finds there.
        let link = "INSERT INTO spotify_links (user_id, client_id, refresh_token) VALUES ('dj', 'c', 'sealed')";
        conn.execute(link, []).unwrap();
        let (me, name) = (UserId::parse("dj").unwrap(), Username::parse("djane").unwrap());
        let (host, worker) = (store.as_host(&me).await.unwrap(), store.spotify_worker(&me).await.unwrap());
        let free = json!({ "order": order, "max_active_per_guest": 0, "min_gap_ms": 0, "max_per_hour": 0 });
        host.change_rules(free.as_object().unwrap().clone()).await.unwrap();
        let event = host.start_event(Line::parse("Night").unwrap()).await.unwrap();
        fill(&mut conn, &event, many);
        let mut guests = Vec::new();
        for _ in 0..3 {
            guests.push(store.visit(&name).await.unwrap().join(JoinCredential::Pin(event.pin.clone())).await.unwrap());
        }
        let steps = Arc::<AtomicU64>::default();
        store.write(counting(&steps)).await.unwrap();
        Self { _dir: dir, file, store, host, worker, guests, steps }
    }

    async fn effort<T>(&self, work: impl Future<Output = Result<T>>) -> (Effort, T) {
        let rows = || self.store.write(|conn| Ok(conn.total_changes()));
        let before = rows().await.unwrap();
        self.steps.store(0, Ordering::Relaxed);
        let done = work.await.unwrap();
        let steps = self.steps.load(Ordering::Relaxed);
        (Effort { steps, rows: rows().await.unwrap() - before }, done)
    }
}

/// All requests of the running event, or those of one state, and its version.
async fn requests(host: &Tenant<Host>, status: Option<Status>) -> (Vec<HostRequest>, i64) {
    let listing = host.listing(status, None).await.unwrap();
    (listing.requests.clone(), listing.version)
}

/// Has a connection count the steps it takes.
fn counting(steps: &Arc<AtomicU64>) -> impl FnOnce(&rusqlite::Connection) -> Result<()> + Send + 'static {
    let count = steps.clone();
    move |conn: &rusqlite::Connection| {
        let step = move || {
            count.fetch_add(1, Ordering::Relaxed);
            false
        };
        Ok(conn.progress_handler(1, Some(step))?)
    }
}

fn fill(conn: &mut rusqlite::Connection, event: &Event, many: i64) {
    let all = conn.transaction().unwrap();
    for n in 0..many {
        if n % 3 == 0 {
            let sql = "INSERT INTO guests (id, user_id, event_id, created_at) VALUES ('guest-' || ?1, 'dj', ?2, 0)";
            all.execute(sql, (n / 3, event.id.as_str())).unwrap();
        }
        let sql = "INSERT INTO requests (id, user_id, event_id, guest_id, title, artist, song_key, artist_key, status,
                                         created_at, approved_at, duration_ms, version, place, fixed, track_uri)
                   VALUES ('line-' || ?1, 'dj', ?2, 'guest-' || (?1 / 3), 'Song ' || ?1, 'Artist', 'song ' || ?1 || char(31) || 'artist',
                           'artist', 'approved', ?1, ?1, 180000, 1, iif(?1 < 2, ?1 + 1, NULL), ?1 < 2, 'spotify:track:Song' || ?1)";
        all.execute(sql, (n, event.id.as_str())).unwrap();
    }
    all.commit().unwrap();
}

fn queued(n: i64) -> RequestId {
    RequestId::parse(&format!("line-{n}")).unwrap()
}

fn song(title: &str) -> Submission {
    let song = Song { track_uri: Some(format!("spotify:track:{title}")), ..Song::named(title, "Somebody") };
    Submission { song, nickname: None, note: None }
}

/// How many rows of which table a tenant has.
fn rows_of(file: &std::path::Path, tenant: &str) -> Vec<(String, i64)> {
    let conn = rusqlite::Connection::open(file).unwrap();
    let sql = "SELECT m.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND c.name = 'user_id'";
    let mut tables = conn.prepare(sql).unwrap();
    let tables = tables.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap);
    let count = |table: &str| -> i64 {
        conn.query_row(&format!("SELECT count(*) FROM {table} WHERE user_id = ?1"), [tenant], |row| row.get(0)).unwrap()
    };
    tables.map(|table| (table.clone(), count(&table))).filter(|(_, rows)| *rows > 0).collect()
}
