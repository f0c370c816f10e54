//! What the owner may set: defaults, then a TOML file, then the environment, then flags.

mod environment;
mod error;
mod file;
mod given;
mod keys;
mod place;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use ipnet::IpNet;
use serde::Deserialize;
use serde_json::{Map, Value};

pub use error::{Error, Result};
use given::Given;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub spotify: Spotify,
    pub session: Session,
    pub log: Log,
    pub metrics: Metrics,
    pub privacy: Privacy,
    pub venue: Venue,
}

/// Where the box listens and how it is reached.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Server {
    pub address: IpAddr,
    /// 0 takes any free one.
    pub port: u16,
    pub public_url: Option<String>,
    pub behind_proxy: bool,
    /// The proxies that are believed; with `behind_proxy` and none named, whoever calls.
    pub trusted_proxies: Vec<IpNet>,
    /// Whether pages are served over TLS.
    pub tls: bool,
    /// The owner's certificate chain and its key, as PEM; without them the box makes its own.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
}

/// How many read connections are kept, at least and at most, and who looks after the WAL.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    pub pool_min: u32,
    pub pool_max: u32,
    /// Litestream does.
    pub litestream: bool,
}

/// Where Spotify is, and how much of it one client id may use in a day.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Spotify {
    pub api_url: String,
    pub accounts_url: String,
    pub client_id: Option<String>,
    pub daily_budget: u32,
}

/// How long a sign-in lasts, in hours.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Session {
    pub hours: u32,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Opens `/metrics` to other machines, as a bearer token.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Metrics {
    pub token: Option<String>,
}

/// How long it is kept who asked for what.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Privacy {
    /// Days after which nicknames and notes go from nights that are over.
    pub names_days: u32,
}

/// The room the box stands in.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Venue {
    /// Whose clocks pages and tables show, as in `Europe/Berlin`; the system's where none is set.
    pub time_zone: Option<String>,
}

impl Default for Server {
    fn default() -> Self {
        Self {
            address: IpAddr::from([0, 0, 0, 0]),
            port: 8000,
            public_url: None,
            behind_proxy: false,
            trusted_proxies: vec![],
            tls: false,
            tls_certificate: None,
            tls_key: None,
        }
    }
}

impl Default for Database {
    fn default() -> Self {
        Self { pool_min: 10, pool_max: 50, litestream: false }
    }
}

impl Default for Spotify {
    fn default() -> Self {
        Self {
            api_url: "https://api.spotify.com/v1".into(),
            accounts_url: "https://accounts.spotify.com".into(),
            client_id: None,
            daily_budget: 1000,
        }
    }
}

impl Default for Session {
    fn default() -> Self {
        Self { hours: 168 }
    }
}

impl Default for Log {
    fn default() -> Self {
        Self { format: LogFormat::Text }
    }
}

impl Default for Privacy {
    fn default() -> Self {
        Self { names_days: 30 }
    }
}

impl Server {
    /// How addresses of this box begin.
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

impl Config {
    /// Reads the layers, and says what stood in the environment and was passed over. Refuses, in one sentence, a key it
    /// does not know and a value that makes no sense: which file or variable, which key, what it was, what is allowed.
    pub fn read(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<(Self, Vec<String>)> {
        let from_file = file.map(file::read).transpose()?.unwrap_or_default();
        let (from_environment, notes) = environment::read(environment)?;
        let all = from_file.into_iter().chain(from_environment);
        let given: BTreeMap<&str, Given> = all.map(|given| (given.key.name, given)).collect();
        let mut sections = Map::new();
        for given in given.values() {
            let section = sections.entry(given.key.section()).or_insert_with(|| Value::Object(Map::new()));
            section[given.key.last()] = given.value.clone();
        }
        let config: Self = serde_json::from_value(Value::Object(sections)).map_err(|error| {
            Error::Together(format!("The configuration is not right: {error}. See config.example.toml."))
        })?;
        config.fits(&given).map(|()| (config, notes))
    }

    /// Refuses keys that do not go together.
    fn fits(&self, given: &BTreeMap<&str, Given>) -> Result<()> {
        let Self { server, database, .. } = self;
        let said = |name: &str, default: &str| match given.get(name) {
            Some(given) => format!("{name} = {} (in {})", given.shown, given.place),
            None => format!("{name} = {default} (the default)"),
        };
        if database.pool_min > database.pool_max {
            let (min, max) = (database.pool_min.to_string(), database.pool_max.to_string());
            let (min, max) = (said("database.pool_min", &min), said("database.pool_max", &max));
            return Err(Error::Together(format!("{min} is more than {max}. Allowed: a pool_min from 0 to pool_max.")));
        }
        let pair = [("server.tls_certificate", &server.tls_certificate), ("server.tls_key", &server.tls_key)];
        match pair {
            [(name, Some(_)), (other, None)] | [(other, None), (name, Some(_))] => {
                let name = said(name, "");
                Err(Error::Together(format!(
                    "{name} is set without {other}. Allowed: both or neither; they belong together."
                )))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
