//! Every key, in the file and in the environment: right, wrong and nearly right.

use std::ffi::OsString;
use std::io::Write;
use std::os::unix::ffi::OsStringExt;

use super::Config;
use super::keys::{KEYS, Key, Takes};

const EXAMPLE: &str = include_str!("../../config.example.toml");

fn read_bytes(bytes: &[u8]) -> Result<Config, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("party.toml");
    std::fs::File::create(&path).unwrap().write_all(bytes).unwrap();
    Config::read(Some(&path), []).map(|(config, _)| config).map_err(|error| error.to_string())
}

fn read(toml: &str) -> Result<Config, String> {
    read_bytes(toml.as_bytes())
}

fn environment(variables: &[(&str, &str)]) -> Result<(Config, Vec<String>), String> {
    let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    Config::read(None, variables).map_err(|error| error.to_string())
}

/// The example with every key set, those without a default too.
fn whole_example() -> String {
    EXAMPLE.lines().map(|line| line.strip_prefix("#~ ").unwrap_or(line).to_owned() + "\n").collect()
}

/// Every key of the example, as `section.key`.
fn keys_of_the_example() -> Vec<String> {
    let (mut section, mut keys) = (String::new(), Vec::new());
    for line in whole_example().lines() {
        if let Some(head) = line.strip_prefix('[') {
            section = head.trim_end_matches(']').to_owned();
        } else if let Some((key, _)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            keys.push(format!("{section}.{key}"));
        }
    }
    keys
}

#[test]
fn the_example_says_the_defaults() {
    assert_eq!(read(EXAMPLE).unwrap(), Config::default());
    assert_eq!(read("").unwrap(), Config::default());
    // Keys without a default stand behind a comment mark; with the mark off they are known keys too.
    let all = read(&whole_example()).unwrap();
    assert!(all.server.public_url.is_some() && all.spotify.client_id.is_some() && all.metrics.token.is_some());
    assert_eq!(keys_of_the_example(), KEYS.map(|key| key.name.to_owned()), "the example tells every key");
}

/// Values a key does not take: in a file, and in the environment.
fn wrong_values(key: &Key) -> (Vec<&'static str>, Vec<&'static str>) {
    let (file, variable): (&[&str], &[&str]) = match key.takes {
        Takes::Whole(..) => (
            &["-1", "4294967296", "99999999999999999999", "\"8\"", "true", "eighty", "1_", "[7]"],
            &["-1", "4294967296", "eighty", "8.0", "tcp://10.0.0.1:8000"],
        ),
        Takes::Switch => (&["yes", "\"true\"", "1", "True", "maybe", "[true]"], &["maybe", "2", "truely"]),
        Takes::Networks => (
            &["[\"proxy.lan\"]", "\"0.0.0.0/0\"", "[\"10.0.0.0/33\"]", "true", "10.0.0.1", "[7]"],
            &["proxy.lan", "::/0", "10.0.0.0/33"],
        ),
        Takes::Text(..) => (&["\"\"", "false", "bare words", "\"a\\u0000b\"", "[7]"], &["a\u{7}b"]),
    };
    let of_any_key = ["{ a = 1 }", "1979-05-27", "nan", "-0.5"];
    (file.iter().chain(&of_any_key).copied().collect(), variable.to_vec())
}

#[test]
fn a_wrong_value_of_any_key_is_answered_with_place_key_value_and_what_is_allowed() {
    let mut tried = 0;
    for name in keys_of_the_example() {
        let key = KEYS.iter().find(|key| key.name == name).unwrap();
        let (allowed, variable) = (key.allowed(), key.variable());
        let mut tells = |said: String, place: &str, value: &str| {
            let secret = name == "metrics.token" && value.contains(char::is_alphanumeric);
            for word in [place, &name, if secret { "(not shown" } else { value }, &allowed] {
                assert!(said.contains(word), "{name} = {value}: {word} is not in: {said}");
            }
            assert_eq!(said.lines().count(), 1, "{said}");
            tried += 1;
        };
        let (in_file, in_environment) = wrong_values(key);
        for value in in_file {
            let toml = format!("# One line before.\n[{}]\n{} = {value}\n", key.section(), key.last());
            tells(read(&toml).unwrap_err(), "party.toml, line 3", value);
        }
        for value in in_environment {
            tells(environment(&[(&variable, value)]).unwrap_err(), &variable, &format!("{value:?}"));
        }
        let bytes = [(OsString::from(&variable), OsString::from_vec(vec![b'1', 0xff]))];
        tells(Config::read(None, bytes).unwrap_err().to_string(), &variable, "1\u{fffd}");
    }
    println!("{tried} wrong values, each told with its place, key, value and what is allowed");
}

