//! `tenant`: one DJ with everything that is theirs, carried from one box to another.

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::data_dir;
use super::error::Result;
use super::terminal::{is_stdout, may_pour, pour, say};
use super::user::{typed, username};
use crate::store::{self, Arrival, Arrived, Clock};

#[derive(Subcommand)]
pub enum Command {
    /// Write one DJ with everything that is theirs to a file
    Export { name: String, dest: PathBuf },
    /// Take in a DJ from such a file
    Import {
        file: PathBuf,
        /// Take them in under another name
        #[arg(long = "as", value_name = "NAME")]
        renamed: Option<String>,
    },
}

/// Carries a DJ from one box to another.
pub fn run(command: Command, data: &Path) -> Result {
    match command {
        Command::Export { name, dest } => export(data, &name, &dest),
        Command::Import { file, renamed } => import(data, &file, renamed),
    }
}

fn export(data: &Path, name: &str, dest: &Path) -> Result {
    let ((database, _held), username) = (data_dir::to_read(data)?, typed(name)?);
    if is_stdout(dest) {
        may_pour()?;
        return pour(store::export_passing(&database, &username)?);
    }
    let dest = data_dir::not_ours(data, dest.to_owned())?;
    let carried = store::export(&database, &username, &dest)?;
    say(format!(
        "{username} is in {}: {}. Passwords, PINs, Spotify tokens, screens and helpers stay here.",
        dest.display(),
        listed(&carried)
    ))
}

fn import(data: &Path, file: &Path, renamed: Option<String>) -> Result {
    let renamed = renamed.map(|name| username(&name)).transpose()?;
    let (there, found) = (data.exists(), data_dir::existing(data));
    data_dir::make(data)?;
    // The file is read first: where it is refused, no database is made.
    let arrival = Arrival::of(file, &data_dir::database(data), renamed);
    if arrival.is_err() && !there {
        data_dir::leave(data);
    }
    let arrival = arrival?;
    // Brings the database up to date, or makes it.
    let visit = data_dir::visit(data)?;
    visit.store.close();
    if found.is_err() {
        say(format!("There was no database in {}: it was made.", data.display()))?;
    }
    let arrived = arrival.take_in(&data_dir::database(data), &visit.keys.vault(), Clock::system().now());
    let Arrived { username, carried, renamed, demoted } = arrived?;
    say(format!("{username} is here: {}.", listed(&carried)))?;
    if renamed > 0 {
        say(format!("{renamed} ids were taken here and are new ones now."))?;
    }
    if demoted {
        say(format!("{username} was a super admin; here they are a DJ. Accounts that run a box are made on it."))?;
    }
    say(format!(
        "Next: `partyplaylist user password {username} --password-stdin`; connect Spotify again, make new screens and helpers."
    ))
}

fn listed(carried: &[(String, usize)]) -> String {
    let some = carried.iter().filter(|(table, rows)| *rows > 0 && table != "users");
    let words: Vec<String> = some.map(|(table, rows)| format!("{rows} {}", table.replace('_', " "))).collect();
    if words.is_empty() { "nothing but the account".into() } else { words.join(", ") }
}
