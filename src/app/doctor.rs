//! `doctor`: looks at everything a night needs, and says what to do about what is wrong.

use std::path::Path;
use std::time::Duration;

use super::data_dir::{self, key};
use super::error::{Error, Result};
use super::terminal::say;
use super::{address, port, proxied, running};
use crate::config::Config;
use crate::domain::{DeadEnd, Timestamp, amount, clock_trouble, is_plausible};
use crate::store::{self, Clock, Glance, LATEST, may_change};

/// Less room than this is too little for a night and its backup.
const ROOM: u64 = 500_000_000;

/// What was found: good, worth knowing, or wrong. Only what is wrong makes the command fail.
enum Finding {
    Well(String),
    Note(String),
    Wrong(String),
}

use Finding::{Note, Well, Wrong};

impl From<Error> for Finding {
    fn from(error: Error) -> Self {
        Wrong(error.to_string())
    }
}

/// Looks at everything a night needs, and says what to do about what is wrong.
pub fn run(config: &Config, data: &Path) -> Result {
    let now = Clock::system().now();
    let found = [
        ("disk", disk(data)),
        ("folder", writable(data)),
        ("clock", clock(data, now)),
        ("database", database(data)),
        ("key", the_key(data)),
        ("port", port(config, data)),
        ("address", reachable(config, data)),
        ("proxy", proxy(config)),
        ("Spotify", spotify(config)),
    ];
    let mut wrong = 0;
    for (what, finding) in found {
        let (mark, text) = match finding {
            Well(text) => ("ok", text),
            Note(text) => ("note", text),
            Wrong(text) => {
                wrong += 1;
                ("WRONG", text)
            }
        };
        say(format!("{mark:<6} {what:<9} {text}"))?;
    }
    match wrong {
        0 => Ok(()),
        1 => Err(Error::Refused("One thing is wrong: see above what to do.".into())),
        more => Err(Error::Refused(format!("{more} things are wrong: see above what to do."))),
    }
}

fn disk(data: &Path) -> Finding {
    match rustix::fs::statvfs(there(data)) {
        Ok(disk) => {
            let free = disk.f_bavail.saturating_mul(disk.f_frsize);
            let text = format!("{} MB are free for {}.", free / 1_000_000, data.display());
            if free < ROOM { Wrong(format!("{text} Free some: old copies are in backups/.")) } else { Well(text) }
        }
        Err(error) => Wrong(format!(
            "{} cannot be looked at: {error}. Choose another with --data, or start the box once.",
            data.display()
        )),
    }
}

/// The folder, or the first one above it that is there.
fn there(data: &Path) -> &Path {
    data.ancestors().find(|folder| folder.exists()).unwrap_or(Path::new("."))
}

fn writable(data: &Path) -> Finding {
    let above = there(data);
    if above != data && above.is_dir() {
        let made = may_change(above).map(|()| Note("is not there yet: the first start makes it.".into()));
        return made.unwrap_or_else(|error| Wrong(error.to_string()));
    }
    match may_change(data).map_err(Error::from).and_then(|()| data_dir::is_closed(data)) {
        Ok(()) => Well("can be written to, by its owner only.".into()),
        Err(why) => why.into(),
    }
}

fn clock(data: &Path, now: Timestamp) -> Finding {
    let set = "Set it, or let the network set it (timedatectl set-ntp true).";
    let newest = store::glance(&data_dir::database(data)).ok().and_then(|seen| seen.newest);
    match newest {
        _ if !is_plausible(now) => Wrong(clock_trouble(now).unwrap_or_default()),
        Some(at) if at.ms_since(now) > 60_000 => Wrong(format!("says {now}, before the newest request ({at}). {set}")),
        _ => Well(format!("says {now}.")),
    }
}

