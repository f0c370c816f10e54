//! The environment: `PARTYPLAYLIST_SECTION__KEY`. Everything in it is text; what it means, the key says.

use std::ffi::OsString;

use super::error::{Error, Result};
use super::given::{Given, nearest, unknown};
use super::keys::{KEYS, Key};
use super::place::Place;

const PREFIX: &str = "PARTYPLAYLIST_";

/// Everything the environment sets, and what is said of names that only look like ours.
pub fn read(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Result<(Vec<Given>, Vec<String>)> {
    let (mut found, mut notes) = (Vec::new(), Vec::new());
    let mut variables: Vec<_> = variables.into_iter().collect();
    variables.sort();
    for (name, value) in &variables {
        let name = name.to_string_lossy();
        let upper = name.to_ascii_uppercase();
        let Some(rest) = upper.strip_prefix(PREFIX) else { continue };
        let place = Place::Variable(name.clone().into_owned());
        let text = value.to_string_lossy();
        if text.trim().is_empty() {
            continue;
        }
        if let Some(key) = KEYS.iter().find(|key| key.variable() == upper) {
            let value = value.to_str().and_then(|text| key.read(text));
            found.push(Given::new(key, value, &format!("{text:?}"), place)?);
        } else if of_a_container_host(rest, &text) {
            notes.push(format!(
                "The environment variable {name} is not ours: a container host sets it. It is passed over."
            ));
        } else if let Some(key) = meant(rest) {
            let (shown, variable) = (key.shown(&format!("{text:?}")), key.variable());
            let (name, allowed) = (key.name, key.allowed());
            return Err(Error::At(
                place,
                format!(
                    "there is no such key, given as {shown}. Did you mean {variable}, which is {name}? Allowed: {allowed}."
                ),
            ));
        } else if rest.contains("__") {
            let shown: String = format!("{text:?}").chars().take(80).collect();
            return Err(unknown(&rest.replacen("__", ".", 1).to_ascii_lowercase(), &shown, place));
        } else {
            notes.push(format!("The environment variable {name} is not a key of this box. It is passed over."));
        }
    }
    Ok((found, notes))
}

/// What a container host sets for a service that happens to have our name, or one that begins like it: Kubernetes
/// `…_SERVICE_HOST`, `…_SERVICE_PORT…`, `…_PORT=tcp://…`, `…_PORT_8000_TCP…`, Docker's links `…_NAME` and `…_ENV_…`.
fn of_a_container_host(rest: &str, value: &str) -> bool {
    let link = ["tcp://", "udp://", "sctp://"].iter().any(|scheme| value.starts_with(scheme));
    let port = ["_TCP", "_UDP", "_SCTP"].iter().any(|kind| rest.contains(kind)) && rest.contains("PORT_");
    let service = rest.ends_with("SERVICE_HOST") || rest.contains("SERVICE_PORT");
    link || port || service || rest == "NAME" || rest.starts_with("ENV_")
}

/// The key that was probably meant: one underscore where two belong, the section left out, a letter wrong.
fn meant(rest: &str) -> Option<&'static Key> {
    let flat = |name: &str| name.replace("__", "_").to_ascii_lowercase();
    let rest = flat(rest);
    let names: Vec<(String, &Key)> = KEYS.iter().map(|key| (key.name.replace('.', "_"), key)).collect();
    let near = nearest(&rest, names.iter().map(|(name, _)| name.as_str()));
    let by_name = names.iter().find(|(name, _)| Some(name.as_str()) == near).map(|(_, key)| *key);
    by_name.or_else(|| KEYS.iter().find(|key| key.last() == rest))
}
