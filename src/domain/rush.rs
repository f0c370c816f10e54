//! What was too much at an event lately, of which the host is told.

/// What of a night is more than a night comes to: a prank, more often than not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rush {
    /// From one address so many guests have come in that no more are let in from there for now.
    Door,
    /// So many requests wait that no more are taken.
    Wishes,
}

impl Rush {
    /// What a DJ is told.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Door => {
                "A crowd at the door: very many guests have come in from one place in the same way, by the QR code or by the PIN, and no more get in so from there for ten minutes. Is it a prank? A new one counts anew."
            }
            Self::Wishes => "So many wishes wait that no more are taken. Decide on some, or clear all that wait.",
        }
    }
}
