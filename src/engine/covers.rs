//! Covers, fetched once by the box, so that no page has to ask the internet.

use super::single_flight::SingleFlight;
use crate::domain::{CoverId, Picture, UserId};
use crate::spotify::{NoPicture, Pictures};
use crate::store::{Error, Result, Store, Wait};

/// Pictures that may be under way at once.
const MOST: usize = 8;

/// Fetches covers and keeps them with their DJ.
#[derive(Clone)]
pub struct Covers {
    store: Store,
    pictures: Pictures,
    single_flight: SingleFlight<Option<Picture>>,
}

impl Covers {
    pub fn new(store: &Store, pictures: Pictures) -> Self {
        Self { store: store.clone(), pictures, single_flight: SingleFlight::new(MOST) }
    }

    /// The picture at an address that Spotify has named to `user`'s box. Refuses where there is none to be had.
    pub async fn fetch(&self, user: &UserId, id: CoverId, address: String) -> Result<Picture> {
        let (this, whose) = (self.clone(), user.clone());
        let what = format!("{user} {}", id.as_str());
        let brought = self.single_flight.share(what, move || this.bring(&whose, id, &address)).await;
        brought.flatten().ok_or(Error::NotFound)
    }

    fn bring(&self, user: &UserId, id: CoverId, address: &str) -> Option<Picture> {
        let picture = match self.pictures.fetch(address) {
            Ok(picture) => Some(picture),
            Err(NoPicture::Unreached) => None,
            Err(fault @ (NoPicture::Elsewhere | NoPicture::Unfit)) => {
                log::warn!(target: "box", "Spotify named a cover for {user} that is not shown: {fault:?}");
                None
            }
        };
        let keep = || self.store.spotify_worker(user).wait()?.keep_cover(id, picture.clone()).wait();
        if let Err(error) = keep() {
            log::warn!(target: "box", "A cover for {user} could not be kept: {error}");
        }
        picture
    }
}
