//! Where other devices reach this box, and the addresses that QR codes and links carry.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use super::{Authority, HelperToken, Interface, JoinToken, Reach, ScreenToken, Username};

/// Where other devices reach this box, such as `http://192.168.1.20:8000`, without a slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    base: String,
    dead_end: Option<DeadEnd>,
}

/// Why no guest's phone opens an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadEnd {
    /// This machine is in no network.
    NoNetwork,
    /// The cable is out, or the Wi-Fi lost; the address is there still.
    CutOff,
    /// The network gave out no address.
    LinkLocal,
    /// It leads whoever opens it to themselves, by what the owner set.
    Itself,
    /// Only members of a VPN open it.
    Vpn,
    /// Only containers on this machine open it.
    Container,
}

impl DeadEnd {
    /// Why, and what to do about it.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::NoNetwork => {
                "The QR code leads nowhere: this box is in no network. Plug in the network cable, join the Wi-Fi or start its hotspot; the code then mends itself."
            }
            Self::CutOff => {
                "The QR code leads nowhere: this box is cut off from the network of its address. Put the network cable back in, switch the router on or join the Wi-Fi again; the code then mends itself."
            }
            Self::LinkLocal => {
                "The QR code leads nowhere: the network gave this box no address. Is the router on, and the cable in the right socket? The code mends itself once there is one."
            }
            Self::Itself => {
                "The QR code leads nowhere: its address is that of whoever scans it. Set server.address to 0.0.0.0, or server.public_url to an address that phones can open, and start the box again."
            }
            Self::Vpn => {
                "The QR code leads nowhere for guests: this box is in a VPN and in no other network. Plug in the network cable, join the Wi-Fi or start its hotspot; the code then mends itself."
            }
            Self::Container => {
                "The QR code leads nowhere for guests: this box is in no network but that of its own containers. Plug in the network cable, join the Wi-Fi or start its hotspot; the code then mends itself."
            }
        }
    }

    /// The same for a DJ, who does not set the box up.
    pub fn told_a_dj(self) -> &'static str {
        match self {
            Self::Itself => {
                "The QR code leads nowhere: its address is that of whoever scans it. Tell the owner of this box: set server.address to 0.0.0.0, or server.public_url to an address that phones can open, and start the box again."
            }
            other => other.sentence(),
        }
    }

    /// Of an address the box has, since it found no better one.
    pub fn at(found: &Interface) -> Option<Self> {
        match found.reach() {
            Reach::Lan if !found.running => Some(Self::CutOff),
            reach => Self::of(reach),
        }
    }

    fn of(reach: Reach) -> Option<Self> {
        match reach {
            Reach::Lan => None,
            Reach::Vpn => Some(Self::Vpn),
            Reach::Container => Some(Self::Container),
            Reach::LinkLocal => Some(Self::LinkLocal),
            Reach::Loopback => Some(Self::NoNetwork),
        }
    }
}

