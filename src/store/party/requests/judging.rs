//! A request held against the house rules before its turn to be written: a long list of what is never played would hold up
//! whoever else has something to write.

use crate::domain::{Event, EventStatus, GuestId, HouseRules, Refusal, Song, Submission};
use crate::store::error::Result;
use crate::store::party::rules;
use crate::store::spotify::catalogue::known;
use crate::store::tenant::handle::{Guest, Tenant};
use crate::store::tenant::tx::Tx;

/// What the house rules said of a song that a guest asks for.
pub struct Judged {
    pub guest: GuestId,
    rules: HouseRules,
    song: Song,
    verdict: Result<(), Refusal>,
}

impl Judged {
    /// What the rules of now say of the song as it is known now.
    pub fn by(&self, rules: &HouseRules, song: &Song) -> Result<(), Refusal> {
        if (&self.rules, &self.song) == (rules, song) { self.verdict.clone() } else { rules.allow(song) }
    }
}

impl Tenant<Guest> {
    pub(super) async fn judged(&self, submission: &Submission) -> Result<Judged> {
        let (guest, song) = (self.guest_id().clone(), submission.song.clone());
        self.read(move |tx| {
            let (rules, song) = (rules::load(tx)?, judged_as(&song, meant(tx, Some(&guest), &song)?));
            Ok(Judged { verdict: rules.allow(&song), guest, rules, song })
        })
        .await
    }
}

/// The song that a request means, with the address that was sent.
pub fn judged_as(sent: &Song, meant: Song) -> Song {
    Song { track_uri: sent.track_uri.clone(), ..meant }
}

/// The song a request is for. What a page calls a track is not asked: one that nobody could look up is but words from a
/// guest; the host's own they answer for.
pub fn meant(tx: &Tx, guest: Option<&GuestId>, sent: &Song) -> Result<Song> {
    let words = || if guest.is_some() { Song::named(&sent.title, &sent.artist) } else { sent.clone() };
    Ok(known(tx, sent)?.unwrap_or_else(words))
}

pub fn door_is_open(event: &Event) -> Result<(), Refusal> {
    match event {
        Event { status: EventStatus::Paused, .. } => Err(Refusal::Paused),
        Event { requests_open: false, .. } => Err(Refusal::RequestsClosed),
        _ => Ok(()),
    }
}
