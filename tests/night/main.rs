//! The whole product, from outside: the real binary, real files, a listening server, a browser.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
// A night and a table are told in one piece.
#![allow(clippy::too_many_lines, clippy::cognitive_complexity)]

mod access;
mod browser;
mod causes;
mod characters;
mod choices;
mod clocks;
mod commands;
mod connecting;
mod crowd;
mod csrf;
mod cutoff;
mod deadends;
mod doors;
mod entering;
mod faults;
mod following;
mod forged;
mod garbage;
mod house;
mod inside;
mod journey;
mod keeping;
mod killed;
mod links;
mod live;
mod load;
mod matrix;
mod mending;
mod model;
mod moving;
mod nginx;
mod pages;
mod pictures;
mod proxies;
mod refused;
mod rules;
mod scenarios;
mod schema;
mod search;
mod set_up;
mod sight;
mod songs;
mod spoken;
mod spotify;
mod stage;
mod steering;
mod stop;
mod undo;
mod unsaved;
mod untouched;
mod venue;
mod watching;
