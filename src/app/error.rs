//! Why a command failed. Every failure ends as one of these; `main` prints it and exits with 1.

use std::{fmt, io};

use crate::domain::Refusal;
use crate::{config, store};

/// Displays as a whole sentence for the owner of the box, who is to know from it what to do.
#[derive(Debug)]
pub enum Error {
    /// What was typed or what was found speaks against it: a sentence that the command writes itself.
    Refused(String),
    /// The configuration is not right.
    Config(config::Error),
    /// The store failed, or a rule of the domain refused.
    Store(store::Error),
    /// The server did not start; the cause is a sentence already.
    Server(io::Error),
    /// The system refused something every box needs: what failed, and why.
    System(&'static str, io::Error),
}

/// What every command answers.
pub type Result<T = (), E = Error> = std::result::Result<T, E>;

impl Error {
    /// For `map_err`: names what failed.
    pub fn system(what: &'static str) -> impl Fn(io::Error) -> Self + Copy {
        move |error| Self::System(what, error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused(sentence) => f.write_str(sentence),
            Self::Config(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
            Self::Server(error) => error.fmt(f),
            Self::System(what, error) => write!(f, "{what}: {error}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<config::Error> for Error {
    fn from(error: config::Error) -> Self {
        Self::Config(error)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Store(refusal.into())
    }
}
