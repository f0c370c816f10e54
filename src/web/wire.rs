//! The bytes of a connection on their way in and out.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::connections::Connection;

/// Counts what is read of a request, notes who does not take what is sent, and has the system wait for who takes an answer as long as that may take.
pub struct Wire {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// How long the system waits for the other end, in milliseconds.
    waits: u32,
    /// Whether the other end has not taken what was sent last.
    is_behind: bool,
}

impl Wire {
    pub fn new(stream: TcpStream, connection: Arc<Connection>) -> Self {
        // A small answer is not to wait for the next one.
        let _ = stream.set_nodelay(true);
        Self { stream, connection, waits: 0, is_behind: false }
    }

    fn bear_with(&mut self) {
        let deaf = self.connection.deaf();
        if self.waits != deaf {
            self.waits = deaf;
            let _ = set_tcp_user_timeout(&self.stream, deaf);
        }
    }

    fn notes<T>(&mut self, taken: Poll<T>) -> Poll<T> {
        if self.is_behind != taken.is_pending() {
            self.is_behind = taken.is_pending();
            self.connection.takes(!self.is_behind);
        }
        taken
    }
}

impl AsyncRead for Wire {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(context, into))?;
        if self.connection.reads(into.filled().len() - before) { Poll::Ready(Ok(())) } else { Poll::Pending }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.bear_with();
        let taken = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.notes(taken)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.bear_with();
        let taken = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.notes(taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        // Who writes here asks for this only when nothing is left to write.
        if self.connection.passed() {
            context.waker().wake_by_ref();
        }
        self.connection.sent();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        // What the system holds of a large answer is taken as slowly as the rest only while the connection is there.
        while self.connection.may_hold() {
            let mut scrap = [0; 512];
            let mut scrap = ReadBuf::new(&mut scrap);
            ready!(Pin::new(&mut self.stream).poll_read(context, &mut scrap))?;
            if scrap.filled().is_empty() {
                break;
            }
        }
        Poll::Ready(Ok(()))
    }
}
