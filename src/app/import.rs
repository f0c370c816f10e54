use std::path::Path;

use super::say::say;
use super::user::typed;
use super::{folder, place};
use crate::store::{self, Brought};

/// Brings a single-tenant database under one DJ; a dry run prints the counts and changes nothing.
pub fn run(data: &Path, (file, user, dry_run): (&Path, &str, bool)) -> Result<(), String> {
    let name = typed(user)?;
    let database = folder::existing(data)?;
    // Brings the database up to date.
    let visit = place::visit(data)?;
    visit.store.close();
    let Brought { requests, requests_there, settings, settings_there, admins } =
        store::bring_in(&database, file, &name, dry_run).map_err(|error| error.to_string())?;
    let done = if dry_run { "Would bring" } else { "Brought" };
    say(format!(
        "{done} {requests} requests ({requests_there} there already) and {settings} settings ({settings_there} left as they are) to {name}."
    ))?;
    if admins > 0 {
        say(format!("Its {admins} accounts are not brought: make them with `partyplaylist user add`."))?;
    }
    Ok(())
}
