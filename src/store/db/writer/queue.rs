//! What waits to be written, kept apart by whose it is: turns go round, so nobody waits behind all that another has queued.

use std::collections::{HashMap, HashSet, VecDeque};
use std::mem::take;
use std::time::{Duration, Instant};

use crate::domain::UserId;

/// Whose a job is; `None` is the box itself.
pub type Tenancy = Option<UserId>;

/// Most jobs in one commit.
const BATCH: usize = 512;
/// The part of a commit's time after which nobody adds a second job while somebody else has some, nor a first one who had several
/// in the commit before: whoever comes waits for the disk, and hardly for others.
const SHARE: u32 = 32;

/// Jobs that wait: each owner's in the order they came, owners in the order of their turns.
pub struct Jobs<J> {
    waiting: HashMap<Tenancy, VecDeque<J>>,
    turns: VecDeque<Tenancy>,
    /// Who had several in the last batch.
    served: HashSet<Tenancy>,
}

impl<J> Jobs<J> {
    pub fn new() -> Self {
        Self { waiting: HashMap::new(), turns: VecDeque::new(), served: HashSet::new() }
    }

    pub fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    pub fn push(&mut self, owner: &Tenancy, job: J) {
        if let Some(queue) = self.waiting.get_mut(owner) {
            return queue.push_back(job);
        }
        self.waiting.insert(owner.clone(), VecDeque::from([job]));
        self.turns.push_back(owner.clone());
    }

    /// A batch that takes no more jobs after `most`.
    pub fn batch(&mut self, most: Duration) -> Batch {
        Batch::lasting(most, take(&mut self.served))
    }

    pub fn end(&mut self, batch: Batch) {
        // Who comes back with one more as soon as one is answered keeps nobody back, and need not stand back.
        self.served = batch.served.into_iter().filter(|(_, many)| *many > 1).map(|(owner, _)| owner).collect();
    }

    /// The next job of whoever's turn it is among those who have room left in `batch`; whoever had several in the one before
    /// comes after the others.
    pub fn next(&mut self, batch: &mut Batch) -> Option<J> {
        if batch.is_over() {
            return None;
        }
        let has_room = |owner: &Tenancy| batch.has_room(owner, self.turns.len());
        let comes = |owner: &Tenancy| has_room(owner) && !batch.before.contains(owner);
        let at = self.turns.iter().position(comes).or_else(|| self.turns.iter().position(has_room))?;
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
    /// Who had several in the one before.
    before: HashSet<Tenancy>,
    /// How many jobs of whom are in it.
    served: HashMap<Tenancy, usize>,
    all: usize,
}

impl Batch {
    fn lasting(most: Duration, before: HashSet<Tenancy>) -> Self {
        Self { began: Instant::now(), most, before, served: HashMap::new(), all: 0 }
    }

    fn is_over(&self) -> bool {
        self.all >= BATCH || self.all > 0 && self.began.elapsed() > self.most
    }

    /// Everybody who had no more than one in the one before has one job in it, and all have more for a share of its time; who is
    /// alone, here and among the `waiting`, may fill it.
    fn has_room(&self, owner: &Tenancy, waiting: usize) -> bool {
        let served = self.served.contains_key(owner);
        let alone = waiting == 1 && self.served.len() == usize::from(served);
        let first = !served && (self.all == 0 || !self.before.contains(owner));
        alone || first || self.began.elapsed() < self.most / SHARE
    }

    fn count(&mut self, owner: &Tenancy) {
        *self.served.entry(owner.clone()).or_default() += 1;
        self.all += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{BATCH, Batch, Duration, HashSet, Instant, Jobs, Tenancy};
    use crate::domain::UserId;

    const LONG: Duration = Duration::from_secs(3600);

    fn owner(name: &str) -> Tenancy {
        UserId::parse(name)
    }

    /// A batch whose share of time is over, and which has all the rest.
    fn shared() -> Batch {
        let mut batch = Batch::lasting(LONG, HashSet::new());
        batch.began = Instant::now().checked_sub(LONG / 2).unwrap();
        batch
    }

    fn all_of(jobs: &mut Jobs<(&'static str, usize)>, mut batch: Batch) -> Vec<(&'static str, usize)> {
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
        assert_eq!(all_of(&mut jobs, shared()), [("many", 0), ("one", 0), ("box", 0)], "one each");
        let second = all_of(&mut jobs, shared());
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
        assert_eq!(all_of(&mut jobs, Batch::lasting(LONG, HashSet::new())), wanted);
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
    fn who_comes_between_two_commits_of_another_is_answered_by_the_second_alone() {
        let mut jobs = Jobs::new();
        (0..100).for_each(|n| jobs.push(&owner("many"), ("many", n)));
        let mut first = shared();
        (0..2).for_each(|n| assert_eq!(jobs.next(&mut first), Some(("many", n))));
        jobs.end(first);
        jobs.push(&owner("late"), ("late", 0));
        let mut second = Batch { before: jobs.batch(LONG).before, ..shared() };
        assert_eq!((jobs.next(&mut second), jobs.next(&mut second)), (Some(("late", 0)), None));
        jobs.end(second);
        // Who is answered and has one more at once stands back for nobody.
        jobs.push(&owner("late"), ("late", 1));
        let third = Batch { before: jobs.batch(LONG).before, ..shared() };
        assert_eq!(all_of(&mut jobs, third), [("many", 2), ("late", 1)]);
        jobs.push(&owner("late"), ("late", 2));
        let all = Batch { before: HashSet::from([owner("many"), owner("late")]), ..shared() };
        assert_eq!(all_of(&mut jobs, all).len(), 1, "none is empty");
    }

    #[test]
    fn a_batch_ends_by_number_and_by_time_but_never_empty() {
        let mut jobs = Jobs::new();
        (0..=BATCH).for_each(|n| jobs.push(&None, ("box", n)));
        assert_eq!(all_of(&mut jobs, shared()).len(), BATCH);
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
        assert_eq!(all_of(&mut jobs, shared()), [("a", 2)]);
    }
}
