//! Nights in moments: a store and a simulated Spotify on one clock that the test moves.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use partyplaylist::domain::{
    ClientId, EventId, Line, Notice, Playback, RequestId, Song, Status, Submission, Timestamp, UserId,
};
use partyplaylist::engine::{Spotify, Watcher};
use partyplaylist::spotify::simulator::{Change, Clock as SimClock, Fault, NewAccount, Simulator, Snapshot, Trouble};
use partyplaylist::spotify::{Client, Timeouts};
use partyplaylist::store::{Clock, Granted, Host, SpotifyAccount, SpotifyDefaults, Store, Tenant};

use crate::in_process;

/// 2026-10-02 20:00 UTC, a Friday.
pub const EVENING: Timestamp = Timestamp(1_790_971_200_000);

/// One DJ of the hall.
#[derive(Clone)]
pub struct Dj {
    pub name: String,
    pub user: UserId,
    pub client_id: String,
}

/// Many DJs in one box.
pub struct Hall {
    pub sim: Arc<Simulator>,
    pub store: Store,
    watcher: Watcher,
    pub runtime: tokio::runtime::Runtime,
    dir: tempfile::TempDir,
    pub djs: Vec<Dj>,
    due: BTreeMap<UserId, Timestamp>,
    budget: i64,
    /// How many milliseconds the box's clock is ahead of Spotify's.
    skew: Arc<AtomicI64>,
}

/// The uri of the `n`th song of the catalogue.
pub fn uri(n: usize) -> String {
    format!("spotify:track:song{:018}", n % 60)
}

impl Hall {
    /// `many` DJs, each with an app and an account of their own, each playing something else, each with an event on.
    pub fn of(many: usize) -> Self {
        Self::with(many, 1000)
    }

    pub fn with(many: usize, budget: i64) -> Self {
        let sim = Arc::new(Simulator::start(0, SimClock::standing(EVENING)).unwrap());
        // A night has thousands of commits, and what a disk does with them is another test's business.
        let dir = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let conn = rusqlite::Connection::open(in_process::migrated(dir.path(), EVENING)).unwrap();
        for n in 0..many {
            // No password opens it: hashing one for each DJ of each night would take longer than the night.
            let sql = "INSERT INTO users VALUES (?1, ?1, ?1, 'dj', 'active', '!', 0)";
            conn.execute(sql, [name_of(n)]).unwrap();
        }
        drop(conn);
        let skew = Arc::default();
        let (store, watcher) = open(&dir, (&sim, &skew), &runtime, budget);
        let mut hall = Self { sim, store, watcher, runtime, dir, djs: vec![], due: BTreeMap::new(), budget, skew };
        (0..many).for_each(|n| hall.add(n));
        hall
    }

    fn add(&mut self, n: usize) {
        let name = name_of(n);
        let client_id = format!("{n:032x}");
        self.sim.add_account(NewAccount { id: name.clone(), display_name: name.clone(), first_song: n * 3 % 50 });
        let user = UserId::parse(&name).unwrap();
        self.djs.push(Dj { name, user, client_id: client_id.clone() });
        self.host(n, async |host| host.set_client_id(ClientId::parse(&client_id).unwrap()).await.unwrap());
        self.connect(n);
        self.begin(n);
    }

    /// The DJ consents, for the first time or again.
    pub fn connect(&mut self, n: usize) {
        let name = self.djs[n].name.clone();
        self.connect_with(n, &name);
    }

    /// The DJ consents with an account, their own or another.
    pub fn connect_with(&mut self, n: usize, name: &str) {
        let (name, client_id) = (name.to_owned(), self.djs[n].client_id.clone());
        let grant = self.sim.connect(&name, &client_id);
        let granted = Granted {
            access: grant.access_token.reveal().to_owned(),
            access_expires_at: self.now().plus_ms(3_600_000),
            refresh: grant.refresh_token.map(|token| token.reveal().to_owned()),
        };
        self.host(n, async |host| {
            host.connect(granted, SpotifyAccount { id: name.clone(), name: Some(name) }).await.unwrap();
        });
    }

