//! Every key an owner may set, and what each of them takes.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Value, json};

use crate::domain::{Address, ClientId, Zone};

/// One key of the configuration, as `section.key`.
pub struct Key {
    pub name: &'static str,
    pub takes: Takes,
}

/// What a key takes.
pub enum Takes {
    /// Text that a reader accepts, which answers it as it is kept; and what that is, for people.
    Text(fn(&str) -> Option<String>, &'static str),
    /// A whole number within bounds.
    Whole(u32, u32),
    /// On or off.
    Switch,
    /// Addresses and networks.
    Networks,
}

use Takes::{Networks, Switch, Text, Whole};

/// The keys in the order of `config.example.toml`.
pub const KEYS: [Key; 20] = [
    Key { name: "server.address", takes: Text(ip, "an IP address of this machine; 0.0.0.0 or :: for every network") },
    Key { name: "server.port", takes: Whole(0, 65_535) },
    Key {
        name: "server.public_url",
        takes: Text(
            base,
            "http:// or https://, a name or an address, and a port from 1 to 65535 if it is not the usual one, as in http://party.local:8000; without a path or a user",
        ),
    },
    Key { name: "server.behind_proxy", takes: Switch },
    Key { name: "server.trusted_proxies", takes: Networks },
    Key { name: "server.tls", takes: Switch },
    Key { name: "server.tls_certificate", takes: Text(words, "the path of a PEM file") },
    Key { name: "server.tls_key", takes: Text(words, "the path of a PEM file") },
    Key { name: "database.pool_min", takes: Whole(0, 1000) },
    Key { name: "database.pool_max", takes: Whole(1, 1000) },
    Key { name: "database.litestream", takes: Switch },
    Key { name: "spotify.api_url", takes: Text(web, "an address that starts with https:// or http://") },
    Key { name: "spotify.accounts_url", takes: Text(web, "an address that starts with https:// or http://") },
    Key { name: "spotify.client_id", takes: Text(client_id, "the 32 letters and digits of a Spotify client id") },
    Key { name: "spotify.daily_budget", takes: Whole(1, 1_000_000) },
    Key { name: "session.hours", takes: Whole(1, 8760) },
    Key { name: "log.format", takes: Text(format, "text or json") },
    Key { name: SECRET, takes: Text(words, "a word of at least one letter, in quotes") },
    Key { name: "privacy.names_days", takes: Whole(1, 36_500) },
    Key {
        name: "venue.time_zone",
        takes: Text(zone, "a time zone's name: continent and city, such as Europe/Berlin, or UTC"),
    },
];

/// The key whose value is never repeated in a message.
const SECRET: &str = "metrics.token";

impl Key {
    /// The key of a name.
    pub fn find(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The name after the section: `port`.
    pub fn last(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, last)| last)
    }

    pub fn section(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(section, _)| section)
    }

    /// The environment variable that sets it.
    pub fn variable(&self) -> String {
        format!("PARTYPLAYLIST_{}", self.name.replace('.', "__").to_ascii_uppercase())
    }

    /// What it takes, in words for people.
    pub fn allowed(&self) -> String {
        match self.takes {
            Text(_, words) => words.into(),
            Whole(least, most) => format!("a whole number from {least} to {most}"),
            Switch => "true or false".into(),
            Networks => "addresses or networks such as 127.0.0.1 or 10.0.0.0/24, but not everything (/0)".into(),
        }
    }

    /// Its value, written in words: as the environment has it.
    pub fn read(&self, text: &str) -> Option<Value> {
        match self.takes {
            Text(reader, _) => reader(text).map(Value::from),
            Whole(..) => self.number(text.trim().parse().ok()?),
            Switch => match text.trim().to_ascii_lowercase().as_str() {
                "true" | "1" | "yes" | "on" => Some(json!(true)),
                "false" | "0" | "no" | "off" => Some(json!(false)),
                _ => None,
            },
            Networks => {
                let items = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|item| !item.is_empty());
                items.map(network).collect::<Option<Vec<_>>>().map(Value::from)
            }
        }
    }

    /// Its value, given as a number.
    pub fn number(&self, number: i64) -> Option<Value> {
        match self.takes {
            Whole(least, most) => (i64::from(least)..=i64::from(most)).contains(&number).then(|| json!(number)),
            _ => None,
        }
    }

    /// A value as a message may repeat it.
    pub fn shown(&self, value: &str) -> String {
        if self.name == SECRET && value.chars().filter(|c| c.is_alphanumeric()).count() > 0 {
            return "(not shown here)".into();
        }
        let plain: String = value.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect();
        if value.chars().count() > 80 { plain + "…" } else { plain }
    }
}

/// An address or a network as it is kept: an IPv4 address in IPv6 clothes is the plain one.
pub fn network(text: &str) -> Option<String> {
    let text = text.trim();
    let one = || text.parse::<IpAddr>().ok().map(|ip| IpNet::from(ip.to_canonical()));
    let net = text.parse::<IpNet>().ok().or_else(one)?.trunc();
    (net.prefix_len() > 0).then(|| net.to_string())
}

fn words(text: &str) -> Option<String> {
    (!text.trim().is_empty() && !text.chars().any(char::is_control)).then(|| text.to_owned())
}

fn ip(text: &str) -> Option<String> {
    text.trim().parse::<IpAddr>().ok().map(|ip| ip.to_string())
}

fn client_id(text: &str) -> Option<String> {
    ClientId::parse(text).map(|id| id.as_str().to_owned())
}

fn zone(name: &str) -> Option<String> {
    Zone::named(name.trim()).map(|_| name.trim().to_owned())
}

fn format(text: &str) -> Option<String> {
    let word = text.trim().to_ascii_lowercase();
    matches!(word.as_str(), "text" | "json").then_some(word)
}

/// An address of the web, path and all.
fn web(text: &str) -> Option<String> {
    let text = text.trim();
    let uri: ureq::http::Uri = text.parse().ok()?;
    let known = uri.scheme_str().is_some_and(|scheme| matches!(scheme, "http" | "https"));
    (known && uri.host().is_some_and(|host| !host.is_empty()) && uri.query().is_none()).then(|| text.to_owned())
}

fn base(text: &str) -> Option<String> {
    Address::parse(text.trim()).map(|address| address.as_str().to_owned())
}
