//! Which recordings the requests typed by hand are: those nobody has looked for, what was found, and what the DJ chose.

use std::collections::BTreeSet;

use super::candidates::open_requests;
use super::recordings::Recording;
use crate::domain::{
    CLASH, Candidate, Event, EventId, HEARD, Hit, HostRequest, Refusal, Request, RequestId, Song, Status, Timestamp,
    UNKNOWN, Unsearched, offered,
};
use crate::store::error::Result;
use crate::store::party::events::{active, bump};
use crate::store::party::queue::{arrange_queue, promised};
use crate::store::party::requests::{current, find, is_listed_besides, touch};
use crate::store::party::rules;
use crate::store::spotify::budget::budget;
use crate::store::spotify::catalogue::listed;
use crate::store::spotify::connection::{SpotifyDefaults, following_as};
use crate::store::tenant::handle::{Host, SpotifyWorker, Tenant};
use crate::store::tenant::tx::{Named, Tx};

/// Requests that are thought of at once.
const MOST: i64 = 50;
/// Those that nobody has looked for, as their index has it.
const UNSEARCHED: &str =
    "track_uri IS NULL AND unmatched IS NULL AND by_hand = 0 AND status IN ('pending', 'approved')";

impl Tenant<SpotifyWorker> {
    /// Requests that nobody has looked for; `None` while this DJ's night does not follow Spotify, or with none of them.
    pub async fn unsearched(&self, defaults: SpotifyDefaults) -> Result<Option<Unsearched>> {
        self.read(move |tx| unsearched(tx, &defaults)).await
    }

    /// Those of these requests that are still to be found: nobody has looked for them, or they are unknown as they were
    /// typed.
    pub async fn still_unfound(&self, ids: Vec<RequestId>) -> Result<BTreeSet<RequestId>> {
        self.read(move |tx| still_unfound(tx, &ids)).await
    }

    /// Whether Spotify has answered any search of this DJ's since: their guests', their own, or one for a request.
    pub async fn was_answered_since(&self, since: Timestamp) -> Result<bool> {
        let sql = "SELECT 1 FROM searches WHERE user_id = :tenant AND asked_at > :since AND asked_at <= :now LIMIT 1";
        let work = move |tx: &Tx| tx.maybe(sql, &[(":since", &since), (":now", &tx.now)], |_| Ok(()));
        Ok(self.read(work).await?.is_some())
    }

    /// Keeps which recording a request is, and the name it has at Spotify; its queue may have a head by that. A song that is
    /// on the list already is no second request, nor is one that was heard since: the DJ decides. Where other rules hold
    /// since it was chosen and refuse it, it is looked for once more.
    pub async fn matched(&self, id: &RequestId, hit: Hit) -> Result<()> {
        let keep = move |tx: &Tx, event: &EventId, id: &RequestId| {
            if rules::load(tx)?.allow(&hit.song()).is_err() {
                return Ok(());
            }
            let near: Vec<_> = Candidate::of(&hit).into_iter().collect();
            match in_the_way(tx, event, &hit.song(), id)? {
                Some(why) => leave_to_choose(tx, id, why, &near),
                None => Recording::read(tx, id)?.found(&hit).put(tx, id),
            }
        };
        self.settle(id, keep).await
    }

    /// Keeps that no recording of a request may be played, why, and what the DJ may choose from.
    pub async fn unmatched(&self, id: &RequestId, why: String, candidates: Vec<Candidate>) -> Result<()> {
        self.settle(id, move |tx, _, id| leave_to_choose(tx, id, &why, &candidates)).await
    }

    /// Keeps what the DJ is told of requests that another is in the way of true as the list changes: where that one has gone
    /// they are looked for once more.
    pub async fn tell_anew(&self) -> Result<()> {
        let query = |tx: &Tx| active(tx)?.map_or(Ok(false), |event| Ok(!told_no_more(tx, &event.id)?.is_empty()));
        if self.read(query).await? { self.write(tell_anew).await } else { Ok(()) }
    }

    /// Has a request looked for once more of which the DJ was told that nobody knows it; what they have seen to meanwhile
    /// stays.
    pub async fn ask_again(&self, id: &RequestId) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| {
            let Some(event) = active(tx)? else { return Ok(()) };
            let which = "id = :id AND status IN ('pending', 'approved') AND unmatched = :unknown";
            if open_requests(tx, &event.id, which, &[(":id", &id), (":unknown", &UNKNOWN)])?.is_empty() {
                return Ok(());
            }
            ask_once_more(tx, &event.id, bump(tx, &event.id)?, "id = :id", &[(":id", &id)])
        };
        self.write(work).await
    }

    /// Says something of a request that nobody has settled meanwhile.
    async fn settle(
        &self,
        id: &RequestId,
        keep: impl FnOnce(&Tx, &EventId, &RequestId) -> Result<()> + Send + 'static,
    ) -> Result<()> {
        let id = id.clone();
        let work = move |tx: &Tx| {
            let Some(event) = active(tx)? else { return Ok(()) };
            let which = format!("id = :id AND {UNSEARCHED}");
            let Some(request) = open_requests(tx, &event.id, &which, &[(":id", &id)])?.pop() else { return Ok(()) };
            keep(tx, &event.id, &id)?;
            changed(tx, &event, &id, request.status)
        };
        self.write(work).await
    }
}

