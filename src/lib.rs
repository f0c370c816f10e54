//! PartyPlaylist: a song-request appliance for venues.
//!
//! The floors, each using only those before it: `domain → store | ui → engine → web → app`.
//!
//! - [`domain`]: the words and the rules; no I/O, no clock.
//! - [`store`]: the only SQL and the only connections.

pub mod domain;
pub mod store;