#[test]
fn values_out_of_range_are_refused_that_were_taken_before() {
    for (toml, words) in [
        ("[spotify]\ndaily_budget = 0", ["spotify.daily_budget", "cannot be 0", "from 1 to"]),
        ("[spotify]\napi_url = \"\"", ["spotify.api_url", "cannot be \"\"", "https://"]),
        (
            "[spotify]\naccounts_url = \"accounts.spotify.com\"",
            ["spotify.accounts_url", "accounts.spotify.com", "https://"],
        ),
        ("[spotify]\nclient_id = \"mine\"", ["spotify.client_id", "\"mine\"", "32 letters and digits"]),
        ("[metrics]\ntoken = \"\"", ["metrics.token", "\"\"", "at least one letter"]),
        ("[server]\ntls_key = \"\"", ["server.tls_key", "\"\"", "path of a PEM file"]),
        ("[server]\nport = 99999", ["server.port", "99999", "from 0 to 65535"]),
        ("[server]\npublic_url = \"party.local\"", ["server.public_url", "party.local", "http://"]),
        ("[server]\npublic_url = \"http://a/b\"", ["server.public_url", "http://a/b", "without a path"]),
        ("[server]\npublic_url = \"http://:8000\"", ["server.public_url", "http://:8000", "a name or an address"]),
        ("[server]\npublic_url = \"http://a:b\"", ["server.public_url", "http://a:b", "from 1 to 65535"]),
        ("[server]\npublic_url = \"http://a:99999\"", ["server.public_url", "http://a:99999", "from 1 to 65535"]),
        ("[server]\npublic_url = \"http://<b>a</b>\"", ["server.public_url", "<b>a</b>", "a name or an address"]),
        ("[session]\nhours = 0", ["session.hours", "cannot be 0", "8760"]),
        ("[venue]\ntime_zone = \"Berlin\"", ["venue.time_zone", "\"Berlin\"", "Europe/Berlin"]),
        ("[log]\nformat = \"xml\"", ["log.format", "\"xml\"", "text or json"]),
        ("[database]\npool_min = 60", ["pool_min = 60 (in ", "line 2", "pool_max = 50 (the default)"]),
        ("[database]\npool_max = 5", ["pool_min = 10 (the default)", "pool_max = 5 (in ", "from 0 to pool_max"]),
        ("[server]\ntls_key = \"a.pem\"", ["server.tls_key = \"a.pem\"", "line 2", "server.tls_certificate"]),
        ("[server]\ntls_certificate = \"a.pem\"", ["server.tls_certificate = \"a.pem\"", "line 2", "server.tls_key"]),
    ] {
        let said = read(toml).unwrap_err();
        assert!(words.iter().all(|word| said.contains(word)), "{toml}: {said}");
    }
}

