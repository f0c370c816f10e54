//! The database itself: its file, its connections, the one thread that writes, copies of it.

pub mod batches;
pub mod clock;
mod columns;
pub mod copies;
pub mod file;
pub mod lookout;
pub mod pool;
pub mod reads;
pub mod recovery;
pub mod schema;
pub mod store;
pub mod wal;
pub mod writer;
