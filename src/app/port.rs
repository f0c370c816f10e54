//! Asks for the port the box is to listen on, and says who or what is in the way.

use std::net::{SocketAddr, TcpListener};

use rustix::io::Errno;

use super::address;
use super::error::{Error, Result};
use crate::config::Server;

/// Listens on the wanted port, or on any free one for 0; answers which it is. Refuses with the cause.
pub fn listen(server: &Server) -> Result<(TcpListener, u16)> {
    let wanted = SocketAddr::new(server.address, server.port);
    let listener = TcpListener::bind((address::listening(server), server.port));
    let named = listener.and_then(|listener| listener.local_addr().map(|at| (listener, at.port())));
    named.map_err(|error| refused(wanted, &error))
}

/// Why a port cannot be listened on, and what to do.
pub fn refused(wanted: SocketAddr, error: &std::io::Error) -> Error {
    let (address, port) = (wanted.ip(), wanted.port());
    let why = match Errno::from_io_error(error) {
        Some(Errno::ACCESS | Errno::PERM) => format!(
            "this user has no right to port {port}. Choose one above 1023 with --port and put a proxy in front, or give the program the right: `setcap cap_net_bind_service=+ep` on its file."
        ),
        Some(Errno::ADDRINUSE) => format!(
            "another program listens on port {port}. Is PartyPlaylist running already? Choose another port with --port."
        ),
        Some(Errno::ADDRNOTAVAIL) => format!(
            "no network of this machine has the address {address} now. Choose one it has with --address (`ip address` lists them), or 0.0.0.0 for all."
        ),
        Some(Errno::AFNOSUPPORT) => {
            format!("this machine has no network of that kind ({address}). Choose another address with --address.")
        }
        _ => format!("{error}. Choose another with --address and --port."),
    };
    Error::Refused(format!("Cannot listen on {wanted}: {why}"))
}