#[test]
fn a_key_nobody_knows_is_refused_by_name_with_the_one_that_was_meant() {
    for (toml, words) in [
        ("[server]\nprot = 80", ["server.prot", "line 2", "mean server.port?"]),
        ("[server]\nPort = 80", ["server.Port", "line 2", "mean server.port?"]),
        ("[sever]\nport = 80", ["sever.port", "line 2", "mean server.port?"]),
        ("port = 80", ["no key port", "line 1", "mean server.port?"]),
        ("[server]\ncolour = \"red\"", ["server.colour", "\"red\"", "Allowed in [server]: address, port"]),
        ("server = 5", ["no key server", "line 1", "sections server, database"]),
        ("\n[[server]]\nport = 80", ["no key server", "line 2", "sections server, database"]),
        ("[nothing]\n", ["nothing", "line 1", "sections server, database"]),
        ("[server.port]\nx = 1", ["server.port cannot be a section", "line 1", "65535"]),
        ("[server]\nport = 80\nport = 81", ["server.port is set twice", "line 3", "once"]),
        ("[server]\nport = 80\n[server]\n", ["party.toml, line 3", "not TOML", "server"]),
        ("not toml at all", ["line 1", "not toml at all", "key = value"]),
        ("[server]\nport =\n", ["server.port", "line 2", "65535"]),
        ("[log]\nformat = \"json\n", ["log.format", "line 2", "text or json"]),
    ] {
        let said = read(toml).unwrap_err();
        assert!(words.iter().all(|word| said.contains(word)), "{toml}: {said}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_from_one_that_is_not_there() {
    let dir = tempfile::tempdir().unwrap();
    let cannot = |path: &std::path::Path| Config::read(Some(path), []).unwrap_err().to_string();
    let gone = dir.path().join("gone.toml");
    assert!(cannot(&gone).contains("gone.toml is not there"));
    std::os::unix::fs::symlink(&gone, dir.path().join("link.toml")).unwrap();
    assert!(cannot(&dir.path().join("link.toml")).contains("is not there"));
    assert!(cannot(dir.path()).contains("is a folder"));
    assert!(cannot(std::path::Path::new("")).contains("--config"));
    assert!(cannot(std::path::Path::new("/dev/zero")).contains("longer than a megabyte"));
    let said = read_bytes(b"[server]\nport = 80\n# caf\xe9\n").unwrap_err();
    assert!(said.contains("party.toml") && said.contains("UTF-8") && said.contains("line 3"), "{said}");
    // As Windows' editor writes it.
    assert_eq!(read("\u{feff}[server]\r\nport = 81\r\n").unwrap().server.port, 81);
}

#[test]
fn a_token_of_digits_in_the_environment_stays_text() {
    let (config, _) = environment(&[
        ("PARTYPLAYLIST_METRICS__TOKEN", "00123"),
        ("PARTYPLAYLIST_SPOTIFY__CLIENT_ID", "01234567890123456789012345678901"),
        ("PARTYPLAYLIST_SERVER__TLS_CERTIFICATE", "1e3"),
        ("PARTYPLAYLIST_SERVER__TLS_KEY", "true"),
    ])
    .unwrap();
    assert_eq!(config.metrics.token.as_deref(), Some("00123"));
    assert_eq!(config.spotify.client_id.as_deref(), Some("01234567890123456789012345678901"));
    assert_eq!(config.server.tls_certificate, Some("1e3".into()));
    assert_eq!(config.server.tls_key, Some("true".into()));
    for odd in ["[1]", "{a=1}", "'q'", "1_000", "0x1F", "null", "a=b"] {
        let (config, _) = environment(&[("PARTYPLAYLIST_METRICS__TOKEN", odd)]).unwrap();
        assert_eq!(config.metrics.token.as_deref(), Some(odd));
    }
    // In a file too, where it stands without quotes.
    assert_eq!(read("[metrics]\ntoken = 12345").unwrap().metrics.token.as_deref(), Some("12345"));
    assert_eq!(read("[metrics]\ntoken = 0x1F").unwrap().metrics.token.as_deref(), Some("0x1F"));
}

#[test]
fn an_empty_variable_is_one_that_is_not_set() {
    let variables: Vec<_> = KEYS.iter().map(|key| (key.variable(), "")).collect();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    assert_eq!(environment(&variables).unwrap(), (Config::default(), vec![]));
    assert_eq!(environment(&[("PARTYPLAYLIST_SERVER__PORT", " ")]).unwrap().0, Config::default());
}

#[test]
fn yes_and_no_are_taken_as_people_write_them() {
    for (words, on) in [
        (["true", "TRUE", "True", "1", "yes", "YES", "on", "On", " true "], true),
        (["false", "FALSE", "False", "0", "no", "NO", "off", "Off", " false "], false),
    ] {
        for word in words {
            let (config, _) = environment(&[
                ("PARTYPLAYLIST_SERVER__BEHIND_PROXY", word),
                ("PARTYPLAYLIST_SERVER__TLS", word),
                ("PARTYPLAYLIST_DATABASE__LITESTREAM", word),
            ])
            .unwrap();
            assert_eq!((config.server.behind_proxy, config.server.tls, config.database.litestream), (on, on, on));
        }
    }
}

#[test]
fn a_container_hosts_variables_are_passed_over_and_told() {
    let set = [
        ("PARTYPLAYLIST_PORT", "tcp://10.0.0.1:8000"),
        ("PARTYPLAYLIST_PORT_8000_TCP", "tcp://10.0.0.1:8000"),
        ("PARTYPLAYLIST_PORT_8000_TCP_PROTO", "tcp"),
        ("PARTYPLAYLIST_PORT_8000_TCP_PORT", "8000"),
        ("PARTYPLAYLIST_PORT_8000_TCP_ADDR", "10.0.0.1"),
        ("PARTYPLAYLIST_SERVICE_HOST", "10.0.0.1"),
        ("PARTYPLAYLIST_SERVICE_PORT", "8000"),
        ("PARTYPLAYLIST_SERVICE_PORT_HTTP", "8000"),
        ("PARTYPLAYLIST_SERVER_PORT", "tcp://10.0.0.1:8000"),
        ("PARTYPLAYLIST_SERVER_SERVICE_HOST", "10.0.0.1"),
        ("PARTYPLAYLIST_NAME", "/web/partyplaylist"),
        ("PARTYPLAYLIST_ENV_A__B", "c"),
        ("PARTYPLAYLIST_VERSION", "1.2"),
    ];
    let (config, notes) = environment(&set).unwrap();
    assert_eq!(config, Config::default());
    assert_eq!(notes.len(), set.len());
    for (name, _) in set {
        assert!(notes.iter().any(|note| note.contains(&format!("{name} "))), "{name} is not told");
    }
    // Other programs' names are nobody's business.
    assert_eq!(environment(&[("PATH", "/bin"), ("PARTY__X", "1"), ("PARTYPLAYLIST", "1")]).unwrap().1, [""; 0]);
}

#[test]
fn a_near_miss_of_a_key_in_the_environment_is_refused_by_name() {
    for (name, meant) in [
        ("PARTYPLAYLIST_SERVER__PROT", "PARTYPLAYLIST_SERVER__PORT"),
        ("PARTYPLAYLIST_SERVER_PORT", "PARTYPLAYLIST_SERVER__PORT"),
        ("PARTYPLAYLIST_PORT", "PARTYPLAYLIST_SERVER__PORT"),
        ("PARTYPLAYLIST_METRICS_TOKEN", "PARTYPLAYLIST_METRICS__TOKEN"),
        ("PARTYPLAYLIST_SERVER__BEHINDPROXY", "PARTYPLAYLIST_SERVER__BEHIND_PROXY"),
        ("PARTYPLAYLIST_SEVER__PUBLIC_URL", "PARTYPLAYLIST_SERVER__PUBLIC_URL"),
        ("PARTYPLAYLIST_TRUSTED_PROXIES", "PARTYPLAYLIST_SERVER__TRUSTED_PROXIES"),
        ("PARTYPLAYLIST_SERVER__COLOUR", "server.colour"),
        ("PARTYPLAYLIST_MUSIC__LOUD", "music.loud"),
    ] {
        let said = environment(&[(name, "8080")]).unwrap_err();
        assert!(said.contains(name) && said.contains(meant) && said.contains("Allowed"), "{name}: {said}");
    }
    let said = environment(&[("PARTYPLAYLIST_METRICS__TOKEM", "hush-hush")]).unwrap_err();
    assert!(!said.contains("hush") && said.contains("PARTYPLAYLIST_METRICS__TOKEN"), "{said}");
}

#[test]
fn proxies_are_named_as_addresses_and_as_networks() {
    let wanted = ["127.0.0.1/32", "10.0.0.0/24", "192.168.1.2/32", "fd00::/8"];
    let said = |config: Config| config.server.trusted_proxies.iter().map(ToString::to_string).collect::<Vec<_>>();
    let toml = "[server]\ntrusted_proxies = [\"127.0.0.1\", \"10.0.0.5/24\", \"::ffff:192.168.1.2\", \"fd00::/8\"]";
    assert_eq!(said(read(toml).unwrap()), wanted);
    for text in ["127.0.0.1,10.0.0.5/24, ::ffff:192.168.1.2 , fd00::/8", "127.0.0.1 10.0.0.0/24 192.168.1.2 fd00::/8"] {
        assert_eq!(said(environment(&[("PARTYPLAYLIST_SERVER__TRUSTED_PROXIES", text)]).unwrap().0), wanted);
    }
}

#[test]
fn a_public_url_in_capitals_or_any_script_is_kept_as_browsers_write_it() {
    for (given, kept) in
        [("HTTP://Party.Local:80/", "http://party.local"), ("https://Bühne.example", "https://xn--bhne-0ra.example")]
    {
        let config = read(&format!("[server]\npublic_url = \"{given}\"")).unwrap();
        assert_eq!(config.server.public_url.as_deref(), Some(kept));
    }
}