fn database(data: &Path) -> Finding {
    let file = data_dir::database(data);
    if !file.exists() && key::is_held(data) {
        return Wrong(
            "is not there, although the box runs: it was moved or deleted meanwhile. Put it back, or restart the box."
                .into(),
        );
    }
    if !file.exists() {
        return Note("is not there yet: the first start makes it.".into());
    }
    let seen = data_dir::beside(data).and_then(|_| Ok(store::glance(&file)?));
    match seen.or_else(|error| data_dir::beside_the_box(data).and(Err(error))) {
        Ok(Glance { damage: Some(damage), .. }) => {
            Wrong(format!("is damaged: {damage}. Put a backup back with `partyplaylist restore`."))
        }
        Ok(Glance { settled: false, version, .. }) => Wrong(format!(
            "is of version {version}, and its upgrade was left half done: start the box once, or run `partyplaylist migrate up`."
        )),
        Ok(seen) => {
            let held = if seen.version == LATEST { data_dir::beside_the_box(data) } else { Ok(None) };
            let (version, accounts) = (seen.version, amount(seen.accounts, "account"));
            let well = format!(
                "opens well: version {version}, {accounts}. The night's copy is looked through, and `partyplaylist check` does it now."
            );
            held.map_or_else(Finding::from, |_| Well(well))
        }
        Err(why) => why.into(),
    }
}

fn the_key(data: &Path) -> Finding {
    match (key::exists(data), data_dir::database(data).exists()) {
        (true, _) => match key::check(data) {
            Ok(()) => Well("is there. Keep a copy of it with every backup.".into()),
            Err(why) => why.into(),
        },
        (false, false) => Note("is not there yet: the first start makes it.".into()),
        (false, true) => {
            Wrong("is missing beside the database. Put it back; or start the box, and everybody signs in again.".into())
        }
    }
}

fn port(config: &Config, data: &Path) -> Finding {
    let number = config.server.port;
    match port::listen(&config.server) {
        Ok(_) if key::is_held(data) => Note(format!(
            "{number} is free, and a PartyPlaylist runs on this data folder: on another port, of which this and what follows then says nothing. Give the same --port and --address here."
        )),
        Ok(_) => Well(format!("{number} is free.")),
        Err(_) if key::is_held(data) => match running::trouble(config) {
            None => Well(format!("{number} is taken, and a PartyPlaylist runs on this data folder.")),
            Some(why) => {
                Wrong(format!("{number} is taken by the PartyPlaylist that runs on this data folder. It says: {why}"))
            }
        },
        Err(why) => why.into(),
    }
}

fn reachable(config: &Config, data: &Path) -> Finding {
    let outlook = address::network(&config.server, data).outlook();
    let own = outlook.address.as_str();
    let others: Vec<&str> =
        outlook.choices.iter().map(|choice| choice.address.as_str()).filter(|other| *other != own).collect();
    let others = match others.as_slice() {
        _ if outlook.fixed => String::new(),
        [] => String::new(),
        others => format!(" The box is also at {}: the owner chooses on the dashboard.", others.join(", ")),
    };
    match outlook.address.dead_end() {
        None => Well(format!(
            "is {own}.{others} A phone that cannot open it is kept apart by the Wi-Fi (\"client isolation\")."
        )),
        // Set so by the owner, perhaps for a proxy on this machine.
        Some(DeadEnd::Itself) => Note(format!("is {own}. {}", DeadEnd::Itself.sentence())),
        Some(why) => Wrong(format!("is {own}. {}{others}", why.sentence())),
    }
}

fn proxy(config: &Config) -> Finding {
    match proxied::oddities(config) {
        found if found.is_empty() => Well("nothing speaks against what is set.".into()),
        found => Note(found.join(" Also, ")),
    }
}

fn spotify(config: &Config) -> Finding {
    let url = &config.spotify.api_url;
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(5)))
        .http_status_as_error(false)
        .build()
        .new_agent();
    match agent.get(url).call() {
        Ok(_) => Well(format!("answers at {url}.")),
        Err(error) => Note(format!("does not answer at {url} ({error}). Nights by hand work without it.")),
    }
}
