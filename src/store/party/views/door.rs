//! Who comes in: told from the picture of the party where that is kept, else from the file.

use std::sync::Arc;

use super::picture::Picture;
use crate::domain::{GuestId, Username};
use crate::store::db::store::Store;
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Guest, Tenant, Visitor};

impl Store {
    /// Opens the door of a party to anyone; refuses names nobody has, and suspended accounts.
    pub async fn visit(&self, name: &Username) -> Result<Tenant<Visitor>> {
        match self.kept_party(name).await? {
            Some((_, picture)) => Ok(Tenant::open(self.clone(), picture.owner.clone(), Visitor { address: None })),
            None => self.visit_to(name).await,
        }
    }

    /// Lets a guest back in; refuses once their event is over, and a guest of another party.
    pub async fn guest(&self, name: &Username, id: &GuestId) -> Result<Tenant<Guest>> {
        match self.kept_guest(name, id).await? {
            Some(guest) => Ok(guest),
            None => self.guest_of(name, id).await,
        }
    }

    /// A guest of an event that runs; `None` where the picture does not tell, or there is none.
    async fn kept_guest(&self, name: &Username, id: &GuestId) -> Result<Option<Tenant<Guest>>> {
        let Some((party, picture)) = self.kept_party(name).await? else { return Ok(None) };
        let Some(night) = picture.night(self.now()) else { return Ok(None) };
        let Some(own) = party.guest_now(id).await?.filter(|own| own.event == night.event.id) else { return Ok(None) };
        let guest = Guest { id: id.clone(), event: own.event.clone(), address: None };
        Ok(Some(Tenant::open(self.clone(), picture.owner.clone(), guest)))
    }

    /// A party that is kept, where guests may come in; `None` where there is none by this name.
    async fn kept_party(&self, name: &Username) -> Result<Option<(Tenant<()>, Arc<Picture>)>> {
        let Some(owner) = self.kept_by(name) else { return Ok(None) };
        let party = Tenant::open(self.clone(), owner, ());
        let picture = match party.picture().await {
            Err(Error::NotFound) => return Ok(None),
            picture => picture?,
        };
        let is_open = picture.is_open && picture.owner.username == *name;
        Ok(is_open.then_some((party, picture)))
    }
}
