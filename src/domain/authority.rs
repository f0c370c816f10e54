//! A host name or address with its port, as browsers name a box, and which of them are a LAN's own.

use std::net::{IpAddr, Ipv6Addr};

/// Ends of names that only a LAN gives out: no stranger can register one.
const LAN_ENDS: [&str; 6] = [".local", ".lan", ".home", ".home.arpa", ".internal", ".localdomain"];

/// The name and port that a request was sent to, or that a page came from: `party.local:8000`, `[fd00::1]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// In small letters, without a dot at the end; an IPv6 address without its brackets.
    host: String,
    port: Option<u16>,
}

impl Authority {
    /// Reads a `Host` header or what follows `://`; `None` for what names no host.
    pub fn parse(text: &str) -> Option<Self> {
        let (host, port) = if let Some(rest) = text.strip_prefix('[') {
            let (ip, port) = rest.split_once(']')?;
            (ip.parse::<Ipv6Addr>().ok()?.to_string(), port)
        } else {
            let (name, port) = text.split_at(text.find(':').unwrap_or(text.len()));
            (plain(name)?, port)
        };
        let port = match port.strip_prefix(':') {
            Some(digits) if digits.bytes().all(|b| b.is_ascii_digit()) => Some(digits.parse().ok()?),
            None if port.is_empty() => None,
            _ => return None,
        };
        Some(Self { host, port })
    }

    /// A name in small letters, or an address; an IPv6 address without its brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The address that the host is, where it is one and no name; IPv4 also where it was written as IPv6.
    pub fn ip(&self) -> Option<IpAddr> {
        self.host.parse::<IpAddr>().ok().map(|ip| ip.to_canonical())
    }

    /// Whether it is one word, which a search domain or a hosts file completes.
    pub fn is_one_word(&self) -> bool {
        !self.host.contains('.') && self.ip().is_none()
    }

    /// Whether the name is of a kind that nobody outside this network can make lead here: an address, one word, or a
    /// name with an end that only a LAN gives out.
    pub fn is_of_a_lan(&self) -> bool {
        self.ip().is_some() || self.is_one_word() || LAN_ENDS.iter().any(|end| self.host.ends_with(end))
    }

    /// Whether it is the machine that asks, by whatever name.
    pub fn is_loopback(&self) -> bool {
        self.ip().is_some_and(|ip| ip.is_loopback() || ip.is_unspecified())
            || self.host == "localhost"
            || self.host.ends_with(".localhost")
    }

    /// As it stands in an address of that scheme, without the usual port.
    pub fn written(&self, scheme: &str) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if scheme == "https" { 443 } else { 80 };
        match self.port {
            Some(port) if port != usual => format!("{host}:{port}"),
            _ => host,
        }
    }
}

/// A name in small letters without the dot at its end, if its labels can be a name's.
fn plain(name: &str) -> Option<String> {
    let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    let fits =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    name.split('.').all(fits).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::Authority;

    fn of_a_lan(text: &str) -> bool {
        Authority::parse(text).is_some_and(|authority| authority.is_of_a_lan())
    }

    #[test]
    fn names_that_only_a_lan_gives_out_are_ours_however_they_are_written() {
        for name in [
            "party.local",
            "PARTY.Local:8000",
            "party.local.",
            "party.lan:8000",
            "box.home",
            "box.home.arpa",
            "box.home.arpa.:80",
            "a.b.internal",
            "box.localdomain",
            "raspberrypi",
            "Raspberrypi.",
            "localhost:8000",
            "192.168.1.20:8000",
            "[fd00::1]:8000",
            "[FD00::0001]",
            "[::1]",
        ] {
            assert!(of_a_lan(name), "{name}");
        }
    }

    #[test]
    fn a_public_name_does_not_become_ours_by_what_stands_in_it() {
        for name in [
            "evil.example",
            "local.evil.example",
            "party.local.evil.example:8000",
            "lan.example.",
            "evil.arpa",
            "home.arpa.evil.example",
            "evilhome.arpa",
            "evil.notlan",
            "evil.xn--lan",
            "192.168.1.20.evil.example",
            "party.local..",
            ".local",
            "party..local",
            "evil.example#.local",
            "evil.example/.local",
            "user@party.local",
            "party.local:80:80",
            "party.local:99999",
            "party.local:8o",
            "fd00::1",
            "[fd00::1",
            "[fd00::1]x",
            "[party.local]",
            "",
            ":8000",
        ] {
            assert!(!of_a_lan(name), "{name}");
        }
    }

    #[test]
    fn the_same_place_is_written_in_one_way() {
        for (text, scheme, written) in [
            ("Party.Local.:80", "http", "party.local"),
            ("party.local:80", "https", "party.local:80"),
            ("party.local:443", "https", "party.local"),
            ("[FD00:0::1]:8000", "http", "[fd00::1]:8000"),
            ("10.0.0.1:", "http", ""),
        ] {
            let found = Authority::parse(text).map(|authority| authority.written(scheme));
            assert_eq!(found.unwrap_or_default(), written, "{text}");
        }
    }
}
