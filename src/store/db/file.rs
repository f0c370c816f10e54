//! The database as a file on a disk.

pub mod damage;
pub mod disk_space;
pub mod displaced;
pub mod files;
pub mod foreign;
pub mod glance;
pub mod inspect;
pub mod lock;
pub mod main_file;
pub mod permissions;
pub mod progress;
pub mod replace;
