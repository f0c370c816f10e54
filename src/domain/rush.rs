/// What of a night is more than a night comes to: a prank, more often than not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rush {
    /// From one address so many guests have come in that no more are let in from there for now.
    Door,
    /// So many wishes wait that no more are taken.
    Wishes,
}

impl Rush {
    /// What a DJ is told.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Door => {
                "A crowd at the door: very many guests have come in from one place, and no more get in from there for ten minutes. Is it a prank? Make a new QR code and a new PIN: those count anew."
            }
            Self::Wishes => "So many wishes wait that no more are taken. Decide on some, or clear all that wait.",
        }
    }
}
