//! Which accounts are there.

/// What tells an account from one that is on its way out or in: that one has a name nobody can have, and is for nobody
/// to see.
pub const PRESENT: &str = "username NOT GLOB '-*'";
