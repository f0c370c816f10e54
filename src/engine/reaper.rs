//! Cuts off who holds a connection and says nothing: Rocket itself would wait for ever, and connections run out.

use std::collections::{HashMap, HashSet};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::net::Shutdown;
use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};

use super::worker::{Stop, Worker};

const ROUND: Duration = Duration::from_secs(5);
/// Silence after which a connection without a stream is cut: longer than any answer takes, shorter than browsers keep
/// idle connections anyway.
const SILENCE: Duration = Duration::from_secs(40);

/// Who has been heard from, by the address and port of the other end.
#[derive(Clone, Default)]
pub struct Callers(Arc<Mutex<Heard>>);

#[derive(Default)]
struct Heard {
    last: HashMap<SocketAddr, Instant>,
    streams: HashMap<SocketAddr, usize>,
}

/// Keeps a connection safe while its stream is open.
pub struct Hold {
    callers: Callers,
    who: Option<SocketAddr>,
}

impl Callers {
    /// A whole request came from there just now.
    pub fn heard(&self, who: Option<SocketAddr>) {
        if let Some(who) = who {
            self.lock().last.insert(plain(who), Instant::now());
        }
    }

    /// A stream is open there until the hold is dropped.
    #[must_use]
    pub fn hold(&self, who: Option<SocketAddr>) -> Hold {
        let who = who.map(plain);
        if let Some(who) = who {
            *self.lock().streams.entry(who).or_default() += 1;
        }
        Hold { callers: self.clone(), who }
    }

    /// Of the connections there are, those silent for too long at `now`. Forgets the ones that are gone.
    fn silent(&self, there: &HashSet<SocketAddr>, now: Instant) -> HashSet<SocketAddr> {
        let mut heard = self.lock();
        heard.last.retain(|who, _| there.contains(who));
        for who in there {
            heard.last.entry(*who).or_insert(now);
        }
        let dead = |who: &&SocketAddr| {
            !heard.streams.contains_key(who) && heard.last.get(who).is_some_and(|at| now.duration_since(*at) >= SILENCE)
        };
        there.iter().filter(dead).copied().collect()
    }

    fn lock(&self) -> MutexGuard<'_, Heard> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        let Some(who) = self.who else { return };
        let mut heard = self.callers.lock();
        heard.last.insert(who, Instant::now());
        if let Some(open) = heard.streams.get_mut(&who) {
            *open -= 1;
            if *open == 0 {
                heard.streams.remove(&who);
            }
        }
    }
}

/// Looks at the connections to `port` every few seconds, and cuts the silent ones.
pub fn start(port: u16, callers: Callers, stop: Arc<Stop>) -> io::Result<Worker> {
    Worker::start("reaper", move || {
        if let Err(error) = round(port, &callers) {
            log::warn!(target: "box", "Silent connections could not be cut off: {error}");
        }
        stop.sleep(ROUND)
    })
}

fn round(port: u16, callers: &Callers) -> io::Result<()> {
    let sockets = established(port)?;
    let silent = callers.silent(&sockets.values().copied().collect(), Instant::now());
    if silent.is_empty() {
        return Ok(());
    }
    let pidfd = pidfd_open(getpid(), PidfdFlags::empty())?;
    for entry in std::fs::read_dir("/proc/self/fd")? {
        let path = entry?.path();
        let Some((number, inode)) = socket(&path) else { continue };
        if sockets.get(&inode).is_some_and(|who| silent.contains(who)) {
            // The socket may have been closed meanwhile, which is what was wanted.
            let _ = pidfd_getfd(&pidfd, number, PidfdGetfdFlags::empty())
                .and_then(|fd| rustix::net::shutdown(fd, Shutdown::Both));
        }
    }
    Ok(())
}

/// A descriptor's number and the inode of its socket, if it is one.
fn socket(path: &Path) -> Option<(i32, u64)> {
    let number = path.file_name()?.to_str()?.parse().ok()?;
    let link = std::fs::read_link(path).ok()?;
    let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()?;
    Some((number, inode))
}