impl Tenant<Host> {
    /// A request whose recording can still be chosen; refuses any other.
    pub async fn choosable(&self, id: &RequestId) -> Result<()> {
        let id = id.clone();
        self.read(move |tx| choosable(tx, &id).map(drop)).await
    }

    /// Offers what was found for other words than a request's own, also of one that was to be played by hand; where its
    /// recording is known that stays.
    pub async fn offer(&self, id: &RequestId, words: String, found: Vec<Hit>) -> Result<HostRequest> {
        let sought = id.clone();
        let work = move |tx: &Tx| {
            let (event, request) = choosable(tx, &sought)?;
            if request.song.track_uri.is_none() {
                let (why, near) = offered(&words, &rules::load(tx)?, &found);
                leave_to_choose(tx, &sought, &why, &near)?;
                changed(tx, &event, &sought, request.status)?;
            }
            Ok(find(tx, &sought)?.host_view())
        };
        self.placed(self.write(work).await).await
    }

    /// Sets which recording a request is; with `None` the DJ plays it without Spotify, as it was asked for. Refuses what the
    /// house rules refuse, and what is on the list already.
    pub async fn choose(&self, id: &RequestId, recording: Option<Hit>) -> Result<HostRequest> {
        let sought = id.clone();
        let work = move |tx: &Tx| {
            let (event, request) = choosable(tx, &sought)?;
            if let Some(hit) = &recording {
                let song = hit.song();
                rules::load(tx)?.allow(&song)?;
                if is_listed_besides(tx, &event.id, &song, &sought)? {
                    return Err(Refusal::ListedAgain.into());
                }
                Recording::read(tx, &sought)?.found(hit).put(tx, &sought)?;
            } else {
                by_hand(tx, &event.id, &request)?;
            }
            changed(tx, &event, &sought, request.status)?;
            Ok(find(tx, &sought)?.host_view())
        };
        self.acting(id, work).await
    }
}

fn choosable(tx: &Tx, id: &RequestId) -> Result<(Event, Request)> {
    let (event, request) = current(tx, id)?;
    if !matches!(request.status, Status::Pending | Status::Approved) {
        return Err(Refusal::WrongState(Box::new(request.host_view())).into());
    }
    Ok((event, request))
}

fn unsearched(tx: &Tx, defaults: &SpotifyDefaults) -> Result<Option<Unsearched>> {
    let (Some(event), Some(client_id)) = (active(tx)?, following_as(tx, defaults)?) else { return Ok(None) };
    // Whoever was approved first is looked for first: where they stand in the queue is not known before.
    let which = format!("{UNSEARCHED} ORDER BY status, created_at LIMIT :most");
    let requests = open_requests(tx, &event.id, &which, &[(":most", &MOST)])?;
    if requests.is_empty() {
        return Ok(None);
    }
    let (ready, budget) = (promised(tx, &event.id)?, budget(tx, &client_id, defaults.budget)?);
    Ok(Some(Unsearched { requests, ready, budget }))
}

fn still_unfound(tx: &Tx, ids: &[RequestId]) -> Result<BTreeSet<RequestId>> {
    let Some(event) = active(tx)? else { return Ok(BTreeSet::new()) };
    let which = "id = :id AND track_uri IS NULL AND by_hand = 0 AND status IN ('pending', 'approved')
                 AND coalesce(unmatched, :unknown) = :unknown";
    let mut open = BTreeSet::new();
    for id in ids {
        let requests = open_requests(tx, &event.id, which, &[(":id", &id), (":unknown", &UNKNOWN)])?;
        open.extend(requests.into_iter().map(|request| request.id));
    }
    Ok(open)
}

/// What the DJ is told of a request that another is in the way of, where it is found to be this song; `None` with no other.
fn in_the_way(tx: &Tx, event: &EventId, song: &Song, id: &RequestId) -> Result<Option<&'static str>> {
    Ok(if is_listed_besides(tx, event, song, id)? {
        Some(CLASH)
    } else if was_heard_since(tx, event, song, id)? {
        Some(HEARD)
    } else {
        None
    })
}

