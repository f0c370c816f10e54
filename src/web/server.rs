//! The connections: taken, timed and ended here, each request passed on to Rocket as it came.
//!
//! Rocket's own accept loop drops every header with a byte in it that is not UTF-8, all cookies with it, and waits for ever
//! for whoever says nothing.

use std::fmt::Display;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rocket::local::asynchronous::Client;
use rocket::{Build, Rocket};
use rustix::io::Errno;
use rustix::net::listen;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio::{select, spawn};
use tokio_rustls::TlsAcceptor;

use super::body::{Speech, Takeover};
use super::certificate::Certificate;
use super::connections::{Connection, Connections, NEXT};
use super::dispatch::answer;
use super::wire::Wire;

/// Bytes of a request's head: what is not finished yet is kept for each connection.
const HEAD: usize = 64 * 1024;
/// Connections that may wait to be taken: a hall of phones comes back at once after a restart.
const WAITING: i32 = 1024;
/// How long is waited when descriptors or memory have run out: others must end first.
const AGAIN: Duration = Duration::from_millis(100);
/// How long nobody was kept out when it is told anew that somebody is.
const OVER: Duration = Duration::from_secs(60);
/// How long requests under way may take when the box is told to stop.
const LAST: Duration = Duration::from_millis(400);

/// A port that is listened on.
pub struct Server {
    rocket: &'static Client,
    listener: TcpListener,
    connections: Arc<Connections>,
    tls: Option<TlsAcceptor>,
}

impl Server {
    /// On a port that is listened on already, with descriptors for so many connections; answers nobody yet.
    pub async fn on(
        listener: std::net::TcpListener,
        descriptors: usize,
        rocket: Rocket<Build>,
        certificate: Option<&Certificate>,
    ) -> io::Result<Self> {
        listen(&listener, WAITING)?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let tls = certificate.map(Certificate::acceptor).transpose()?;
        let rocket = Client::untracked(rocket).await.map_err(|error| io::Error::other(flat(&error)))?;
        // It answers as long as the process lives, and so do the streams that it answers with.
        let connections = Connections::up_to(descriptors);
        Ok(Self { rocket: Box::leak(Box::new(rocket)), listener, connections, tls })
    }

    /// Answers until `stop`. What is not answered soon after that is cut off; nothing that was answered is lost.
    pub async fn run(self, stop: impl Future<Output = ()>) {
        select! {
            () = self.accept() => {}
            () = stop => {}
        }
        let Self { rocket, listener, connections, .. } = self;
        drop(listener);
        rocket.rocket().shutdown().notify();
        // Whoever is not done by then is cut off.
        let _ = timeout(LAST, connections.all_gone()).await;
    }

    async fn accept(&self) {
        let mut short: Option<Instant> = None;
        let mut tell = |why: &dyn Display| {
            if short.replace(Instant::now()).is_none_or(|last| last.elapsed() > OVER) {
                log::warn!(target: "box", "Nobody new can be let in until others leave: {why}. More connections may be open at once with a higher limit (ulimit -n).");
            }
        };
        loop {
            match self.listener.accept().await {
                Ok((stream, from)) => {
                    let Some(one) = self.connections.enter(from).await else {
                        tell(&"all that may be open are being answered");
                        continue;
                    };
                    spawn(connection(stream, one, self.rocket, self.tls.clone()));
                }
                Err(error) if has_run_out(&error) => {
                    tell(&error);
                    sleep(AGAIN).await;
                }
                // Whoever it was has left again.
                Err(_) => {}
            }
        }
    }
}

fn has_run_out(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS | Errno::NOMEM))
}

/// One connection from its first byte to its last. Why it ends is nobody's concern: phones leave without a word.
async fn connection(stream: TcpStream, connection: Arc<Connection>, rocket: &'static Client, tls: Option<TlsAcceptor>) {
    let mut byte = [0];
    // Whoever says nothing has no buffers.
    let says = select! {
        says = stream.peek(&mut byte) => says.is_ok(),
        () = overdue(&connection) => false,
        () = connection.must_go() => false,
        () = rocket.rocket().shutdown() => false,
    };
    if !says {
        return;
    }
    connection.begins();
    let wire = Wire::new(stream, connection.clone());
    let served: Pin<Box<dyn Future<Output = ()> + Send>> = match tls {
        Some(tls) => Box::pin(shake_hands(wire, tls, connection.clone(), rocket)),
        None => Box::pin(serve(wire, connection.clone(), rocket)),
    };
    select! {
        () = served => {}
        () = overdue(&connection) => {}
        () = connection.must_go() => {}
    }
}

/// Waits until a request has not come that must have come. None is due sooner than [`NEXT`] after an answer.
async fn overdue(connection: &Connection) {
    loop {
        let now = Instant::now();
        match connection.due() {
            Some(due) if due <= now => return,
            due => sleep_until(due.unwrap_or(now + NEXT)).await,
        }
    }
}

async fn shake_hands(wire: Wire, tls: TlsAcceptor, connection: Arc<Connection>, rocket: &'static Client) {
    let stream = select! {
        stream = tls.accept(wire) => stream,
        () = rocket.rocket().shutdown() => return,
    };
    if let Ok(stream) = stream {
        serve(stream, connection, rocket).await;
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    connection: Arc<Connection>,
    rocket: &'static Client,
) {
    if let Some((speech, stream)) = Box::pin(ask_and_answer(stream, connection, rocket)).await {
        // Phones leave without a word.
        let _ = speech.say(stream).await;
    }
}

/// Answers one request after the other, until an answer goes on without HTTP.
async fn ask_and_answer<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(
    stream: S,
    connection: Arc<Connection>,
    rocket: &'static Client,
) -> Option<(Speech, S)> {
    let takeover = Takeover::default();
    let left = takeover.clone();
    let service = service_fn(move |request| answer(rocket, connection.clone(), left.clone(), request));
    let mut http = http1::Builder::new();
    // What is due when is kept with the connection.
    http.header_read_timeout(None).max_buf_size(HEAD);
    let mut http = http.serve_connection(TokioIo::new(stream), service);
    let (mut stop, mut stops) = (rocket.rocket().shutdown(), false);
    let speech = loop {
        select! {
            _ = &mut http => return None,
            speech = takeover.taken() => break speech?,
            () = &mut stop, if !stops => {
                stops = true;
                Pin::new(&mut http).graceful_shutdown();
            }
        }
    };
    Some((speech, http.into_parts().io.into_inner()))
}

/// Rocket's errors must be read, and are many lines; ours are one.
fn flat(error: &rocket::Error) -> String {
    format!("The server did not start: {}", error.to_string().split_whitespace().collect::<Vec<_>>().join(" "))
}
