//! Which commit last concerned whom, and which requests it wrote: by that, what is kept of a party in memory is known to be as
//! new as the file.

use std::collections::{BTreeMap, HashMap};
use std::mem::take;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;

use super::queue::Tenancy;
use crate::domain::UserId;
use crate::store::db::lookout::{Lookout, number};
use crate::store::error::Result;

/// The table whose rows are told one by one.
const REQUESTS: &str = "requests";
/// Rows told of one party; where there are more, all are read again.
const TOLD: usize = 500;

/// What was committed, as far as it matters for what is kept in memory. The writer notes it; whoever keeps a party asks.
#[derive(Default)]
pub struct Freshness(Mutex<Commits>);

#[derive(Default)]
struct Commits {
    /// The last commit; each has the number after the one before.
    done: u64,
    /// The last one that may concern everybody: the box's own, or another program's.
    of_all: u64,
    /// Whom the commit under way concerns.
    under_way: Vec<Tenancy>,
    /// Parties that are kept in memory.
    kept: HashMap<UserId, Kept>,
}

/// What was committed of a party that is kept in memory.
#[derive(Default)]
struct Kept {
    last: u64,
    /// Rows of its requests, each with the last commit that wrote it.
    rows: BTreeMap<i64, u64>,
    /// The last commit after which all of them are to be read.
    all: u64,
    /// As of which commit they were read: rows written before are not noted any more.
    read: u64,
}

/// Which requests are to be read again.
#[derive(Debug, PartialEq, Eq)]
pub enum Unread {
    All,
    Rows(Vec<i64>),
}

impl Freshness {
    /// The last commit that may have changed something of a party's; what was read after it began is as new as the file.
    pub fn needed(&self, user: &UserId) -> u64 {
        let commits = self.lock();
        commits.kept.get(user).map_or(commits.done, |kept| kept.last.max(commits.of_all))
    }

    /// The last commit that may have changed something of everybody's: all that is written of accounts and sign-ins is among
    /// these.
    pub fn needed_by_all(&self) -> u64 {
        self.lock().of_all
    }

    /// The last commit there was, to be asked before a reading begins: from now on it is noted what is written of the party.
    pub fn begin(&self, user: &UserId) -> u64 {
        let mut commits = self.lock();
        let done = commits.done;
        let new = || Kept { all: done, ..Kept::default() };
        commits.kept.entry(user.clone()).or_insert_with(new);
        done
    }

    /// What of a party's requests is to be read again by who last read it at commit `seen`, to be asked once the reading has
    /// begun: what is being committed meanwhile is in it too.
    pub fn unread(&self, user: &UserId, seen: u64) -> Unread {
        let commits = self.lock();
        match commits.kept.get(user) {
            Some(kept) if kept.all.max(kept.read) <= seen => {
                Unread::Rows(kept.rows.iter().filter(|(_, written)| **written > seen).map(|(row, _)| *row).collect())
            }
            _ => Unread::All,
        }
    }

    /// Notes that a party has been read at commit `seen`.
    pub fn was_read(&self, user: &UserId, seen: u64) {
        if let Some(kept) = self.lock().kept.get_mut(user) {
            kept.rows.retain(|_, written| *written > seen);
            kept.read = kept.read.max(seen);
        }
    }

    /// Notes that a party is kept no more.
    pub fn forget(&self, user: &UserId) {
        self.lock().kept.remove(user);
    }

    /// The last commit.
    pub fn done(&self) -> u64 {
        self.lock().done
    }

    /// A job of the transaction under way has written something, these requests among it.
    pub(super) fn writes(&self, owner: &Tenancy, rows: Vec<i64>) {
        let mut commits = self.lock();
        let number = commits.done + 1;
        match owner {
            Some(user) => commits.kept.get_mut(user).into_iter().for_each(|kept| kept.write(&rows, number)),
            None if !rows.is_empty() => commits.kept.values_mut().for_each(|kept| kept.all = number),
            None => {}
        }
        commits.under_way.push(owner.clone());
    }

    /// The transaction under way is over, for good or taken back.
    pub(super) fn ended(&self, committed: bool) {
        let mut commits = self.lock();
        let concerned = take(&mut commits.under_way);
        if !committed || concerned.is_empty() {
            return;
        }
        commits.done += 1;
        let number = commits.done;
        for owner in concerned {
            match owner {
                Some(user) => commits.kept.get_mut(&user).into_iter().for_each(|kept| kept.last = number),
                None => commits.of_all = number,
            }
        }
    }

    /// Another program has written something.
    fn written_by_another(&self) {
        let mut commits = self.lock();
        commits.done += 1;
        let number = commits.done;
        commits.of_all = number;
        commits.kept.values_mut().for_each(|kept| kept.all = number);
    }

    fn lock(&self) -> MutexGuard<'_, Commits> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn write(&mut self, rows: &[i64], number: u64) {
        self.rows.extend(rows.iter().map(|row| (*row, number)));
        if self.rows.len() > TOLD {
            self.rows.clear();
            self.all = number;
        }
    }
}

