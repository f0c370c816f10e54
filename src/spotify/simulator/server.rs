//! Listens, and answers each connection on a thread of its own.

use std::collections::HashMap;
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::message::Request;
use super::route::Shared;

type Connections = Arc<Mutex<HashMap<u64, TcpStream>>>;

/// A listener on this machine, a thread for each connection; all end when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    connections: Connections,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on 127.0.0.1; port 0 takes any free one. Fails when the port is taken.
    pub fn start(port: u16, shared: Arc<Shared>) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let (address, connections) = (socket.local_addr()?, Connections::default());
        let (theirs, open) = (shared.clone(), connections.clone());
        let listener = Builder::new().name("spotify-sim".into()).spawn(move || listen(&socket, &theirs, &open))?;
        Ok(Self { address, shared, connections, listener: Some(listener) })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.end();
        // Wakes the listener, which then sees that it is over.
        drop(TcpStream::connect(self.address));
        if let Some(listener) = self.listener.take() {
            // A panic was printed when it happened.
            let _ = listener.join();
        }
        for connection in self.connections.lock().unwrap_or_else(PoisonError::into_inner).values() {
            // One that is closed already needs no closing.
            let _ = connection.shutdown(Shutdown::Both);
        }
    }
}

fn listen(socket: &TcpListener, shared: &Arc<Shared>, connections: &Connections) {
    for (number, connection) in (0..).zip(socket.incoming()) {
        if shared.is_over() {
            return;
        }
        let Ok(connection) = connection else { continue };
        if let Ok(copy) = connection.try_clone() {
            connections.lock().unwrap_or_else(PoisonError::into_inner).insert(number, copy);
        }
        let (shared, open) = (shared.clone(), connections.clone());
        let serve = move || {
            // Who hangs up or speaks no HTTP has had all the answer there is.
            let _ = converse(&connection, &shared);
            let _ = connection.shutdown(Shutdown::Both);
            open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        };
        // Without a thread the connection is closed, as by any server that is full.
        let _ = Builder::new().name("spotify-sim-line".into()).spawn(serve);
    }
}

/// Question and answer until the other side hangs up or an answer is dropped.
fn converse(connection: &TcpStream, shared: &Shared) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let mut reader = BufReader::new(connection);
    let mut writer = connection;
    while let Some(request) = Request::read(&mut reader)? {
        let Some(response) = shared.answer(&request) else { return Ok(()) };
        response.write(&mut writer)?;
    }
    Ok(())
}
