//! Where other devices reach this box, while networks come and go.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::hub::Hub;
use super::interfaces::{Listening, found, guessed};
use crate::domain::{Address, Authority, Choice, Chosen, DeadEnd, Interface, Outlook, UserId};
use crate::store::{self, Result, Store};

/// Where other devices reach this box; cheap to clone.
#[derive(Clone)]
pub struct Network(Arc<Inner>);

struct Inner {
    listening: Listening,
    /// Where the owner's choice is kept. It belongs to this machine: a database carried to another one leaves it behind.
    /// Held while it is written: nobody who asks for an address waits for the disk.
    file: Mutex<Option<PathBuf>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// The best first.
    found: Vec<Interface>,
    chosen: Option<Chosen>,
    used: HashMap<UserId, Used>,
    /// Whether something changed that no page shows yet.
    news: bool,
    /// Whether the interfaces could not be listed when that was last tried.
    blind: bool,
}

/// What a host calls the box.
#[derive(Clone)]
pub struct Called {
    pub scheme: &'static str,
    pub authority: Authority,
}

/// What a host called the box lately.
#[derive(Default)]
struct Used {
    last: Option<Called>,
    /// The last that was an address: a name may be known to the host's own device only.
    address: Option<Called>,
}

impl Network {
    /// Looks at the interfaces, and reads the owner's choice from `file`.
    pub fn new(listening: Listening, file: Option<PathBuf>) -> Self {
        let text = file.as_ref().and_then(|file| std::fs::read_to_string(file).ok());
        let chosen = text.as_deref().map(str::trim).and_then(Chosen::parse);
        let mut known = Known { chosen, ..Known::default() };
        known.see(found(&listening));
        Self(Arc::new(Inner { listening, file: Mutex::new(file), known: Mutex::new(known) }))
    }

    /// A network that never changes.
    pub fn fixed(address: Address) -> Self {
        Self::new(Listening { scheme: "http", ip: [0, 0, 0, 0].into(), port: 80, public: Some(address) }, None)
    }

    /// Where the box is reached, as far as it knows by itself and from its owner.
    pub fn address(&self) -> Address {
        self.own(&self.lock())
    }

    /// The address on a host's pages, in their links and codes: where they are is where their guests are. The owner's word
    /// goes before it.
    pub fn of(&self, host: &UserId) -> Address {
        let known = self.lock();
        let used = known.used.get(host).and_then(|used| used.last.as_ref());
        used.and_then(|used| self.still(&known, used)).unwrap_or_else(|| self.own(&known))
    }

    /// The same for the screens in a host's room: an address, since a name may be known to the host's device only.
    pub fn of_room(&self, host: &UserId) -> Address {
        let known = self.lock();
        let used = known.used.get(host).and_then(|used| used.address.as_ref());
        used.and_then(|used| self.still(&known, used)).unwrap_or_else(|| self.own(&known))
    }

    /// Notes what a signed-in host calls the box right now; answers whether their screens are to show another address.
    /// `near` is a caller on this very machine, whose hosts file may know words that nobody else does.
    pub fn note_called(&self, host: &UserId, called: Called, near: bool) -> bool {
        let authority = &called.authority;
        if authority.is_loopback() || !authority.is_of_a_lan() || near && authority.is_one_word() {
            return false;
        }
        let before = self.of_room(host);
        {
            let mut known = self.lock();
            if authority.ip().is_some_and(|ip| !known.has(ip)) {
                return false;
            }
            let used = known.used.entry(host.clone()).or_default();
            if authority.ip().is_some() {
                used.address = Some(called.clone());
            }
            used.last = Some(called);
        }
        self.of_room(host) != before
    }

    /// What the owner may choose from, and what is chosen.
    pub fn outlook(&self) -> Outlook {
        let known = self.lock();
        let usable = known.found.iter().filter(|one| one.is_usable());
        let choice = |one: &Interface| Choice {
            ip: one.ip,
            address: self.on(one).as_str().to_owned(),
            interface: one.name.clone(),
            reach: one.reach(),
        };
        Outlook {
            address: self.own(&known),
            fixed: self.0.listening.public.is_some() || !self.0.listening.ip.is_unspecified(),
            choices: usable.map(choice).collect(),
            chosen: known.chosen.clone(),
            current: known.picked().map(|one| one.ip),
        }
    }

