//! The ways to the house rules.

use serde_json::{Map, Value};

use super::decisions::turn_down;
use super::events::{active, bump};
use super::queue::arrange_queue;
use super::rules::{as_value, load, patched, touched};
use super::songs::matching::ask_anew;
use super::undo::last_acts::LastActs;
use crate::domain::{HouseRules, RequestId};
use crate::store::error::{Error, Result};
use crate::store::tenant::handle::{Host, RuleReader, Tenant};
use crate::store::tenant::tx::Tx;

/// Rules as they are by now, and what they turned down when they came.
pub struct Ruled {
    pub rules: HouseRules,
    pub turned_down: Vec<RequestId>,
}

impl<Role: RuleReader> Tenant<Role> {
    /// The house rules, defaults where nothing was set.
    pub async fn rules(&self) -> Result<HouseRules> {
        self.read(load).await
    }
}

impl Tenant<Host> {
    /// Refuses a change that would be refused, before anything is spent on it.
    pub async fn check_rules(&self, patch: Map<String, Value>) -> Result<()> {
        self.read(move |tx| ruled(tx, &patch).map(drop)).await
    }

    /// Changes any subset of the rules, but what is as it was shown to who changes them ([`touched`]); refuses names it does
    /// not know and values out of bounds. Songs of guests that wait or are in the queue are held to them, too; of one that
    /// is turned down no earlier act can be taken back any more.
    pub async fn change_rules(&self, patch: Map<String, Value>) -> Result<Ruled> {
        let (acts, whose) = (self.store().memory::<LastActs>(), self.id().clone());
        let work = move |tx: &Tx| {
            let (rules, patch) = ruled(tx, &patch)?;
            let Value::Object(values) = as_value(&rules)? else {
                return Err(Error::Broken("rules are not an object".into()));
            };
            for (key, value) in values.iter().filter(|(key, _)| patch.contains_key(*key)) {
                let sql = "INSERT INTO settings (user_id, key, value) VALUES (:tenant, :key, :value)
                           ON CONFLICT (user_id, key) DO UPDATE SET value = excluded.value";
                tx.run(sql, &[(":key", key), (":value", &value.to_string())])?;
            }
            let mut turned_down = vec![];
            // A new order shows at once, and what the rules refused is asked again.
            if let Some(event) = active(tx)? {
                let version = bump(tx, &event.id)?;
                turned_down = turn_down(tx, &event.id, &rules, version, "r.status IN ('pending', 'approved')")?;
                acts.overtake(&whose, &turned_down);
                acts.look_anew(&whose);
                ask_anew(tx, &event.id, version)?;
                arrange_queue(tx, &event.id, rules.order, version)?;
            }
            Ok(Ruled { rules, turned_down })
        };
        self.write(work).await
    }
}

/// The rules as a change makes them, with what it changes.
fn ruled(tx: &Tx, patch: &Map<String, Value>) -> Result<(HouseRules, Map<String, Value>)> {
    let before = load(tx)?;
    let patch = touched(&before, patch.clone())?;
    let rules = patched(&before, &patch)?;
    rules.check(&before)?;
    Ok((rules, patch))
}
