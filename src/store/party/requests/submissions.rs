//! What became of wishes, and the keys under which they were sent: one that is sent again gets the first answer.

use crate::domain::{EventId, Id, RequestId, RequestView};
use crate::store::account::accounts::parsed;
use crate::store::error::Result;
use crate::store::tenant::tx::Tx;

/// What became of a wish.
#[derive(Debug)]
pub struct Submitted {
    pub request: RequestView,
    /// The song was on the list already; the wish became a vote.
    pub merged: bool,
    pub whose: Whose,
    /// The same wish had been sent before under the same key.
    pub repeated: bool,
    /// It became a vote that was not given before.
    pub(super) voted: bool,
}

/// Whose wish it is that somebody sent, where it was on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Own,
    Others,
}

impl AsMut<RequestView> for Submitted {
    fn as_mut(&mut self) -> &mut RequestView {
        &mut self.request
    }
}

/// Wishes of one sender that became votes and whose keys are remembered. Sent again, any further one becomes the same vote
/// as before, as long as the song waits.
const MERGED: i64 = 200;

/// What a wish came to that this sender sent under this key: which request, and whether it became a vote for it.
pub fn submitted(tx: &Tx, event: &EventId, submitter: &str, key: &str) -> Result<Option<(RequestId, bool)>> {
    let sql = "SELECT request_id, merged FROM submissions
               WHERE user_id = :tenant AND event_id = :event AND submitter = :submitter AND key = :key";
    let named: [(&str, &dyn rusqlite::ToSql); 3] =
        [(":event", &event.as_str()), (":submitter", &submitter), (":key", &key)];
    tx.maybe(sql, &named, |row| Ok((parsed(row, 0, Id::parse)?, row.get(1)?)))
}

/// Remembers that.
pub fn remember(
    tx: &Tx,
    event: &EventId,
    (submitter, key): (&str, &str),
    (id, merged): (&RequestId, bool),
) -> Result<()> {
    let sql = "INSERT INTO submissions (user_id, event_id, submitter, key, request_id, merged)
               SELECT :tenant, :event, :submitter, :key, :id, :merged
               WHERE NOT :merged OR (SELECT count(*) FROM submissions WHERE user_id = :tenant AND event_id = :event
                                     AND submitter = :submitter AND merged) < :most";
    let named: [(&str, &dyn rusqlite::ToSql); 6] = [
        (":event", &event.as_str()),
        (":submitter", &submitter),
        (":key", &key),
        (":id", &id.as_str()),
        (":merged", &merged),
        (":most", &MERGED),
    ];
    tx.quiet().run(sql, &named).map(drop)
}
