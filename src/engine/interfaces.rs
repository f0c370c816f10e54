//! Lists the addresses of this machine.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use crate::domain::{Address, Interface, ranked};

/// What the box listens on, and what the owner says about it.
#[derive(Clone, Debug)]
pub struct Listening {
    pub scheme: &'static str,
    /// Unspecified for every network there is.
    pub ip: IpAddr,
    pub port: u16,
    /// The owner's own word, which goes before anything found.
    pub public: Option<Address>,
}

/// The addresses of this machine that the box listens on, the best first.
pub fn found(listening: &Listening) -> Vec<Interface> {
    let all = if_addrs::get_if_addrs().unwrap_or_else(|error| {
        log::warn!(target: "box", "The network interfaces cannot be listed: {error}");
        vec![]
    });
    let only_v4 = listening.ip.is_ipv4();
    let interface = |one: if_addrs::Interface| Interface {
        ip: one.ip(),
        running: one.oper_status != if_addrs::IfOperStatus::Down,
        tunnel: one.is_p2p,
        name: one.name,
    };
    let ours = all.into_iter().map(interface).filter(|one| one.ip.is_ipv4() || !only_v4);
    ranked(ours.collect(), &leaving())
}

/// The addresses packets to elsewhere would carry. Connecting a datagram socket only asks the routing table: nothing is sent.
fn leaving() -> Vec<IpAddr> {
    // Set aside for documentation: nobody is there.
    let elsewhere: [SocketAddr; 2] = [([192, 0, 2, 1], 9).into(), ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1], 9).into()];
    let from = |to: SocketAddr| -> io::Result<IpAddr> {
        let any: SocketAddr = if to.is_ipv4() { ([0; 4], 0).into() } else { ([0u16; 8], 0).into() };
        let socket = UdpSocket::bind(any)?;
        socket.connect(to)?;
        socket.local_addr().map(|addr| addr.ip())
    };
    // No way out is what half of all networks have.
    elsewhere.into_iter().filter_map(|to| from(to).ok()).collect()
}
