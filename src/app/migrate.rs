use std::path::Path;

use clap::Subcommand;

use super::place;
use crate::store::{Clock, LATEST, Moved, inspect, migrate};

#[derive(Subcommand)]
pub enum Command {
    /// Show the version of the database and the newest there is
    Status,
    /// Step up to the newest version, or to N
    Up {
        #[arg(long, value_name = "N")]
        to: Option<u32>,
    },
    /// Step down one version, or to N
    Down {
        #[arg(long, value_name = "N")]
        to: Option<u32>,
    },
}

/// Looks at, or changes, the version of the database in a data folder.
pub fn run(command: &Command, data: &Path) -> Result<(), String> {
    let file = place::database(data);
    let now = inspect(&file).map_err(|error| error.to_string())?;
    let target = match command {
        Command::Status => {
            println!("{} is of version {now}; the newest is {LATEST}.", file.display());
            return Ok(());
        }
        Command::Up { to } => to.unwrap_or(LATEST),
        Command::Down { to } => to.unwrap_or(now.saturating_sub(1)),
    };
    let up = matches!(command, Command::Up { .. });
    if up && target < now || !up && target > now {
        return Err(format!(
            "The database is of version {now}: `migrate {}` cannot lead to {target}.",
            if up { "up" } else { "down" }
        ));
    }
    place::make(data)?;
    let Moved { from, to } = migrate(&file, target, Clock::system().now()).map_err(|error| error.to_string())?;
    println!("The database went from version {from} to {to}.");
    Ok(())
}
