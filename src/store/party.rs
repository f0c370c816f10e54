//! Events, guests, requests, the queue.

pub mod decisions;
pub mod events;
pub mod guests;
pub mod helpers;
pub mod history;
pub mod house_rules;
pub mod playback;
pub mod queue;
pub mod requests;
pub mod rules;
pub mod screens;
pub mod songs;
pub mod undo;
pub mod views;
