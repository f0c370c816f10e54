//! Who is signed in, kept in memory for as long as nothing was written that may end it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::{SessionId, Timestamp, User, UserId};

/// Sessions that are kept at most; then all are looked for again.
const MOST: usize = 10_000;

/// Somebody signed in, by a session that lives.
#[derive(Clone)]
pub struct Signed {
    pub user: User,
    pub session: SessionId,
    pub expires_at: Timestamp,
    pub(super) seen_at: Option<Timestamp>,
}

/// Sessions as they were read, each with the last commit there was before.
#[derive(Default)]
pub struct SignedIn(Mutex<HashMap<SessionId, (u64, Signed)>>);

impl SignedIn {
    /// Who is behind a session at `now`, where that was read after commit `needed`.
    pub fn find(&self, session: &SessionId, whose: &UserId, needed: u64, now: Timestamp) -> Option<Signed> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, signed) = kept.get(session)?;
        (*seen >= needed && signed.user.id == *whose && signed.expires_at > now).then(|| signed.clone())
    }

    /// Keeps what was read when `seen` was the last commit.
    pub fn keep(&self, seen: u64, signed: &Signed) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.clear();
        }
        kept.insert(signed.session.clone(), (seen, signed.clone()));
    }
}