/// The open connections to a port of this machine: inode and other end.
fn established(port: u16) -> io::Result<HashMap<u64, SocketAddr>> {
    let mut found = HashMap::new();
    for table in ["/proc/self/net/tcp", "/proc/self/net/tcp6"] {
        let text = std::fs::read_to_string(table)
            .or_else(|error| if error.kind() == io::ErrorKind::NotFound { Ok(String::new()) } else { Err(error) })?;
        found.extend(text.lines().skip(1).filter_map(|line| connection(line, port)));
    }
    Ok(found)
}

/// One line of the kernel's table: `sl local remote state …`, the inode in the tenth column.
fn connection(line: &str, port: u16) -> Option<(u64, SocketAddr)> {
    const ESTABLISHED: &str = "01";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, remote) = (end(columns.get(1)?)?, end(columns.get(2)?)?);
    (local.port() == port && *columns.get(3)? == ESTABLISHED).then_some(())?;
    Some((columns.get(9)?.parse().ok()?, plain(remote)))
}

/// `0100007F:1F90` is 127.0.0.1:8080: words of the address in the machine's own byte order.
fn end(text: &str) -> Option<SocketAddr> {
    let (address, port) = text.split_once(':')?;
    let word = |at: usize| u32::from_str_radix(address.get(at..at + 8)?, 16).ok().map(u32::to_ne_bytes);
    let ip = match address.len() {
        8 => IpAddr::from(Ipv4Addr::from(word(0)?)),
        _ => IpAddr::from(Ipv6Addr::from(
            <[u8; 16]>::try_from([word(0)?, word(8)?, word(16)?, word(24)?].concat()).ok()?,
        )),
    };
    Some(SocketAddr::new(ip, u16::from_str_radix(port, 16).ok()?))
}

/// An IPv4 address in IPv6 clothes is the same end.
fn plain(who: SocketAddr) -> SocketAddr {
    SocketAddr::new(who.ip().to_canonical(), who.port())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};
    use std::time::{Duration, Instant};

    use super::{Callers, SILENCE, connection, established, round};

    #[test]
    fn the_kernels_table_is_read_as_it_is_written() {
        let line =
            "   3: 0100007F:1F90 0200A8C0:C350 01 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0";
        let (inode, who) = connection(line, 8080).unwrap();
        assert_eq!((inode, who.to_string().as_str()), (12345, "192.168.0.2:50000"));
        assert!(connection(line, 80).is_none());
        assert!(connection(&line.replace(" 01 ", " 0A "), 8080).is_none());
        assert!(connection("garbage", 8080).is_none());
    }

    #[test]
    fn who_is_silent_is_cut_and_who_streams_or_was_heard_is_not() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = || {
            let client = TcpStream::connect(("127.0.0.1", port)).unwrap();
            client.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            (client, listener.accept().unwrap().0)
        };
        let (mut silent, mut streams, mut heard) = (open(), open(), open());
        let end = |pair: &(TcpStream, TcpStream)| pair.0.local_addr().ok();
        let callers = Callers::default();
        assert_eq!(established(port).unwrap().len(), 3);
        round(port, &callers).unwrap();
        // As if all three had been seen first a while ago.
        let long_ago = Instant::now().checked_sub(SILENCE + Duration::from_secs(1)).unwrap();
        for pair in [&silent, &streams, &heard] {
            callers.lock().last.insert(end(pair).unwrap(), long_ago);
        }
        let hold = callers.hold(end(&streams));
        callers.heard(end(&heard));
        round(port, &callers).unwrap();
        let mut byte = [0];
        assert_eq!(silent.0.read(&mut byte).unwrap(), 0, "still open");
        for pair in [&mut streams, &mut heard] {
            assert!(pair.0.read(&mut byte).is_err(), "cut off");
        }
        drop(hold);
        let there: HashSet<_> = [end(&streams).unwrap()].into();
        assert!(callers.silent(&there, Instant::now()).is_empty(), "a stream that has just ended has time again");
    }
}
