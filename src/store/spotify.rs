//! What is kept of a DJ's Spotify.

pub mod budget;
pub mod catalogue;
pub mod connection;
pub mod covers;
pub mod notice;
pub mod observations;
pub mod tokens;
