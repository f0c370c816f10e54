//! Who asks, before it is known who it is.

use crate::domain::{Username, source_of};

/// Where a request comes from, as far as we can know.
#[derive(Clone, Debug, Default)]
pub struct Client {
    pub address: Option<String>,
    /// What the browser calls itself.
    pub device: Option<String>,
    /// Where it signed in before.
    pub known: Vec<Known>,
}

/// That a browser signed in to an account before.
#[derive(Clone, Debug)]
pub struct Known {
    /// The account's name.
    pub account: String,
    /// What tells this browser from others there.
    pub browser: String,
}

impl Client {
    /// Which browser this is at an account it signed in to before.
    pub(in crate::store) fn known_at(&self, name: &str) -> Option<&str> {
        let name = Username::typed(name)?;
        self.known.iter().find(|known| known.account == name.as_str()).map(|known| known.browser.as_str())
    }

    /// What tries from there are counted for, where nothing else is known.
    pub fn source(&self) -> String {
        let address = self.address.as_deref().unwrap_or_default();
        address.parse().map_or_else(|_| address.to_owned(), |ip| source_of(ip).to_string())
    }
}