impl Address {
    /// What the owner says it is: `http://` or `https://`, a name or an address, a port if it is not the usual one, and
    /// nothing else. Capitals and letters of any script are fine; they come out as browsers write them.
    pub fn parse(text: &str) -> Option<Self> {
        let odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '@' | '?' | '#');
        let begins = |scheme: &str| text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
        if text.contains(odd) || !(begins("http://") || begins("https://")) {
            return None;
        }
        let url = Url::parse(text).ok().filter(|url| url.path() == "/" && url.port() != Some(0))?;
        let unfit = match url.host()? {
            Host::Domain(_) => false,
            Host::Ipv4(ip) => ip.is_unspecified(),
            Host::Ipv6(ip) => ip.is_unspecified(),
        };
        let authority = Authority::parse(url.authority()).filter(|_| !unfit)?;
        Some(Self::known_as(url.scheme(), &authority))
    }

    /// An address of this machine.
    pub fn on(scheme: &str, ip: IpAddr, port: u16) -> Self {
        // Browsers leave the usual port out.
        let written = Authority::parse(&SocketAddr::new(ip, port).to_string());
        let written = written.map_or_else(|| ip.to_string(), |authority| authority.written(scheme));
        Self { base: format!("{scheme}://{written}"), dead_end: DeadEnd::of(Reach::of(ip)) }
    }

    /// What somebody calls the box. A name is taken to lead to it, unless it is everybody's own.
    pub fn known_as(scheme: &str, authority: &Authority) -> Self {
        let dead_end = match authority.ip().map(Reach::of) {
            Some(Reach::LinkLocal) => Some(DeadEnd::LinkLocal),
            _ => authority.is_loopback().then_some(DeadEnd::Itself),
        };
        Self { base: format!("{scheme}://{}", authority.written(scheme)), dead_end }
    }

    /// The same address, of which it is known who reaches it.
    #[must_use]
    pub fn with(self, dead_end: Option<DeadEnd>) -> Self {
        Self { dead_end, ..self }
    }

    /// Scheme, host and port, without a path.
    pub fn as_str(&self) -> &str {
        &self.base
    }

    /// Why no guest's phone opens it, where that is known.
    pub fn dead_end(&self) -> Option<DeadEnd> {
        self.dead_end
    }

    /// Its name and port, as browsers name them in `Host` and `Origin`.
    pub fn authority(&self) -> Option<Authority> {
        Authority::parse(self.base.split_once("://").map_or(self.base.as_str(), |(_, rest)| rest))
    }

    /// The page of a DJ's party, short enough to type.
    pub fn party(&self, user: &Username) -> String {
        format!("{}/{user}", self.base)
    }

    /// The address in the QR code.
    pub fn join(&self, user: &Username, token: &JoinToken) -> String {
        format!("{}/{user}?t={}", self.base, token.0)
    }

    /// The address a screen opens.
    pub fn screen(&self, user: &Username, token: &ScreenToken) -> String {
        format!("{}/{user}/display?dt={}", self.base, token.0)
    }

    /// The link a helper opens.
    pub fn helper(&self, user: &Username, token: &HelperToken) -> String {
        format!("{}/{user}/helper?ht={}", self.base, token.0)
    }

    /// The one-time link that makes the first super admin.
    pub fn setup(&self, token: &str) -> String {
        format!("{}/setup?t={token}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::{Address, DeadEnd};

    #[test]
    fn a_public_url_comes_out_as_browsers_write_it() {
        for (given, written) in [
            ("http://party.local:8000", "http://party.local:8000"),
            ("http://party.local:8000/", "http://party.local:8000"),
            ("HTTP://Party.Local:80/", "http://party.local"),
            ("https://PARTY.example:443", "https://party.example"),
            ("https://party.example:80", "https://party.example:80"),
            ("http://Bühne.example/", "http://xn--bhne-0ra.example"),
            ("http://パーティー.example:8000", "http://xn--dck9c6a2mc.example:8000"),
            ("http://party.local.", "http://party.local"),
            ("http://[FD00:0:0::5]:8000", "http://[fd00::5]:8000"),
            ("http://192.168.1.20:8000", "http://192.168.1.20:8000"),
            ("http://raspberrypi", "http://raspberrypi"),
        ] {
            assert_eq!(Address::parse(given).as_ref().map(Address::as_str), Some(written), "{given}");
        }
    }

    fn refused(all: &[&str]) {
        for given in all {
            assert_eq!(Address::parse(given), None, "{given:?}");
        }
    }

    #[test]
    fn a_public_url_without_a_name_or_with_a_port_there_is_not_is_refused() {
        refused(&[
            "",
            "party.local",
            "ftp://party.local",
            "http:party.local",
            "http:/party.local",
            "http://",
            "http:///",
            "http://:8000",
            "http://a:b",
            "http://a:99999",
            "http://a:0",
            "http://a:-1",
            "http://a:8000:8000",
            "http://party..local",
            "http://.local",
            "http://0.0.0.0:8000",
            "http://[::]:8000",
            "http://[fd00::1",
            "http://[fe80::1%25eth0]:8000",
            "http://300.1.1.1",
        ]);
    }

    #[test]
    fn a_public_url_with_markup_or_anything_else_in_it_is_refused() {
        refused(&[
            "http://<b>party</b>",
            "http://party.local<script>",
            "http://a\"b",
            "http://a%3cb",
            "http://user@party.local",
            "http://user:word@party.local",
            "http://@party.local",
            "http://party.local/path",
            "http://party.local//",
            "http://party.local/?",
            "http://party.local?q=1",
            "http://party.local#top",
            "http:\\\\party.local",
            "http://party local",
            " http://party.local",
            "http://party.local\n",
            "http://party\t.local",
        ]);
    }

    #[test]
    fn an_address_says_that_it_leads_nowhere() {
        for (given, said) in [
            ("http://127.0.0.1:8000", Some(DeadEnd::Itself)),
            ("http://localhost", Some(DeadEnd::Itself)),
            ("http://[::1]:8000", Some(DeadEnd::Itself)),
            ("http://169.254.1.2:8000", Some(DeadEnd::LinkLocal)),
            ("http://192.168.1.20:8000", None),
            ("http://party.local", None),
        ] {
            assert_eq!(Address::parse(given).unwrap().dead_end(), said, "{given}");
        }
        let own = |ip: &str| Address::on("http", ip.parse().unwrap(), 80);
        assert_eq!(own("127.0.0.1").dead_end(), Some(DeadEnd::NoNetwork));
        assert_eq!((own("fd00::5").as_str(), own("fd00::5").dead_end()), ("http://[fd00::5]", None));
    }
}
