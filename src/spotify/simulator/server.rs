//! Listens, and answers each connection on a thread of its own.

use std::collections::HashMap;
use std::io::{self, BufReader};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use super::message::Request;
use super::route::Shared;

type Lines = Arc<Mutex<HashMap<u64, TcpStream>>>;

/// A listener on this machine, a thread for each connection; all end when it is dropped.
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    lines: Lines,
    listener: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens on 127.0.0.1; port 0 takes any free one. Fails when the port is taken.
    pub fn start(port: u16, shared: Arc<Shared>) -> io::Result<Self> {
        let socket = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let (address, lines) = (socket.local_addr()?, Lines::default());
        let (house, open) = (shared.clone(), lines.clone());
        let listener = Builder::new().name("spotify-sim".into()).spawn(move || listen(&socket, &house, &open))?;
        Ok(Self { address, shared, lines, listener: Some(listener) })
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
        for line in self.lines.lock().unwrap_or_else(PoisonError::into_inner).values() {
            // One that is closed already needs no closing.
            let _ = line.shutdown(Shutdown::Both);
        }
    }
}

fn listen(socket: &TcpListener, shared: &Arc<Shared>, lines: &Lines) {
    for (number, line) in (0..).zip(socket.incoming()) {
        if shared.is_over() {
            return;
        }
        let Ok(line) = line else { continue };
        if let Ok(copy) = line.try_clone() {
            lines.lock().unwrap_or_else(PoisonError::into_inner).insert(number, copy);
        }
        let (house, open) = (shared.clone(), lines.clone());
        let serve = move || {
            // Who hangs up or speaks no HTTP has had all the answer there is.
            let _ = converse(&line, &house);
            let _ = line.shutdown(Shutdown::Both);
            open.lock().unwrap_or_else(PoisonError::into_inner).remove(&number);
        };
        // Without a thread the line is closed, as by any server that is full.
        let _ = Builder::new().name("spotify-sim-line".into()).spawn(serve);
    }
}

/// Question and answer until the other side hangs up or an answer is dropped.
fn converse(line: &TcpStream, shared: &Shared) -> io::Result<()> {
    line.set_nodelay(true)?;
    let mut reader = BufReader::new(line);
    let mut writer = line;
    while let Some(request) = Request::read(&mut reader)? {
        let Some(response) = shared.answer(&request) else { return Ok(()) };
        response.write(&mut writer)?;
    }
    Ok(())
}