    pub fn begin(&mut self, n: usize) {
        self.host(n, async |host| drop(host.start_event(Line::parse("Night").unwrap()).await.unwrap()));
    }

    /// What the clock of the box says.
    pub fn now(&self) -> Timestamp {
        self.sim.now().plus_ms(self.skew.load(Ordering::SeqCst))
    }

    /// Puts the clock of the box so many seconds on, or back; what its threads wait for comes when it would have come.
    pub fn set_clock(&mut self, seconds: i64) {
        self.skew.fetch_add(seconds * 1000, Ordering::SeqCst);
        self.due.values_mut().for_each(|due| *due = due.plus_ms(seconds * 1000));
        let jump = self.runtime.block_on(self.store.settle_clock()).unwrap();
        assert_eq!(jump.map(|jump| jump.by_ms), Some(seconds * 1000));
    }

    /// Does something as the `n`th DJ; whatever it was, the watcher hears of it.
    pub fn host<T>(&mut self, n: usize, work: impl AsyncFnOnce(Tenant<Host>) -> T) -> T {
        let user = self.djs[n].user.clone();
        let done = self.runtime.block_on(async { work(self.store.as_host(&user).await.unwrap()).await });
        self.due.insert(user, self.now());
        done
    }

    /// The house's app and its budget, as this night has them.
    pub fn defaults(&self) -> SpotifyDefaults {
        defaults(self.budget)
    }

    /// Puts the catalogue's songs in line.
    pub fn ask(&mut self, n: usize, songs: impl IntoIterator<Item = usize>) -> Vec<RequestId> {
        songs.into_iter().map(|song| self.wish(n, &format!("Wish {song}"), Some(uri(song)))).collect()
    }

    /// Puts a song in line of which only the name is known.
    pub fn song(&mut self, n: usize, title: &str, artist: &str) -> RequestId {
        self.submit(n, Song::named(title, artist))
    }

    pub fn wish(&mut self, n: usize, title: &str, track_uri: Option<String>) -> RequestId {
        self.submit(n, Song { track_uri, ..Song::named(title, "Somebody") })
    }

    fn submit(&mut self, n: usize, song: Song) -> RequestId {
        self.host(n, async |host| {
            let wish = Submission { song, nickname: None, note: None };
            host.submit(wish, None).await.unwrap().request.id
        })
    }

    /// Lets the hall live for so many seconds.
    pub fn pass(&mut self, seconds: i64) {
        let end = self.now().plus_ms(seconds * 1000);
        while let Some((user, at)) = self.earliest().filter(|(_, at)| *at <= end) {
            self.jump(at);
            self.due.remove(&user);
            if let Some(next) = self.watcher.round(&user) {
                assert!(next > self.now(), "{user} is due before now: a busy loop");
                self.due.insert(user, next);
            }
        }
        self.jump(end);
    }

    fn earliest(&self) -> Option<(UserId, Timestamp)> {
        self.due.iter().min_by_key(|(user, at)| (**at, (*user).clone())).map(|(user, at)| (user.clone(), *at))
    }

