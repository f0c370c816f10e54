//! The pictures of all parties that somebody looks at, each as new as the file whenever it is asked for.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::own::Own;
use super::picture::Picture;
use crate::domain::{GuestId, Timestamp, UserId, Username};
use crate::store::db::store::Store;
use crate::store::db::writer::freshness::Freshness;
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Owner, Tenant};

/// A picture nobody has asked for is kept so long.
const KEPT_MS: i64 = 10 * 60 * 1000;

/// Every party that is kept, by whose it is.
#[derive(Default)]
pub struct Pictures(Mutex<Parties>);

#[derive(Default)]
struct Parties {
    slots: HashMap<UserId, Arc<Slot>>,
    /// Whose name is whose, among those that are kept.
    names: HashMap<Username, Owner>,
}

/// Where one tenant's picture is, the newest there is.
#[derive(Default)]
struct Slot {
    newest: Mutex<Option<Arc<Picture>>>,
    /// Held by the one who reads it anew: all who wait for that have the same picture.
    reading: tokio::sync::Mutex<()>,
    /// What is kept of each guest.
    guests: Mutex<HashMap<GuestId, Arc<Own>>>,
    asked_at: Mutex<Option<Timestamp>>,
}

impl<Role> Tenant<Role> {
    /// The party as it is now: whoever was answered before sees what came of it.
    pub(in crate::store) async fn picture(&self) -> Result<Arc<Picture>> {
        let freshness = self.store().freshness().await?;
        let (slot, needed) = (self.slot(), freshness.needed(self.id()));
        if let Some(newest) = slot.newest(needed) {
            return Ok(newest);
        }
        let _reading = slot.reading.lock().await;
        if let Some(newest) = slot.newest(needed) {
            return Ok(newest);
        }
        let (before, seen, noted) = (lock(&slot.newest).clone(), freshness.begin(self.id()), freshness.clone());
        let read = self.read(move |tx| Picture::read(tx, before.as_deref(), seen, &noted)).await;
        if matches!(read, Err(Error::NotFound)) {
            self.store().memory::<Pictures>().forget(self.id(), &freshness);
        }
        let picture = Arc::new(read?);
        freshness.was_read(self.id(), seen);
        *lock(&slot.newest) = Some(picture.clone());
        Ok(picture)
    }

    /// One of this tenant's guests as they are now; `None` where nobody has the id.
    pub(in crate::store) async fn guest_now(&self, guest: &GuestId) -> Result<Option<Arc<Own>>> {
        let freshness = self.store().freshness().await?;
        let (slot, needed) = (self.slot(), freshness.needed(self.id()));
        if let Some(own) = lock(&slot.guests).get(guest).filter(|own| own.seen >= needed) {
            return Ok(Some(own.clone()));
        }
        let (seen, id) = (freshness.begin(self.id()), guest.clone());
        let own = self.read(move |tx| Own::read(tx, &id, seen)).await?.map(Arc::new);
        if let Some(own) = &own {
            lock(&slot.guests).insert(guest.clone(), own.clone());
        }
        Ok(own)
    }

    fn slot(&self) -> Arc<Slot> {
        let (pictures, now) = (self.store().memory::<Pictures>(), self.store().own_time());
        let mut parties = lock(&pictures.0);
        if !parties.slots.contains_key(self.id()) {
            parties.names.insert(self.owner().username.clone(), self.owner().clone());
        }
        let slot = parties.slots.entry(self.id().clone()).or_default().clone();
        *lock(&slot.asked_at) = Some(now);
        slot
    }
}

impl Slot {
    /// The picture, where it is as new as commit `needed`.
    fn newest(&self, needed: u64) -> Option<Arc<Picture>> {
        lock(&self.newest).clone().filter(|picture| picture.seen >= needed)
    }
}

impl Store {
    /// Whose party goes by a name, if that is kept.
    pub(super) fn kept_by(&self, name: &Username) -> Option<Owner> {
        lock(&self.memory::<Pictures>().0).names.get(name).cloned()
    }

    /// Lets go of the pictures nobody has asked for lately.
    pub async fn prune_pictures(&self) -> Result<()> {
        let (pictures, freshness, now) = (self.memory::<Pictures>(), self.freshness().await?, self.own_time());
        let is_old = |slot: &Slot| lock(&slot.asked_at).is_some_and(|at| now.ms_since(at) > KEPT_MS);
        let slots = lock(&pictures.0).slots.clone();
        slots.iter().filter(|(_, slot)| is_old(slot)).for_each(|(user, _)| pictures.forget(user, &freshness));
        Ok(())
    }
}

impl Pictures {
    #[cfg(test)]
    pub fn count(&self) -> usize {
        lock(&self.0).slots.len()
    }

    pub(in crate::store) fn forget(&self, user: &UserId, freshness: &Freshness) {
        let mut parties = lock(&self.0);
        parties.slots.remove(user);
        parties.names.retain(|_, owner| owner.user_id != *user);
        freshness.forget(user);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
