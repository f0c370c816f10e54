//! Fetches covers, from where Spotify keeps them and from nowhere else.

use std::net::IpAddr;
use std::time::Duration;

use ureq::http::Uri;

use super::http::{Caller, Timeouts};
use crate::domain::{Picture, PictureKind};

/// A cover of 300 pixels has 10 to 40 kB; what is longer is no cover.
const MOST: u64 = 256 * 1024;
/// Somebody is looking at the place where it shall stand.
const PATIENCE: Timeouts = Timeouts { connect: Duration::from_secs(3), call: Duration::from_secs(6) };

/// The way to covers: only where Spotify keeps them, and never on from there.
#[derive(Clone, Debug)]
pub struct Pictures {
    caller: Caller,
    /// Where a stand-in on this machine keeps its own.
    stand_in: Option<String>,
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoPicture {
    /// The address is none of Spotify's: it was not asked.
    Elsewhere,
    /// No answer, or one that was no file of a fitting size.
    Unreached,
    /// The file is no picture of a kind that is shown.
    Unfit,
}

impl Pictures {
    /// `api_url` is the Web API's: where that is a stand-in on this machine, its covers are too.
    pub fn new(api_url: &str) -> Self {
        let stand_in = stand_in(api_url);
        Self { caller: Caller::new(PATIENCE, stand_in.is_some()), stand_in }
    }

    /// Fetches once; `address` is one that Spotify has named.
    pub fn fetch(&self, address: &str) -> Result<Picture, NoPicture> {
        if !self.is_spotifys(address) {
            return Err(NoPicture::Elsewhere);
        }
        let bytes = self.caller.file(address, MOST).map_err(|_| NoPicture::Unreached)?;
        let kind = PictureKind::told_by(&bytes).ok_or(NoPicture::Unfit)?;
        Ok(Picture { kind, bytes })
    }

    /// A public name behind TLS: a device of the venue's own network has no certificate for one, so that nothing an
    /// answer says makes this box knock at its neighbours.
    fn is_spotifys(&self, address: &str) -> bool {
        if let Some(base) = &self.stand_in {
            return address.strip_prefix(base.as_str()).is_some_and(|path| path.starts_with('/'));
        }
        let Ok(uri) = address.parse::<Uri>() else { return false };
        let Some(authority) = uri.authority() else { return false };
        let public = is_public_name(authority.host());
        uri.scheme_str() == Some("https") && public && authority.as_str() == authority.host()
    }
}

/// The root of a stand-in that answers on this machine.
fn stand_in(api_url: &str) -> Option<String> {
    let uri = api_url.parse::<Uri>().ok()?;
    let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"))?;
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    here.then(|| format!("http://{authority}"))
}

fn is_public_name(host: &str) -> bool {
    let top = host.rsplit('.').next().unwrap_or_default();
    let private = ["local", "localhost", "lan", "home", "internal", "arpa", "test", "invalid"];
    host.contains('.') && top.bytes().all(|b| b.is_ascii_alphabetic()) && !private.contains(&top)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;

    use super::{MOST, NoPicture, PictureKind, Pictures};

    const COVER: &str = "https://i.scdn.co/image/ab67616d00001e02";

    #[test]
    fn only_where_spotify_keeps_covers_is_asked() {
        let outside = Pictures::new("https://api.spotify.com/v1");
        assert!(outside.is_spotifys(COVER));
        for address in [
            "http://i.scdn.co/image/a",
            "https://192.168.1.1/admin",
            "https://[::1]/x",
            "https://127.0.0.1:8000/x",
            "https://2130706433/x",
            "https://localhost/x",
            "https://router.lan/x",
            "https://nas.local/x",
            "https://i.scdn.co:8443/x",
            "https://user@i.scdn.co/x",
            "file:///etc/passwd",
            "//i.scdn.co/x",
            "",
        ] {
            assert_eq!(outside.fetch(address), Err(NoPicture::Elsewhere), "{address}");
        }
    }

    /// What comes of one answer of a stand-in, given as status, further header and body.
    fn fetched(status: &str, header: &str, body: &[u8]) -> Result<PictureKind, NoPicture> {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", door.local_addr().unwrap());
        let head = format!("HTTP/1.1 {status}\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let answer = [head.as_bytes(), body].concat();
        let served = std::thread::spawn(move || {
            let (mut caller, _) = door.accept().unwrap();
            let _ = caller.read(&mut [0; 1024]).unwrap();
            // A caller who has read enough hangs up.
            let _ = caller.write_all(&answer);
        });
        let picture = Pictures::new(&format!("{base}/v1")).fetch(&format!("{base}/image/a"));
        served.join().unwrap();
        picture.map(|picture| picture.kind)
    }

    #[test]
    fn only_a_picture_of_a_fitting_size_is_taken_and_no_redirect_followed() {
        assert_eq!(fetched("200 OK", "Content-Type: text/html\r\n", b"\xff\xd8\xff\xe0"), Ok(PictureKind::Jpeg));
        let page = b"<svg onload=alert(1)>";
        assert_eq!(fetched("200 OK", "Content-Type: image/png\r\n", page), Err(NoPicture::Unfit));
        let mut huge = vec![0; usize::try_from(MOST).unwrap() + 1];
        huge[..3].copy_from_slice(b"\xff\xd8\xff");
        assert_eq!(fetched("200 OK", "", &huge), Err(NoPicture::Unreached));
        assert_eq!(fetched("302 Found", "Location: http://127.0.0.1:1/\r\n", b""), Err(NoPicture::Unreached));
        assert_eq!(fetched("404 Not Found", "", b"\xff\xd8\xff\xe0"), Err(NoPicture::Unreached));
    }

    #[test]
    fn a_stand_in_keeps_its_own_covers_and_only_on_this_machine() {
        let inside = Pictures::new("http://127.0.0.1:4711/v1");
        assert!(inside.is_spotifys("http://127.0.0.1:4711/image/300/a.png"));
        for address in [COVER, "http://127.0.0.1:47111/x", "http://127.0.0.1:4711@evil.example/x", "http://127.0.0.1/x"]
        {
            assert_eq!(inside.fetch(address), Err(NoPicture::Elsewhere), "{address}");
        }
        let lan = Pictures::new("http://192.168.1.5:4711/v1");
        assert_eq!(lan.fetch("http://192.168.1.5:4711/image/300/a.png"), Err(NoPicture::Elsewhere));
    }
}
