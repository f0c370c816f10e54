use std::collections::{BTreeSet, HashMap};
use std::io;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::runtime::Handle;

use super::hub::{Hub, Lane};
use super::network::Network;
use super::watchers::Watchers;
use super::worker::Worker;
use crate::domain::{Board, EventCard, PartyEvent, RequestId, Stage, UserId};
use crate::store::{Error, Result, Store};
use crate::ui::{self, Part};

/// Time between two signs of life; a page that hears none for longer knows it is cut off.
const BEAT: Duration = Duration::from_secs(15);

/// Renders each change once for every kind of listener, and says it; so it says to all when nothing can be saved, and when
/// that is over, for which the database need not be readable.
/// Tells the watcher of each party, too, that something of it has changed.
pub fn start(store: Store, to: (Hub, Watchers), network: Network, handle: Handle) -> io::Result<Worker> {
    let (hub, watchers) = to;
    let changes = store.changes();
    let (mut last_beat, mut known) = (Instant::now(), HashMap::<UserId, Told>::new());
    let mut unsaved = None;
    Worker::start("announcer", move || {
        let Some(parties) = changes.wait(BEAT.saturating_sub(last_beat.elapsed())) else {
            return false;
        };
        let why = store.unsaved().map(|error| error.code());
        if std::mem::replace(&mut unsaved, why) != why {
            hub.say_all("unsaved", &json!({ "code": why }).to_string());
        }
        for (user, touched) in parties {
            watchers.consider(&user);
            let told = known.entry(user.clone()).or_default();
            if let Err(error) = handle.block_on(announce(&store, &hub, &network, (&user, touched, told))) {
                log::error!(target: "box", "A change was not announced: {error}");
                hub.resync(&user);
            }
        }
        if last_beat.elapsed() >= BEAT {
            hub.beat();
            last_beat = Instant::now();
        }
        true
    })
}

/// What was last told of a party that no row tells.
#[derive(Default)]
struct Told {
    playing: Option<RequestId>,
    /// Where each song in line stood.
    places: HashMap<RequestId, i64>,
}

impl Told {
    /// The requests that stand elsewhere than was told, or play by now: no write has touched them, and guests ask again after
    /// their own.
    fn moved(&mut self, board: &Board) -> BTreeSet<RequestId> {
        let places: HashMap<_, _> =
            board.queue.iter().filter_map(|r| Some((r.view.id.clone(), r.view.position?))).collect();
        let all = places.keys().chain(self.places.keys());
        let mut moved: BTreeSet<_> = all.filter(|id| places.get(*id) != self.places.get(*id)).cloned().collect();
        let playing = board.playback.track.as_ref().and_then(|track| track.request_id.clone());
        if playing != self.playing {
            moved.extend(playing.clone());
        }
        *self = Self { playing, places };
        moved
    }
}

async fn announce(
    store: &Store,
    hub: &Hub,
    network: &Network,
    change: (&UserId, BTreeSet<RequestId>, &mut Told),
) -> Result<()> {
    let (user, mut touched, told) = change;
    hub.mark(user);
    let lanes = hub.lanes(user);
    if lanes.is_empty() {
        return Ok(());
    }
    let (board, stage) = match store.announcer(user).await {
        Ok(party) => party.survey(&network.of(user), &network.of_room(user)).await?,
        Err(Error::NotFound) => {
            hub.drop_tenant(user);
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    touched.extend(told.moved(&board));
    for lane in lanes {
        match parts(&lane, &board, &stage) {
            Some(parts) => hub.say(user, lane, &data(board.event.as_ref(), &parts, &touched)),
            None => hub.dismiss(user, lane),
        }
    }
    Ok(())
}

/// What a lane hears; `None` for guests of an event that is over.
fn parts(lane: &Lane, board: &Board, stage: &Stage) -> Option<Vec<Part>> {
    match (lane, &board.event) {
        (Lane::Host, _) => Some(ui::host::parts(board)),
        (Lane::Helper, _) => Some(ui::helper::parts(board)),
        (Lane::Screen, _) => {
            let qr = stage.event.as_ref().map(|event| ui::qr(&event.join_url));
            Some(ui::display::parts(stage, qr.as_deref()))
        }
        (Lane::Guest(theirs), Some(event)) if *theirs == event.id => {
            let event = PartyEvent {
                name: event.name.clone(),
                host: board.display_name.clone(),
                status: event.status,
                requests_open: event.requests_open,
                expires_at: event.expires_at,
            };
            Some(ui::guest::parts(&board.username, &event, &stage.playback, &stage.queue))
        }
        (Lane::Guest(_), _) => None,
    }
}

fn data(event: Option<&EventCard>, parts: &[Part], touched: &BTreeSet<RequestId>) -> String {
    let html: serde_json::Map<_, _> =
        parts.iter().map(|part| (part.name.to_owned(), part.html.as_str().into())).collect();
    json!({ "version": event.map(|event| event.version), "parts": html, "touched": touched }).to_string()
}
