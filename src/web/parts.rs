//! What the pages are given to stand on, and how they are set up.

use ipnet::IpNet;

use crate::domain::Zone;
use crate::engine::{Covers, Hub, Network, Spotify, WatchList};
use crate::store::Store;

/// What the pages stand on.
pub struct Parts {
    pub store: Store,
    pub hub: Hub,
    pub watch_list: WatchList,
    /// The way to Spotify for every DJ.
    pub spotify: Spotify,
    /// Fetches the covers of songs.
    pub covers: Covers,
    /// Signs every token of this box.
    pub key: [u8; 32],
    /// Where other devices reach this box.
    pub network: Network,
    pub settings: Settings,
}

/// How the server listens.
pub struct Settings {
    /// The port that is listened on.
    pub port: u16,
    /// Whether a proxy says who asks, with `X-Real-IP` before all.
    pub behind_proxy: bool,
    /// The proxies that are believed; none of them named, whoever calls is.
    pub trusted_proxies: Vec<IpNet>,
    pub session_hours: i64,
    /// Whether it is served over TLS.
    pub secure: bool,
    /// Opens `/metrics` to other machines.
    pub metrics_token: Option<String>,
    /// Opens `/setup` while there is no super admin.
    pub setup_token: Option<String>,
    /// The venue's time zone.
    pub zone: Zone,
}