    fn jump(&self, to: Timestamp) {
        let ms = to.ms_since(self.now());
        self.sim.advance(Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
    }

    /// The box is killed and started again.
    pub fn restart(&mut self) {
        self.store.close();
        (self.store, self.watcher) = open(&self.dir, (&self.sim, &self.skew), &self.runtime, self.budget);
        self.due =
            self.runtime.block_on(self.store.followers()).unwrap().into_iter().map(|id| (id, self.now())).collect();
    }

    /// Where the box keeps everything.
    pub fn file(&self) -> std::path::PathBuf {
        in_process::file_in(self.dir.path())
    }

    /// A client past the box.
    pub fn client(&self) -> Client {
        client(&self.sim)
    }

    /// Whether anybody watches this DJ's player.
    pub fn is_watched(&self, n: usize) -> bool {
        self.due.contains_key(&self.djs[n].user)
    }

    pub fn change(&self, n: usize, change: Change) {
        self.sim.change(&self.djs[n].name, change).unwrap();
    }

    /// So many calls of the `n`th DJ go wrong, before or after their effect.
    pub fn fault(&self, n: usize, call: &str, what: (Trouble, bool), times: Option<u32>) {
        let (trouble, after_effect) = what;
        let call = (!call.is_empty()).then(|| call.to_owned());
        self.sim.fault(Fault { target: self.djs[n].name.clone(), call, trouble, after_effect, times });
    }

    pub fn seen(&self, n: usize) -> Snapshot {
        self.sim.account(&self.djs[n].name).unwrap()
    }

    /// Uris that were queued by hand and began to play, in order.
    pub fn heard(&self, n: usize) -> Vec<String> {
        self.seen(n).played.iter().filter_map(|play| play.queued.clone()).collect()
    }

    pub fn calls(&self, n: usize, call: &str) -> u32 {
        self.seen(n).calls.get(call).copied().unwrap_or(0)
    }

    pub fn playback(&mut self, n: usize) -> Playback {
        self.peek(n, async |host| host.playback().await.unwrap())
    }

    pub fn health(&mut self, n: usize) -> String {
        self.playback(n).health.as_str().to_owned()
    }

    pub fn trouble(&self, n: usize) -> Option<Notice> {
        self.peek(n, async |host| host.notice().await.unwrap())
    }

    /// The `n`th DJ comes with the app of another from now on.
    pub fn share(&mut self, n: usize, other: usize) {
        self.djs[n].client_id = self.djs[other].client_id.clone();
        let client_id = ClientId::parse(&self.djs[n].client_id).unwrap();
        self.host(n, async |host| host.set_client_id(client_id).await.unwrap());
        self.connect(n);
    }

    /// Looks as the `n`th DJ, changing nothing.
    pub fn peek<T>(&self, n: usize, look: impl AsyncFnOnce(Tenant<Host>) -> T) -> T {
        let user = self.djs[n].user.clone();
        self.runtime.block_on(async { look(self.store.as_host(&user).await.unwrap()).await })
    }

    pub fn status(&self, n: usize, id: &RequestId) -> Status {
        let all = self.peek(n, async |host| host.listing(None, None).await.unwrap().requests.clone());
        all.iter().find(|request| request.view.id == *id).unwrap().view.status
    }

    pub fn statuses(&self, n: usize, ids: &[RequestId]) -> Vec<Status> {
        ids.iter().map(|id| self.status(n, id)).collect()
    }

    pub fn reason(&self, n: usize, id: &RequestId) -> Option<String> {
        let all = self.peek(n, async |host| host.listing(None, None).await.unwrap().requests.clone());
        all.into_iter().find(|request| request.view.id == *id).unwrap().reason
    }

    pub fn end(&mut self, n: usize) -> EventId {
        self.host(n, async |host| host.end_event().await.unwrap())
    }
}

fn name_of(n: usize) -> String {
    format!("dj{n:03}")
}

impl Drop for Hall {
    fn drop(&mut self) {
        self.store.close();
    }
}

fn open(
    dir: &tempfile::TempDir,
    (sim, skew): (&Arc<Simulator>, &Arc<AtomicI64>),
    runtime: &tokio::runtime::Runtime,
    budget: i64,
) -> (Store, Watcher) {
    let (time, passed, ahead) = (sim.clone(), sim.clone(), skew.clone());
    let clock = Clock::of_two(move || time.now().plus_ms(ahead.load(Ordering::SeqCst)), move || passed.now().0);
    let store = in_process::store(dir.path(), (1, 4), clock);
    let client = client(sim);
    let _inside = runtime.enter();
    let watcher = Watcher::new(&store, &Spotify::new(&store, client, defaults(budget)));
    (store, watcher)
}

fn defaults(budget: i64) -> SpotifyDefaults {
    SpotifyDefaults { client_id: None, budget }
}

fn client(sim: &Simulator) -> Client {
    let timeouts = Timeouts { call: Duration::from_secs(2), ..Timeouts::default() };
    Client::new(&sim.api_url(), &sim.url(), timeouts)
}