    /// Takes the owner's choice, also for the time after a restart; `None` leaves it to the box. Answers whether that
    /// address is there to be chosen. Blocks for the disk.
    pub fn choose(&self, ip: Option<IpAddr>) -> Result<bool> {
        let file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        let usable = |one: &&Interface| one.is_usable() && Some(one.ip) == ip;
        let chosen = |one: &Interface| Chosen { name: one.name.clone(), ip: one.ip };
        let chosen = self.lock().found.iter().find(usable).map(chosen);
        if chosen.is_none() && ip.is_some() {
            return Ok(false);
        }
        if let Some(file) = &*file {
            keep(file, chosen.as_ref())?;
        }
        let mut known = self.lock();
        known.chosen = chosen;
        known.news = true;
        Ok(true)
    }

    /// Looks at the interfaces again; answers whether addresses on pages may be other ones now.
    fn refresh(&self) -> bool {
        let now = found(&self.0.listening);
        let mut known = self.lock();
        let changed = known.see(now);
        std::mem::take(&mut known.news) || changed
    }

    fn own(&self, known: &Known) -> Address {
        let Listening { scheme, ip, port, public } = &self.0.listening;
        if let Some(public) = public {
            return public.clone();
        }
        if !ip.is_unspecified() {
            let own = Address::on(scheme, *ip, *port);
            return own.authority().map_or(own, |authority| Address::known_as(scheme, &authority));
        }
        match known.picked() {
            // The owner knows who is in their VPN.
            Some(one) => self.on(one).with(None),
            None => known.found.first().map_or_else(
                || Address::on(scheme, IpAddr::from([127, 0, 0, 1]), *port),
                |one| self.on(one).with(DeadEnd::at(one)),
            ),
        }
    }

    fn on(&self, one: &Interface) -> Address {
        Address::on(self.0.listening.scheme, one.ip, self.0.listening.port)
    }

    /// What a host called the box, if that may stand on their pages and still leads here.
    fn still(&self, known: &Known, called: &Called) -> Option<Address> {
        let Called { scheme, authority } = called;
        let Listening { ip, public, .. } = &self.0.listening;
        let free = public.is_none() && ip.is_unspecified() && known.picked().is_none();
        let here = authority.ip().is_none_or(|ip| known.has(ip)) && known.found.iter().any(Interface::is_lan);
        (free && here).then(|| Address::known_as(scheme, authority))
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// Takes in a look at the interfaces; answers whether they are other ones. Where they cannot be listed (no descriptor
    /// is free, or the system forbids it) what was known holds; and where that was nothing, the routes tell one.
    fn see(&mut self, found: io::Result<Vec<Interface>>) -> bool {
        let blind = found.is_err();
        let found = found.or_else(|error| {
            if !self.blind {
                log::warn!(target: "box", "The network interfaces cannot be listed: {error}. Until they can, QR codes lead where they led.");
            }
            if self.found.iter().any(Interface::is_lan) { Err(error) } else { Ok(guessed()) }
        });
        self.blind = blind;
        let Ok(found) = found else { return false };
        let changed = found != self.found;
        self.found = found;
        changed
    }

    /// Whether this is an address of ours in a LAN.
    fn has(&self, ip: IpAddr) -> bool {
        self.found.iter().any(|one| one.ip == ip && one.is_lan())
    }

    /// What the owner chose, where that is there.
    fn picked(&self) -> Option<&Interface> {
        self.chosen.as_ref().and_then(|chosen| chosen.among(&self.found))
    }
}

/// Follows the network: pages, screens and codes change with it, and `told` hears of each address that is new.
pub struct Follower {
    network: Network,
    store: Store,
    hub: Hub,
    last: Address,
    told: Box<dyn FnMut(&Address) + Send>,
}

impl Follower {
    pub fn new(network: &Network, store: &Store, hub: &Hub, told: impl FnMut(&Address) + Send + 'static) -> Self {
        let last = network.address();
        Self { network: network.clone(), store: store.clone(), hub: hub.clone(), last, told: Box::new(told) }
    }

    pub fn refresh(&mut self) {
        if self.network.refresh() {
            self.hub.mark_all().iter().for_each(|user| self.store.changes().note(user, []));
        }
        let now = self.network.address();
        if now != self.last {
            self.last = now;
            (self.told)(&self.last);
        }
    }
}

/// Writes the choice down, whole or not at all, so that a pulled plug takes neither it nor the one before.
fn keep(file: &Path, chosen: Option<&Chosen>) -> Result<()> {
    match chosen {
        None => store::remove(file),
        Some(chosen) => store::write_whole(file, format!("{chosen}\n").as_bytes()),
    }
}

#[cfg(test)]
mod tests;
