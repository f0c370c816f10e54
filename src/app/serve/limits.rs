//! How many files and connections may be open at once, and who has how many of them.

use std::num::NonZero;
use std::thread::available_parallelism;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Database;

/// Descriptors kept for backups, for requests to others, and for the box itself.
const SPARE: usize = 64;
/// Readers of the database get at most one in so many of the others.
const OF_READERS: usize = 4;
/// Descriptors that one reader holds: the database and its WAL.
const OF_READER: usize = 2;
/// Useful readers for each processor. More than one, as some wait for the disk; not many more, as each keeps pages in memory.
const OF_PROCESSOR: usize = 4;

/// How the descriptors are shared out.
pub struct Shares {
    /// Connections that may be open.
    pub connections: usize,
    /// Readers of the database, which hold two each.
    pub readers: u32,
}

/// Raises the limit of descriptors as far as the system allows and shares them out. Every phone in the room holds one, and
/// the usual soft limit of 1,024 is no more than a full venue.
pub fn shares(database: &Database) -> Shares {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        log::warn!(target: "box", "The limit of open connections stays as it is: {error}");
    }
    let processors = available_parallelism().map_or(1, NonZero::get);
    let useful = u32::try_from(processors.saturating_mul(OF_PROCESSOR)).unwrap_or(u32::MAX);
    share(getrlimit(Resource::Nofile).current, useful.clamp(database.pool_min, database.pool_max))
}

/// Where there are very few, half of them are kept.
fn share(all: Option<u64>, readers: u32) -> Shares {
    let all = all.and_then(|all| all.try_into().ok()).unwrap_or(usize::MAX);
    let given = all.saturating_sub(SPARE).max(all / 2);
    let most = u32::try_from(given / OF_READERS / OF_READER).unwrap_or(u32::MAX);
    let readers = readers.min(most).max(1);
    let held = usize::try_from(readers).unwrap_or(usize::MAX).saturating_mul(OF_READER);
    Shares { connections: given.saturating_sub(held), readers }
}

#[cfg(test)]
mod tests {
    use super::{SPARE, share};

    #[test]
    fn whatever_the_limit_connections_and_readers_leave_what_is_spare() {
        for all in 8..5_000 {
            let shares = share(Some(all), 50);
            let (all, readers) = (usize::try_from(all).unwrap(), usize::try_from(shares.readers).unwrap());
            assert!(shares.connections + 2 * readers + SPARE.min(all / 2) <= all, "{all}");
            assert!(readers >= 1 && shares.connections >= all / 4, "{all}");
        }
        let shares = [300, 1_024, 20_000].map(|all| share(Some(all), 50)).map(|of| (of.connections, of.readers));
        assert_eq!(shares, [(178, 29), (860, 50), (19_836, 50)]);
        let (none, most) = (share(None, 50), share(Some(u64::MAX), 1_000));
        assert!(none.connections > 1_000_000 && none.readers == 50 && most.readers == 1_000);
    }
}
