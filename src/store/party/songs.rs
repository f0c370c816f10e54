//! Which song a request means.

pub mod candidates;
pub mod matching;
pub mod recordings;
pub mod search;
