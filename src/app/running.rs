//! The box that runs, asked from its own machine.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::tls::TlsConfig;

use crate::config::{Config, Server};

/// Where this machine itself reaches the box.
pub fn own(server: &Server) -> IpAddr {
    match server.address {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        one => one,
    }
}

/// What it answers, with the status; `None` where none answers within three seconds. A token goes along only where one is
/// asked for: the port may be another program's.
pub fn ask(config: &Config, path: &str, token: Option<&str>) -> Option<(u16, String)> {
    let at = SocketAddr::new(own(&config.server), config.server.port);
    let agent: Agent = Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(3)))
        .http_status_as_error(false)
        .proxy(None)
        // The box on this machine, whatever name its certificate bears.
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

/// What it says is wrong with it.
pub fn trouble(config: &Config) -> Option<String> {
    let (_, body) = ask(config, "/api/health", None).filter(|(status, _)| *status == 503)?;
    let body: Value = serde_json::from_str(&body).ok()?;
    body["error"]["message"].as_str().map(str::to_owned)
}
