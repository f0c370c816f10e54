//! Covers of songs: their names, where they come from, which pictures are taken.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Username;

/// Bytes of the fingerprint that are kept.
const LENGTH: usize = 16;

/// The name this box gives to a cover: a fingerprint of its address at Spotify.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CoverId(String);

impl CoverId {
    /// The name of the cover at `address`.
    pub fn of(address: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(&Sha256::digest(address)[..LENGTH]))
    }

    /// Reads the names of [`CoverId::of`].
    pub fn parse(text: &str) -> Option<Self> {
        let fits = text.len() == 22 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as it stands in addresses.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where this box has it, for the people of `username`.
    pub fn address(&self, username: &Username) -> String {
        username.api(format_args!("art/{}", self.0))
    }
}

/// A picture, as far as it is here already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cover {
    Here(Picture),
    /// To be fetched from this address.
    At(String),
}

/// A picture and what kind of file it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    pub kind: PictureKind,
    pub bytes: Vec<u8>,
}

/// The kinds of pictures that are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PictureKind {
    Jpeg,
    Png,
    Webp,
}

impl PictureKind {
    /// Told by how the file begins, whatever somebody called it.
    pub fn told_by(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::Webp),
            _ => None,
        }
    }

    /// What `Content-Type` says of it.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CoverId, PictureKind};

    #[test]
    fn a_cover_has_one_name_and_no_other_text_is_one() {
        let id = CoverId::of("https://i.scdn.co/image/ab");
        assert_eq!(CoverId::parse(id.as_str()).as_ref(), Some(&id));
        assert_ne!(CoverId::of("https://i.scdn.co/image/ac"), id);
        for odd in ["", "../../etc/passwd", "0123456789012345678901%", "01234567890123456789012"] {
            assert_eq!(CoverId::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_picture_is_told_by_its_first_bytes() {
        for (bytes, kind) in [
            (&b"\xff\xd8\xff\xe0rest"[..], Some(PictureKind::Jpeg)),
            (b"\x89PNG\r\n\x1a\nrest", Some(PictureKind::Png)),
            (b"RIFF\0\0\0\0WEBPrest", Some(PictureKind::Webp)),
            (b"<svg onload=alert(1)>", None),
            (b"GIF89a", None),
            (b"", None),
        ] {
            assert_eq!(PictureKind::told_by(bytes), kind);
        }
    }
}
