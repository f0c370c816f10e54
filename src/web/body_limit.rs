//! How much of a request's body is looked at.

/// Most bytes of a body that are looked at, and of a list of songs never played: in a form each of its letters may be twelve.
const MOST: usize = 64 * 1024;
const MOST_OF_RULES: usize = 768 * 1024;

/// Most bytes of a body that are looked at, by where it is sent.
pub fn most(path: &str) -> usize {
    if path.starts_with("/api/") && path.ends_with("/settings") { MOST_OF_RULES } else { MOST }
}
