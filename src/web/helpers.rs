//! Helpers: links made and revoked by the host, and the page they open.

use rocket::form::FromForm;
use rocket::response::Responder;
use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::cookies::SetCookies;
use super::entered::{Entered, having_entered};
use super::errors::Answer;
use super::guards::Maybe;
use super::input::Input;
use super::responses::{Done, Onward, Page};
use super::state::AppState;
use super::token::Purpose;
use crate::domain::{self, HelperId, HelperToken, Line, Refusal, RequestId};
use crate::store::{Error, Helper, Host, Tenant, Visitor};
use crate::ui;

pub fn routes() -> Vec<Route> {
    routes![add, made, list, revoke, page]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct New {
    #[serde(default)]
    name: String,
}

#[rocket::post("/api/<_>/helpers", data = "<input>")]
pub async fn add(input: Input<New>, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<Value>> {
    let name = Line::parse(&input.0.name).map_err(|fault| Refusal::text("name", fault))?;
    let (helper, token) = host.add_helper(name).await?;
    let domain::Helper { id, name, expires_at, .. } = helper;
    let url = here.address(&host).helper(&host.owner().username, &token);
    here.fresh_links.keep(id.as_str(), &host.role().me.id, &url, here.store.own_time());
    let page = host.owner().username.admin(format_args!("helpers/{id}"));
    Ok(Done::created(json!({ "id": id, "url": url, "name": name, "expires_at": expires_at }), page))
}

/// A helper's link, as long as it can be read by who made it.
#[rocket::get("/<_>/admin/helpers/<id>")]
pub async fn made(id: HelperId, host: Tenant<Host>, here: &State<AppState>) -> Answer<Page> {
    let viewer = here.viewer(&host);
    let helper = host.helpers().await?.into_iter().find(|helper| helper.id == id).ok_or(Error::NotFound)?;
    let url = here.fresh_links.of(id.as_str(), &viewer.me.id, here.store.own_time());
    let board = host.board(&here.address(&host)).await?;
    Ok(Page::plain(ui::host::helper_made(&viewer, &board, url.as_deref(), &helper)))
}

#[rocket::get("/api/<_>/helpers")]
pub async fn list(host: Tenant<Host>) -> Answer<Json<Value>> {
    Ok(Json(json!({ "helpers": host.helpers().await? })))
}

#[rocket::delete("/api/<_>/helpers/<id>")]
pub async fn revoke(id: HelperId, host: Tenant<Host>, here: &State<AppState>) -> Answer<Done<()>> {
    host.revoke_helper(&id).await?;
    here.hub.show_out(host.id(), id.as_str());
    Ok(Done::nothing(host.owner().username.admin("settings")))
}

#[derive(Responder)]
pub enum Shown {
    Page(Box<Page>),
    Onward(Onward),
}

/// What an address of the helper's page says.
#[derive(FromForm)]
pub struct HelperParams<'r> {
    /// The link's secret.
    ht: Option<&'r str>,
    /// The request that something was just done to.
    did: Option<&'r str>,
}

/// The helper's page. The link leaves a pass, so that it need not stay in the address bar.
#[rocket::get("/<_>/helper?<params..>")]
pub async fn page(
    params: HelperParams<'_>,
    helper: Maybe<Tenant<Helper>>,
    visitor: Tenant<Visitor>,
    entered: Entered,
    here: &State<AppState>,
) -> Answer<Shown> {
    let name = &visitor.owner().username;
    let own = name.page("helper");
    match (helper.0, params.ht) {
        (Some(helper), None) if !entered.now => {
            let live = here.live(&name.api("helper/live"));
            let board = helper.board(&here.network.of(helper.id())).await?;
            let done_to = match params.did.and_then(RequestId::parse) {
                Some(id) => helper.did(&id).await?,
                None => None,
            };
            let page = ui::helper::page(&helper.role().name, &board, &live, done_to.as_ref());
            Ok(Shown::Page(Box::new(Page::plain(page))))
        }
        (helper, Some(token)) => match visitor.open_helper(&HelperToken(token.trim().to_owned())).await {
            Ok(opened) => {
                let seconds = domain::Helper::HOURS * 3600;
                let cookies = here.pass_cookies(Purpose::Helper, opened.id.as_str(), name, seconds)?;
                Ok(Shown::Onward(Onward(having_entered(&own), cookies)))
            }
            // An old link leads whoever helps already to their page.
            Err(Error::Refused(_)) if helper.is_some() => Ok(Shown::Onward(Onward(own, SetCookies::default()))),
            Err(error) => Err(error.into()),
        },
        (Some(_), None) => Ok(Shown::Onward(Onward(own, SetCookies::default()))),
        (None, None) if entered.now && !entered.helps => Err(Refusal::CookiesBlocked.into()),
        (None, None) => Err(Error::Refused(Refusal::DeadHelper).into()),
    }
}
