//! Where somebody asks from.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::source_of;

/// The address somebody asks from: one phone's, where the box and the phones are in one network; that of a whole venue,
/// where all of them come through one router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    pub fn new(ip: IpAddr) -> Self {
        Self(ip.to_canonical())
    }

    /// What it is counted for.
    pub fn source(self) -> IpAddr {
        source_of(self.0)
    }

    /// Whether it tells nobody apart: whoever comes through a proxy on this machine that was not named has it.
    pub fn is_this_machine(self) -> bool {
        self.0 == Ipv4Addr::LOCALHOST || self.0 == Ipv6Addr::LOCALHOST
    }
}
