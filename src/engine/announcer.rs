//! Renders each change once for every kind of listener, and says it.

use std::collections::{BTreeSet, HashMap};
use std::io;

use serde_json::json;

use super::hub::{Audience, Hub};
use super::network::Network;
use super::rounds::{Job, Rounds};
use super::watch_list::WatchList;
use super::worker::Worker;
use crate::domain::{Board, EventCard, PartyEvent, RequestId, Stage, UserId};
use crate::store::{Changed, Error, Result, Store, Wait};
use crate::ui::{self, Part};

/// Whom the announcer tells, and of what.
pub struct Announcer {
    pub store: Store,
    pub hub: Hub,
    pub watch_list: WatchList,
    pub network: Network,
    pub told: Told,
}

/// What was last told.
#[derive(Default)]
pub struct Told {
    parties: HashMap<UserId, Shown>,
    /// Why nothing can be saved.
    unsaved: Option<&'static str>,
}

/// Starts the thread; between two changes it does its `jobs`.
pub fn start(mut announcer: Announcer, jobs: &'static [Job<Announcer>]) -> io::Result<Worker> {
    let (news, mut rounds) = (announcer.store.changes(), Rounds::new(jobs));
    Worker::start("announcer", move || {
        let Some(changed) = news.wait(rounds.rest()) else { return false };
        announcer.tell(changed);
        rounds.run(&mut announcer);
        true
    })
}

impl Announcer {
    /// A sign of life for everybody.
    pub fn beat(&mut self) {
        self.hub.beat();
    }

    /// Tells every party that changed, and its watcher too; before that it says to all when nothing can be saved, and when that
    /// is over, for which the database need not be readable.
    fn tell(&mut self, changed: Changed) {
        let why = self.store.unsaved().map(|error| error.code());
        if std::mem::replace(&mut self.told.unsaved, why) != why {
            self.hub.say_all("unsaved", &json!({ "code": why }).to_string());
        }
        for (user, touched) in changed {
            self.watch_list.consider(&user);
            if let Err(error) = self.announce(&user, touched) {
                log::error!(target: "box", "A change was not announced: {error}");
                self.hub.resync(&user);
            }
        }
    }

    fn announce(&mut self, user: &UserId, mut touched: BTreeSet<RequestId>) -> Result<()> {
        let shown = self.told.parties.entry(user.clone()).or_default();
        self.hub.mark(user);
        let audiences = self.hub.audiences(user);
        if audiences.is_empty() {
            return Ok(());
        }
        let (board, stage) = match self.store.announcer(user).wait() {
            Ok(party) => party.survey(&self.network.of(user), &self.network.of_room(user)).wait()?,
            Err(Error::NotFound) => {
                self.hub.drop_tenant(user);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        touched.extend(shown.moved(&board));
        for audience in audiences {
            match parts(&audience, &board, &stage) {
                Some(parts) => self.hub.say(user, audience, &data(board.event.as_ref(), &parts, &touched)),
                None => self.hub.dismiss(user, audience),
            }
        }
        Ok(())
    }
}

/// What was last told of a party that no row tells.
#[derive(Default)]
struct Shown {
    playing: Option<RequestId>,
    /// Where each song in line stood.
    places: HashMap<RequestId, i64>,
}

impl Shown {
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

/// What an audience hears; `None` for guests of an event that is over.
fn parts(audience: &Audience, board: &Board, stage: &Stage) -> Option<Vec<Part>> {
    match (audience, &board.event) {
        (Audience::Host, _) => Some(ui::host::parts(board)),
        (Audience::Helper, _) => Some(ui::helper::parts(board)),
        (Audience::Screen, _) => {
            let qr = stage.event.as_ref().map(|event| ui::qr(&event.join_url));
            Some(ui::display::parts(stage, qr.as_deref()))
        }
        (Audience::Guest(theirs), Some(event)) if *theirs == event.id => {
            let event = PartyEvent {
                name: event.name.clone(),
                host: board.display_name.clone(),
                status: event.status,
                requests_open: event.requests_open,
                expires_at: event.expires_at,
            };
            Some(ui::guest::parts(&board.username, &event, &stage.playback, &stage.queue))
        }
        (Audience::Guest(_), _) => None,
    }
}

fn data(event: Option<&EventCard>, parts: &[Part], touched: &BTreeSet<RequestId>) -> String {
    let html: serde_json::Map<_, _> =
        parts.iter().map(|part| (part.name.to_owned(), part.html.as_str().into())).collect();
    json!({ "version": event.map(|event| event.version), "parts": html, "touched": touched }).to_string()
}
