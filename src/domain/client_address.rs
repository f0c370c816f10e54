use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The address somebody asks from: one phone's, where the box and the phones are in one network; that of a whole venue,
/// where all of them come through one router.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

impl ClientAddress {
    #[must_use]
    pub fn new(ip: IpAddr) -> Self {
        Self(ip.to_canonical())
    }

    /// Those that are counted as one: a phone gives itself as many addresses as it likes below one IPv6 prefix.
    #[must_use]
    pub fn prefix(self) -> Self {
        match self.0 {
            IpAddr::V6(ip) if !ip.is_unicast_link_local() && ip != Ipv6Addr::LOCALHOST => {
                Self(IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64)))
            }
            _ => self,
        }
    }

    /// Whether it tells nobody apart: whoever comes through a proxy on this machine that was not named has it.
    #[must_use]
    pub fn is_this_machine(self) -> bool {
        self.0 == Ipv4Addr::LOCALHOST || self.0 == Ipv6Addr::LOCALHOST
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientAddress, IpAddr};

    #[test]
    fn the_many_addresses_of_one_phone_are_counted_as_one_and_those_of_two_are_not() {
        let prefix = |text: &str| ClientAddress::new(text.parse::<IpAddr>().unwrap()).prefix();
        assert_eq!(prefix("2001:db8:1:2::7"), prefix("2001:db8:1:2:ffff::1"));
        assert_eq!(prefix("::ffff:192.168.1.7"), prefix("192.168.1.7"));
        assert_ne!(prefix("192.168.1.7"), prefix("192.168.1.8"));
        assert_ne!(prefix("fe80::1"), prefix("fe80::2"));
        assert_ne!(prefix("::1"), prefix("::"));
    }
}
