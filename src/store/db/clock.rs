//! What a clock that is set, or a box that was off, does to rows.

pub mod downtime;
pub mod jump;
