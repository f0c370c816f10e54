//! The proof key of a consent: the box needs no client secret.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::secret::Secret;

/// What following and steering a player takes; playlists are asked for only when somebody wants them.
pub const SCOPES: &str = "user-read-currently-playing user-read-playback-state user-modify-playback-state";

/// The secret that ties a callback to the browser that was sent out: 43 to 128 characters of `[A-Za-z0-9_.~-]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier(Secret);

impl Verifier {
    /// A new one of 384 random bits; fails when the machine has no random numbers.
    pub fn fresh() -> std::io::Result<Self> {
        let mut bytes = [0; 48];
        getrandom::fill(&mut bytes).map_err(std::io::Error::other)?;
        Ok(Self(Secret::new(URL_SAFE_NO_PAD.encode(bytes))))
    }

    /// One that was kept while the browser was away; refuses what could not have been one.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (43..=128).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'~' | b'-'));
        fits.then(|| Self(Secret::new(text)))
    }

    /// What the consent page is told: the SHA-256 of it, base64url without padding.
    pub fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.reveal().as_bytes()))
    }

    /// The text itself, to be kept until the callback.
    pub fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

/// What a DJ is asked to allow, and where the browser goes with the answer.
#[derive(Clone, Copy, Debug)]
pub struct Consent<'a> {
    pub client_id: &'a str,
    pub redirect_uri: &'a str,
    /// Comes back unchanged; good once, for the DJ who began.
    pub state: &'a str,
    pub scope: &'a str,
    /// [`Verifier::challenge`] of the verifier kept meanwhile.
    pub challenge: &'a str,
}

impl Consent<'_> {
    /// The page to send the browser to, at the accounts service under `accounts_url`.
    pub(super) fn url(&self, accounts_url: &str) -> String {
        let query = [
            ("client_id", self.client_id),
            ("response_type", "code"),
            ("redirect_uri", self.redirect_uri),
            ("state", self.state),
            ("scope", self.scope),
            ("code_challenge_method", "S256"),
            ("code_challenge", self.challenge),
        ];
        // Pairs of text always encode.
        let query = serde_urlencoded::to_string(query).unwrap_or_default();
        format!("{}/authorize?{query}", accounts_url.trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::{Consent, SCOPES, Verifier};

    #[test]
    fn the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = Verifier::parse("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").unwrap();
        assert_eq!(verifier.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn a_fresh_verifier_is_new_and_fits_the_rule() {
        let (one, other) = (Verifier::fresh().unwrap(), Verifier::fresh().unwrap());
        assert_ne!(one, other);
        assert_eq!(Verifier::parse(one.reveal()), Some(one));
        for bad in ["short", &"a".repeat(129), &format!("{}=", "a".repeat(43))] {
            assert!(Verifier::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_consent_page_is_asked_in_full_and_escaped() {
        let asked = Consent {
            client_id: "house",
            redirect_uri: "http://127.0.0.1:8000/spotify/callback",
            state: "a&b",
            scope: SCOPES,
            challenge: "xyz",
        };
        let url = asked.url("https://accounts.example/");
        assert!(url.starts_with("https://accounts.example/authorize?client_id=house&response_type=code&"), "{url}");
        for part in [
            "redirect_uri=http%3A%2F%2F127.0.0.1%3A8000%2Fspotify%2Fcallback",
            "state=a%26b",
            "code_challenge_method=S256",
            "code_challenge=xyz",
            "scope=user-read-currently-playing+user-read",
        ] {
            assert!(url.contains(part), "{part} in {url}");
        }
    }
}
