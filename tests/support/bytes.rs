//! What goes over a venue's Wi-Fi: a page when it is first opened, and one vote to each who listens.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::json;

use crate::party::{DJ, Party, head, headers};
use crate::phones::Phone;
use crate::venue::Caller;

/// Votes that are counted; a party needs one guest more.
pub const VOTES: usize = 5;
/// Votes may be gathered before they are told, for less than this.
const PATIENCE: Duration = Duration::from_secs(3);

/// Bytes of a page as a browser gets it, head and all; and with all that it has a browser load.
pub fn first_load(party: &Party, path: &str, caller: &Caller) -> (usize, usize) {
    let answer = caller.clone().get(path);
    assert_eq!(answer.status, 200);
    let page = fetched(party, path, caller);
    let is_loaded = |tag: &&str| ["link ", "script ", "img "].iter().any(|one| tag.starts_with(one));
    let addresses = answer.body.split('<').filter(is_loaded).filter_map(|tag| {
        let at = tag.split_once("href=\"").or_else(|| tag.split_once("src=\""))?.1;
        Some(at.split_once('"')?.0.replace("&amp;", "&")).filter(|at| at.starts_with('/'))
    });
    let rest: BTreeSet<String> = addresses.collect();
    (page, page + rest.iter().map(|at| fetched(party, at, caller)).sum::<usize>())
}

/// Bytes of the whole answer a browser gets.
fn fetched(party: &Party, path: &str, caller: &Caller) -> usize {
    let mut headers = headers(caller, true);
    headers.push(("Connection", "close".into()));
    let mut socket = TcpStream::connect(("127.0.0.1", party.venue.port())).unwrap();
    socket.write_all(head(party.venue.port(), path, &headers).as_bytes()).unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 200"), "{path}");
    answer.len()
}

/// Bytes that each kind of listener is sent of a vote for a song in the middle of the line, in the middle of some votes.
pub fn of_a_vote(party: &Party) -> Vec<(&'static str, usize)> {
    let listeners = [
        ("guest", "party/live", party.guests[0].clone()),
        ("dj", "live", party.host.clone()),
        ("screen", "display/live", party.venue.screen(DJ)),
        ("helper", "helper/live", party.venue.helper(DJ)),
    ];
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let mut phones = Vec::new();
        for (who, path, caller) in listeners {
            let head = head(party.venue.port(), &format!("/api/{DJ}/{path}"), &headers(&caller, false));
            phones.push((who, Phone::open(party.venue.port(), 2, &head).await.expect("a stream is refused"), vec![]));
        }
        for n in 0..VOTES {
            let id = party.line[(party.line.len() / 2 + n) % party.line.len()].clone();
            let before: Vec<usize> = phones.iter().map(|(_, phone, _)| phone.bytes).collect();
            let (mut guest, path) = (party.guests[n + 1].clone(), format!("/api/{DJ}/requests/{id}/vote"));
            let vote = tokio::task::spawn_blocking(move || guest.post(&path, &json!({})).status);
            assert_eq!(vote.await.unwrap(), 200);
            for ((_, phone, took), before) in phones.iter_mut().zip(before) {
                let told = async { while !phone.event().await.expect("a stream ended").contains(&id) {} };
                // Who would see nothing else for it need not be told.
                let _ = tokio::time::timeout(PATIENCE, told).await;
                took.push(phone.bytes - before);
            }
        }
        phones.into_iter().map(|(who, _, took)| (who, middle(took))).collect()
    })
}

fn middle(mut all: Vec<usize>) -> usize {
    all.sort_unstable();
    all[all.len() / 2]
}
