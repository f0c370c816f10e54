//! The only SQL and the only connections.

mod clock;
mod error;
mod pool;

pub use clock::Clock;
pub use error::{Error, Result};
pub use pool::{APPLICATION_ID, Readers};
