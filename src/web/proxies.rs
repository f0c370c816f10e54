//! The proxies this box stands behind: whom it believes, who asked, and what is odd about it.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use ipnet::IpNet;
use rocket::request::Request;
use url::Url;

use super::forwarded::{asker, end, listed, standard, told};
use super::unbelieved_proxies::Strangers;
use crate::domain::Authority;

/// What proxies add to a request they pass on. None of it comes from a browser or a program on this machine.
const ADDED: [&str; 17] = [
    "X-Real-IP",
    "X-Forwarded-For",
    "Forwarded",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Port",
    "X-Forwarded-Server",
    "X-Forwarded-By",
    "X-Forwarded",
    "Forwarded-For",
    "Via",
    "X-Client-IP",
    "X-Cluster-Client-IP",
    "X-Original-Forwarded-For",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Envoy-External-Address",
];
/// Those of them that say who asked, and are read.
const ASKER: [&str; 3] = ["X-Real-IP", "X-Forwarded-For", "Forwarded"];
/// Requests from a proxy after which it should have said once who asked.
const ENOUGH: usize = 20;

/// Whom this box believes about who asks, as the owner set it, and what was seen of it since the start.
pub struct Proxies {
    /// Believe whoever calls, where nobody is named; and `X-Real-IP` before all.
    behind_proxy: bool,
    named: Vec<IpNet>,
    /// Who sends a proxy's headers and is none of ours, and the first header they sent.
    strangers: Mutex<Strangers>,
    /// Whether a proxy of ours has said who asked, and how many requests came from them without.
    told: AtomicBool,
    untold: AtomicUsize,
    /// Whether it was said that forms come from another address.
    other_site: AtomicBool,
    /// How browsers call the box, where a proxy on this machine calls it by this machine's own name.
    renamed: OnceLock<String>,
}

impl Proxies {
    pub fn new(behind_proxy: bool, named: Vec<IpNet>) -> Self {
        Self {
            behind_proxy,
            named,
            strangers: Mutex::default(),
            told: AtomicBool::new(false),
            untold: AtomicUsize::new(0),
            other_site: AtomicBool::new(false),
            renamed: OnceLock::new(),
        }
    }

    /// The address a request comes from: its connection's other end, or who asked the proxy there.
    pub fn asker(&self, request: &Request<'_>) -> Option<IpAddr> {
        let peer = peer(request)?;
        if !self.believes(peer) {
            return Some(peer);
        }
        let lines = |name| request.headers().get(name);
        let real: Vec<_> = lines("X-Real-IP").map(end).collect();
        if let (true, [Some(ip)]) = (self.behind_proxy, real.as_slice()) {
            return Some(*ip);
        }
        let mut chains = vec![listed(lines("X-Forwarded-For")), standard(lines("Forwarded"))];
        chains.extend(real.into_iter().map(|ip| vec![ip]));
        chains.retain(|chain| !chain.is_empty());
        Some(asker(peer, &chains, |ip| self.named(ip)))
    }

