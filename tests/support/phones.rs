//! Phones that listen: each its own connection, all of them in one place, from as many addresses as a box wants to see.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;

const PATIENCE: Duration = Duration::from_secs(60);

/// A connection from one of the addresses of this machine that are no other's.
pub async fn from(port: u16, address: usize) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    let last = 2 + u8::try_from(address % 200).unwrap();
    socket.bind(SocketAddr::from((Ipv4Addr::new(127, 0, 0, last), 0)))?;
    socket.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

/// One stream, as it comes over the line.
pub struct Phone {
    socket: TcpStream,
    /// Where it is read into.
    some: Vec<u8>,
    body: Unchunked,
    /// What has come and is not a whole event yet.
    come: Vec<u8>,
    /// Bytes that came in all, with what HTTP adds.
    pub bytes: usize,
}

impl Phone {
    /// Opens a stream from an address of this machine; nothing where it is refused.
    pub async fn open(port: u16, address: usize, head: &str) -> Option<Self> {
        let mut socket = from(port, address).await.ok()?;
        socket.write_all(head.as_bytes()).await.ok()?;
        let mut phone = Self { socket, some: vec![0; 16 * 1024], body: Unchunked::default(), come: vec![], bytes: 0 };
        let first = phone.event().await?;
        first.contains("event:").then_some(phone)
    }

    /// The next event, with its marks; nothing once the stream is over.
    pub async fn event(&mut self) -> Option<String> {
        let mut seen = 0;
        loop {
            if let Some(end) = self.come[seen..].windows(2).position(|two| two == b"\n\n") {
                let rest = self.come.split_off(seen + end + 2);
                let event = std::mem::replace(&mut self.come, rest);
                return Some(String::from_utf8_lossy(&event).into_owned());
            }
            seen = self.come.len().saturating_sub(1);
            let length = self.socket.read(&mut self.some).await.ok().filter(|length| *length > 0)?;
            self.bytes += length;
            if !self.body.take(&self.some[..length], &mut self.come) {
                return None;
            }
        }
    }
}

/// Takes an answer's head and the marks of its chunks off what comes.
#[derive(Default)]
struct Unchunked {
    in_body: bool,
    line: Vec<u8>,
    left: usize,
}

impl Unchunked {
    /// Adds to `out` what is the body's; false where the answer is a refusal.
    fn take(&mut self, mut some: &[u8], out: &mut Vec<u8>) -> bool {
        while let Some((byte, rest)) = some.split_first() {
            if self.in_body && self.left > 0 {
                let now = self.left.min(some.len());
                out.extend_from_slice(&some[..now]);
                self.left -= now;
                some = &some[now..];
                continue;
            }
            some = rest;
            self.line.push(*byte);
            if self.in_body && self.line.ends_with(b"\r\n") {
                let size = String::from_utf8_lossy(&self.line).trim().to_owned();
                self.left = usize::from_str_radix(&size, 16).unwrap_or(0);
                self.line.clear();
            } else if !self.in_body && self.line.ends_with(b"\r\n\r\n") {
                if !self.line.starts_with(b"HTTP/1.1 200") {
                    return false;
                }
                self.in_body = true;
                self.line.clear();
            }
        }
        true
    }
}

/// Phones that are on, each in a task that tells when it heard of something.
pub struct Crowd {
    tasks: Vec<JoinHandle<()>>,
    heard: UnboundedReceiver<(String, Instant)>,
    /// How many were let in, and how long that took.
    pub let_in: usize,
    pub took: Duration,
}

impl Crowd {
    /// All at once; each comes from one of five addresses.
    pub async fn come(port: u16, heads: &[String]) -> Self {
        let (tell, heard) = unbounded_channel();
        let began = Instant::now();
        let mut opening = Vec::new();
        for (n, head) in heads.iter().cloned().enumerate() {
            opening.push(tokio::spawn(async move { Phone::open(port, n % 5, &head).await }));
        }
        let mut phones = Vec::new();
        for one in opening {
            phones.extend(one.await.unwrap());
        }
        let (let_in, took) = (phones.len(), began.elapsed());
        let tasks = phones.into_iter().map(|phone| tokio::spawn(listen(phone, tell.clone()))).collect();
        Self { tasks, heard, let_in, took }
    }

    /// How long it takes from now until the last has heard of `mark`, while `change` brings it about.
    pub async fn until_the_last(&mut self, mark: &str, change: impl FnOnce() + Send + 'static) -> Duration {
        while self.heard.try_recv().is_ok() {}
        let began = Instant::now();
        let changed = tokio::task::spawn_blocking(change);
        let (mut left, mut last) = (self.let_in, began);
        while left > 0 {
            let heard = tokio::time::timeout(PATIENCE, self.heard.recv()).await.expect("a phone hears nothing");
            let (event, at) = heard.unwrap();
            if event.contains(mark) {
                (left, last) = (left - 1, last.max(at));
            }
        }
        changed.await.unwrap();
        last - began
    }

    pub async fn leave(self) {
        for task in self.tasks {
            task.abort();
            let _ = task.await;
        }
    }
}

async fn listen(mut phone: Phone, tell: UnboundedSender<(String, Instant)>) {
    while let Some(event) = phone.event().await {
        if event.contains("event:change") && tell.send((event, Instant::now())).is_err() {
            return;
        }
    }
}
