//! What time it is: the wall clock, followed only as far as the rows have moved with it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use rustix::time::{ClockId, clock_gettime};

use crate::domain::{Jump, Timestamp};

/// Two readings further apart were not taken together: the box stood still in between.
const TOGETHER_MS: i64 = 1000;

/// Where `now` comes from; handed down so that a test can set it.
///
/// Moments are the wall clock's, durations are not: it may be set at any time. So `now` goes on as the time passes until
/// the store has moved everything that is under way to what the clock says since (see the store's jumps).
#[derive(Clone)]
pub struct Clock(Arc<Parts>);

struct Parts {
    wall: Box<dyn Fn() -> Timestamp + Send + Sync>,
    /// Milliseconds since any moment; they only grow, and no faster than time.
    steady: Box<dyn Fn() -> i64 + Send + Sync>,
    /// The box's own time when `steady` was 0.
    base: AtomicI64,
    /// What the wall clock went on without the box, all told, as readers of the rows have to see it: it was set, or the
    /// box was off.
    set_by: AtomicI64,
    /// The same for who writes them, in the order of the writes.
    set_by_written: AtomicI64,
}

impl Clock {
    /// The machine's own clocks.
    pub fn system() -> Self {
        let (begun, asleep_before) = (Instant::now(), asleep_ms());
        Self::of_two(machine, move || whole_ms(begun.elapsed().as_millis()) + asleep_ms() - asleep_before)
    }

    /// Any other source of time, of which nobody doubts that what it tells has passed.
    pub fn of(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let source = Arc::new(source);
        let same = source.clone();
        Self::of_two(move || source(), move || same().0)
    }

    /// A wall clock that may be set, beside the milliseconds that really pass.
    pub fn of_two(
        wall: impl Fn() -> Timestamp + Send + Sync + 'static,
        steady: impl Fn() -> i64 + Send + Sync + 'static,
    ) -> Self {
        let base = AtomicI64::new(wall().0 - steady());
        let (wall, steady) = (Box::new(wall), Box::new(steady));
        Self(Arc::new(Parts { wall, steady, base, set_by: AtomicI64::new(0), set_by_written: AtomicI64::new(0) }))
    }

    /// The moment it is.
    pub fn now(&self) -> Timestamp {
        self.told(self.set_by()).1
    }

    /// The same within a write, where rows may have been moved that are not committed yet.
    pub fn now_written(&self) -> Timestamp {
        self.told(self.set_by_written()).1
    }

    /// The box's own time, for what lasts: it began as the wall clock's, and nobody sets it.
    pub fn own(&self) -> Timestamp {
        let set_by = self.set_by();
        self.told(set_by).1.plus_ms(-set_by)
    }

    /// What the wall clock says, believed or not.
    pub(in crate::store) fn wall(&self) -> Timestamp {
        (self.0.wall)()
    }

    /// How the wall clock was set since the store last followed it. What is too little for a jump is followed at once.
    pub(in crate::store) fn jump(&self) -> Option<Jump> {
        let (wall, now) = self.told(self.set_by());
        let by_ms = wall.ms_since(now);
        if by_ms == 0 {
            self.0.base.store(wall.0 - self.set_by() - (self.0.steady)(), Ordering::SeqCst);
        }
        Jump::while_running(by_ms, wall)
    }

    pub(in crate::store) fn set_by(&self) -> i64 {
        self.0.set_by.load(Ordering::SeqCst)
    }

    /// What the rows were moved by so far, committed or not.
    pub(in crate::store) fn set_by_written(&self) -> i64 {
        self.0.set_by_written.load(Ordering::SeqCst)
    }

    /// Readers of the rows see them moved.
    pub(in crate::store) fn follow(&self, set_by: i64) {
        self.0.set_by.store(set_by, Ordering::SeqCst);
    }

    /// Who writes from here on sees them moved.
    pub(in crate::store) fn follow_written(&self, set_by: i64) {
        self.0.set_by_written.store(set_by, Ordering::SeqCst);
    }

