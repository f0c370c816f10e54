//! Whether a proxy is in front of the box and the configuration says so, as far as the running box can tell.

use super::running::{ask, own};
use crate::config::{Config, Server};

/// What does not match, one sentence each.
pub fn oddities(config: &Config) -> Vec<String> {
    let Server { behind_proxy, trusted_proxies, tls, public_url, .. } = &config.server;
    let set = *behind_proxy || !trusted_proxies.is_empty();
    let asked = ask(config, "/metrics", config.metrics.token.as_deref());
    let closed = matches!(asked, Some((403, _))) && own(&config.server).is_loopback();
    let seen = asked.filter(|(status, _)| *status == 200).map_or_else(String::new, |(_, told)| told);
    let mut found: Vec<String> = seen.lines().filter_map(unknown).collect();
    if closed {
        found.push("the box keeps its figures from this machine: it was asked here for pages that are read under another name, so a proxy on this machine passes on neither who asks nor for what. Its log says what to set.".into());
    }
    let untold = seen.lines().find_map(|line| line.strip_prefix("partyplaylist_untold_requests ")?.parse().ok());
    if untold.is_some_and(|requests: usize| requests > 0) {
        found.push("a proxy is expected, and none of the requests said who asks: everybody counts as one address. Have the proxy send X-Real-IP, or take server.behind_proxy and server.trusted_proxies away.".into());
    }
    if let Some(url) = public_url.as_deref().filter(|url| url.starts_with("https:") && !tls && !set) {
        found.push(format!("server.public_url is {url} and the box itself speaks plain HTTP: if a proxy stands between, name it in server.trusted_proxies."));
    }
    found
}

fn unknown(line: &str) -> Option<String> {
    let (address, rest) = line.strip_prefix("partyplaylist_unknown_proxy{address=\"")?.split_once('"')?;
    let header = rest.strip_prefix(",header=\"")?.split('"').next()?;
    Some(format!(
        "requests from {address} carry {header}, as a proxy sends it, and are taken for one asker. If that is your proxy, set server.trusted_proxies = [\"{address}\"]."
    ))
}
