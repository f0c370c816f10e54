//! Sealing with the box's key: what is sealed opens only where it belongs.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

use crate::store::error::{Error, Result};

/// How every sealed value begins, so that one that is not sealed is seen.
const MARK: &str = "x1.";
const NONCE: usize = 24;

/// Seals what must be shown again: a copied database file shows nothing of it without the key file.
pub struct Vault(XChaCha20Poly1305);

/// The one place a sealed value opens at; moved elsewhere it stays shut.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    pub tenant: &'a str,
    /// Table and column.
    pub column: &'static str,
    pub row: &'a str,
}

impl Place<'_> {
    fn bound(&self) -> Vec<u8> {
        [self.tenant, self.column, self.row].join("\u{1f}").into_bytes()
    }
}

impl Vault {
    pub fn new(key: &[u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(key.into()))
    }

    /// Whether a stored text was sealed by some key.
    pub(in crate::store) fn is_sealed(text: &str) -> bool {
        text.starts_with(MARK)
    }

    pub(in crate::store) fn seal(&self, place: Place, plain: &str) -> Result<String> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| Error::Broken(format!("no random numbers: {error}")))?;
        let payload = Payload { msg: plain.as_bytes(), aad: &place.bound() };
        let shut = self.0.encrypt(&XNonce::from(nonce), payload);
        let shut = shut.map_err(|_| Error::Broken("a value could not be sealed".into()))?;
        Ok(format!("{MARK}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &shut].concat())))
    }

    /// Refuses a value of another key, of another place, or one that was never sealed.
    pub(in crate::store) fn open(&self, place: Place, sealed: &str) -> Result<String> {
        let shut = || Error::Broken(format!("the sealed {} does not open with this key", place.column));
        let bytes = sealed.strip_prefix(MARK).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()).ok_or_else(shut)?;
        let (nonce, msg) = bytes.split_first_chunk::<NONCE>().ok_or_else(shut)?;
        let payload = Payload { msg, aad: &place.bound() };
        let plain = self.0.decrypt(&XNonce::from(*nonce), payload).map_err(|_| shut())?;
        String::from_utf8(plain).map_err(|_| shut())
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Vault};

    const HERE: Place<'static> = Place { tenant: "a", column: "events.pin", row: "1" };

    #[test]
    fn a_sealed_value_opens_at_its_own_place_with_its_own_key_only() {
        let vault = Vault::new(&[7; 32]);
        let sealed = vault.seal(HERE, "4729").unwrap();
        assert!(!sealed.contains("4729") && Vault::is_sealed(&sealed));
        assert_ne!(sealed, vault.seal(HERE, "4729").unwrap());
        assert_eq!(vault.open(HERE, &sealed).unwrap(), "4729");
        for elsewhere in
            [Place { tenant: "b", ..HERE }, Place { column: "events.join_token", ..HERE }, Place { row: "2", ..HERE }]
        {
            assert!(vault.open(elsewhere, &sealed).is_err());
        }
        assert!(Vault::new(&[8; 32]).open(HERE, &sealed).is_err());
        for odd in ["4729", "x1.", "x1.AAAA", &sealed[..sealed.len() - 4]] {
            assert!(vault.open(HERE, odd).is_err(), "{odd}");
        }
    }
}
