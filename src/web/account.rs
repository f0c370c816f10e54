//! One's own account: the password, and where one is signed in.

use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::errors::Answer;
use super::guards::Me;
use super::input::Input;
use super::responses::{Done, Page};
use super::state::AppState;
use crate::domain::{Password, Refusal, SessionId};
use crate::store::Client;
use crate::ui;

pub fn routes() -> Vec<Route> {
    routes![page, sessions, end, end_all, renew, password]
}

#[rocket::get("/account?<said>")]
pub async fn page(said: Option<&str>, me: Me, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.own_viewer(&me.0.user);
    let sessions = here.store.sessions(&me.0.user.id).await?;
    Ok(Page::plain(ui::account(&viewer, &sessions, &me.0.session, here.store.now(), said)))
}

#[rocket::get("/api/me/sessions")]
pub async fn sessions(me: Me, here: &State<AppState>) -> Answer<Json<Value>> {
    let sessions = here.store.sessions(&me.0.user.id).await?;
    Ok(Json(json!({ "sessions": sessions, "current": me.0.session })))
}

/// Ends one sign-in.
#[rocket::delete("/api/me/sessions/<id>")]
pub async fn end(id: SessionId, me: Me, here: &State<AppState>) -> Answer<Done<()>> {
    here.store.end_session(&me.0.user.id, &id).await?;
    here.hang_up(&me.0.user.id, Some(&id));
    Ok(Done::nothing("/account"))
}

/// Signs out everywhere, here too.
#[rocket::delete("/api/me/sessions")]
pub async fn end_all(me: Me, here: &State<AppState>) -> Answer<Done<()>> {
    here.store.end_sessions(&me.0.user.id).await?;
    here.hang_up(&me.0.user.id, None);
    Ok(Done::nothing("/login").with(here.cookies.signed_out()))
}

/// Starts the hours of this sign-in anew; the old token stays good until its own end.
#[rocket::post("/api/me/renew")]
pub async fn renew(me: Me, here: &State<AppState>) -> Answer<Done<Value>> {
    let mut signed = me.0;
    here.store.renew(&mut signed, here.session_hours).await?;
    let (token, cookies) = here.session_cookies(&signed)?;
    Ok(Done::ok(json!({ "token": token, "expires_at": signed.expires_at }), "/account").with(cookies))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passwords {
    #[serde(default)]
    old: String,
    #[serde(default)]
    new: String,
}

/// Changes one's own password; every other sign-in ends, this one goes on under a new token.
#[rocket::put("/api/me/password", data = "<input>")]
pub async fn password(input: Input<Passwords>, me: Me, client: Client, here: &State<AppState>) -> Answer<Done<Value>> {
    let new = Password::parse(&input.0.new).map_err(|refusal| match refusal {
        Refusal::Invalid(faults) => Refusal::Invalid(faults.into_iter().map(|(_, what)| ("new", what)).collect()),
        other => other,
    })?;
    here.store.change_own_password(&me.0.user, input.0.old, new, &client).await?;
    here.hang_up(&me.0.user.id, None);
    let signed = here.store.begin_session(me.0.user, client, here.session_hours).await?;
    let (token, cookies) = here.session_cookies(&signed)?;
    Ok(Done::ok(json!({ "user": signed.user, "token": token }), "/account?said=changed").with(cookies))
}
