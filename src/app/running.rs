//! Questions to the box that runs on this machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::tls::TlsConfig;

use crate::config::{Config, Server};

/// The address under which this machine reaches the box.
pub fn own(server: &Server) -> IpAddr {
    match server.address {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one => one,
    }
}

/// The status and body it answers with; `None` where nothing answers within three seconds. Send a token only where it is
/// needed: another program may have the port.
pub fn ask(config: &Config, path: &str, token: Option<&str>) -> Option<(u16, String)> {
    let at = SocketAddr::new(own(&config.server), config.server.port);
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(3)))
        .http_status_as_error(false)
        .proxy(None)
        // It is this machine: the certificate is for the names that phones use.
        .tls_config(TlsConfig::builder().disable_verification(true).build())
        .build()
        .into();
    let ask = agent.get(format!("{}://{at}{path}", config.server.scheme()));
    let ask = match token {
        Some(token) => ask.header("Authorization", format!("Bearer {token}")),
        None => ask,
    };
    let answer = ask.call().ok()?;
    Some((answer.status().as_u16(), answer.into_body().read_to_string().ok()?))
}

/// What the box itself says is wrong with it; `None` where it is well or silent.
pub fn trouble(config: &Config) -> Option<String> {
    let (_, body) = ask(config, "/api/health", None).filter(|(status, _)| *status == 503)?;
    let body: Value = serde_json::from_str(&body).ok()?;
    body["error"]["message"].as_str().map(str::to_owned)
}
