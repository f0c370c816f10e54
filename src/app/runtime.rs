//! The threads that async work runs on.

use tokio::runtime::Runtime;

use super::error::{Error, Result};

/// Starts as many as there are processors.
pub fn start() -> Result<Runtime> {
    Runtime::new().map_err(Error::system("The worker threads did not start"))
}
