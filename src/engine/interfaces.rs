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
pub fn found(listening: &Listening) -> io::Result<Vec<Interface>> {
    let only_v4 = listening.ip.is_ipv4();
    let ours = if_addrs::get_if_addrs()?.into_iter().map(interface).filter(|one| one.ip.is_ipv4() || !only_v4);
    Ok(ranked(ours.collect(), &leaving()))
}

/// Unix tells `Up` of an interface whose cable is in or whose driver cannot tell, and of every other `Unknown`; it never
/// says `Down`.
fn interface(one: if_addrs::Interface) -> Interface {
    Interface { ip: one.ip(), running: one.is_oper_up(), tunnel: one.is_p2p, name: one.name }
}

/// What the routes tell of this machine's addresses, where nobody lists them.
pub fn guessed() -> Vec<Interface> {
    let one = |ip| Interface { name: String::new(), ip, running: true, tunnel: false };
    ranked(leaving().into_iter().map(one).collect(), &[])
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

#[cfg(test)]
mod tests {
    use if_addrs::{IfAddr, IfOperStatus, Ifv4Addr};

    use super::interface;

    #[test]
    fn an_interface_of_which_nothing_is_known_has_no_cable_in() {
        for (told, running) in [
            (IfOperStatus::Up, true),
            (IfOperStatus::Unknown, false),
            (IfOperStatus::Down, false),
            (IfOperStatus::Dormant, false),
            (IfOperStatus::LowerLayerDown, false),
        ] {
            let (ip, netmask) = ([192, 168, 1, 20].into(), [255, 255, 255, 0].into());
            let one = if_addrs::Interface {
                name: "eth0".into(),
                addr: IfAddr::V4(Ifv4Addr { ip, netmask, prefixlen: 24, broadcast: None }),
                index: None,
                oper_status: told.clone(),
                is_p2p: false,
            };
            assert_eq!(interface(one).running, running, "{told:?}");
        }
    }
}
