//! `backup`, `restore` and `check`: copies of the database, made, looked at and put back.

use std::path::{Path, PathBuf};

use super::data_dir::{self, Held, key};
use super::error::{Error, Result};
use super::terminal::{is_stdout, may_pour, pour, say};
use crate::domain::amount;
use crate::store::{self, Clock, Findings};

/// Accounts that are named one by one.
const NAMED: usize = 20;

/// Writes a copy of a database, whether the box runs or not; into `backups/` where no other place is named.
pub fn back_up(data: &Path, to: Option<PathBuf>) -> Result {
    let (from, _held) = data_dir::to_read(data)?;
    if to.as_deref().is_some_and(is_stdout) {
        may_pour()?;
        return pour(store::copy_passing(&from)?);
    }
    store::may_read(&from)?;
    let name = format!("partyplaylist-{}.db", Clock::system().now().stamp());
    let to = match to {
        Some(to) if to.is_dir() => to.join(name),
        Some(to) => data_dir::not_ours(data, to)?,
        None => data_dir::backups(data)?.join(name),
    };
    store::copy(&from, &to)?;
    say(format!("The database as it is now is in {}. Keep a copy of partyplaylist.key with it.", to.display()))
}

/// Says in plain words whether a file is sound, whose it is, and how old.
pub fn check(data: &Path, file: Option<PathBuf>) -> Result {
    let (path, _held) = file.map_or_else(|| data_dir::to_read(data), |file| Ok((file, None)))?;
    let found = if is_own(data, &path) { store::check_own(&path) } else { store::check(&path) };
    let found = found?;
    if let Some(fault) = found.faults.first() {
        let more = found.faults.len() - 1;
        let path = path.display();
        return Err(Error::Refused(format!(
            "{path} is damaged: {fault}{}. Put a backup back with `restore`.",
            and(more)
        )));
    }
    if let Some(undone) = found.undone.first() {
        return Err(Error::Refused(format!(
            "{} is whole, and its upgrade to version {} was left half done: {undone}{}. `partyplaylist migrate up` finishes it.",
            path.display(),
            found.version,
            and(found.undone.len() - 1)
        )));
    }
    let Findings { version, djs, requests, newest, .. } = found;
    let newest = newest.map_or_else(|| "never".into(), |at| at.to_string());
    say(format!("{} is sound: version {version}, {requests} requests, the newest {newest}.", path.display()))?;
    let more = match djs.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more, {} in all", djs.len()),
    };
    say(format!(
        "Accounts: {}{more}.",
        if djs.is_empty() { "none".into() } else { djs[..NAMED.min(djs.len())].join(", ") }
    ))
}

/// Whether a file is the database of a data folder, by whatever name.
fn is_own(data: &Path, file: &Path) -> bool {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    whole(file).is_some_and(|file| Some(file) == whole(&data_dir::database(data)))
}

fn and(more: usize) -> String {
    if more == 0 { String::new() } else { format!(", and {}", amount(more, "more fault")) }
}

/// Puts a backup in the place of the database; refuses while a box has it open, and a file that is not sound.
pub fn restore(data: &Path, file: &Path) -> Result {
    store::may_read(file)?;
    let there = data.exists();
    let mut held = Held::of(data)?;
    data_dir::make(data)?;
    held.settle()?;
    let restored = store::restore(file, &data_dir::database(data), Clock::system().now());
    if restored.is_err() && !there {
        data_dir::leave(data);
    }
    let kept = restored?;
    let kept = kept.map_or_else(String::new, |path| format!(" What was there before is kept as {}.", path.display()));
    let key = if key::exists(data) {
        String::new()
    } else {
        let data = data.display();
        format!(
            " Put the copy of partyplaylist.key that was kept with it into {data} before the start: without, everybody signs in again and connects Spotify again."
        )
    };
    say(format!("{} is the database now.{kept}{key}", file.display()))
}
