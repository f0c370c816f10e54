//! The data folder: the database, its key and its copies, and who may work on them now.

mod folder;
mod hold;
pub mod key;
mod open;
mod rights;

pub use folder::{backups, database, existing, leave, make, named, not_ours};
pub use hold::{Held, beside, beside_the_box, heal, take};
pub use key::Keys;
pub use open::{open, to_read, visit};
pub use rights::is_closed;
