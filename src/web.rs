//! Rocket: guards, handlers, errors, assets, streams. A handler's signature is its authorisation.

mod account;
mod address;
mod answer;
mod assets;
mod audit;
mod backups;
mod body_limit;
mod caller;
mod certificate;
mod connections;
mod cookies;
mod desk;
mod dispatch;
mod errors;
mod events;
mod forwarded;
mod guards;
mod guest;
mod headers;
mod helpers;
mod home;
mod house_rules;
mod input;
mod list;
mod live;
mod local;
mod matching;
mod methods;
mod opening;
mod operator;
mod parts;
mod player;
mod proxies;
mod qr;
mod recent;
mod screens;
mod search;
mod seekers;
mod server;
mod session;
mod slips;
mod spelling;
mod spotify;
mod spreadsheet;
mod state;
mod strangers;
mod stream_places;
mod token;
mod turn;
mod turns;
mod typed;
mod wants;
mod wire;
mod wishes;

use rocket::config::{Config, LogLevel};
use rocket::{Build, Rocket, Route, catchers, routes};

pub use certificate::Certificate;
pub use parts::{Parts, Settings};
pub use server::Server;
use state::Here;

/// Everything that answers.
#[must_use]
pub fn rocket(parts: Parts) -> Rocket<Build> {
    // Who asks is told by `Proxies`, which knows whom to believe.
    let config = Config { ip_header: None, log_level: LogLevel::Off, cli_colors: false, ..Config::release_default() };
    rocket::custom(config)
        .manage(Here::new(parts))
        .attach(headers::Headers)
        .register("/", catchers![errors::catcher])
        .mount("/", routes())
}

/// Every route of the appliance. Those of a DJ stand behind the fixed ones.
#[must_use]
pub fn routes() -> Vec<Route> {
    [box_routes(), desk_routes(), staff_routes(), spotify_routes(), party_routes()].concat()
}

fn box_routes() -> Vec<Route> {
    routes![
        assets::asset,
        home::home,
        home::help,
        home::health,
        home::metrics,
        session::login_page,
        session::login,
        session::login_at,
        session::logout_page,
        session::logout,
        session::me,
        account::page,
        account::sessions,
        account::end,
        account::end_all,
        account::renew,
        account::password,
        session::setup_page,
        session::setup,
        backups::download,
        operator::superadmin,
        operator::dashboard,
        operator::users_page,
        operator::new_user,
        operator::users,
        audit::page_of_all,
        audit::all,
        operator::add,
        operator::change,
        operator::delete,
        address::show,
        address::choose,
    ]
}

fn desk_routes() -> Vec<Route> {
    routes![
        desk::admin,
        desk::overview,
        desk::requests,
        desk::queue,
        desk::settings,
        desk::history,
        desk::report,
        audit::page,
        audit::entries,
        desk::poster,
        events::event,
        events::start,
        events::change,
        events::end,
        events::rotate,
        events::renew_pin,
        events::qr_svg,
        events::qr_png,
        events::events,
        events::kept,
        list::requests,
        list::approve,
        list::reject,
        list::playing,
        list::played,
        list::retry,
        list::undo,
        list::clear,
        list::bring_back,
        list::play_next,
        list::delete,
        matching::choose,
        list::reorder,
        list::announce,
        house_rules::settings,
        house_rules::change_settings,
        live::host,
    ]
}

fn spotify_routes() -> Vec<Route> {
    routes![
        spotify::page,
        spotify::show,
        spotify::app,
        spotify::connect,
        spotify::finish,
        spotify::disconnect,
        spotify::callback,
        spotify::doctor,
        spotify::devices,
        spotify::look,
        player::source,
        player::play,
        player::pause,
        player::next,
        player::device,
        player::volume,
    ]
}

fn staff_routes() -> Vec<Route> {
    routes![
        screens::add,
        screens::made,
        screens::list,
        screens::revoke,
        screens::reload,
        helpers::add,
        helpers::made,
        helpers::list,
        helpers::revoke,
        guest::mute,
        guest::unmute,
    ]
}

fn party_routes() -> Vec<Route> {
    routes![
        guest::page,
        guest::join,
        guest::party,
        guest::vote,
        guest::unvote,
        guest::withdraw,
        wishes::ask,
        search::search,
        search::art,
        wishes::playback,
        screens::display,
        screens::alive,
        helpers::page,
        live::guest,
        live::helper,
        live::screen,
    ]
}
