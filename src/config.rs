//! What the owner may set: defaults, then a TOML file, then the environment, then flags.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub server: Server,
    pub database: Database,
    pub spotify: Spotify,
    pub session: Session,
    pub log: Log,
    pub metrics: Metrics,
    pub privacy: Privacy,
}

/// Where the box listens and how it is reached.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    pub address: IpAddr,
    /// 0 takes any free one.
    pub port: u16,
    pub public_url: Option<String>,
    pub behind_proxy: bool,
    /// Whether pages are served over TLS.
    pub tls: bool,
    /// The owner's certificate chain and its key, as PEM; without them the box makes its own.
    pub tls_certificate: Option<PathBuf>,
    pub tls_key: Option<PathBuf>,
}

/// How many read connections are kept, at least and at most, and who looks after the WAL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    pub pool_min: u32,
    pub pool_max: u32,
    /// Litestream does.
    pub litestream: bool,
}

/// Where Spotify is, and how much of it one client id may use in a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spotify {
    pub api_url: String,
    pub accounts_url: String,
    pub client_id: Option<String>,
    pub daily_budget: u32,
}

/// How long a sign-in lasts, in hours.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    pub hours: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Opens `/metrics` to other machines, as a bearer token.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metrics {
    #[serde(deserialize_with = "as_text")]
    pub token: Option<String>,
}

/// How long it is kept who asked for what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Privacy {
    /// Days after which nicknames and notes go from nights that are over.
    pub names_days: u32,
}

/// A secret of digits only comes from the environment as a number.
fn as_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}

impl Default for Server {
    fn default() -> Self {
        Self {
            address: IpAddr::from([0, 0, 0, 0]),
            port: 8000,
            public_url: None,
            behind_proxy: false,
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
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }
}

impl Config {
    /// Reads the layers. Refuses, in one sentence, a key it does not know and a value that makes no sense.
    pub fn read(file: Option<&Path>) -> Result<Self, String> {
        let mut layers = Figment::from(Serialized::defaults(Self::default()));
        if let Some(file) = file {
            if !file.is_file() {
                return Err(format!(
                    "There is no configuration file {}. Check the path after --config.",
                    file.display()
                ));
            }
            layers = layers.merge(Toml::file_exact(file));
        }
        let environment = Env::prefixed("PARTYPLAYLIST_").split("__");
        let config: Self = layers.merge(environment).extract().map_err(|error| explain(&error))?;
        config.check().map(|()| config)
    }

    fn check(&self) -> Result<(), String> {
        let Self { server, database, session, privacy, .. } = self;
        if !(1..=1000).contains(&database.pool_max) || database.pool_min > database.pool_max {
            return Err("database.pool_max must be from 1 to 1000, and database.pool_min no larger.".into());
        }
        if !(1..=8760).contains(&session.hours) {
            return Err("session.hours must be from 1 to 8760.".into());
        }
        if !(1..=36_500).contains(&privacy.names_days) {
            return Err("privacy.names_days must be from 1 to 36500.".into());
        }
        if server.tls_certificate.is_some() != server.tls_key.is_some() {
            return Err("server.tls_certificate and server.tls_key belong together: set both or neither.".into());
        }
        match &server.public_url {
            Some(url) if !is_base(url) => {
                Err("server.public_url must look like http://party.local:8000, without a path.".into())
            }
            _ => Ok(()),
        }
    }
}

fn is_base(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    rest.is_some_and(|rest| {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        !rest.is_empty()
            && !rest.contains(|c: char| matches!(c, '/' | '?' | '#' | '@') || c.is_whitespace() || c.is_control())
    })
}

fn explain(error: &figment::Error) -> String {
    let path = error.path.join(".");
    let origin = error.metadata.as_ref().map(|from| format!(" (in {})", from.name)).unwrap_or_default();
    let path = if path.is_empty() { String::new() } else { format!("{path}: ") };
    format!("The configuration{origin} is not right: {path}{}. See config.example.toml.", error.kind)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::Config;

    fn read(toml: &str) -> Result<Config, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(toml.as_bytes()).unwrap();
        Config::read(Some(file.path()))
    }

    #[test]
    fn the_example_says_the_defaults() {
        let example = include_str!("../config.example.toml");
        assert_eq!(read(example).unwrap(), Config::default());
        // Keys without a default stand behind a comment mark; with the mark off they are known keys too.
        let all: String =
            example.lines().map(|line| line.strip_prefix("#~ ").unwrap_or(line).to_owned() + "\n").collect();
        let all = read(&all).unwrap();
        assert!(all.server.public_url.is_some() && all.spotify.client_id.is_some() && all.metrics.token.is_some());
    }

    #[test]
    fn a_token_of_digits_is_a_token() {
        assert_eq!(read("[metrics]\ntoken = 12345").unwrap().metrics.token.as_deref(), Some("12345"));
        assert_eq!(read("[metrics]\ntoken = \"abc\"").unwrap().metrics.token.as_deref(), Some("abc"));
    }

    #[test]
    fn a_key_nobody_knows_is_refused_by_name() {
        assert!(read("[server]\nprot = 80").unwrap_err().contains("prot"));
        assert!(read("[sever]\nport = 80").unwrap_err().contains("sever"));
    }

    #[test]
    fn a_value_that_makes_no_sense_is_refused_with_a_sentence() {
        for (toml, word) in [
            ("[server]\nport = 99999", "port"),
            ("[server]\npublic_url = \"party.local\"", "public_url"),
            ("[server]\npublic_url = \"http://a/b\"", "public_url"),
            ("[database]\npool_min = 60", "pool_min"),
            ("[server]\ntls_key = \"a.pem\"", "tls_certificate"),
            ("[session]\nhours = 0", "hours"),
            ("[log]\nformat = \"xml\"", "format"),
            ("not toml at all", "not right"),
        ] {
            let said = read(toml).unwrap_err();
            assert!(said.contains(word), "{toml}: {said}");
        }
    }
}
