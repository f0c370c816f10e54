//! How a DJ's house rules are kept: each by its name.

use std::collections::HashSet;

use rusqlite::Row;
use serde_json::{Map, Value};

use crate::domain::{HouseRules, Refusal, mark_of};
use crate::store::error::{Error, Result};
use crate::store::tenant::tx::Tx;

/// The tenant's rules. Settings this version does not know, or cannot read, stay in the table and are passed over.
pub(in crate::store) fn load(tx: &Tx) -> Result<HouseRules> {
    let setting = |row: &Row| Ok((row.get("key")?, row.get("value")?));
    Ok(as_rules(tx.all("SELECT key, value FROM settings WHERE user_id = :tenant", &[], setting)?))
}

/// What settings by their names come to.
pub(in crate::store) fn as_rules(found: Vec<(String, String)>) -> HouseRules {
    let read = |(key, value): (String, String)| Some((key, serde_json::from_str(&value).ok()?));
    let found: Map<String, Value> = found.into_iter().filter_map(read).collect();
    // Mostly every one is known and fits.
    if let Ok(rules) = serde_json::from_value(Value::Object(found.clone())) {
        return rules;
    }
    let mut rules = HouseRules::default();
    for (key, value) in found {
        if let Ok(next) = patched(&rules, &Map::from_iter([(key, value)])) {
            rules = next;
        }
    }
    rules
}

pub(in crate::store) fn as_value(rules: &HouseRules) -> Result<Value> {
    serde_json::to_value(rules).map_err(|error| Error::Broken(error.to_string()))
}

/// What of a patch changes something: beside a value, under `was_` and its name, may stand what it was shown as to who sends
/// it. Of a list, whose lines somebody else may have changed meanwhile, only the lines count, and a mark of each stands there.
pub(in crate::store) fn touched(rules: &HouseRules, patch: Map<String, Value>) -> Result<Map<String, Value>> {
    let whole = as_value(rules)?;
    let (mut shown, mut patch): (Map<_, _>, Map<_, _>) =
        patch.into_iter().partition(|(key, _)| key.strip_prefix("was_").is_some_and(|rule| whole.get(rule).is_some()));
    shown = shown.into_iter().map(|(key, value)| (key.replacen("was_", "", 1), value)).collect();
    patch.retain(|key, value| shown.get(key) != Some(value));
    if let (Some(Value::Array(sent)), Some(Value::Array(marks))) =
        (patch.get_mut("do_not_play"), shown.get("do_not_play"))
    {
        let marks: HashSet<&str> = marks.iter().filter_map(Value::as_str).collect();
        let was_shown = |line: &Value| line.as_str().is_some_and(|line| marks.contains(mark_of(line).as_str()));
        let mut lines: Vec<Value> = rules.do_not_play.iter().map(|line| line.as_str().into()).collect();
        lines.retain(|line| sent.contains(line) || !was_shown(line));
        for line in sent.drain(..).filter(|line| !was_shown(line)) {
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
        *sent = lines;
    }
    Ok(patch)
}

pub(in crate::store) fn patched(rules: &HouseRules, patch: &Map<String, Value>) -> Result<HouseRules> {
    let mut whole = as_value(rules)?;
    for (key, value) in patch {
        match whole.get_mut(key) {
            Some(slot) => *slot = value.clone(),
            None => {
                return Err(Refusal::Malformed(format!("There is no rule called \"{}\".", key.escape_debug())).into());
            }
        }
        if serde_json::from_value::<HouseRules>(whole.clone()).is_err() {
            return Err(unfit(rules, key).into());
        }
    }
    serde_json::from_value(whole).map_err(|error| Error::Broken(error.to_string()))
}

fn unfit(rules: &HouseRules, key: &str) -> Refusal {
    let names = serde_json::to_value(rules).ok().and_then(|value| value.get(key).map(kind)).unwrap_or("another value");
    Refusal::Malformed(format!("The rule \"{key}\" takes {names}."))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a whole number that is not negative",
        Value::String(_) => "one of arrival, votes, fair",
        _ => "a list of texts",
    }
}