/// Requests of which something else is to be told than was, and what.
fn told_no_more(tx: &Tx, event: &EventId) -> Result<Vec<(RequestId, Option<&'static str>)>> {
    let sql = "SELECT id, candidates, unmatched FROM requests WHERE user_id = :tenant AND event_id = :event
               AND status IN ('pending', 'approved') AND unmatched IN (:clash, :heard)";
    let named: Named = &[(":event", &event), (":clash", &CLASH), (":heard", &HEARD)];
    let told = tx.all(sql, named, |row| {
        Ok((row.get("id")?, row.get::<_, Option<String>>("candidates")?, row.get::<_, Option<String>>("unmatched")?))
    })?;
    let mut anew = vec![];
    for (id, found, told) in told {
        // One whose other nobody can read any more is free, too.
        let found: Vec<Candidate> = found.and_then(|list| serde_json::from_str(&list).ok()).unwrap_or_default();
        let song = found.into_iter().next().map(|found| found.song()).unwrap_or_default();
        let why = in_the_way(tx, event, &song, &id)?;
        if why != told.as_deref() {
            anew.push((id, why));
        }
    }
    Ok(anew)
}

fn tell_anew(tx: &Tx) -> Result<()> {
    let Some(event) = active(tx)? else { return Ok(()) };
    let (anew, version) = (told_no_more(tx, &event.id)?, bump(tx, &event.id)?);
    let sql = "UPDATE requests SET unmatched = :why, version = :version WHERE user_id = :tenant AND id = :id";
    for (id, why) in &anew {
        match why {
            Some(why) => drop(tx.touching(sql, &[(":why", why), (":version", &version), (":id", id)])?),
            None => ask_once_more(tx, &event.id, version, "id = :id", &[(":id", id)])?,
        }
    }
    Ok(())
}

/// Whether a song has begun to sound since a request was made: who asks while it does asks for it again.
fn was_heard_since(tx: &Tx, event: &EventId, song: &Song, id: &RequestId) -> Result<bool> {
    let sql = "SELECT 1 FROM requests WHERE user_id = :tenant AND event_id = :event AND status IN ('playing', 'played')
               AND coalesce(started_at, played_at) > (SELECT created_at FROM requests WHERE user_id = :tenant AND id = :id)
               AND (song_key = :song OR track_uri = :uri OR isrc = :isrc) LIMIT 1";
    let named: Named =
        &[(":event", &event), (":id", &id), (":song", &song.key()), (":uri", &song.track_uri), (":isrc", &song.isrc)];
    Ok(tx.maybe(sql, named, |_| Ok(()))?.is_some())
}

/// What the rules refused, or nobody knew, is looked for once more: in what is remembered, where it can be. That is no change
/// to what is over, and it has to be looked for where it comes back.
pub(in crate::store) fn ask_anew(tx: &Tx, event: &EventId, version: i64) -> Result<()> {
    ask_once_more(tx, event, version, "unmatched IS NOT NULL", &[])
}

/// Has those looked for once more that `which` names, with the values in it; `version` is that of what is not over.
fn ask_once_more(tx: &Tx, event: &EventId, version: i64, which: &str, named: Named) -> Result<()> {
    let sql = format!(
        "UPDATE requests SET unmatched = NULL, candidates = NULL,
                version = iif(status IN ('pending', 'approved'), :version, version)
         WHERE user_id = :tenant AND event_id = :event AND {which}"
    );
    let own: Named = &[(":event", &event), (":version", &version)];
    tx.renewing(&sql, &[own, named].concat())
}

/// Makes a request one that the DJ plays without Spotify. In its own words it may be on the list by now, or may not be played.
fn by_hand(tx: &Tx, event: &EventId, request: &Request) -> Result<()> {
    let recording = Recording::read(tx, &request.id)?.by_hand();
    if recording.song.key() != request.song.key() {
        rules::load(tx)?.allow(&recording.song)?;
        if is_listed_besides(tx, event, &recording.song, &request.id)? {
            return Err(Refusal::ListedAgain.into());
        }
    }
    recording.put(tx, &request.id)
}

fn leave_to_choose(tx: &Tx, id: &RequestId, why: &str, from: &[Candidate]) -> Result<()> {
    let sql =
        "UPDATE requests SET by_hand = 0, unmatched = :why, candidates = :from WHERE user_id = :tenant AND id = :id";
    tx.run(sql, &[(":why", &why), (":from", &listed(&from)?), (":id", &id)]).map(drop)
}

/// Counts the change of a request; one in the queue may have a place by it, or have lost one.
fn changed(tx: &Tx, event: &Event, id: &RequestId, status: Status) -> Result<()> {
    let version = bump(tx, &event.id)?;
    touch(tx, id, version)?;
    if status == Status::Pending {
        return Ok(());
    }
    arrange_queue(tx, &event.id, rules::load(tx)?.order, version)
}
