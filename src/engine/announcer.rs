//! Renders each change once for every kind of listener, and says what is new of it.

use std::collections::HashMap;
use std::io;
use std::time::Instant;

use serde_json::json;

use super::crumbs::{Picture, Told};
use super::hub::{Audience, Hub};
use super::network::Network;
use super::rounds::{Job, Rounds};
use super::watch_list::WatchList;
use super::worker::Worker;
use crate::domain::{Board, PartyEvent, RequestId, Stage, UserId};
use crate::store::{Changed, Error, News, Result, Store, Wait};
use crate::ui::{self, Part};

/// Whom the announcer tells, and of what.
pub struct Announcer {
    pub store: Store,
    pub hub: Hub,
    pub watch_list: WatchList,
    pub network: Network,
    pub said: Said,
}

/// What was last told.
pub struct Said {
    began: Instant,
    /// What played, by party.
    playing: HashMap<UserId, Option<RequestId>>,
    /// Why nothing can be saved.
    unsaved: Option<&'static str>,
}

impl Default for Said {
    fn default() -> Self {
        Self { began: Instant::now(), playing: HashMap::new(), unsaved: None }
    }
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
        if std::mem::replace(&mut self.said.unsaved, why) != why {
            self.hub.say_all("unsaved", &json!({ "code": why }).to_string());
        }
        for (user, news) in changed {
            self.watch_list.consider(&user);
            if let Err(error) = self.announce(&user, news) {
                log::error!(target: "box", "A change was not announced: {error}");
                self.hub.resync(&user);
            }
        }
    }

    fn announce(&mut self, user: &UserId, mut news: News) -> Result<()> {
        if news.is_change {
            self.hub.mark(user);
        }
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
        news.touched.extend(self.begins(user, &board));
        for audience in audiences {
            let Some(parts) = parts(&audience, &board, &stage) else {
                self.hub.dismiss(user, audience);
                continue;
            };
            let picture = Picture {
                parts: &parts,
                playback: &board.playback,
                line: board.queue.iter().map(|request| &request.view.id).collect(),
                version: board.event.as_ref().map(|event| event.version),
                touched: &news.touched,
                at: u64::try_from(self.said.began.elapsed().as_millis()).unwrap_or(u64::MAX),
            };
            self.tell_audience(user, audience, &picture, news.is_change);
        }
        Ok(())
    }

    /// Tells what is new. Where nobody knows what they were told: all, if anything changed; else what there is is taken for
    /// told, as they have just loaded it, unless something has changed by now.
    fn tell_audience(&self, user: &UserId, audience: Audience, picture: &Picture<'_>, is_change: bool) {
        let before = self.hub.take_told(user, &audience);
        let (told, text) = match before {
            Some(before) if !is_change => (before, None),
            None if !is_change && self.store.changes().has(user) => return,
            None if !is_change => (Told::of(picture), None),
            before => before.unwrap_or_default().then(picture),
        };
        self.hub.put_told(user, &audience, told);
        if let Some(text) = text {
            self.hub.say(user, audience, &text);
        }
    }

    /// The request that plays where it did not: no write need have touched it, and guests ask again after their own.
    fn begins(&mut self, user: &UserId, board: &Board) -> Option<RequestId> {
        let playing = board.playback.track.as_ref().and_then(|track| track.request_id.clone());
        let before = self.said.playing.insert(user.clone(), playing.clone()).flatten();
        playing.filter(|playing| before.as_ref() != Some(playing))
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
