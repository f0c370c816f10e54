//! `import`: a single-tenant database, brought under one DJ.

use std::path::{Path, PathBuf};

use super::data_dir;
use super::error::Result;
use super::terminal::say;
use super::user::typed;
use crate::store::{self, Brought};

#[derive(clap::Args)]
pub struct Import {
    file: PathBuf,
    /// The DJ
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Only say what would come
    #[arg(long)]
    dry_run: bool,
}

/// Brings a single-tenant database under one DJ; a dry run prints the counts and changes nothing.
pub fn run(wanted: &Import, data: &Path) -> Result {
    let name = typed(&wanted.user)?;
    let database = data_dir::existing(data)?;
    // Brings the database up to date.
    let visit = data_dir::visit(data)?;
    visit.store.close();
    let Brought { requests, requests_there, settings, settings_there, admins } =
        store::bring_in(&database, &wanted.file, &name, wanted.dry_run)?;
    let done = if wanted.dry_run { "Would bring" } else { "Brought" };
    say(format!(
        "{done} {requests} requests ({requests_there} there already) and {settings} settings ({settings_there} left as they are) to {name}."
    ))?;
    if admins > 0 {
        say(format!("Its {admins} accounts are not brought: make them with `partyplaylist user add`."))?;
    }
    Ok(())
}
