use std::path::Path;
use std::time::Duration;

use super::say::say;
use super::{address, folder, key, place, port, proxied, running};
use crate::config::Config;
use crate::domain::{DeadEnd, Timestamp, amount, clock_trouble, is_plausible};
use crate::store::{self, Clock, Glance, LATEST, may_change};

/// Less room than this is too little for a night and its backup.
const ROOM: u64 = 500_000_000;

/// What was found: well, worth knowing, or wrong.
enum Finding {
    Well(String),
    Note(String),
    Wrong(String),
}

use Finding::{Note, Well, Wrong};

/// Looks at everything a night needs, and says what to do about what is wrong.
pub fn run(config: &Config, data: &Path) -> Result<(), String> {
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
        1 => Err("One thing is wrong: see above what to do.".into()),
        more => Err(format!("{more} things are wrong: see above what to do.")),
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
    match may_change(data).map_err(|error| error.to_string()).and_then(|()| folder::is_closed(data)) {
        Ok(()) => Well("can be written to, by its owner only.".into()),
        Err(why) => Wrong(why),
    }
}

fn clock(data: &Path, now: Timestamp) -> Finding {
    let set = "Set it, or let the network set it (timedatectl set-ntp true).";
    let newest = store::glance(&folder::database(data)).ok().and_then(|seen| seen.newest);
    match newest {
        _ if !is_plausible(now) => Wrong(clock_trouble(now).unwrap_or_default()),
        Some(at) if at.ms_since(now) > 60_000 => Wrong(format!("says {now}, before the newest request ({at}). {set}")),
        _ => Well(format!("says {now}.")),
    }
}

fn database(data: &Path) -> Finding {
    let file = folder::database(data);
    if !file.exists() && key::is_held(data) {
        return Wrong(
            "is not there, although the box runs: it was moved or deleted meanwhile. Put it back, or restart the box."
                .into(),
        );
    }
    if !file.exists() {
        return Note("is not there yet: the first start makes it.".into());
    }
    let seen = place::beside(data).and_then(|_| store::glance(&file).map_err(|error| error.to_string()));
    match seen.or_else(|error| place::beside_the_box(data).and(Err(error))) {
        Ok(Glance { damage: Some(damage), .. }) => {
            Wrong(format!("is damaged: {damage}. Put a backup back with `partyplaylist restore`."))
        }
        Ok(Glance { settled: false, version, .. }) => Wrong(format!(
            "is of version {version}, and its upgrade was left half done: start the box once, or run `partyplaylist migrate up`."
        )),
        Ok(seen) => {
            let held = if seen.version == LATEST { place::beside_the_box(data) } else { Ok(None) };
            let (version, accounts) = (seen.version, amount(seen.accounts, "account"));
            let well = format!(
                "opens well: version {version}, {accounts}. The night's copy is looked through, and `partyplaylist check` does it now."
            );
            held.map_or_else(Wrong, |_| Well(well))
        }
        Err(why) => Wrong(why),
    }
}

fn the_key(data: &Path) -> Finding {
    match (key::exists(data), folder::database(data).exists()) {
        (true, _) => match key::look(data) {
            Ok(()) => Well("is there. Keep a copy of it with every backup.".into()),
            Err(why) => Wrong(why),
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
        Err(why) => Wrong(why),
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
        // As the owner has it, perhaps behind a proxy of their own.
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
