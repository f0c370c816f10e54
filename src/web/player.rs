//! Steering the DJ's own Spotify player: play, pause, next, volume, device.

use rocket::{Route, State, routes};
use serde::Deserialize;

use super::errors::Answer;
use super::held_turn::waiting;
use super::input::Input;
use super::responses::Done;
use super::state::AppState;
use crate::domain::{Playback, Refusal, Source};
use crate::store::{Error, Host, Tenant};

pub fn routes() -> Vec<Route> {
    routes![play, pause, next, source, device, volume]
}

#[rocket::post("/api/<_>/playback/play")]
pub async fn play(host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Playback>> {
    steer(&host, here, here.spotify.call(host.id(), |account| account.play(None))).await
}

#[rocket::post("/api/<_>/playback/pause")]
pub async fn pause(host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Playback>> {
    steer(&host, here, here.spotify.call(host.id(), |account| account.pause())).await
}

#[rocket::post("/api/<_>/playback/next")]
pub async fn next(host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Playback>> {
    steer(&host, here, here.spotify.call(host.id(), |account| account.next())).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct From {
    source: Source,
}

/// Chooses who tells what plays: Spotify, or the DJ by hand.
#[rocket::put("/api/<_>/playback/source", data = "<input>")]
pub async fn source(input: Input<From>, host: Tenant<Host>) -> Answer<Done<Playback>> {
    host.set_source(input.0.source).await?;
    Ok(Done::ok(host.playback().await?, host.owner().username.admin("overview")))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    device_id: String,
}

#[rocket::put("/api/<_>/playback/device", data = "<input>")]
pub async fn device(input: Input<Target>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Playback>> {
    let device_id = input.0.device_id;
    if device_id.is_empty() || device_id.len() > 200 {
        return Err(Refusal::field("device_id", "Please give the id of one of your devices.").into());
    }
    let transfer = here.spotify.call(host.id(), move |account| account.transfer(&device_id, true));
    steer(&host, here, transfer).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Loudness {
    percent: u8,
}

#[rocket::put("/api/<_>/playback/volume", data = "<input>")]
pub async fn volume(input: Input<Loudness>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Playback>> {
    let percent = input.0.percent;
    if percent > 100 {
        return Err(Refusal::field("percent", "Please give a number from 0 to 100.").into());
    }
    steer(&host, here, here.spotify.call(host.id(), move |account| account.volume(percent))).await
}

/// Gives a command and answers what this box knows to play.
async fn steer(
    host: &Tenant<Host>,
    here: &AppState,
    command: impl Future<Output = Result<(), Error>>,
) -> Answer<Done<Playback>> {
    here.forget_spotify(host.id());
    waiting(command).await?;
    host.poll_soon().await?;
    Ok(Done::ok(host.playback().await?, host.owner().username.admin("overview")))
}
