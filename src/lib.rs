//! A song-request appliance for venues.
//!
//! The floors, each using only those before it: `domain → store | spotify | ui → engine → web → app`.
//!
//! - [`domain`]: the words and the rules; no I/O, no clock.
//! - [`store`]: the only SQL and the only connections.
//! - [`spotify`]: the world outside, and a simulated one to stand in for it.
//! - [`ui`]: domain values in, pages out.
//! - [`engine`]: what goes on with no request in flight.
//! - [`web`]: who asks, and what they get.
//! - [`app`]: puts it together, one file for each command; [`config`] is what it is told.

pub mod app;
pub mod config;
pub mod domain;
pub mod engine;
pub mod spotify;
pub mod store;
pub mod ui;
pub mod web;
