//! Where the box listens, and where other devices reach it.

use std::net::{IpAddr, Ipv6Addr, TcpListener};
use std::path::Path;

use crate::config::Server;
use crate::domain::Address;
use crate::engine::{Listening, Network};

/// File of the owner's choice among several addresses.
const CHOICE: &str = "partyplaylist.address";

/// The address to bind. `0.0.0.0` means every network, so it becomes `::`, which covers IPv6 too; it stays where this machine
/// has no IPv6, or where `::` would not accept IPv4.
pub fn listening(server: &Server) -> IpAddr {
    let every = IpAddr::from([0, 0, 0, 0]);
    let apart = || std::fs::read_to_string("/proc/sys/net/ipv6/bindv6only").is_ok_and(|told| told.trim() != "0");
    let both = IpAddr::from(Ipv6Addr::UNSPECIFIED);
    // Port 0: whether the wanted port is free is tried elsewhere.
    if server.address == every && !apart() && TcpListener::bind((both, 0)).is_ok() { both } else { server.address }
}

/// Where other devices reach this box: what the owner said, else the address it listens on, else what it finds.
pub fn network(server: &Server, data: &Path) -> Network {
    let public = server.public_url.as_deref().and_then(Address::parse);
    let listening = Listening { scheme: server.scheme(), ip: listening(server), port: server.port, public };
    Network::new(listening, Some(data.join(CHOICE)))
}
