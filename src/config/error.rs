//! Why a configuration cannot be used, in a sentence for the owner.

use std::fmt;
use std::path::PathBuf;

use super::place::Place;

/// Displays as one sentence: which file or variable, which key, what it was, what is allowed.
#[derive(Debug)]
pub enum Error {
    /// The file as a whole: it cannot be read, or is not text.
    File(PathBuf, String),
    /// A key or a value at one place.
    At(Place, String),
    /// Keys that are right one by one, and do not go together.
    Together(String),
}

/// What every function of the configuration answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path, what) => write!(f, "The configuration file {} {what}", path.display()),
            Self::At(place, what) => write!(f, "In {place}: {what}"),
            Self::Together(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Error {}
