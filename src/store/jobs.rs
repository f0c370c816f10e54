//! What waits to be written, kept apart by whose it is: turns go round, so nobody waits behind all that another has queued.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, Instant};

use crate::domain::UserId;

/// Whose a job is; `None` is the box itself.
pub type Owner = Option<UserId>;

/// Most jobs in one commit.
const BATCH: usize = 512;
/// Most of one owner's in it while somebody else has some.
const SHARE: usize = 16;

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
    ends: Instant,
    taken: HashMap<Owner, usize>,
    all: usize,
}

impl Batch {
    /// One that takes no more jobs after `most`.
    pub fn lasting(most: Duration) -> Self {
        Self { ends: Instant::now() + most, taken: HashMap::new(), all: 0 }
    }

    fn is_over(&self) -> bool {
        self.all >= BATCH || self.all > 0 && Instant::now() > self.ends
    }

    /// Who is alone, here and among the `waiting`, may fill it.
    fn has_room(&self, owner: &Owner, waiting: usize) -> bool {
        let taken = self.taken.get(owner).copied().unwrap_or(0);
        let alone = waiting == 1 && self.taken.len() == usize::from(taken > 0);
        alone || taken < SHARE
    }

    fn count(&mut self, owner: &Owner) {
        *self.taken.entry(owner.clone()).or_default() += 1;
        self.all += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH, Batch, Duration, Jobs, Owner, SHARE};
    use crate::domain::UserId;

    fn owner(name: &str) -> Owner {
        UserId::parse(name)
    }

    fn batch(jobs: &mut Jobs<(&'static str, usize)>) -> Vec<(&'static str, usize)> {
        let mut batch = Batch::lasting(Duration::from_secs(3600));
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
        let first = batch(&mut jobs);
        assert_eq!(first[..4], [("many", 0), ("one", 0), ("box", 0), ("many", 1)]);
        assert_eq!(first.len(), SHARE + 2, "nobody's share grows because another has more");
        let second = batch(&mut jobs);
        assert_eq!((second[0], second.len()), (("many", SHARE), 500 - SHARE), "who is alone has it all");
        assert!(jobs.is_empty() && second.is_sorted());
    }

    #[test]
    fn who_has_filled_a_batch_ends_it_when_another_comes() {
        let mut jobs = Jobs::new();
        (0..1_000).for_each(|n| jobs.push(&owner("many"), ("many", n)));
        let mut batch = Batch::lasting(Duration::from_secs(3600));
        (0..100).for_each(|_| assert_eq!(jobs.next(&mut batch).unwrap().0, "many"));
        jobs.push(&owner("late"), ("late", 0));
        assert_eq!(jobs.next(&mut batch), Some(("late", 0)));
        assert_eq!(jobs.next(&mut batch), None, "the one who came late is answered now");
    }

    #[test]
    fn a_batch_ends_by_number_and_by_time_but_never_empty() {
        let mut jobs = Jobs::new();
        (0..=BATCH).for_each(|n| jobs.push(&None, ("box", n)));
        assert_eq!(batch(&mut jobs).len(), BATCH);
        jobs.push(&None, ("box", 0));
        let mut over = Batch::lasting(Duration::ZERO);
        std::thread::sleep(Duration::from_millis(1));
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
        assert_eq!(batch(&mut jobs), [("a", 2)]);
    }
}
