//! Runs one job for many keys, each at its own time, on a few threads.

use std::fmt::Display;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::agenda::{Agenda, Lateness};
use super::worker::Worker;

/// When a job that stumbled over a bug is tried again.
const AFTER_A_PANIC: Duration = Duration::from_secs(60);

/// Runs one job for many keys, each at its own time, on a few threads and never twice at once for the same key.
#[derive(Clone)]
pub struct Scheduler<K>(Arc<Shared<K>>);

struct Shared<K> {
    /// None once stopped.
    agenda: Mutex<Option<Agenda<K>>>,
    /// Rung when somebody may be due earlier than the one a sleeping thread waits for.
    bell: Condvar,
    workers: Mutex<Vec<Worker>>,
}

impl<K: Clone + Display + Ord + Send + Sync + 'static> Scheduler<K> {
    /// Starts `workers` threads. `job` answers when it wants to be run for that key again; None forgets the key. One
    /// that panics is reported and tried again a minute later.
    pub fn start(workers: usize, job: impl Fn(&K) -> Option<Instant> + Send + Sync + 'static) -> io::Result<Self> {
        let agenda = Mutex::new(Some(Agenda::new()));
        let shared = Arc::new(Shared { agenda, bell: Condvar::new(), workers: Mutex::default() });
        let (scheduler, job) = (Self(shared.clone()), Arc::new(job));
        for number in 1..=workers {
            let (shared, job) = (shared.clone(), job.clone());
            match Worker::start(&format!("scheduler-{number}"), move || shared.round(&*job)) {
                Ok(worker) => scheduler.0.workers().push(worker),
                Err(error) => {
                    scheduler.stop(Duration::ZERO);
                    return Err(error);
                }
            }
        }
        Ok(scheduler)
    }

    /// Sets when `who` is due, earlier or later than before; where it runs just now, due again after that run.
    pub fn watch(&self, who: &K, due: Instant) {
        self.0.change(|agenda| agenda.watch(who, due));
    }

    /// Sets when `who` is due, unless it is watched already.
    pub fn watch_new(&self, who: &K, due: Instant) {
        self.0.change(|agenda| {
            if !agenda.watches(who) {
                agenda.watch(who, due);
            }
        });
    }

    /// Begins no more runs and returns when those that go on have ended, or after `patience`: then they are left
    /// behind. Not for a job to call: it would wait for itself.
    pub fn stop(&self, patience: Duration) {
        *self.0.lock() = None;
        self.0.bell.notify_all();
        let workers = std::mem::take(&mut *self.0.workers());
        let deadline = Instant::now() + patience;
        for worker in workers {
            worker.join_until(deadline);
        }
    }

    /// How many keys are watched.
    pub fn watched(&self) -> usize {
        self.0.lock().as_ref().map_or(0, Agenda::watched)
    }

    /// How late runs began since this was last asked; all zero once stopped.
    pub fn lateness(&self) -> Lateness {
        self.0.lock().as_mut().map(Agenda::lateness).unwrap_or_default()
    }
}

impl<K: Clone + Display + Ord> Shared<K> {
    /// Waits for the next key and runs its job; false once stopped.
    fn round(&self, job: impl Fn(&K) -> Option<Instant>) -> bool {
        let Some(who) = self.next() else { return false };
        // Contained here already, not by the worker alone: it has to be said whose job it was, or nobody runs it again.
        let next = catch_unwind(AssertUnwindSafe(|| job(&who))).unwrap_or_else(|_| {
            log::error!(target: "box", "The job of {who} stumbled over a bug and is tried again in a minute.");
            Some(Instant::now() + AFTER_A_PANIC)
        });
        self.change(|agenda| agenda.done(&who, next, Instant::now()));
        true
    }

