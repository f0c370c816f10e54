//! Where a try comes from, as far as it is counted.

use std::net::{IpAddr, Ipv6Addr};

/// What counts as one place of a network: an address; of IPv6 the network of 64 bits, in which each device has as many
/// addresses as it likes. An IPv4 address written as IPv6 is the same place.
pub fn source_of(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::{IpAddr, source_of};

    #[test]
    fn a_device_that_takes_ever_new_addresses_of_its_network_is_one_source() {
        let source = |text: &str| source_of(text.parse::<IpAddr>().unwrap()).to_string();
        assert_eq!(source("2001:db8:1:2:aaaa::1"), source("2001:db8:1:2:bbbb::9"));
        assert_ne!(source("2001:db8:1:2::1"), source("2001:db8:1:3::1"));
        assert_eq!(source("fe80::1"), source("fe80::2"));
        assert_ne!(source("192.168.1.20"), source("192.168.1.21"));
        assert_eq!(source("::ffff:192.168.1.20"), source("192.168.1.20"));
    }
}
