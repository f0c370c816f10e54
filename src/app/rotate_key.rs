//! Gives the box a new key, and seals everything under it anew.

use std::path::Path;

use super::say::say;
use super::{folder, key, place};
use crate::store;

/// A new key: sealed values are sealed anew, and everybody signs in again.
pub fn run(data: &Path) -> Result<(), String> {
    let database = folder::existing(data)?;
    if !key::exists(data) {
        return Err(key::MISSING.into());
    }
    let (mut held, old) = place::take(data)?;
    held.bring_up()?;
    let new = key::begin_change(data)?;
    if let Err(error) = store::reseal(&database, &old.vault(), &new.vault()) {
        // What came of it is asked of the database.
        held.settle_key()?;
        return Err(error.to_string());
    }
    let _held = key::end_change(data)?;
    say("The box has a new key. Everybody signs in again; guests scan again.")
}
