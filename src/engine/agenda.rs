//! Who is due when, without threads or a clock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::{Duration, Instant};

/// Runs whose lateness is remembered.
const REMEMBERED: usize = 4096;

/// Who is due when and who is at it; knows neither threads nor a clock.
pub struct Agenda<K> {
    due: BTreeSet<(Instant, K)>,
    watched: BTreeMap<K, State>,
    runs: u64,
    late: VecDeque<Duration>,
}

enum State {
    Waiting(Instant),
    /// Not in `due` meanwhile, so that nobody else takes it.
    Running(Then),
}

/// What follows the run that goes on.
#[derive(Clone, Copy)]
enum Then {
    AsTheJobSays,
    At(Instant),
}

/// How long after their time runs began since this was last asked, the last few thousand of them; every run since the
/// start is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    pub runs: u64,
    pub p99: Duration,
    pub max: Duration,
}

impl<K: Clone + Ord> Agenda<K> {
    /// Watches nobody yet.
    pub fn new() -> Self {
        Self { due: BTreeSet::new(), watched: BTreeMap::new(), runs: 0, late: VecDeque::new() }
    }

    /// Sets when `who` is due, or due again where it runs now; the last word counts.
    pub fn watch(&mut self, who: &K, due: Instant) {
        match self.watched.get_mut(who) {
            Some(State::Running(then)) => *then = Then::At(due),
            _ => self.wait(who, due),
        }
    }

    /// The earliest time anybody is due who does not run now.
    pub fn next_due(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Hands out who is due longest; nobody gets it again before it is `done`.
    pub fn take(&mut self, now: Instant) -> Option<K> {
        self.next_due().filter(|due| *due <= now)?;
        let (due, who) = self.due.pop_first()?;
        self.watched.insert(who.clone(), State::Running(Then::AsTheJobSays));
        self.note(now.saturating_duration_since(due));
        Some(who)
    }

    /// Ends a run; `next` is when its job wants to be run again, if at all. What was asked for meanwhile goes first.
    pub fn done(&mut self, who: &K, next: Option<Instant>, now: Instant) {
        let next = match self.watched.remove(who) {
            Some(State::Running(Then::At(due))) => Some(due),
            _ => next,
        };
        if let Some(due) = next {
            // Due during its own run is due from now: it queues behind those that wait already.
            self.wait(who, due.max(now));
        }
    }

    /// Whether `who` is waiting or running.
    pub fn watches(&self, who: &K) -> bool {
        self.watched.contains_key(who)
    }

    /// How many are waiting or running.
    pub fn watched(&self) -> usize {
        self.watched.len()
    }

    /// How late runs began since this was last asked.
    pub fn lateness(&mut self) -> Lateness {
        let mut late: Vec<_> = self.late.drain(..).collect();
        late.sort_unstable();
        let at = (late.len() * 99).div_ceil(100).saturating_sub(1);
        let pick = |at: usize| late.get(at).copied().unwrap_or_default();
        Lateness { runs: self.runs, p99: pick(at), max: pick(late.len().saturating_sub(1)) }
    }

    fn wait(&mut self, who: &K, due: Instant) {
        if let Some(State::Waiting(before)) = self.watched.insert(who.clone(), State::Waiting(due)) {
            self.due.remove(&(before, who.clone()));
        }
        self.due.insert((due, who.clone()));
    }

    fn note(&mut self, late: Duration) {
        self.runs += 1;
        if self.late.len() == REMEMBERED {
            self.late.pop_front();
        }
        self.late.push_back(late);
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Agenda, Lateness};

    const SECOND: Duration = Duration::from_secs(1);

    /// Takes everyone due within the next ten seconds and is done with them.
    fn order(agenda: &mut Agenda<u32>, now: Instant) -> Vec<u32> {
        let due = std::iter::from_fn(|| {
            let who = agenda.take(now + 10 * SECOND)?;
            agenda.done(&who, None, now);
            Some(who)
        });
        due.collect()
    }

    #[test]
    fn who_is_due_first_is_first_however_often_moved() {
        let (mut agenda, now) = (Agenda::new(), Instant::now());
        for (who, due) in [(1, 5), (2, 3), (3, 4), (4, 60), (1, 2), (3, 9), (5, 1), (6, 30)] {
            agenda.watch(&who, now + due * SECOND);
        }
        agenda.watch(&6, now);
        assert_eq!((agenda.watched(), agenda.next_due()), (6, Some(now)));
        assert_eq!(order(&mut agenda, now), [6, 5, 1, 2, 3]);
        assert_eq!((agenda.watched(), agenda.due.len()), (1, 1), "nothing is left of those that are gone");
    }

    #[test]
    fn what_is_asked_during_a_run_comes_after_it() {
        let now = Instant::now();
        let after = |meanwhile: fn(&mut Agenda<u32>, Instant)| {
            let mut agenda = Agenda::new();
            agenda.watch(&1, now);
            assert_eq!(agenda.take(now), Some(1));
            meanwhile(&mut agenda, now);
            assert_eq!(agenda.take(now + 3600 * SECOND), None, "ran twice at once");
            agenda.done(&1, Some(now + 30 * SECOND), now + SECOND);
            agenda.next_due().map(|due| due.duration_since(now).as_secs())
        };
        assert_eq!(after(|_, _| {}), Some(30));
        assert_eq!(after(|agenda, now| agenda.watch(&1, now)), Some(1));
        assert_eq!(after(|agenda, now| agenda.watch(&1, now + 90 * SECOND)), Some(90));
    }

    #[test]
    fn what_is_asked_during_a_run_is_kept_though_the_job_wants_no_more() {
        let (mut agenda, now) = (Agenda::new(), Instant::now());
        agenda.watch(&1, now);
        agenda.take(now);
        agenda.watch(&1, now);
        agenda.done(&1, None, now);
        assert_eq!(agenda.take(now), Some(1));
        agenda.done(&1, None, now);
        assert_eq!(agenda.watched(), 0);
    }

    #[test]
    fn lateness_is_that_of_the_last_runs() {
        let (mut agenda, now) = (Agenda::new(), Instant::now());
        assert_eq!(agenda.lateness(), Lateness::default());
        for late in (1..=1000).chain(1..=4096) {
            agenda.watch(&1, now);
            agenda.take(now + late * Duration::from_millis(1));
            agenda.done(&1, None, now);
        }
        let ms = Duration::from_millis;
        assert_eq!(agenda.lateness(), Lateness { runs: 5096, p99: ms(4056), max: ms(4096) });
    }
}
