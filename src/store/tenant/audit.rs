//! The record of who did what on whose pages. It only grows; the database itself refuses to change a row. What somebody
//! does again and again is one row with a count, so that nobody buries what others did.

use rusqlite::{Connection, Row, named_params};

use super::client::Client;
use crate::domain::{Outcome, Timestamp, UserId};
use crate::store::db::store::Store;
use crate::store::error::Result;

/// Entries are kept this long; the schema's trigger refuses to let them go earlier.
const KEPT_MS: i64 = 90 * DAY_MS;
/// Entries let go at a time: requests must not wait behind it.
const PIECE: i64 = 500;
/// Within so long after it was done first, a deed done again is counted where it stands: what was let be, and what was refused.
const HOUR_MS: i64 = 60 * 60 * 1000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// So many different things that are refused to somebody on one host's pages within a day are written down each by itself; and the
/// same thing from so many addresses.
const KINDS: i64 = 50;
const ADDRESSES: i64 = 20;
/// How the rest of them is called, which is counted together.
const OTHERS: &str = "other attempts";

/// Something worth writing down: who did what, and from where.
pub struct Deed {
    /// A username, or `helper NAME`.
    pub actor: String,
    /// Method and path without the query, since secrets travel there; or words.
    pub action: String,
    pub client: Client,
}

impl Deed {
    /// It as an entry of the record.
    pub(in crate::store) fn entry(&self, outcome: Outcome) -> Entry<'_> {
        Entry { actor: &self.actor, action: &self.action, address: self.client.address.as_deref(), outcome }
    }
}

impl Store {
    /// Writes down what somebody did, or tried to do, on the pages of `whose`.
    pub async fn record(&self, whose: &UserId, deed: Deed, outcome: Outcome) -> Result<()> {
        let (whose, clock) = (whose.clone(), self.clock());
        let work = move |conn: &Connection| note(conn, &whose, deed.entry(outcome), clock.now_written());
        self.write(work).await
    }

    /// Lets go of entries past keeping.
    pub async fn trim_record(&self) -> Result<()> {
        let Some(now) = self.surely_past().await? else { return Ok(()) };
        let oldest = now.plus_ms(-KEPT_MS);
        let sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < :oldest LIMIT :piece)";
        let piece =
            move |conn: &Connection| Ok(conn.execute(sql, named_params! { ":oldest": oldest, ":piece": PIECE })? > 0);
        self.in_pieces(piece).await.map(drop)
    }
}

/// What is written down of a deed.
#[derive(Clone, Copy)]
pub(in crate::store) struct Entry<'a> {
    pub actor: &'a str,
    pub action: &'a str,
    pub address: Option<&'a str>,
    pub outcome: Outcome,
}

/// Adds an entry to the record, within a transaction under way. A repeat is counted instead.
pub(in crate::store) fn note(conn: &Connection, whose: &UserId, entry: Entry, now: Timestamp) -> Result<()> {
    let Entry { actor, action, address, outcome } = entry;
    let lately = Lately { conn, whose, actor, outcome, now };
    if lately.counts(action, address)? {
        return Ok(());
    }
    let together = if outcome == Outcome::Refused { lately.counted_as(action)? } else { None };
    if let Some(together) = together
        && lately.counts(together, None)?
    {
        return Ok(());
    }
    let (action, address) = together.map_or((action, address), |together| (together, None));
    let sql = "INSERT INTO audit (user_id, at, actor, action, outcome, address)
               VALUES (:whose, :now, :actor, :action, :outcome, :address)";
    conn.prepare_cached(sql)?.execute(named_params! {
        ":whose": whose, ":now": now, ":actor": actor, ":action": action, ":outcome": outcome, ":address": address,
    })?;
    Ok(())
}

/// What somebody did on a host's pages lately, with one outcome.
struct Lately<'a> {
    conn: &'a Connection,
    whose: &'a UserId,
    actor: &'a str,
    outcome: Outcome,
    now: Timestamp,
}

impl Lately<'_> {
    /// Counts a deed where it was done already from this address, or where it stands without one; answers whether it was.
    fn counts(&self, action: &str, address: Option<&str>) -> Result<bool> {
        let sql = "UPDATE audit SET count = count + 1, last_at = :now WHERE id = (
                       SELECT id FROM audit WHERE user_id = :whose AND actor = :actor AND outcome = :outcome
                       AND at > :since AND at <= :now
                       AND action = :action AND address IS :address ORDER BY at DESC, id DESC LIMIT 1)";
        let counted = self.conn.prepare_cached(sql)?.execute(named_params! {
            ":whose": self.whose, ":actor": self.actor, ":outcome": self.outcome, ":since": self.since(),
            ":now": self.now, ":action": action, ":address": address,
        })?;
        Ok(counted > 0)
    }

    fn since(&self) -> Timestamp {
        self.now.plus_ms(if self.outcome == Outcome::Refused { -DAY_MS } else { -HOUR_MS })
    }

    /// As what a deed is counted whatever address it comes from: where it has come from many, or where there were many others.
    fn counted_as<'a>(&self, action: &'a str) -> Result<Option<&'a str>> {
        let sql = "SELECT count(*) FILTER (WHERE action = :action) AS same, count(DISTINCT action) AS kinds FROM audit
                   WHERE user_id = :whose AND actor = :actor AND outcome = :outcome AND at > :since AND at <= :now";
        let named = named_params! {
            ":whose": self.whose, ":actor": self.actor, ":outcome": self.outcome, ":since": self.since(),
            ":now": self.now, ":action": action,
        };
        let row = |row: &Row| Ok((row.get::<_, i64>("same")?, row.get::<_, i64>("kinds")?));
        Ok(match self.conn.prepare_cached(sql)?.query_row(named, row)? {
            (0, kinds) if kinds >= KINDS => Some(OTHERS),
            (rows, _) if rows >= ADDRESSES => Some(action),
            _ => None,
        })
    }
}
