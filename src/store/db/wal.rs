//! The WAL beside the main file: when and how it is checkpointed, and who else has it open.

pub mod backfill;
pub mod checkpoint;
pub mod file_watch;
pub mod frames;
pub mod holders;
pub mod mark;
pub mod open_files;
pub mod tally;
pub mod unlisted;