    /// Whether the browser asked over TLS, as a proxy of ours says.
    pub fn over_tls(&self, request: &Request<'_>) -> bool {
        let first = || {
            let mut told = request.headers().get("X-Forwarded-Proto").flat_map(|line| line.split(','));
            let standard = || self::told(request.headers().get("Forwarded"), "proto").into_iter().next();
            told.next().map(str::to_owned).or_else(standard)
        };
        self.believed(request) && first().is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("https"))
    }

    /// The names a browser asked for, as proxies of ours say.
    pub fn hosts(&self, request: &Request<'_>) -> Vec<String> {
        if !self.believed(request) {
            return Vec::new();
        }
        let listed = request.headers().get("X-Forwarded-Host").flat_map(|line| line.split(','));
        let listed = listed.map(|host| host.trim().to_owned()).filter(|host| !host.is_empty());
        listed.chain(told(request.headers().get("Forwarded"), "host")).collect()
    }

    fn believed(&self, request: &Request<'_>) -> bool {
        peer(request).is_some_and(|peer| self.believes(peer))
    }

    fn believes(&self, peer: IpAddr) -> bool {
        if self.named.is_empty() { self.behind_proxy } else { self.named(peer) }
    }

    fn named(&self, ip: IpAddr) -> bool {
        self.named.iter().any(|network| network.contains(&ip))
    }

    /// Whether nobody but this machine itself can have asked: from here, for here, and passed on by nobody. A proxy on
    /// this machine that adds nothing is told by its hanging up after each request, as nginx does where it was told
    /// nothing else, or by the first page that a browser reads through it.
    pub fn asked_on_this_machine(&self, request: &Request<'_>) -> bool {
        let closes = request.headers().get("Connection").any(|line| line.to_ascii_lowercase().contains("close"));
        is_from_here_for_here(request) && added(request).is_none() && !closes && self.renamed.get().is_none()
    }

    /// Notes what is odd about it, and says it once in the log.
    pub fn note(&self, request: &Request<'_>) {
        let Some(peer) = peer(request) else { return };
        self.note_renaming(request);
        if !self.believes(peer) {
            let Some(header) = added(request) else { return };
            let mut strangers = self.strangers.lock().unwrap_or_else(PoisonError::into_inner);
            if strangers.note(peer, header) {
                log::warn!(target: "box", "{}", stranger(peer, header));
            }
        } else if ASKER.iter().any(|name| request.headers().contains(name)) {
            self.told.store(true, Ordering::Relaxed);
        } else if !matches!(request.uri().path().as_str(), "/api/health" | "/metrics")
            && !self.told.load(Ordering::Relaxed)
            && self.untold.fetch_add(1, Ordering::Relaxed) + 1 == ENOUGH
        {
            log::warn!(target: "box", "{UNTOLD}");
        }
    }

    /// A page of ours, and no other, tells with all of its address where the next request comes from. Where that names
    /// somebody else, and the box is asked for as this machine, a proxy stands between.
    fn note_renaming(&self, request: &Request<'_>) {
        if self.renamed.get().is_some() || !is_from_here_for_here(request) || added(request).is_some() {
            return;
        }
        let page = request.headers().get_one("Referer").and_then(|page| Url::parse(page).ok());
        let page = page.filter(|page| page.path() != "/").and_then(|page| Authority::parse(page.authority()));
        let Some(page) = page.filter(|page| !page.is_loopback()) else { return };
        if self.renamed.set(page.host().to_owned()).is_ok() {
            log::warn!(target: "box", "{}", renaming(page.host()));
        }
    }

    /// A form was refused because it comes from another address than it was sent to: behind a proxy that renames the
    /// box, all are.
    pub fn other_site(&self, request: &Request<'_>, origin: &str) {
        if self.other_site.swap(true, Ordering::Relaxed) {
            return;
        }
        let host = request.headers().get_one("Host").unwrap_or_default();
        let short = |text: &str| text.escape_debug().take(100).collect::<String>();
        log::warn!(
            target: "box",
            "A form from {} was refused: this box was asked as {}. If that is how people reach it, through a proxy, set server.public_url to it or have the proxy pass the name on (nginx: proxy_set_header Host $http_host). If it is not, another site tried.",
            short(origin),
            short(host),
        );
    }

    /// Who sends a proxy's headers and is not believed, with the header.
    pub fn strangers(&self) -> Vec<(IpAddr, &'static str)> {
        self.strangers.lock().unwrap_or_else(PoisonError::into_inner).most_seen()
    }

    /// Requests that came from proxies of ours without one word of who asked; 0 while they are few.
    pub fn untold(&self) -> usize {
        let untold = self.untold.load(Ordering::Relaxed);
        if self.told.load(Ordering::Relaxed) || untold < ENOUGH { 0 } else { untold }
    }

    /// What the owner should know, a sentence each.
    pub fn oddities(&self) -> Vec<String> {
        let untold = (self.untold() > 0).then(|| UNTOLD.to_owned());
        let strangers = self.strangers().into_iter().map(|(peer, header)| stranger(peer, header));
        strangers.chain(untold).chain(self.renamed.get().map(|name| renaming(name))).collect()
    }
}

const UNTOLD: &str = "The box is set to stand behind a proxy, but none says who asks: everybody counts as one address. Have the proxy send it (nginx: proxy_set_header X-Real-IP $remote_addr); or, without a proxy, take server.behind_proxy and server.trusted_proxies away.";

fn renaming(name: &str) -> String {
    format!(
        "Pages are read as {name}, and a proxy on this machine asks the box for them as the machine's own: everybody counts as one address, forms are refused, and /metrics needs metrics.token. Have the proxy pass on who asks and for what (nginx: proxy_set_header X-Real-IP $remote_addr; proxy_set_header Host $http_host;), and name it in server.trusted_proxies."
    )
}

fn stranger(peer: IpAddr, header: &str) -> String {
    format!(
        "Requests from {peer} carry {header}, as a proxy sends it, but {peer} is not among the proxies this box believes: all who come that way count as one address. If it is your proxy, set server.trusted_proxies = [\"{peer}\"]. If it is not, somebody wants to pass for somebody else, in vain."
    )
}

/// Whether a request comes from this machine, and asks for it by its own name.
fn is_from_here_for_here(request: &Request<'_>) -> bool {
    let named = || request.headers().get_one("Host").and_then(Authority::parse);
    peer(request).is_some_and(|ip| ip.is_loopback()) && named().is_some_and(|host| host.is_loopback())
}

/// The other end of the connection. An IPv4 address in IPv6 clothes is the same end.
fn peer(request: &Request<'_>) -> Option<IpAddr> {
    request.remote().map(|end| end.ip().to_canonical())
}

fn added(request: &Request<'_>) -> Option<&'static str> {
    ADDED.into_iter().find(|name| request.headers().contains(name))
}
