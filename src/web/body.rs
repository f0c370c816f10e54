//! The bodies of answers: what HTTP sends, and what goes on without it, so that no buffers are kept for who only listens.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use hyper::body::{Body, Bytes, Frame, SizeHint};
use rocket::futures::{Stream, StreamExt};
use rocket::local::asynchronous::LocalResponse;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::select;
use tokio::sync::Notify;

use super::connections::Answering;

/// Bytes of an answer that are passed on at a time.
const PIECE: usize = 16 * 1024;

/// What Rocket answered, read as it is sent: nothing is kept for a stream that says nothing, and one piece for one that is
/// not taken.
pub struct Answer {
    response: LocalResponse<'static>,
    is_read_meanwhile: bool,
    answering: Answering,
}

impl Answer {
    pub fn new(response: LocalResponse<'static>, is_read_meanwhile: bool, answering: Answering) -> Self {
        Self { response, is_read_meanwhile, answering }
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        if self.is_read_meanwhile && self.answering.is_passing() {
            // It is asked for anew once the piece before is with the system.
            return Poll::Pending;
        }
        let mut piece = [0; PIECE];
        let mut piece = ReadBuf::new(&mut piece);
        let read = ready!(Pin::new(&mut self.response).poll_read(context, &mut piece));
        let frame = read.map(|()| Bytes::copy_from_slice(piece.filled()));
        Poll::Ready(match frame {
            Ok(bytes) if bytes.is_empty() => None,
            frame => {
                if self.is_read_meanwhile {
                    self.answering.pass();
                }
                Some(frame.map(Frame::data))
            }
        })
    }

    fn size_hint(&self) -> SizeHint {
        self.response.body().preset_size().map_or_else(SizeHint::default, |size| SizeHint::with_exact(size as u64))
    }
}

/// What is said without end, piece by piece.
pub type Pieces = Pin<Box<dyn Stream<Item = Vec<u8>> + Send>>;

/// What a handler leaves to be said, beside its answer: nothing of the request is kept meanwhile.
#[derive(Clone, Default)]
pub struct Endless(Arc<Mutex<Option<Pieces>>>);

impl Endless {
    pub fn put(&self, pieces: Pieces) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(pieces);
    }

    /// What is to be said while it counts as being answered, in chunks or until the connection ends.
    pub fn take(&self, answering: Answering, chunks: bool) -> Result<Speech, Answering> {
        let left = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(pieces) = left else { return Err(answering) };
        // The head comes first.
        answering.pass();
        Ok(Speech { pieces, chunks, answering })
    }
}

/// An answer as HTTP has it.
pub enum Said {
    Here(Box<Answer>),
    /// Only its head is said by HTTP; what follows waits for that.
    Elsewhere(Option<Speech>, Takeover),
}

impl Body for Said {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        match &mut *self {
            Self::Here(answer) => Pin::new(answer).poll_frame(context),
            Self::Elsewhere(speech, takeover) => {
                if let Some(speech) = speech.take_if(|speech| !speech.answering.is_passing()) {
                    takeover.leave(speech);
                }
                Poll::Pending
            }
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Here(answer) => answer.size_hint(),
            Self::Elsewhere(..) => SizeHint::default(),
        }
    }
}

/// Where a connection finds what it is to say without HTTP.
#[derive(Clone, Default)]
pub struct Takeover(Arc<(Mutex<Option<Speech>>, Notify)>);

impl Takeover {
    fn leave(&self, speech: Speech) {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(speech);
        self.0.1.notify_one();
    }

    /// Waits for it.
    pub async fn taken(&self) -> Option<Speech> {
        self.0.1.notified().await;
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The body of an answer whose head is sent.
pub struct Speech {
    pieces: Pieces,
    chunks: bool,
    answering: Answering,
}

impl Speech {
    /// Says it to its end, or until the other end has left.
    pub async fn say(self, mut line: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let Self { mut pieces, chunks, answering } = self;
        loop {
            let piece = select! {
                piece = pieces.next() => piece,
                left = left(&mut line) => return left,
            };
            let Some(mut bytes) = piece else { break };
            if chunks {
                bytes = [format!("{:x}\r\n", bytes.len()).as_bytes(), &bytes, b"\r\n"].concat();
            }
            line.write_all(&bytes).await?;
            line.flush().await?;
        }
        // The answer is over once its end is sent.
        drop(answering);
        if chunks {
            line.write_all(b"0\r\n\r\n").await?;
        }
        line.flush().await?;
        line.shutdown().await
    }
}

/// Waits until the other end has left. Whatever it says meanwhile is said to nobody.
async fn left(line: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    while line.read(&mut [0; 64]).await? > 0 {}
    Ok(())
}
