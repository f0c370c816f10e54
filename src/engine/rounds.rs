//! Jobs that come round: what a thread does by the timetable, and when the next of it is due.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::worker::{Stop, Worker, contained};

/// How long a thread sleeps to which nothing is due any more.
const LONG: Duration = Duration::from_secs(24 * 3600);

/// A row of the timetable.
pub struct Job<T> {
    name: &'static str,
    /// How long after the start it is due first, and how long after each run again; never where there is nothing.
    first: Duration,
    every: Option<Duration>,
    run: fn(&mut T),
}

impl<T> Job<T> {
    pub const fn once(name: &'static str, run: fn(&mut T)) -> Self {
        Self { name, first: Duration::ZERO, every: None, run }
    }

    pub const fn every(period: Duration, name: &'static str, run: fn(&mut T)) -> Self {
        Self { name, first: Duration::ZERO, every: Some(period), run }
    }

    /// The same, for the first time so long after the start.
    pub const fn after(self, first: Duration) -> Self {
        Self { first, ..self }
    }
}

/// One thread's jobs, each with the time it is due.
pub struct Rounds<T: 'static> {
    jobs: Vec<(&'static Job<T>, Option<Instant>)>,
}

impl<T> Rounds<T> {
    /// Begins now.
    pub fn new(jobs: &'static [Job<T>]) -> Self {
        Self::beginning(jobs, Instant::now())
    }

    /// Does what is due, in the order of the timetable; a job that panics is reported, and keeps no other from its turn.
    pub fn run(&mut self, to: &mut T) {
        self.run_by(Instant::now, to);
    }

    /// How long it is until something is due.
    pub fn rest(&self) -> Duration {
        self.next_due().map_or(LONG, |next| next.saturating_duration_since(Instant::now()))
    }

    fn beginning(jobs: &'static [Job<T>], now: Instant) -> Self {
        Self { jobs: jobs.iter().map(|job| (job, Some(now + job.first))).collect() }
    }

    fn run_by(&mut self, clock: impl Fn() -> Instant, to: &mut T) {
        let now = clock();
        let due: Vec<_> = self.jobs.iter_mut().filter(|(_, due)| due.is_some_and(|due| due <= now)).collect();
        for (job, _) in &due {
            contained(&format!("job to {}", job.name), || (job.run)(to));
        }
        // They rest as long however long they took, and stay together.
        let done = clock();
        for (job, due) in due {
            *due = job.every.map(|every| done + every);
        }
    }

    fn next_due(&self) -> Option<Instant> {
        self.jobs.iter().filter_map(|(_, due)| *due).min()
    }
}

/// A thread that does nothing but its jobs.
pub fn start<T: Send + 'static>(name: &str, jobs: &'static [Job<T>], mut to: T, stop: Arc<Stop>) -> io::Result<Worker> {
    let mut rounds = Rounds::new(jobs);
    Worker::start(name, move || {
        let goes_on = stop.sleep(rounds.rest());
        if goes_on {
            rounds.run(&mut to);
        }
        goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::{Duration, Instant, Job, Rounds};

    const SOON: Duration = Duration::from_secs(5);
    const LATE: Duration = Duration::from_secs(3600);
    const JOBS: &[Job<Vec<&str>>] = &[
        Job::once("start", |done| done.push("start")),
        Job::every(SOON, "stumble", |_| panic!("as the test wants it")),
        Job::every(LATE, "seldom", |done| done.push("seldom")),
        Job::every(SOON, "often", |done| done.push("often")),
        Job::every(LATE, "later", |done: &mut Vec<&str>| done.push("later")).after(LATE),
    ];

    #[test]
    fn each_job_runs_at_its_own_time_in_the_order_of_the_table() {
        let start = Instant::now();
        let (mut rounds, mut done) = (Rounds::beginning(JOBS, start), vec![]);
        let mut ran = |after: Duration| {
            done.clear();
            rounds.run_by(|| start + after, &mut done);
            (done.clone(), rounds.next_due().map(|next| next - start))
        };
        assert_eq!(ran(Duration::ZERO), (vec!["start", "seldom", "often"], Some(SOON)));
        assert_eq!(ran(Duration::from_secs(4)), (vec![], Some(SOON)));
        assert_eq!(ran(Duration::from_secs(7)), (vec!["often"], Some(Duration::from_secs(12))));
        assert_eq!(ran(LATE), (vec!["seldom", "often", "later"], Some(LATE + SOON)));
    }
}
