//! `rotate-key`: gives the box a new key, and seals everything under it anew.

use std::path::Path;

use super::data_dir::{self, key};
use super::error::Result;
use super::terminal::say;
use crate::store;

/// A new key: sealed values are sealed anew, and everybody signs in again.
pub fn run(data: &Path) -> Result {
    let database = data_dir::existing(data)?;
    if !key::exists(data) {
        return Err(key::missing());
    }
    let (mut held, old) = data_dir::take(data)?;
    held.bring_up()?;
    let new = key::begin_change(data)?;
    if let Err(error) = store::reseal(&database, &old.vault(), &new.vault()) {
        // Which key the database is sealed with by now decides which key stays.
        held.settle_key()?;
        return Err(error.into());
    }
    let _held = key::end_change(data)?;
    say("The box has a new key. Everybody signs in again; guests scan again.")
}
