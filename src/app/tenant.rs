use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::say::{is_stdout, may_pour, pour, say};
use super::user::{typed, username};
use super::{folder, place};
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
pub fn run(command: Command, data: &Path) -> Result<(), String> {
    match command {
        Command::Export { name, dest } => export(data, &name, &dest),
        Command::Import { file, renamed } => import(data, &file, renamed),
    }
}

fn export(data: &Path, name: &str, dest: &Path) -> Result<(), String> {
    let ((database, _held), username) = (place::to_read(data)?, typed(name)?);
    if is_stdout(dest) {
        may_pour()?;
        return pour(store::export_passing(&database, &username).map_err(sentence)?);
    }
    let dest = folder::not_ours(data, dest.to_owned())?;
    let carried = store::export(&database, &username, &dest).map_err(sentence)?;
    say(format!(
        "{username} is in {}: {}. Passwords, PINs, Spotify tokens, screens and helpers stay here.",
        dest.display(),
        listed(&carried)
    ))
}

fn import(data: &Path, file: &Path, renamed: Option<String>) -> Result<(), String> {
    let renamed = renamed.map(|name| username(&name)).transpose()?;
    let (there, found) = (data.exists(), folder::existing(data));
    folder::make(data)?;
    // The file first: one that is refused makes no box.
    let arrival = Arrival::of(file, &folder::database(data), renamed).map_err(sentence);
    if arrival.is_err() && !there {
        folder::leave(data);
    }
    let arrival = arrival?;
    // Brings the database up to date, or makes it.
    let visit = place::visit(data)?;
    visit.store.close();
    if found.is_err() {
        say(format!("There was no database in {}: it was made.", data.display()))?;
    }
    let arrived = arrival.take_in(&folder::database(data), &visit.keys.vault(), Clock::system().now());
    let Arrived { username, carried, renamed, demoted } = arrived.map_err(sentence)?;
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

fn sentence(error: store::Error) -> String {
    error.to_string()
}
