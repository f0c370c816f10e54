//! The whole product, from outside: the real binary, real files, a listening server, a browser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// A night and a table are told in one piece.
#![allow(clippy::too_many_lines, clippy::cognitive_complexity)]

mod accounts;
mod architecture;
mod assets;
mod audit;
mod barred;
#[path = "../support/browser/mod.rs"]
mod browser;
mod browsers;
#[path = "../support/bytes.rs"]
mod bytes;
mod causes;
mod characters;
mod choices;
mod clocks;
mod commands;
mod compression;
mod connecting;
mod cookies;
mod crafted;
mod crowd;
mod crumbs;
mod csrf;
mod cutoff;
mod deadends;
#[path = "../support/dice.rs"]
mod dice;
mod doctor;
mod faults;
mod flood;
mod following;
mod forged;
mod forgetting;
mod garbage;
mod headers;
mod helpers;
#[path = "../support/in_process.rs"]
mod in_process;
mod inside;
mod joining;
mod journey;
mod killed;
mod links;
mod lists;
mod live;
mod load;
mod locking;
mod matrix;
mod mending;
mod methods;
mod model;
#[path = "../support/nginx.rs"]
mod nginx;
mod open_routes;
mod opening;
mod origin;
mod pages;
#[allow(dead_code)]
#[path = "../support/party.rs"]
mod party;
#[allow(dead_code)]
#[path = "../support/phones.rs"]
mod phones;
mod pictures;
mod pranks;
mod proxies;
mod refused;
mod retention;
mod rules;
mod scenarios;
mod schema;
mod screens;
mod search;
mod secrets;
mod sessions;
mod set_up;
mod sight;
mod sign_in;
mod signals;
mod single_tenant;
mod songs;
mod spoken;
mod spotify;
mod stage;
mod steady;
mod steering;
mod stop;
mod stream_ends;
mod time_zone;
mod transfer;
mod typing;
mod undo;
mod unsaved;
mod untouched;
#[path = "../support/venue/mod.rs"]
mod venue;
mod watching;
mod wire;
