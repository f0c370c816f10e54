//! What every handler may need of the box it runs on.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rocket::http::Header;
use rocket::request::Request;

use super::admission::Admission;
use super::cookies::{Cookies, SetCookies};
use super::fresh_links::FreshLinks;
use super::parts::Parts;
use super::proxies::Proxies;
use super::recent::{Recent, Recents};
use super::search_limits::SearchLimits;
use super::stream_places::StreamPlaces;
use super::token::{Claims, Keyring, Purpose};
use crate::domain::{Address, RequestId, ScreenId, SessionId, Timestamp, User, UserId, Username, Zone};
use crate::engine::{Covers, Hub, Network, Search, Spotify, WatchList};
use crate::store::{Host, Result, Signed, Store, Tenant};
use crate::ui::host::{Light, Speaker, Viewer};

/// How long a browser is known where it signed in: as long as browsers keep anything.
const KNOWN_SECONDS: i64 = 400 * 24 * 3600;

/// What every handler may need of the box it runs on.
pub struct AppState {
    pub store: Store,
    pub hub: Hub,
    pub watch_list: WatchList,
    pub spotify: Spotify,
    pub search: Search,
    pub covers: Covers,
    pub search_limits: SearchLimits,
    pub stream_places: StreamPlaces,
    pub fresh_links: FreshLinks,
    pub admission: Arc<Admission>,
    port: u16,
    pub keyring: Keyring,
    pub network: Network,
    /// Whether pages are served over TLS.
    secure: bool,
    pub proxies: Proxies,
    pub session_hours: i64,
    pub metrics_token: Option<String>,
    pub setup_token: Option<String>,
    /// Devices whose use of a screen's address is spent, and when: it is spent once, however often they come back.
    pub opened: tokio::sync::Mutex<HashMap<String, Timestamp>>,
    /// What the clock on the venue's wall shows.
    pub zone: Zone,
    pub cookies: Cookies,
    /// What the doctor saw at a DJ's Spotify, and what there was to play on.
    pub lights: Recents<Vec<Light>>,
    pub speakers: Recents<Vec<Speaker>>,
    /// Whether a write reached the disk.
    pub health: Recent<()>,
    /// When each screen gave its last sign of life, in the box's own time: too often to write down.
    screens_seen: Mutex<HashMap<ScreenId, Timestamp>>,
}

impl AppState {
    /// Whether the asker came over TLS, to this box or to the proxy before it.
    pub fn is_secure(&self, request: &Request<'_>) -> bool {
        self.secure || self.proxies.over_tls(request)
    }

    pub fn new(parts: Parts) -> Self {
        let settings = parts.settings;
        Self {
            search: Search::new(&parts.store, &parts.spotify),
            store: parts.store,
            hub: parts.hub,
            watch_list: parts.watch_list,
            covers: parts.covers,
            search_limits: SearchLimits::default(),
            stream_places: StreamPlaces::default(),
            fresh_links: FreshLinks::default(),
            admission: Arc::default(),
            spotify: parts.spotify,
            port: settings.port,
            keyring: Keyring::new(&parts.key),
            cookies: Cookies::new(&parts.key),
            network: parts.network,
            secure: settings.secure,
            proxies: Proxies::new(settings.behind_proxy, settings.trusted_proxies),
            session_hours: settings.session_hours,
            metrics_token: settings.metrics_token,
            setup_token: settings.setup_token,
            opened: tokio::sync::Mutex::default(),
            zone: settings.zone,
            lights: Recents::of_each(60_000),
            speakers: Recents::of_each(10_000),
            health: Recent::good_for(1000),
            screens_seen: Mutex::default(),
        }
    }

    /// The box a request came to; it is put in place before the first one.
    #[allow(clippy::expect_used)]
    pub fn of<'r>(request: &'r Request<'_>) -> &'r Self {
        request.rocket().state::<Self>().expect("the box is managed state from the start")
    }

    /// A live stream's address, to be taken before the page is read: it tells what was said in between.
    pub fn live(&self, path: &str) -> String {
        format!("{path}?heard={}", self.hub.newest())
    }

    /// The address to register at Spotify, which takes https or this machine itself and nothing else.
    pub fn redirect_uri(&self) -> String {
        let own = self.network.address();
        let own = own.as_str();
        if own.starts_with("https://") {
            format!("{own}/spotify/callback")
        } else {
            format!("http://127.0.0.1:{}/spotify/callback", self.port)
        }
    }

    /// Something was done about a DJ's Spotify: what was seen there a moment ago says nothing any more.
    pub fn forget_spotify(&self, host: &UserId) {
        self.lights.forget(host);
        self.speakers.forget(host);
    }

    /// Where the links and codes on a host's pages lead.
    pub fn address(&self, host: &Tenant<Host>) -> Address {
        self.network.of(host.id())
    }

    /// Who looks at one of a host's pages, and where it hears what is new.
    pub fn viewer(&self, host: &Tenant<Host>) -> Viewer {
        self.viewer_of(&host.role().me, &host.owner().username)
    }

    /// Who sits at a page that is nobody's party, and hears there what is said to all.
    pub fn own_viewer(&self, me: &User) -> Viewer {
        self.viewer_of(me, &me.username)
    }

    fn viewer_of(&self, me: &User, whose: &Username) -> Viewer {
        Viewer { me: me.clone(), live: self.live(&whose.api("live")) }
    }

    /// Ends the streams that one sign-in of an account opened, or all of them, on whoever's pages.
    pub fn hang_up(&self, user: &UserId, session: Option<&SessionId>) {
        self.hub.hang_up(&format!("{user}/{}", session.map_or("", SessionId::as_str)));
    }

    /// A token for a session, and the cookies that carry it.
    pub fn session_cookies(&self, signed: &Signed) -> Result<(String, SetCookies)> {
        let (now, own) = (self.store.now(), self.store.own_time());
        let token = self.keyring.sign(&Claims {
            purpose: Purpose::Session,
            id: signed.session.to_string(),
            of: signed.user.id.to_string(),
            iat: own.seconds(),
            exp: own.plus_ms(signed.expires_at.ms_since(now)).seconds(),
        })?;
        let cookies = self.cookies.session(&token, &signed.user.username, now, signed.expires_at);
        Ok((token, cookies))
    }

    /// What a browser that has just signed in is known by at this account from now on.
    pub fn known_cookie(&self, whose: &Username) -> Result<Header<'static>> {
        let token = self.token_for(Purpose::Known, RequestId::fresh().as_str(), whose, KNOWN_SECONDS)?;
        Ok(self.cookies.known(&token, whose, KNOWN_SECONDS))
    }

    /// A pass to one DJ's party, good for `seconds`.
    pub fn pass_cookies(&self, purpose: Purpose, id: &str, name: &Username, seconds: i64) -> Result<SetCookies> {
        let token = self.token_for(purpose, id, name, seconds)?;
        Ok(self.cookies.of_party(purpose.cookie(), &token, name, seconds))
    }

    fn token_for(&self, purpose: Purpose, id: &str, name: &Username, seconds: i64) -> Result<String> {
        let iat = self.store.own_time().seconds();
        self.keyring.sign(&Claims { purpose, id: id.to_owned(), of: name.to_string(), iat, exp: iat + seconds })
    }

    /// Notes that a screen has given a sign of life; answers when each one did last.
    pub fn screens_seen(&self) -> MutexGuard<'_, HashMap<ScreenId, Timestamp>> {
        self.screens_seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