    /// Begins with what the wall clock had gone on without the box by this start.
    pub(in crate::store) fn resume(&self, set_by: i64) {
        self.0.base.store(self.wall().0 - set_by - (self.0.steady)(), Ordering::SeqCst);
        self.follow(set_by);
        self.follow_written(set_by);
    }

    /// What the wall clock says, and what is believed of it.
    fn told(&self, set_by: i64) -> (Timestamp, Timestamp) {
        let (before, wall, after) = ((self.0.steady)(), self.wall(), (self.0.steady)());
        if after - before > TOGETHER_MS {
            return self.told(set_by);
        }
        let passed = Timestamp(self.0.base.load(Ordering::SeqCst) + after + set_by);
        match Jump::while_running(wall.ms_since(passed), wall) {
            Some(_) => (wall, passed),
            None => (wall, wall),
        }
    }
}

fn machine() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(whole_ms(since.as_millis()))
}

fn whole_ms(ms: u128) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

/// How long the machine has slept since it was switched on. A laptop's sleep is time that passes, and no jump.
fn asleep_ms() -> i64 {
    let ms = |id| {
        let at = clock_gettime(id);
        at.tv_sec * 1000 + at.tv_nsec / 1_000_000
    };
    ms(ClockId::Boottime) - ms(ClockId::Monotonic)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::{Clock, Timestamp};

    const START: i64 = 1_800_000_000_000;

    /// A clock, what it is ahead by, and what has passed.
    fn held() -> (Clock, impl Fn(i64), impl Fn(i64)) {
        let (skew, passed) = (Arc::new(AtomicI64::new(0)), Arc::new(AtomicI64::new(77)));
        let (ahead, time, same) = (skew.clone(), passed.clone(), passed.clone());
        let wall = move || Timestamp(START + time.load(Ordering::SeqCst) + ahead.load(Ordering::SeqCst));
        let clock = Clock::of_two(wall, move || same.load(Ordering::SeqCst));
        let adds = |to: Arc<AtomicI64>| move |ms| to.store(to.load(Ordering::SeqCst) + ms, Ordering::SeqCst);
        (clock, adds(skew), adds(passed))
    }

    #[test]
    fn a_clock_that_is_set_goes_on_as_time_passes_until_it_is_followed() {
        let (clock, set, pass) = held();
        let start = clock.now();
        set(9 * 86_400_000);
        pass(1000);
        assert_eq!((clock.now(), clock.own()), (start.plus_ms(1000), start.plus_ms(1000)));
        let jump = clock.jump().unwrap();
        assert_eq!((jump.by_ms, jump.at), (9 * 86_400_000, start.plus_ms(9 * 86_400_000 + 1000)));
        clock.follow_written(jump.by_ms);
        assert_eq!((clock.now(), clock.now_written()), (start.plus_ms(1000), jump.at), "written before it is read");
        clock.follow(jump.by_ms);
        pass(1000);
        assert_eq!((clock.now(), clock.own()), (jump.at.plus_ms(1000), start.plus_ms(2000)));
        assert_eq!(clock.jump(), None);
    }

    #[test]
    fn a_clock_set_by_a_little_again_and_again_never_jumps() {
        let (clock, set, pass) = held();
        let start = clock.now();
        for n in 1..=20 {
            set(4000);
            pass(10);
            assert_eq!(clock.jump(), None);
            assert_eq!((clock.now(), clock.own()), (start.plus_ms(4010 * n), start.plus_ms(4010 * n)));
        }
    }

    #[test]
    fn the_boxs_own_time_begins_where_it_was_left() {
        let (clock, _, pass) = held();
        clock.resume(-2_400_000);
        pass(500);
        assert_eq!(clock.own(), clock.now().plus_ms(2_400_000));
        assert_eq!(clock.jump(), None);
    }

    #[test]
    fn the_machines_own_clocks_go_together() {
        let clock = Clock::system();
        assert_eq!(clock.jump(), None);
        assert!((clock.now().ms_since(super::machine())).abs() < 1000);
    }
}
