//! Accounts, passwords, sign-ins.

pub mod accounts;
pub mod login_throttle;
pub mod passwords;
pub mod removal;
pub mod secrets;
pub mod sessions;
pub mod signed_in;
