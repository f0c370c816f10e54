//! The doctor: looks at everything a night needs of Spotify, each with a real call.

use super::spotify::Spotify;
use crate::domain::{SpotifyLink, SpotifyTrouble, UserId};
use crate::spotify::{Device, Profile};
use crate::store::Result;
use crate::ui::host::{Light, NONE_OBEYS};

impl Spotify {
    /// What works and what does not; `shared` where another DJ has connected the same account.
    pub async fn examine(&self, host: &UserId, shared: bool) -> Result<Vec<Light>> {
        let host = host.clone();
        self.apart(move |this| Ok(checks(this, &host, shared))).await
    }
}

fn checks(spotify: &Spotify, user: &UserId, shared: bool) -> Vec<Light> {
    let light = |name, told: Result<(bool, String)>| match told {
        Ok((ok, words)) => Light::new(name, ok, &words),
        Err(error) => Light::new(name, false, &error.to_string()),
    };
    let account = spotify.called(user, |account| account.me());
    let scopes = spotify.scopes_missing(user);
    let devices = spotify.called(user, |account| account.devices());
    let playing = spotify.called(user, |account| account.player());
    let queue = spotify.called(user, |account| account.queue());
    let found = spotify.called(user, |account| account.search("love", 1, 0));
    vec![
        light("Account", account.map(|who| signed_in(who, shared))),
        light("Scopes", scopes.map(|missing| allowed(&missing))),
        light("Device", devices.map(|all| device(&all))),
        light(
            "Now playing",
            playing.map(|now| match now.and_then(|now| now.item) {
                Some(track) => (true, track.title),
                None => (true, "Nothing at the moment.".into()),
            }),
        ),
        light(
            "Queue",
            queue.map(|queue| (true, format!("{} songs wait there.", queue.map_or(0, |queue| queue.next.len())))),
        ),
        light("Search", found.map(|tracks| (true, format!("Works: {} found for a word.", tracks.len())))),
    ]
}

fn allowed(missing: &[&str]) -> (bool, String) {
    if missing.is_empty() {
        return (true, "Everything this box needs is allowed.".into());
    }
    (false, format!("Not allowed: {}. Connect again and agree to all of it.", missing.join(", ")))
}

/// Who is signed in, and that they are so alone.
fn signed_in(who: Profile, shared: bool) -> (bool, String) {
    let name = who.display_name.unwrap_or(who.id);
    let alone = format!("Signed in as {name}.");
    if shared { (false, format!("{alone} {}", SpotifyLink::shared().sentence)) } else { (true, alone) }
}

/// What music comes from, and whether it takes commands.
fn device(all: &[Device]) -> (bool, String) {
    match all.iter().find(|device| device.is_active) {
        Some(device) if device.is_restricted => (false, SpotifyTrouble::Restricted(device.name.clone()).sentence()),
        Some(device) if device.is_private_session => (
            false,
            format!("{} plays in a private session, which nobody sees. End it in Spotify’s settings.", device.name),
        ),
        Some(device) => (true, format!("Plays on {}.", device.name)),
        None if !all.is_empty() && all.iter().all(|device| device.is_restricted) => (false, NONE_OBEYS.into()),
        None if all.is_empty() => (false, "None is on. Open Spotify on the device the music comes from.".into()),
        None => (false, "None is active. Press play once on the device the music comes from.".into()),
    }
}
