//! The addresses this machine has, and which of them a guest's phone reaches.

use std::cmp::Reverse;
use std::net::IpAddr;

use serde::Serialize;

/// Beginnings of the names of interfaces that lead to containers and virtual machines on this machine.
const CONTAINERS: [&str; 17] = [
    "docker", "br-", "veth", "virbr", "vnet", "podman", "lxc", "lxd", "incus", "cni", "flannel", "cali", "cilium",
    "kube", "nerdctl", "vbox", "vmnet",
];
/// Beginnings of the names of tunnels: who is at their other end is in the VPN, and no guest is.
const TUNNELS: [&str; 10] = ["tun", "tap", "wg", "tailscale", "zt", "ppp", "ipsec", "nordlynx", "wwan", "proton"];
/// A bridge that routers call so, although Docker's begin alike.
const LAN_BRIDGE: &str = "br-lan";

/// An address that this machine has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// Of the interface: `wlan0`.
    pub name: String,
    pub ip: IpAddr,
    /// Whether the cable is in, or the Wi-Fi joined. A driver that cannot tell counts as if.
    pub running: bool,
    /// Whether it has one other end, as tunnels do.
    pub tunnel: bool,
}

/// Who reaches an address, from the best to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Phones in the same network.
    Lan,
    /// Members of a VPN.
    Vpn,
    /// Containers on this machine.
    Container,
    /// Neighbours at most: the network gave out no address.
    LinkLocal,
    /// This machine only.
    Loopback,
}

impl Reach {
    /// What can be told from an address alone.
    pub fn of(ip: IpAddr) -> Self {
        match ip.to_canonical() {
            ip if ip.is_loopback() || ip.is_unspecified() => Self::Loopback,
            IpAddr::V4(ip) if ip.is_link_local() => Self::LinkLocal,
            IpAddr::V6(ip) if ip.is_unicast_link_local() => Self::LinkLocal,
            // Shared by carriers and by Tailscale: 100.64.0.0/10.
            IpAddr::V4(ip) if ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64 => Self::Vpn,
            _ => Self::Lan,
        }
    }
}

impl Interface {
    /// Who reaches it, by its address and its interface's name.
    pub fn reach(&self) -> Reach {
        let begins = |names: &[&str]| names.iter().any(|name| self.name.starts_with(name));
        match Reach::of(self.ip) {
            Reach::Lan if begins(&CONTAINERS) && self.name != LAN_BRIDGE => Reach::Container,
            Reach::Lan if self.tunnel || begins(&TUNNELS) => Reach::Vpn,
            other => other,
        }
    }

    /// Whether somebody else may be led here: phones, or those the owner knows of.
    pub fn is_usable(&self) -> bool {
        self.running && self.reach() < Reach::LinkLocal
    }

    /// Whether phones in the same network reach it.
    pub fn is_lan(&self) -> bool {
        self.running && self.reach() == Reach::Lan
    }

    /// Phones know IPv4 everywhere; an address of the LAN's own outlives one the provider lends.
    fn kind(&self) -> u8 {
        match self.ip {
            IpAddr::V4(ip) if ip.is_private() => 0,
            IpAddr::V4(_) => 1,
            IpAddr::V6(ip) if ip.is_unique_local() => 2,
            IpAddr::V6(_) => 3,
        }
    }
}

/// Addresses from the one a guest's phone most likely reaches to the one it surely does not. `leaving` are the addresses
/// that packets to elsewhere carry: a hint between two that are alike, and no more, since a VPN may have taken the way out
/// and a hotspot has none.
pub fn ranked(mut found: Vec<Interface>, leaving: &[IpAddr]) -> Vec<Interface> {
    found.sort_by_cached_key(|one| {
        let likely = (one.running, leaving.contains(&one.ip));
        (one.reach(), Reverse(likely.0), one.kind(), Reverse(likely.1), one.name.clone(), one.ip)
    });
    found
}

/// The owner's choice among several addresses: `wlan0 10.42.0.1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    pub name: String,
    pub ip: IpAddr,
}

impl Chosen {
    /// Reads what its `Display` writes; nothing else is a choice.
    pub fn parse(text: &str) -> Option<Self> {
        let (name, ip) = text.split_once(' ')?;
        Some(Self { name: name.to_owned(), ip: ip.parse().ok()? })
    }

    /// Finds it again in what is there now: the same address, else the one the same interface got instead, as it does
    /// after a night without power or in another venue. One whose cable is out is not there.
    pub fn among<'a>(&self, found: &'a [Interface]) -> Option<&'a Interface> {
        let moved = |one: &&Interface| one.name == self.name && one.ip.is_ipv4() == self.ip.is_ipv4();
        let same = found.iter().find(|one| one.ip == self.ip && one.running);
        same.or_else(|| found.iter().filter(|one| one.is_usable()).find(moved))
    }
}

