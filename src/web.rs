//! Rocket: guards, handlers, errors, assets, streams. A handler's signature is its authorisation.

mod accept;
mod account;
mod address;
mod admin;
mod admission;
mod assets;
mod audit;
mod backups;
mod body;
mod body_limit;
mod certificate;
mod client;
mod compression;
mod connections;
mod cookies;
mod decisions;
mod dispatch;
mod entered;
mod errors;
mod events;
mod forwarded;
mod fresh_links;
mod guards;
mod guest;
mod headers;
mod held_turn;
mod helpers;
mod home;
mod input;
mod live;
mod local;
mod matching;
mod methods;
mod muting;
mod operator;
mod origin;
mod parts;
mod passes;
mod playback;
mod player;
mod previews;
mod proxies;
mod qr;
mod queue;
mod recent;
mod requests;
mod responses;
mod screen_opening;
mod screens;
mod search;
mod search_limits;
mod server;
mod session;
mod settings;
mod spelling;
mod spotify;
mod spreadsheet;
mod state;
mod stream_places;
mod token;
mod typed;
mod unbelieved_proxies;
mod wire;
mod written;

use rocket::config::{Config, LogLevel};
use rocket::{Build, Rocket, Route, catchers};

pub use certificate::Certificate;
pub use parts::{Parts, Settings};
pub use server::Server;
use state::AppState;

/// Everything that answers.
pub fn rocket(parts: Parts) -> Rocket<Build> {
    // Who asks is told by `Proxies`, which knows whom to believe.
    let config = Config { ip_header: None, log_level: LogLevel::Off, cli_colors: false, ..Config::release_default() };
    rocket::custom(config)
        .manage(AppState::new(parts))
        .manage(assets::Compressed::default())
        .attach(headers::Headers)
        .attach(compression::Compress)
        .register("/", catchers![errors::catcher])
        .mount("/", routes())
}

/// Every route of the appliance.
pub fn routes() -> Vec<Route> {
    let of_files = [
        account::routes(),
        address::routes(),
        admin::routes(),
        assets::routes(),
        audit::routes(),
        backups::routes(),
        decisions::routes(),
        events::routes(),
        guest::routes(),
        helpers::routes(),
        home::routes(),
        live::routes(),
        matching::routes(),
        muting::routes(),
        operator::routes(),
        playback::routes(),
        player::routes(),
        queue::routes(),
        requests::routes(),
        screens::routes(),
        search::routes(),
        session::routes(),
        settings::routes(),
        spotify::routes(),
    ];
    of_files.concat().into_iter().map(behind_the_fixed).collect()
}

/// Where an address begins with any name at all, the fixed ones stand before it; and `api` is no DJ's name.
fn behind_the_fixed(mut route: Route) -> Route {
    route.rank = match route.uri.path() {
        path if path.starts_with("/api/<") => 20,
        path if path.starts_with("/<") => 30,
        _ => return route,
    };
    route
}
