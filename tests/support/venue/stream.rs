//! A live stream, as whoever opened it hears it.

use std::io::{BufRead, BufReader};
use std::sync::mpsc::{Receiver, channel};

use super::{Caller, PATIENCE};

impl Caller {
    /// Opens a live stream; what it says arrives on the channel, whose end is the stream's end.
    pub fn listen(&self, path: &str) -> Receiver<Said> {
        // A stream has no end, but it must begin.
        let asked = self.agent.configure_request(self.request("GET", path, None));
        let answer = self.agent.run(asked.timeout_recv_response(Some(PATIENCE)).build()).unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        let (tell, said) = channel();
        std::thread::spawn(move || {
            let (mut id, mut event, mut data) = (0, String::new(), String::new());
            for line in BufReader::new(answer.into_body().into_reader()).lines().map_while(Result::ok) {
                match line.split_once(':') {
                    Some(("id", rest)) => id = rest.trim().parse().unwrap(),
                    Some(("event", rest)) => rest.trim().clone_into(&mut event),
                    Some(("data", rest)) => data += rest.trim(),
                    _ if line.is_empty()
                        && !event.is_empty()
                        && tell
                            .send(Said { id, event: std::mem::take(&mut event), data: std::mem::take(&mut data) })
                            .is_err() =>
                    {
                        return;
                    }
                    _ => {}
                }
            }
        });
        said
    }
}

/// One server-sent event.
#[derive(Debug, Clone)]
pub struct Said {
    pub id: u64,
    pub event: String,
    pub data: String,
}

/// The next thing said that is not a sign of life.
pub fn next(said: &Receiver<Said>) -> Said {
    loop {
        let next = said.recv_timeout(PATIENCE).expect("the stream said nothing");
        if next.event != "beat" {
            return next;
        }
    }
}
