use std::net::{IpAddr, SocketAddr, UdpSocket};

use crate::config::Server;
use crate::domain::Address;

/// Where other devices reach this box: what the owner said, else the address it listens on, else the one it has
/// on the network that leads outside, else this machine only.
pub fn reachable(server: &Server) -> Address {
    let ip = match server.address {
        any if any.is_unspecified() => lan().unwrap_or(IpAddr::from([127, 0, 0, 1])),
        one => one,
    };
    server.public_url.as_deref().map_or_else(
        || Address::new(&format!("{}://{}", server.scheme(), SocketAddr::new(ip, server.port))),
        Address::new,
    )
}

/// The address a packet to elsewhere would carry. Connecting a datagram socket only asks the routing table: nothing is sent.
fn lan() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("10.255.255.255:9").ok()?;
    socket.local_addr().ok().map(|addr| addr.ip()).filter(|ip| !ip.is_unspecified())
}

#[cfg(test)]
mod tests {
    use super::{Server, reachable};

    #[test]
    fn what_the_owner_says_goes_before_what_we_find() {
        let mut server = Server { address: [127, 0, 0, 1].into(), ..Server::default() };
        assert_eq!(reachable(&server).as_str(), "http://127.0.0.1:8000");
        server.public_url = Some("https://party.example/".into());
        assert_eq!(reachable(&server).as_str(), "https://party.example");
    }
}
