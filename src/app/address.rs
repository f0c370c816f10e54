use std::net::{IpAddr, Ipv6Addr, TcpListener};
use std::path::Path;

use crate::config::Server;
use crate::domain::Address;
use crate::engine::{Listening, Network};

/// File of the owner's choice among several addresses.
const CHOICE: &str = "partyplaylist.address";

/// What to listen on for the address the owner set: `0.0.0.0` is every network, and with it those that have IPv6 only.
/// Where there is no IPv6, or it would not take IPv4 along, it stays what it is.
pub fn listening(server: &Server) -> IpAddr {
    let every = IpAddr::from([0, 0, 0, 0]);
    let apart = || std::fs::read_to_string("/proc/sys/net/ipv6/bindv6only").is_ok_and(|told| told.trim() != "0");
    let both = IpAddr::from(Ipv6Addr::UNSPECIFIED);
    // Any free port: whether the wanted one is free is another question.
    if server.address == every && !apart() && TcpListener::bind((both, 0)).is_ok() { both } else { server.address }
}

/// Where other devices reach this box: what the owner said, else the address it listens on, else what it finds.
pub fn network(server: &Server, data: &Path) -> Network {
    let public = server.public_url.as_deref().and_then(Address::parse);
    let listening = Listening { scheme: server.scheme(), ip: listening(server), port: server.port, public };
    Network::new(listening, Some(data.join(CHOICE)))
}
