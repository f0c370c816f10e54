//! Versions of the schema, and the way from one to another.

pub mod check;
pub mod migrate;
pub mod migration_cost;
pub mod present_accounts;
pub mod song_keys;
pub mod versions;
