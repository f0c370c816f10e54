//! Whose rows these are: the handle, its transactions, the doors to it, the record.

pub mod access;
pub mod audit;
pub mod audit_log;
pub mod client;
pub mod handle;
pub mod row;
pub mod tx;
pub mod users;