/// The writer's connection as it notes what is written.
pub struct Traces {
    freshness: Arc<Freshness>,
    /// Requests written by the job under way.
    rows: Arc<Mutex<Vec<i64>>>,
    changes: u64,
    lookout: Arc<Lookout>,
    /// What tells this connection that another has written.
    number: Option<i64>,
}

impl Traces {
    pub fn of(conn: &Connection, freshness: Arc<Freshness>, lookout: Arc<Lookout>) -> Result<Self> {
        let rows = Arc::<Mutex<Vec<i64>>>::default();
        let noted = rows.clone();
        conn.update_hook(Some(move |_, _: &str, table: &str, row| {
            if table == REQUESTS {
                noted.lock().unwrap_or_else(PoisonError::into_inner).push(row);
            }
        }))?;
        Ok(Self { freshness, rows, changes: conn.total_changes(), lookout, number: None })
    }

    /// Notes what a job has written.
    pub fn note(&mut self, conn: &Connection, owner: &Tenancy) {
        let before = std::mem::replace(&mut self.changes, conn.total_changes());
        let rows = take(&mut *self.rows.lock().unwrap_or_else(PoisonError::into_inner));
        if self.changes != before {
            self.freshness.writes(owner, rows);
        }
    }

    /// Notes how the transaction ended that the jobs were in.
    pub fn end(&mut self, conn: &Connection, committed: bool) {
        self.changes = conn.total_changes();
        self.freshness.ended(committed);
        self.look(conn);
    }

    /// Looks whether another program has written; what cannot be known is taken for so. The lookout is asked first: what it
    /// tells of later, nobody has looked for yet.
    pub fn look(&mut self, conn: &Connection) {
        let (seen, found) = (self.lookout.number(), number(conn).ok());
        if found.is_none() || self.number.is_some_and(|before| Some(before) != found) {
            self.freshness.written_by_another();
        }
        self.number = found;
        self.lookout.knows(seen);
    }
}

#[cfg(test)]
mod tests {
    use super::{Freshness, TOLD, Tenancy, Unread, UserId};

    fn user(name: &str) -> UserId {
        UserId::parse(name).unwrap()
    }

    fn commit(freshness: &Freshness, owner: &Tenancy, rows: &[i64]) {
        freshness.writes(owner, rows.to_vec());
        freshness.ended(true);
    }

    #[test]
    fn a_party_is_to_be_read_again_after_its_own_commits_and_after_those_of_nobody_in_particular() {
        let (freshness, me, other) = (Freshness::default(), user("me"), user("other"));
        let seen = freshness.begin(&me);
        assert!(freshness.needed(&me) <= seen);
        commit(&freshness, &Some(other), &[7]);
        assert!(freshness.needed(&me) <= seen, "what is another's");
        freshness.writes(&Some(me.clone()), vec![1]);
        assert!(freshness.needed(&me) <= seen, "not yet there");
        freshness.ended(true);
        assert!(freshness.needed(&me) > seen);
        let seen = freshness.begin(&me);
        commit(&freshness, &None, &[]);
        assert!(freshness.needed(&me) > seen);
        let seen = freshness.begin(&me);
        freshness.written_by_another();
        assert!(freshness.needed(&me) > seen, "another program's");
        assert_eq!(freshness.unread(&me, seen), Unread::All);
    }

    #[test]
    fn a_row_is_read_again_until_a_reading_began_after_its_commit() {
        let (freshness, me) = (Freshness::default(), user("me"));
        freshness.begin(&me);
        let owner = Some(me.clone());
        commit(&freshness, &owner, &[1, 2]);
        let seen = freshness.begin(&me);
        // One that is written while it is read may be in what is read, or not.
        freshness.writes(&owner, vec![2, 3]);
        assert_eq!(freshness.unread(&me, 0), Unread::Rows(vec![1, 2, 3]));
        freshness.was_read(&me, seen);
        freshness.ended(true);
        assert_eq!(freshness.unread(&me, seen), Unread::Rows(vec![2, 3]));
        assert!(freshness.needed(&me) > seen);
        let seen = freshness.begin(&me);
        freshness.was_read(&me, seen);
        assert_eq!(freshness.unread(&me, seen), Unread::Rows(vec![]));
    }

    #[test]
    fn where_very_many_rows_were_written_or_nobody_knows_whose_all_are_read() {
        let (freshness, me) = (Freshness::default(), user("me"));
        let seen = freshness.begin(&me);
        commit(&freshness, &Some(me.clone()), &(0..=i64::try_from(TOLD).unwrap()).collect::<Vec<_>>());
        assert_eq!(freshness.unread(&me, seen), Unread::All);
        let seen = freshness.begin(&me);
        assert_eq!(freshness.unread(&me, seen), Unread::Rows(vec![]));
        commit(&freshness, &None, &[5]);
        assert_eq!(freshness.unread(&me, seen), Unread::All);
        let seen = freshness.begin(&me);
        freshness.was_read(&me, seen);
        assert_eq!(freshness.unread(&me, seen - 1), Unread::All, "what was noted before is forgotten");
        freshness.forget(&me);
        commit(&freshness, &Some(me.clone()), &[5]);
        freshness.begin(&me);
        assert_eq!(freshness.unread(&me, seen), Unread::All, "nobody noted what was written");
    }
}
