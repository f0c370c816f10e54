//! `migrate`: the version of the database, shown and changed.

use std::path::Path;

use clap::Subcommand;

use super::data_dir::{self, Held, key};
use super::error::{Error, Result};
use super::terminal::say;
use crate::store::{Clock, LATEST, Moved, inspect, mend, migrate};

#[derive(Subcommand)]
pub enum Command {
    /// Show the version of the database and the newest there is
    Status,
    /// Step up to the newest version, or to N; makes a database where there is none
    Up {
        /// Version to end at
        #[arg(long, value_name = "N")]
        to: Option<u32>,
    },
    /// Step down one version, or to N: what that version cannot keep, such as accounts or votes, is left out
    Down {
        /// Version to end at
        #[arg(long, value_name = "N")]
        to: Option<u32>,
    },
}

/// Looks at, or changes, the version of the database in a data folder.
pub fn run(command: &Command, data: &Path) -> Result {
    // `up` alone makes a database where there is none.
    let to_make = matches!(command, Command::Up { to } if *to != Some(0));
    let file = if to_make { data_dir::database(data) } else { data_dir::existing(data)? };
    if !matches!(command, Command::Status) {
        data_dir::heal(data)?;
    }
    let now = inspect(&file)?;
    let target = match command {
        Command::Status => {
            return say(format!("{} is of version {now}; the newest is {LATEST}.", file.display()));
        }
        Command::Up { to } => to.unwrap_or(LATEST),
        Command::Down { to } => to.unwrap_or(now.saturating_sub(1)),
    };
    let up = matches!(command, Command::Up { .. });
    if up && target < now || !up && target > now {
        let way = if up { "up" } else { "down" };
        return Err(Error::Refused(format!(
            "The database is of version {now}: `migrate {way}` cannot lead to {target}."
        )));
    }
    let mut held = Held::of(data)?;
    data_dir::make(data)?;
    if now == 0 && !key::exists(data) {
        held.make_key()?;
    }
    held.settle()?;
    if up && target == now && now > 0 && mend(&file, Clock::system().now())? {
        return say(format!("The database is whole at version {now} now: an upgrade had been left half done."));
    }
    let Moved { from, to } = migrate(&file, target, Clock::system().now())?;
    let kept = match from {
        0 => "",
        _ if to < from => " What it left out is in the copy from before, in backups/ beside it.",
        _ => " The copy from before is in backups/ beside it.",
    };
    say(format!("The database went from version {from} to {to}.{}", if from == to { "" } else { kept }))
}
