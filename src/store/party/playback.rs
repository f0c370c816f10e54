//! What plays now: asked for, announced, or observed at Spotify.

pub mod source;

use self::source::follow;
use super::events::{active, bump, required, silence};
use crate::domain::{Health, Line, ObservedTrack, Playback, PlaybackState, Playing, Source, Timestamp, Track};
use crate::store::error::Result;
use crate::store::spotify::connection::FOLLOWS_OR_DID;
use crate::store::spotify::observations::{Kept, kept};
use crate::store::tenant::handle::{Host, Insider, Tenant};
use crate::store::tenant::tx::Tx;

/// A poll that is overdue by more, or a song that must have been over for longer, makes what we say about playback stale.
const STALE_MS: i64 = 60_000;

/// A song that nobody asked for, as the DJ names it.
pub struct Announcement {
    pub title: Line<200>,
    pub artist: Line<200>,
}

impl Tenant<Host> {
    /// Announces a song nobody asked for: what played is over, and the night is run by hand. `None` takes that back:
    /// silence, or what Spotify plays where the night followed it.
    pub async fn announce(&self, song: Option<Announcement>) -> Result<Playback> {
        let work = move |tx: &Tx| {
            let event = required(tx)?;
            if song.is_none() && following(tx)?.is_some() {
                return now_playing(tx);
            }
            let over = following(tx)?.is_some() || is_over_spotify(tx)?;
            silence(tx)?;
            match &song {
                Some(song) => put(tx, song, over)?,
                None if over => drop(follow(tx, Source::Spotify)?),
                None => {}
            }
            bump(tx, &event.id)?;
            now_playing(tx)
        };
        self.write(work).await
    }
}

impl<Role: Insider> Tenant<Role> {
    /// What plays now.
    pub async fn playback(&self) -> Result<Playback> {
        self.read(now_playing).await
    }
}

/// The request that plays, else what was announced or is observed at Spotify, else nothing; nothing plays without an
/// event.
pub(in crate::store) fn now_playing(tx: &Tx) -> Result<Playback> {
    if active(tx)?.is_none() {
        return Ok(Playback::manual(None, tx.now));
    }
    Ok(Known::read(tx)?.at(tx.now))
}

/// All that is known of what plays, from which it follows what plays at a moment.
pub(in crate::store) struct Known {
    asked: Option<Playing>,
    announced: Option<Playing>,
    /// How the connection stands that the night follows; `None` where it is run by hand.
    health: Option<Health>,
    kept: Option<Kept>,
}

impl Known {
    pub fn read(tx: &Tx) -> Result<Self> {
        Ok(Self { asked: asked_for(tx)?, announced: announced(tx)?, health: following(tx)?, kept: kept(tx)? })
    }

    pub fn at(&self, now: Timestamp) -> Playback {
        match self.health {
            Some(health) => observed(now, health, self.kept.as_ref(), self.asked.clone().map(|playing| playing.track)),
            None => Playback::manual(self.asked.as_ref().or(self.announced.as_ref()).cloned(), now),
        }
    }
}

fn put(tx: &Tx, song: &Announcement, over: bool) -> Result<()> {
    follow(tx, Source::Manual)?;
    let sql = "INSERT INTO playback (user_id, title, artist, started_at, over_spotify)
               VALUES (:tenant, :title, :artist, :now, :over)";
    tx.run(sql, &[(":title", &song.title), (":artist", &song.artist), (":now", &tx.now), (":over", &over)]).map(drop)
}

/// Whether what is announced took the place of what Spotify plays.
fn is_over_spotify(tx: &Tx) -> Result<bool> {
    let sql = "SELECT over_spotify FROM playback WHERE user_id = :tenant";
    Ok(tx.maybe(sql, &[], |row| row.get("over_spotify"))?.unwrap_or(false))
}

/// How the connection stands that the night follows; `None` where it is run by hand.
fn following(tx: &Tx) -> Result<Option<Health>> {
    let sql = format!("SELECT health FROM spotify_links WHERE user_id = :tenant AND {FOLLOWS_OR_DID}");
    tx.maybe(&sql, &[], |row| row.get("health"))
}

fn asked_for(tx: &Tx) -> Result<Option<Playing>> {
    let sql = "SELECT id, title, artist, nickname, track_uri, duration_ms, art, started_at FROM requests
               WHERE user_id = :tenant AND status = 'playing'";
    tx.maybe(sql, &[], |row| {
        let track = Track {
            request_id: Some(row.get("id")?),
            title: row.get("title")?,
            artist: row.get("artist")?,
            nickname: row.get("nickname")?,
            track_uri: row.get("track_uri")?,
            duration_ms: row.get("duration_ms")?,
            art: row.get("art")?,
        };
        Ok(Playing { track, since: row.get("started_at")? })
    })
}

fn announced(tx: &Tx) -> Result<Option<Playing>> {
    let sql = "SELECT title, artist, started_at FROM playback WHERE user_id = :tenant";
    tx.maybe(sql, &[], |row| {
        let track = Track::bare(row.get("title")?, row.get("artist")?);
        Ok(Playing { track, since: row.get("started_at")? })
    })
}

/// Playback as Spotify tells it. A player that fell silent in the middle of a request is taken for paused; what must have
/// been over for long is what was heard last, and nobody knows what plays now.
fn observed(now: Timestamp, health: Health, kept: Option<&Kept>, requested: Option<Track>) -> Playback {
    let long_ago = |at: Timestamp| now.ms_since(at) > STALE_MS;
    let is_over =
        kept.is_some_and(|kept| kept.observation.ends().is_some_and(long_ago) && long_ago(kept.observation.seen_at));
    let is_late = |kept: &Kept| kept.due.is_some_and(long_ago);
    let is_stale = is_over || kept.is_some_and(is_late);
    let health = if health == Health::Ok && is_stale { Health::Stale } else { health };
    let observation = kept.map(|kept| &kept.observation);
    let state = match observation {
        Some(_) if is_over => PlaybackState::Idle,
        Some(observation) if observation.state == PlaybackState::Idle && requested.is_some() => PlaybackState::Paused,
        Some(observation) => observation.state,
        None => PlaybackState::Idle,
    };
    let track = named(requested, observation.and_then(|observation| observation.item.as_ref()));
    Playback {
        source: Source::Spotify,
        state,
        progress_ms: observation.filter(|_| track.is_some()).map(|observation| observation.progress_ms),
        track,
        age_ms: observation.map_or(0, |observation| now.ms_since(observation.seen_at)),
        as_of: observation.map_or(now, |observation| observation.seen_at),
        health,
    }
}

/// The song that plays, from the request it answers and what Spotify says.
fn named(requested: Option<Track>, item: Option<&ObservedTrack>) -> Option<Track> {
    match (requested, item) {
        // What Spotify names wins over what anybody called its track.
        (Some(requested), Some(item)) if requested.track_uri.as_ref() == Some(&item.uri) => Some(Track {
            title: item.title.clone(),
            artist: item.artist.clone(),
            duration_ms: Some(item.duration_ms),
            art: item.art.clone().or(requested.art),
            ..requested
        }),
        (Some(requested), item) => Some(Track {
            duration_ms: item.map(|item| item.duration_ms).or(requested.duration_ms),
            art: item.and_then(|item| item.art.clone()).or(requested.art),
            ..requested
        }),
        (None, Some(item)) => Some(Track {
            track_uri: Some(item.uri.clone()),
            duration_ms: Some(item.duration_ms),
            art: item.art.clone(),
            ..Track::bare(item.title.clone(), item.artist.clone())
        }),
        (None, None) => None,
    }
}
