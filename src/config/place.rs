//! Where a key was set, as an owner finds it again.

use std::fmt;
use std::path::PathBuf;

/// Displays as it stands in a sentence after "in".
#[derive(Clone, Debug)]
pub enum Place {
    /// A file and a line of it, counted from 1.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(String),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, line) => write!(f, "{}, line {line}", path.display()),
            Self::Variable(name) => write!(f, "the environment variable {name}"),
        }
    }
}
