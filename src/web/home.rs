//! Pages that belong to nobody, and the box's own health.

use rocket::http::ContentType;
use rocket::request::{FromRequest, Outcome, Request};
use rocket::response::content::RawText;
use rocket::serde::json::Json;
use rocket::{Route, State, routes};
use rust_embed::Embed;
use serde_json::{Value, json};

use super::errors::{Answer, Problem};
use super::guards::{Maybe, Me};
use super::origin::called_by_our_name;
use super::responses::Page;
use super::state::AppState;
use crate::domain::{Refusal, Username};
use crate::store::Error;
use crate::ui;

pub fn routes() -> Vec<Route> {
    routes![home, help, health, metrics]
}

#[derive(Embed)]
#[folder = "assets/"]
#[include = "help/*.html"]
struct Manual;

/// The manual's parts in their order.
const CHAPTERS: [&str; 6] = [
    "help/index.html",
    "help/spotify.html",
    "help/data.html",
    "help/security.html",
    "help/limits.html",
    "help/roles.html",
];

#[rocket::get("/")]
pub async fn home(me: Maybe<Me>, here: &State<AppState>) -> Answer<Page> {
    let owner = here.store.accounts().first_superadmin().await?;
    Ok(Page::plain(ui::home(owner.as_deref(), me.0.as_ref().map(|me| &me.0.user))))
}

/// The manual; `from` is the party whose page led here. It is there to be read when nothing else is, so that who cannot be
/// known is nobody.
#[rocket::get("/help?<from>")]
pub fn help(from: Option<&str>, me: Option<Me>) -> Answer<Page> {
    let mut text = String::new();
    for name in CHAPTERS {
        let chapter = Manual::get(name).ok_or(Error::NotFound)?;
        text.push_str(&String::from_utf8_lossy(&chapter.data));
    }
    Ok(Page::plain(ui::help(&text, me.as_ref().map(|me| &me.0.user), from.and_then(Username::parse).as_ref())))
}

#[rocket::get("/api/health")]
pub async fn health(here: &State<AppState>) -> Answer<Json<Value>> {
    // However often it is asked, a second's worth of writing is a second's worth.
    let probed = here.health.or_ask(|| here.store.own_time(), here.store.probe()).await;
    probed.map_err(|error| match error {
        Error::Broken(_) => Error::Busy,
        other => other,
    })?;
    let version = env!("CARGO_PKG_VERSION");
    Ok(Json(match here.store.damage() {
        None => json!({ "status": "ok", "version": version }),
        Some(_) => json!({ "status": "ok", "version": version, "damaged": true }),
    }))
}

/// Somebody on this machine, or holding the metrics token.
pub struct MetricsReader;

#[rocket::async_trait]
impl<'r> FromRequest<'r> for MetricsReader {
    type Error = ();

    async fn from_request(request: &'r Request<'_>) -> Outcome<Self, ()> {
        let here = AppState::of(request);
        let local = here.proxies.asked_on_this_machine(request);
        let token = here.metrics_token.as_deref();
        let shown = request.headers().get_one("Authorization").and_then(|value| value.strip_prefix("Bearer "));
        let ours = called_by_our_name(request).is_ok();
        if ours && (local || token.is_some() && token == shown) {
            Outcome::Success(Self)
        } else {
            Problem::from(Refusal::NotThisMachine).fail(request)
        }
    }
}

#[rocket::get("/metrics")]
pub fn metrics(_reader: MetricsReader, here: &State<AppState>) -> (ContentType, RawText<String>) {
    let line = |(ip, header)| format!("partyplaylist_unknown_proxy{{address=\"{ip}\",header=\"{header}\"}} 1\n");
    let unknown: Vec<String> = here.proxies.strangers().into_iter().map(line).collect();
    let text = format!(
        "# HELP partyplaylist_streams Open live streams.\n# TYPE partyplaylist_streams gauge\npartyplaylist_streams {}\n\
         # HELP partyplaylist_watched DJs whose Spotify is watched.\n# TYPE partyplaylist_watched gauge\npartyplaylist_watched {}\n\
         # HELP partyplaylist_look_lateness_seconds How late looks began since this was last asked, 99 of 100.\n# TYPE partyplaylist_look_lateness_seconds gauge\npartyplaylist_look_lateness_seconds {}\n\
         # HELP partyplaylist_commits_total Transactions committed since start.\n# TYPE partyplaylist_commits_total counter\npartyplaylist_commits_total {}\n\
         # HELP partyplaylist_untold_requests Requests from proxies, none of which said who asks.\n# TYPE partyplaylist_untold_requests gauge\npartyplaylist_untold_requests {}\n\
         # HELP partyplaylist_unknown_proxy Who sends what a proxy adds, and is none that is believed.\n# TYPE partyplaylist_unknown_proxy gauge\n{}",
        here.hub.listeners(),
        here.watch_list.watched(),
        here.watch_list.lateness().p99.as_secs_f64(),
        here.store.commits(),
        here.proxies.untold(),
        unknown.concat(),
    );
    (ContentType::Plain, RawText(text))
}
