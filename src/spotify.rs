//! The world outside: Spotify's accounts service and Web API, over blocking calls, and a simulated one to stand in.
//!
//! Every call is made once and answers what happened; whether, when and how to ask again is the caller's to decide.

mod account;
mod client;
mod error;
mod http;
mod picture;
mod pkce;
mod player;
mod secret;
pub mod simulator;
mod track;

pub use account::{Account, MOST_RESULTS};
pub use client::{Client, Grant};
pub use error::{Error, Result, Why};
pub use http::Timeouts;
pub use picture::{NoPicture, Pictures};
pub use pkce::{Consent, SCOPES, Verifier};
pub use player::{Device, Playing, Profile, Queue};
pub use secret::Secret;
pub use track::{Kind, Track};
