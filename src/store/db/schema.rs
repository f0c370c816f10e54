//! Versions of the schema, and the way from one to another.

pub mod check;
pub mod migrate;
pub mod outlook;
pub mod present;
pub mod song_keys;
pub mod versions;
