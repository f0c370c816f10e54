//! Copies of the database, and what is kept for how long.

pub mod backup;
pub mod folder;
pub mod nightly;
pub mod retention;
