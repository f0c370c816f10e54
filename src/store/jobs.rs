//! What waits to be written, kept apart by whose it is: turns go round, so nobody waits behind all that another has queued.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use crate::domain::UserId;

/// Whose a job is; `None` is the box itself.
pub type Owner = Option<UserId>;

/// Most jobs in one commit.
const BATCH: usize = 512;
/// The part of a commit's time after which nobody adds a second job while somebody else has some: that one waits for the
/// disk, and hardly for others.
const SHARE: u32 = 4;

/// Jobs that wait: each owner's in the order they came, owners in the order of their turns.
pub struct Jobs<J> {
    waiting: HashMap<Owner, VecDeque<J>>,
    turns: VecDeque<Owner>,
}

impl<J> Jobs<J> {
    pub fn new() -> Self {
        Self { waiting: HashMap::new(), turns: VecDeque::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    pub fn push(&mut self, owner: &Owner, job: J) {
        if let Some(queue) = self.waiting.get_mut(owner) {
            return queue.push_back(job);
        }
        self.waiting.insert(owner.clone(), VecDeque::from([job]));
        self.turns.push_back(owner.clone());
    }

    /// The next job of whoever's turn it is among those who have room left in `batch`.
    pub fn next(&mut self, batch: &mut Batch) -> Option<J> {
        if batch.is_over() {
            return None;
        }
        let at = self.turns.iter().position(|owner| batch.has_room(owner, self.turns.len()))?;
        let owner = self.turns.remove(at)?;
        let queue = self.waiting.get_mut(&owner)?;
        let job = queue.pop_front();
        batch.count(&owner);
        if queue.is_empty() {
            self.waiting.remove(&owner);
        } else {
            self.turns.push_back(owner);
        }
        job
    }

    /// Takes out every job of which `which` is true.
    pub fn extract(&mut self, which: impl Fn(&J) -> bool) -> Vec<J> {
        let mut found = Vec::new();
        for queue in self.waiting.values_mut() {
            let (out, stay) = queue.drain(..).partition(|job| which(job));
            *queue = stay;
            found.extend(Vec::from(out));
        }
        self.waiting.retain(|_, queue| !queue.is_empty());
        self.turns.retain(|owner| self.waiting.contains_key(owner));
        found
    }
}

/// What goes into one commit.
pub struct Batch {
    began: Instant,
    most: Duration,
    served: HashSet<Owner>,
    all: usize,
}

impl Batch {
    /// One that takes no more jobs after `most`.
    pub fn lasting(most: Duration) -> Self {
        Self { began: Instant::now(), most, served: HashSet::new(), all: 0 }
    }

    fn is_over(&self) -> bool {
        self.all >= BATCH || self.all > 0 && self.began.elapsed() > self.most
    }

    /// Everybody has one job in it, and more for a share of its time; who is alone, here and among the `waiting`, may
    /// fill it.
    fn has_room(&self, owner: &Owner, waiting: usize) -> bool {
        let served = self.served.contains(owner);
        let alone = waiting == 1 && self.served.len() == usize::from(served);
        alone || !served || self.began.elapsed() < self.most / SHARE
    }

    fn count(&mut self, owner: &Owner) {
        self.served.insert(owner.clone());
        self.all += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH, Batch, Duration, Instant, Jobs, Owner};
    use crate::domain::UserId;

    const LONG: Duration = Duration::from_secs(3600);

    fn owner(name: &str) -> Owner {
        UserId::parse(name)
    }

    /// A batch whose share of time is over, and which has all the rest.
    fn shared() -> Batch {
        let mut batch = Batch::lasting(LONG);
        batch.began = Instant::now().checked_sub(LONG / 2).unwrap();
        batch
    }

    fn take(jobs: &mut Jobs<(&'static str, usize)>, mut batch: Batch) -> Vec<(&'static str, usize)> {
        std::iter::from_fn(|| jobs.next(&mut batch)).collect()
    }

    #[test]
    fn turns_go_round_and_each_owners_jobs_stay_in_order() {
        let mut jobs = Jobs::new();
        for n in 0..500 {
            jobs.push(&owner("many"), ("many", n));
        }
        jobs.push(&owner("one"), ("one", 0));
        jobs.push(&None, ("box", 0));
        assert_eq!(take(&mut jobs, shared()), [("many", 0), ("one", 0), ("box", 0)], "one each");
        let second = take(&mut jobs, shared());
        assert_eq!((second[0], second.len()), (("many", 1), 499), "who is alone has it all");
        assert!(jobs.is_empty() && second.is_sorted());
    }

    #[test]
    fn while_a_commit_is_young_all_add_to_it_in_turns() {
        let mut jobs = Jobs::new();
        for (name, n) in [("a", 0), ("a", 1), ("a", 2), ("b", 0), ("b", 1)] {
            jobs.push(&owner(name), (name, n));
        }
        let wanted = [("a", 0), ("b", 0), ("a", 1), ("b", 1), ("a", 2)];
        assert_eq!(take(&mut jobs, Batch::lasting(LONG)), wanted);
    }

    #[test]
    fn who_has_filled_a_batch_ends_it_when_another_comes() {
        let mut jobs = Jobs::new();
        (0..1_000).for_each(|n| jobs.push(&owner("many"), ("many", n)));
        let mut batch = shared();
        (0..100).for_each(|_| assert_eq!(jobs.next(&mut batch).unwrap().0, "many"));
        jobs.push(&owner("late"), ("late", 0));
        assert_eq!(jobs.next(&mut batch), Some(("late", 0)));
        assert_eq!(jobs.next(&mut batch), None, "the one who came late is answered now");
    }

    #[test]
    fn a_batch_ends_by_number_and_by_time_but_never_empty() {
        let mut jobs = Jobs::new();
        (0..=BATCH).for_each(|n| jobs.push(&None, ("box", n)));
        assert_eq!(take(&mut jobs, shared()).len(), BATCH);
        jobs.push(&None, ("box", 0));
        let mut over = shared();
        over.most = LONG / 4;
        assert_eq!((jobs.next(&mut over).is_some(), jobs.next(&mut over)), (true, None));
    }

    #[test]
    fn what_waited_too_long_is_taken_out_whosever_it_is() {
        let mut jobs = Jobs::new();
        for (name, n) in [("a", 1), ("a", 2), ("b", 1)] {
            jobs.push(&owner(name), (name, n));
        }
        let mut out = jobs.extract(|(_, n)| *n == 1);
        out.sort_unstable();
        assert_eq!(out, [("a", 1), ("b", 1)]);
        assert_eq!(take(&mut jobs, shared()), [("a", 2)]);
    }
}
