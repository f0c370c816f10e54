//! What the box shows on TLS connections: the owner's certificate, or one of its own.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair};
use time::{Duration, OffsetDateTime};

use super::error::{Error, Result};
use crate::config::Server;
use crate::domain::Address;
use crate::web::Certificate;

/// How long a certificate of our own is valid, in days: phones refuse more than 825.
const DAYS: i64 = 800;
/// Age in days from which a start makes a new one.
const OLD: u64 = 700;

/// What the box shows on TLS connections: the owner's certificate, else one it makes for itself. `None` without TLS.
pub fn certificate(server: &Server, data: &Path, address: &Address) -> Result<Option<Certificate>> {
    if !server.tls {
        return Ok(None);
    }
    let (chain, key) = match (&server.tls_certificate, &server.tls_key) {
        (Some(chain), Some(key)) => (chain.clone(), key.clone()),
        _ => own(data, address).map_err(Error::system("The box could not make a certificate for itself"))?,
    };
    Ok(Some(Certificate { chain: read(&chain)?, key: read(&key)? }))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let named = |error| format!("The certificate file {} cannot be read: {error}", path.display());
    std::fs::read(path).map_err(|error: std::io::Error| Error::Refused(named(error)))
}

/// The box's own certificate and its key, made anew when there is none or it grows old.
fn own(data: &Path, address: &Address) -> std::io::Result<(PathBuf, PathBuf)> {
    let (chain, key) = (data.join("partyplaylist.crt"), data.join("partyplaylist.crt.key"));
    let age = std::fs::metadata(&chain).and_then(|file| file.modified()).ok().and_then(|at| at.elapsed().ok());
    if !key.exists() || age.is_none_or(|age| age.as_secs() > OLD * 86_400) {
        let pair = KeyPair::generate().map_err(std::io::Error::other)?;
        let mut wanted = CertificateParams::new(names(address)).map_err(std::io::Error::other)?;
        (wanted.not_before, wanted.not_after) = validity(OffsetDateTime::now_utc());
        let made = wanted.self_signed(&pair).map_err(std::io::Error::other)?;
        write(&key, &pair.serialize_pem())?;
        write(&chain, &made.pem())?;
    }
    Ok((chain, key))
}

/// From yesterday on, as the clocks of phones and boxes differ.
fn validity(now: OffsetDateTime) -> (OffsetDateTime, OffsetDateTime) {
    (now - Duration::days(1), now + Duration::days(DAYS))
}

fn names(address: &Address) -> Vec<String> {
    let own = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let mut names = vec!["localhost".into(), "127.0.0.1".into()];
    names.extend(address.authority().map(|authority| authority.host().to_owned()));
    if !own.trim().is_empty() {
        names.push(format!("{}.local", own.trim()));
    }
    names.sort();
    names.dedup();
    names
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::{Address, Server, certificate};

    #[test]
    fn the_box_makes_one_certificate_for_itself_and_keeps_it() {
        let dir = tempfile::tempdir().unwrap();
        let address = Address::parse("https://192.168.1.20:8000").unwrap();
        assert!(certificate(&Server::default(), dir.path(), &address).unwrap().is_none());
        let server = Server { tls: true, ..Server::default() };
        let made = certificate(&server, dir.path(), &address).unwrap().unwrap();
        assert!(made.chain.starts_with(b"-----BEGIN CERTIFICATE-----"));
        assert_eq!(certificate(&server, dir.path(), &address).unwrap().unwrap().chain, made.chain);
        let gone = Some("/nowhere/at/all.pem".into());
        let server = Server { tls_certificate: gone.clone(), tls_key: gone, ..server };
        assert!(certificate(&server, dir.path(), &address).err().unwrap().to_string().contains("cannot be read"));
    }
}
