//! What became of submissions, and the keys under which they were sent: one that is sent again gets the first answer.

use crate::domain::{EventId, RequestId, RequestView};
use crate::store::error::Result;
use crate::store::tenant::tx::{Named, Tx};

/// What became of a submission.
#[derive(Debug)]
pub struct Receipt {
    pub request: RequestView,
    /// The song was on the list already; the submission became a vote.
    pub merged: bool,
    pub whose: Whose,
    /// The same submission had been sent before under the same key.
    pub repeated: bool,
    /// It became a vote that was not given before.
    pub(super) voted: bool,
}

/// Whose request it is that somebody sent again, where it was on the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Own,
    Others,
}

impl AsMut<RequestView> for Receipt {
    fn as_mut(&mut self) -> &mut RequestView {
        &mut self.request
    }
}

/// Submissions of one sender that became votes and whose keys are remembered. Sent again, any further one becomes the same
/// vote as before, as long as the song waits.
const MERGED: i64 = 200;

/// By whom a submission was sent, and under which key, if any.
pub struct IdempotencyKey<'a> {
    pub submitter: &'a str,
    pub key: Option<&'a str>,
}

/// The request that a submission came to, and whether it became a vote for it.
pub struct Entry {
    pub id: RequestId,
    pub merged: bool,
}

/// What a submission came to that was sent before, by the same and under the same key.
pub fn earlier_entry(tx: &Tx, event: &EventId, sender: &IdempotencyKey) -> Result<Option<Entry>> {
    let IdempotencyKey { submitter, key: Some(key) } = sender else { return Ok(None) };
    let sql = "SELECT request_id, merged FROM submissions
               WHERE user_id = :tenant AND event_id = :event AND submitter = :submitter AND key = :key";
    let named: Named = &[(":event", &event), (":submitter", &submitter), (":key", &key)];
    tx.maybe(sql, named, |row| Ok(Entry { id: row.get("request_id")?, merged: row.get("merged")? }))
}

/// Remembers that, where there is a key.
pub fn remember(tx: &Tx, event: &EventId, sender: &IdempotencyKey, entry: &Entry) -> Result<()> {
    let IdempotencyKey { submitter, key: Some(key) } = sender else { return Ok(()) };
    let sql = "INSERT INTO submissions (user_id, event_id, submitter, key, request_id, merged)
               SELECT :tenant, :event, :submitter, :key, :id, :merged
               WHERE NOT :merged OR (SELECT count(*) FROM submissions WHERE user_id = :tenant AND event_id = :event
                                     AND submitter = :submitter AND merged) < :most";
    let named: Named = &[
        (":event", &event),
        (":submitter", &submitter),
        (":key", &key),
        (":id", &entry.id),
        (":merged", &entry.merged),
        (":most", &MERGED),
    ];
    tx.quiet().run(sql, named).map(drop)
}
