//! The simulated time.

use crate::domain::Timestamp;

const YEAR_MS: i64 = 366 * 24 * 60 * 60 * 1000;

/// The simulated time: it stands until moved, or runs so many times as fast as a clock handed in.
pub struct Clock {
    source: fn() -> Timestamp,
    speed: u32,
    /// When the source said `read_at`, it was `was` here.
    read_at: Timestamp,
    was: Timestamp,
}

impl Clock {
    /// Stands at `at` until advanced.
    pub fn standing(at: Timestamp) -> Self {
        Self { source: || Timestamp(0), speed: 0, read_at: Timestamp(0), was: at }
    }

    /// Starts with `source` and goes `speed` times as fast.
    pub fn running(source: fn() -> Timestamp, speed: u32) -> Self {
        let now = source();
        Self { source, speed, read_at: now, was: now }
    }

    pub fn now(&self) -> Timestamp {
        self.was.plus_ms((self.source)().ms_since(self.read_at).saturating_mul(self.speed.into()))
    }

    pub fn speed(&self) -> u32 {
        self.speed
    }

    /// Jumps ahead; never back, and never more than a year at once: every song of it has to be played.
    pub fn advance(&mut self, ms: i64) {
        self.was = self.was.plus_ms(ms.clamp(0, YEAR_MS));
    }

    pub fn set_speed(&mut self, speed: u32) {
        (self.was, self.read_at) = (self.now(), (self.source)());
        self.speed = speed;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::{Clock, Timestamp};

    static HERE: AtomicI64 = AtomicI64::new(1_000);

    #[test]
    fn it_runs_at_its_speed_and_jumps_when_told() {
        let mut clock = Clock::running(|| Timestamp(HERE.load(Ordering::Relaxed)), 10);
        HERE.fetch_add(5, Ordering::Relaxed);
        assert_eq!(clock.now(), Timestamp(1_050));
        clock.set_speed(2);
        HERE.fetch_add(5, Ordering::Relaxed);
        clock.advance(100);
        assert_eq!(clock.now(), Timestamp(1_160));
        clock.advance(-100);
        assert_eq!(clock.now(), Timestamp(1_160));
    }

    #[test]
    fn it_stands_until_moved() {
        let mut clock = Clock::standing(Timestamp(7));
        assert_eq!(clock.now(), Timestamp(7));
        clock.advance(3);
        assert_eq!(clock.now(), Timestamp(10));
    }
}
