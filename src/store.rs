//! The only SQL and the only connections.
//!
//! Reads go through a pool behind a semaphore, writes through one thread; a tenant's rows are reached by a [`Tenant`] alone.

mod account;
mod changes;
mod clock;
mod db;
mod error;
mod following;
mod open;
mod party;
mod sealing;
mod spotify;
mod tenant;
#[cfg(test)]
mod tests;
mod transfer;
mod vault;

pub use account::accounts::{AccountChange, Accounts, NewAccount, accounts_in};
pub use account::removal::KeptDeed;
pub use account::signed_in::Signed;
pub use changes::{Changed, Changes, News};
pub use clock::Clock;
pub use db::copies::backup::{Findings, check, check_own, copy, copy_passing, restore};
pub use db::file::files::{begins, is_in, keep_name, make, remove, write_whole};
pub use db::file::glance::{Glance, glance};
pub use db::file::inspect::inspect;
pub use db::file::lock::{FileLock, Locked};
pub use db::file::permissions::{denied, may_change, may_read};
pub use db::pool::{APPLICATION_ID, Readers, is_half_done};
pub use db::reads::blocking::Wait;
pub use db::recovery::settle;
pub use db::recovery::sweep::is_ours;
pub use db::schema::migrate::{Moved, mend, migrate};
pub use db::schema::versions::LATEST;
pub use db::store::Store;
pub use db::wal::checkpoint::CheckpointedBy;
pub use db::wal::file_watch::wal_of;
pub use error::{Error, Result};
pub use following::Followed;
pub use following::handover::Setback;
pub use open::Names;
pub use party::events::EventPatch;
pub use party::guests::{JoinCredential, PinCaller};
pub use party::playback::Announcement;
pub use party::requests::{Receipt, Whose};
pub use party::songs::search::Found;
pub use sealing::{opens_with, reseal};
pub use spotify::connection::{ConsentBack, Granted, SpotifyAccount, SpotifyDefaults};
pub use spotify::observations::Poll;
pub use spotify::tokens::Tokens;
pub use tenant::audit::Deed;
pub use tenant::client::{Client, Known};
pub use tenant::handle::{Announcer, Guest, Helper, Host, Owner, Screen, SpotifyWorker, Tenant, Visitor};
pub use transfer::export::{export, export_passing};
pub use transfer::import::{Arrival, Arrived};
pub use transfer::single_tenant::{Brought, bring_in};
pub use vault::Vault;
