//! Secrets drawn at random, their fingerprints, and passwords as bcrypt keeps them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::domain::{JoinToken, Password, Pin, ScreenToken};
use crate::store::error::{Error, Result};

/// Letters and digits that nobody mixes up when typing them into a TV.
const PLAIN: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// bcrypt rounds as a power of two: about a fifth of a second on a mini PC. Tests sign in thousands of times; the box that
/// is built for them, with its debug assertions, takes as few as there can be.
const COST: u32 = if cfg!(debug_assertions) { 4 } else { 12 };
/// A hash of nothing anyone knows: an unknown name must take as long as a wrong password.
const NOBODY: &str = if cfg!(debug_assertions) {
    "$2b$04$rYbGdpIFDoBtkXdYc1OUnO5yAQRMz0sqbULWWjpZcbBZC5sRCQ0kC"
} else {
    "$2b$12$rYbGdpIFDoBtkXdYc1OUnO5yAQRMz0sqbULWWjpZcbBZC5sRCQ0kC"
};

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| Error::Broken(format!("no random numbers: {error}")))?;
    Ok(bytes)
}

/// A secret for a QR code: 128 random bits.
pub fn join_token() -> Result<JoinToken> {
    Ok(JoinToken(URL_SAFE_NO_PAD.encode(random::<16>()?)))
}

/// A secret short enough for a TV remote: 12 letters and digits, 60 bits.
pub fn screen_token() -> Result<ScreenToken> {
    let letters = random::<12>()?.map(|byte| char::from(PLAIN[usize::from(byte % 32)]));
    Ok(ScreenToken(letters.iter().collect()))
}

/// A PIN nobody guesses first.
pub fn pin() -> Result<Pin> {
    let mut fault = None;
    let pin = Pin::draw(|| match random::<2>() {
        Ok(bytes) => u16::from_le_bytes(bytes),
        Err(error) => {
            fault = Some(error);
            4729
        }
    });
    fault.map_or(Ok(pin), Err)
}

/// What the store keeps of a token that only needs checking.
pub fn fingerprint(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A bcrypt hash; blocks for a fifth of a second. The crate's non-truncating call counts a closing NUL and refuses
/// the 72nd byte; a `Password` has no more than bcrypt reads.
pub fn hash(password: &Password) -> Result<String> {
    bcrypt::hash(password.as_str(), COST).map_err(|error| Error::Broken(format!("no password hash: {error}")))
}

/// Whether `password` opens `hash`, in any spelling; takes as long when there is no hash at all.
pub fn opens(password: &str, hash: Option<&str>) -> bool {
    let known = hash.filter(|hash| hash.starts_with("$2"));
    let fits = |spelling: &String| {
        let fits = bcrypt::verify(spelling, known.unwrap_or(NOBODY)).unwrap_or(false);
        fits && spelling.len() <= Password::MOST_BYTES
    };
    Password::spellings(password).iter().any(fits) && known.is_some()
}

#[cfg(test)]
mod tests {
    use super::{COST, NOBODY, Password, hash, opens, pin, screen_token};

    #[test]
    fn a_password_opens_its_own_hash_only() {
        let made = hash(&Password::parse("correct horse").unwrap()).unwrap();
        assert!(opens("correct horse", Some(&made)));
        assert!(!opens("wrong horse", Some(&made)));
        assert!(!opens("anything", Some("!")));
        assert!(!opens("anything", None));
    }

    #[test]
    fn a_hash_of_letters_taken_apart_still_lets_its_owner_in() {
        let apart = "cafe\u{301} latte";
        let old = bcrypt::hash(apart, 4).unwrap();
        assert!(opens(apart, Some(&old)), "from the keyboard it was made with");
        assert!(opens("caf\u{e9} latte", Some(&old)), "from any other");
        assert!(!opens("cafe latte", Some(&old)));
    }

    #[test]
    fn nobodys_hash_takes_as_long_as_anybodys() {
        let nobody: bcrypt::HashParts = NOBODY.parse().unwrap();
        assert_eq!(nobody.get_cost(), COST);
        assert!(bcrypt::verify("anything", NOBODY).is_ok(), "it is refused at once, and so faster");
    }

    #[test]
    fn secrets_are_new_every_time() {
        assert_ne!(screen_token().unwrap().0, screen_token().unwrap().0);
        assert!(!pin().unwrap().is_trivial());
    }
}