    fn next(&self) -> Option<K> {
        let mut held = self.lock();
        loop {
            let agenda = held.as_mut()?;
            let now = Instant::now();
            if let Some(who) = agenda.take(now) {
                // This thread looked out for the earliest; another has to for the one that is earliest now.
                self.bell.notify_one();
                return Some(who);
            }
            held = match agenda.next_due() {
                Some(due) => {
                    let span = due.saturating_duration_since(now);
                    self.bell.wait_timeout(held, span).unwrap_or_else(PoisonError::into_inner).0
                }
                None => self.bell.wait(held).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Does something to the agenda, and wakes a thread where somebody is due earlier for it.
    fn change(&self, change: impl FnOnce(&mut Agenda<K>)) {
        let mut held = self.lock();
        let Some(agenda) = held.as_mut() else { return };
        let before = agenda.next_due();
        change(agenda);
        if agenda.next_due().is_some_and(|due| before.is_none_or(|before| due < before)) {
            self.bell.notify_one();
        }
    }
}

impl<K> Shared<K> {
    fn lock(&self) -> MutexGuard<'_, Option<Agenda<K>>> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn workers(&self) -> MutexGuard<'_, Vec<Worker>> {
        self.workers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc::{Receiver, channel};
    use std::sync::{Arc, Barrier};
    use std::time::{Duration, Instant};

    use super::Scheduler;

    /// Longer than any machine needs: where this is waited for, the test has failed.
    const PATIENCE: Duration = Duration::from_secs(20);
    const HOUR: Duration = Duration::from_secs(3600);

    fn hear<T>(told: &Receiver<T>) -> T {
        told.recv_timeout(PATIENCE).unwrap()
    }

    #[test]
    fn one_key_never_runs_twice_at_once_however_often_it_is_asked_for() {
        let runs: Arc<[AtomicUsize; 4]> = Arc::default();
        let (busy, twice) = (Arc::<[AtomicBool; 4]>::default(), Arc::new(AtomicBool::new(false)));
        let (count, overlap) = (runs.clone(), twice.clone());
        let scheduler = Scheduler::start(8, move |who: &usize| {
            overlap.fetch_or(busy[*who].swap(true, Ordering::SeqCst), Ordering::SeqCst);
            std::thread::yield_now();
            count[*who].fetch_add(1, Ordering::SeqCst);
            busy[*who].store(false, Ordering::SeqCst);
            Some(Instant::now() + Duration::from_micros(50))
        })
        .unwrap();
        (0..4).for_each(|who| scheduler.watch(&who, Instant::now()));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for who in (0..4).cycle().take(2000) {
                        scheduler.watch(&who, Instant::now());
                    }
                });
            }
        });
        while runs.iter().any(|runs| runs.load(Ordering::SeqCst) < 200) {
            std::thread::yield_now();
        }
        scheduler.stop(PATIENCE);
        assert!(!twice.load(Ordering::SeqCst));
    }

    #[test]
    fn five_thousand_keys_all_run() {
        let (tell, told) = channel();
        let scheduler = Scheduler::start(4, move |who: &u32| {
            tell.send(*who).unwrap();
            Some(Instant::now() + HOUR)
        })
        .unwrap();
        (0..5000).for_each(|who| scheduler.watch(&who, Instant::now()));
        let ran: BTreeSet<u32> = (0..5000).map(|_| hear(&told)).collect();
        assert_eq!((ran.len(), scheduler.watched()), (5000, 5000));
        assert_eq!(scheduler.lateness().runs, 5000);
        scheduler.stop(PATIENCE);
    }

    #[test]
    fn a_slow_job_delays_nobody_while_a_thread_is_free() {
        let (tell, told) = channel();
        let gate = Arc::new(Barrier::new(2));
        let slow = gate.clone();
        let scheduler = Scheduler::start(2, move |who: &u32| {
            tell.send(*who).unwrap();
            if *who == 0 {
                slow.wait();
            }
            Some(Instant::now() + HOUR)
        })
        .unwrap();
        for round in 0..50 {
            // One thread looks out for the slow one: when it has that, the other has to look out for the rest.
            let now = Instant::now();
            scheduler.watch(&0, now + Duration::from_millis(2));
            (1..=3).for_each(|who| scheduler.watch(&who, now + Duration::from_millis(4)));
            let ran: BTreeSet<u32> = (0..4).map(|_| hear(&told)).collect();
            assert_eq!(ran, (0..=3).collect(), "{round}");
            gate.wait();
        }
        scheduler.stop(PATIENCE);
    }

    #[test]
    fn a_stop_waits_for_the_run_that_goes_on_and_for_no_other() {
        let (tell, told) = channel();
        let (gate, ended) = (Arc::new(Barrier::new(2)), Arc::new(AtomicBool::new(false)));
        let (open, end) = (gate.clone(), ended.clone());
        let scheduler = Scheduler::start(2, move |who: &u32| {
            tell.send(*who).unwrap();
            open.wait();
            end.store(true, Ordering::SeqCst);
            Some(Instant::now())
        })
        .unwrap();
        (1..1000).for_each(|who| scheduler.watch(&who, Instant::now() + HOUR));
        scheduler.watch(&0, Instant::now());
        assert_eq!(hear(&told), 0);
        let (same, stopping) = (scheduler.clone(), Instant::now());
        let stop = std::thread::spawn(move || same.stop(PATIENCE));
        while scheduler.watched() > 0 {
            std::thread::yield_now();
        }
        gate.wait();
        stop.join().unwrap();
        assert!(ended.load(Ordering::SeqCst) && stopping.elapsed() < PATIENCE);
        scheduler.watch(&1, Instant::now());
        assert!(told.recv().is_err(), "a job ran, or a thread is left to run it");
    }

    #[test]
    fn a_job_that_panics_takes_no_other_down_and_is_tried_later() {
        let (tell, told) = channel();
        let scheduler = Scheduler::start(1, move |who: &u32| {
            tell.send(*who).unwrap();
            assert!(*who != 2, "as the test wants it");
            None
        })
        .unwrap();
        let now = Instant::now();
        (1..=4).for_each(|who| scheduler.watch(&who, now));
        assert!((1..=4).all(|who| hear(&told) == who));
        scheduler.watch(&5, now);
        assert_eq!(hear(&told), 5);
        scheduler.watch(&2, now);
        assert_eq!(hear(&told), 2);
        scheduler.stop(PATIENCE);
    }

    #[test]
    fn runs_come_in_order_of_their_time() {
        let (tell, told) = channel();
        let gate = Arc::new(Barrier::new(2));
        let open = gate.clone();
        let scheduler = Scheduler::start(1, move |who: &u32| {
            if *who == 0 {
                open.wait();
            }
            tell.send(*who).unwrap();
            None
        })
        .unwrap();
        let now = Instant::now();
        scheduler.watch(&0, now);
        for who in (1..=100).rev() {
            scheduler.watch(&who, now + Duration::from_micros(100 * u64::from(who)));
        }
        gate.wait();
        assert!((0..=100).all(|who| hear(&told) == who));
        scheduler.stop(PATIENCE);
    }
}