impl std::fmt::Display for Chosen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, self.ip)
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Chosen, Interface, Reach, ranked};

    /// `wlan0 10.42.0.1`; a `!` before it: no cable in.
    fn interface(text: &str) -> Interface {
        let bare = text.trim_start_matches('!');
        let (name, ip) = bare.split_once(' ').unwrap();
        Interface { name: name.into(), ip: ip.parse().unwrap(), running: bare == text, tunnel: false }
    }

    fn first(found: &[&str], leaving: &str) -> String {
        let leaving: Vec<IpAddr> = leaving.split_whitespace().map(|ip| ip.parse().unwrap()).collect();
        ranked(found.iter().map(|text| interface(text)).collect(), &leaving)[0].ip.to_string()
    }

    #[test]
    fn the_address_a_guest_reaches_comes_first_in_every_network() {
        for (what, found, leaving, best) in [
            ("a LAN without a way out", vec!["lo 127.0.0.1", "eth0 192.168.1.20"], "", "192.168.1.20"),
            ("the box's own hotspot", vec!["lo 127.0.0.1", "wlan0 10.42.0.1"], "", "10.42.0.1"),
            ("nothing but itself", vec!["lo ::1", "lo 127.0.0.1"], "", "127.0.0.1"),
            ("a plain 10/8 LAN", vec!["lo 127.0.0.1", "eth0 10.1.2.3"], "10.1.2.3", "10.1.2.3"),
            ("IPv6 only", vec!["lo ::1", "eth0 fe80::1", "eth0 2001:db8::5", "eth0 fd00::5"], "", "fd00::5"),
            ("IPv6 only, from the provider", vec!["lo ::1", "eth0 fe80::1", "eth0 2001:db8::5"], "", "2001:db8::5"),
            ("IPv6 with a VPN's IPv4", vec!["tun0 10.8.0.2", "eth0 fd00::5"], "10.8.0.2", "fd00::5"),
            ("a VPN that took the way out", vec!["tun0 10.8.0.2", "eth0 192.168.1.20"], "10.8.0.2", "192.168.1.20"),
            ("WireGuard", vec!["wg0 10.0.0.2", "wlan0 192.168.1.20"], "10.0.0.2", "192.168.1.20"),
            ("Tailscale", vec!["tailscale0 100.101.102.103", "wlan0 192.168.1.20"], "", "192.168.1.20"),
            ("Tailscale under another name", vec!["net7 100.64.0.9", "wlan0 192.168.1.20"], "", "192.168.1.20"),
            ("Docker", vec!["docker0 172.17.0.1", "eth0 192.168.1.20"], "", "192.168.1.20"),
            (
                "every container's bridge",
                vec![
                    "br-0a1b2c3d4e5f 172.18.0.1",
                    "cni0 10.88.0.1",
                    "lxcbr0 10.0.3.1",
                    "podman0 10.88.0.1",
                    "virbr0 192.168.122.1",
                    "veth1a2b 169.254.9.9",
                    "wlan0 192.168.1.20",
                ],
                "172.18.0.1",
                "192.168.1.20",
            ),
            ("a router's own bridge", vec!["br-lan 192.168.8.1", "wg0 10.0.0.2"], "", "192.168.8.1"),
            ("a bridge of the house", vec!["br0 192.168.8.2", "docker0 172.17.0.1"], "", "192.168.8.2"),
            ("a VPN and containers", vec!["docker0 172.17.0.1", "wg0 10.0.0.2"], "", "10.0.0.2"),
            ("no address given out", vec!["lo 127.0.0.1", "eth0 169.254.3.4"], "", "169.254.3.4"),
            ("two LANs, one leads out", vec!["eth0 10.0.0.5", "wlan0 192.168.1.20"], "192.168.1.20", "192.168.1.20"),
            ("two LANs", vec!["wlan0 192.168.1.20", "eth0 10.0.0.5"], "", "10.0.0.5"),
            ("a cable that is out", vec!["!eth0 192.168.1.20", "wlan0 192.168.7.9"], "192.168.1.20", "192.168.7.9"),
            ("a public IPv4", vec!["eth0 198.51.100.7", "docker0 172.17.0.1"], "", "198.51.100.7"),
        ] {
            assert_eq!(first(&found, leaving), best, "{what}");
        }
    }

    #[test]
    fn a_lan_that_is_cut_off_keeps_the_codes_before_a_vpn_that_is_not() {
        assert_eq!(first(&["!eth0 192.168.1.20", "wg0 10.0.0.2"], "10.0.0.2"), "192.168.1.20");
    }

    #[test]
    fn an_interface_with_one_other_end_is_a_tunnel_whatever_it_is_called() {
        let one = Interface { tunnel: true, ..interface("home 10.9.0.2") };
        assert_eq!(one.reach(), Reach::Vpn);
    }

    #[test]
    fn a_choice_holds_as_long_as_its_address_or_its_interface_is_there() {
        let chosen = Chosen::parse("wlan0 10.42.0.1").unwrap();
        assert_eq!(Chosen::parse(&chosen.to_string()), Some(chosen.clone()));
        for (found, still) in [
            (vec!["eth0 192.168.1.20", "wlan0 10.42.0.1"], Some("10.42.0.1")),
            (vec!["eth0 192.168.1.20", "wlx7 10.42.0.1"], Some("10.42.0.1")),
            (vec!["eth0 192.168.1.20", "wlan0 192.168.7.9"], Some("192.168.7.9")),
            (vec!["eth0 192.168.1.20", "wlan0 fd00::1"], None),
            (vec!["eth0 192.168.1.20", "!wlan0 10.42.0.1"], None),
            (vec!["eth0 192.168.1.20", "!wlan0 192.168.7.9"], None),
            (vec!["eth0 192.168.1.20", "wlan0 169.254.1.1"], None),
            (vec!["eth0 192.168.1.20"], None),
            (vec![], None),
        ] {
            let found: Vec<Interface> = found.into_iter().map(interface).collect();
            let ip = chosen.among(&found).map(|one| one.ip.to_string());
            assert_eq!(ip.as_deref(), still, "{found:?}");
        }
        assert_eq!(Chosen::parse("wlan0"), None);
    }
}
