//! One DJ from box to box, and databases of the first days.

pub mod export;
pub mod import;
pub mod imported_night;
pub mod single_tenant;
pub mod tables;
