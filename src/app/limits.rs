use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that may be open at once: as many as the system allows, since every phone in the room holds one and the
/// usual soft limit of 1,024 is a full house.
pub fn raise() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        log::warn!(target: "box", "The limit of open connections stays as it is: {error}");
    }
}
