//! The certificate of a server, and connections under it.

use std::fmt::Display;
use std::io;
use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::Ticketer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::ServerSessionMemoryCache;

/// TLS sessions that are remembered, of those who take no tickets.
const SESSIONS: usize = 1024;

/// A certificate chain and its key, as PEM.
pub struct Certificate {
    pub chain: Vec<u8>,
    pub key: Vec<u8>,
}

impl Certificate {
    /// Takes connections under it; refuses a chain or a key that cannot be used.
    pub fn acceptor(&self) -> io::Result<TlsAcceptor> {
        let unfit = |error: &dyn Display| io::Error::other(format!("The certificate cannot be used: {error}"));
        let chain = CertificateDer::pem_slice_iter(&self.chain).collect::<Result<Vec<_>, _>>();
        let key = PrivateKeyDer::from_pem_slice(&self.key).map_err(|error| unfit(&error))?;
        let config = ServerConfig::builder().with_no_client_auth();
        let config = config.with_single_cert(chain.map_err(|error| unfit(&error))?, key);
        let mut config = config.map_err(|error| unfit(&error))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        // Phones that come back are known again without the costly part.
        config.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        config.ticketer = Ticketer::new().map_err(|error| unfit(&error))?;
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
