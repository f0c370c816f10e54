//! A box with a DJ in it, and a caller that keeps its connection.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use partyplaylist::domain::Role;
use partyplaylist::store::Clock;
use rocket::{Build, Rocket};

use crate::in_process::{self, Server, Serving};

const PASSWORD: &str = "party-demo";

/// Serves the appliance with a DJ `djane`, and whatever `more` mounts, until the process ends; answers its port.
pub fn serve(more: impl FnOnce(Rocket<Build>) -> Rocket<Build>) -> u16 {
    let dir = tempfile::tempdir().unwrap().keep();
    let clock = Clock::system();
    in_process::migrated(&dir, clock.now());
    let store = in_process::store(&dir, (10, 50), clock);
    tokio::runtime::Runtime::new().unwrap().block_on(in_process::account(&store, "djane", Role::Dj, PASSWORD));
    let server = Server::start(&store, Serving { behind_proxy: false, session_hours: 168 }, more);
    let port = server.port;
    std::mem::forget(server);
    port
}

/// One connection that stays open.
pub struct Line(BufReader<TcpStream>);

impl Line {
    pub fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends a request as it is; answers its status and body.
    pub fn ask(&mut self, request: &str) -> (u16, Vec<u8>) {
        self.0.get_mut().write_all(request.as_bytes()).unwrap();
        let (mut line, mut length) = (String::new(), 0);
        self.0.read_line(&mut line).unwrap();
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        loop {
            line.clear();
            self.0.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).unwrap();
        (status, body)
    }

    /// Fills `took` with how long each of as many requests took, sorted.
    pub fn time(&mut self, request: &str, took: &mut [Duration]) {
        for one in took.iter_mut() {
            let began = Instant::now();
            assert_eq!(self.ask(request).0, 200);
            *one = began.elapsed();
        }
        took.sort_unstable();
    }
}

/// A token for the DJ.
pub fn token(port: u16) -> String {
    let body = format!("{{\"username\":\"djane\",\"password\":\"{PASSWORD}\"}}");
    let request = format!(
        "POST /api/login HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let (status, body) = Line::open(port).ask(&request);
    assert_eq!(status, 200);
    let answer: serde_json::Value = serde_json::from_slice(&body).unwrap();
    answer["token"].as_str().unwrap().to_owned()
}
